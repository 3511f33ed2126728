"""Searches are led by indexes, see one tenant, and say what they mean of empty columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from pathway_engine.storage import Store
from pathway_engine.storage.conditions import (
    NOTHING,
    All,
    AnyOf,
    Before,
    Condition,
    EndsIn,
    In,
    Missing,
    Not,
    Since,
)
from pathway_engine.storage.searching import Wanted
from tests.conformance.plans import explained
from tests.storage.example_rows import HOUR, NOON, astrid, episode, task

NORTH = [("north", "nurse")]


@contextmanager
def statements(store: Store) -> Iterator[list[tuple[str, object]]]:
    """What is sent to the database meanwhile."""
    seen: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        seen.append((statement, parameters))

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted(condition=In("patient_id", ("astrid",))), "ix_task_tenant_patient_id"),
        (Wanted(condition=Since("changed_at", NOON)), "ix_task_tenant_changed_at"),
        (Wanted(condition=All((Before("due_at", NOON), Missing("ended_at")))), "ix_task_open_due"),
        (Wanted(condition=In("id", ("T1",))), "sqlite_autoindex_task_1 (tenant=? AND id=?"),
        (Wanted(condition=In("patient_id", ("astrid",)), after=("T1",)), "ix_task_tenant_patient_id"),
        (
            Wanted(condition=Since("changed_at", NOON), order=(("changed_at", False), ("id", False))),
            "ix_task_tenant_changed_at",
        ),
        (Wanted(condition=In("status", ("requested",))), "ix_task_audience_seat"),
    ],
)
def test_sqlite_is_led_by_the_index_that_leaves_least(sqlite_store: Store, wanted: Wanted, index: str) -> None:
    """SQLite knows no numbers of rows: what it would sort by would lead it through the whole table."""
    with statements(sqlite_store) as seen, sqlite_store.reading() as records:
        records.search_tasks(NORTH, wanted)
    ((statement, values),) = [each for each in seen if each[0].startswith("SELECT task.id")]
    with sqlite_store.transaction() as records:
        plan = explained(records, statement, values)
    assert index in plan, plan


CONDITIONS: list[tuple[Condition, str]] = [
    (In("performer", ("kari", "ola")), "AB"), (Not(In("performer", ("kari",))), "BC"), (Missing("performer"), "C"),
    (Before("due_at", NOON), ""), (Not(Before("due_at", NOON + HOUR)), "BC"), (Since("due_at", NOON), "AB"),
    (Not(Since("due_at", NOON + HOUR)), "AC"), (EndsIn("key", "_1"), "A"), (Not(EndsIn("stay", "x")), "ABC"),
    (All(), "ABC"), (AnyOf(), ""), (Not(NOTHING), "ABC"), (All((Missing("stay"), In("performer", ("ola",)))), "B"),
    (AnyOf((In("id", ("A",)), Missing("performer"))), "AC"), (In("hard", (True,)), "A"), (In("told_status", ("",)), ""),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "wanted"), CONDITIONS)
def test_conditions_are_true_or_false_of_empty_columns_too(at_home: Store, condition: Condition, wanted: str) -> None:
    with at_home.transaction() as records:
        records.save_tasks(
            [
                task("A", key="x_1", performer="kari", due_at=NOON, hard=True),
                task("B", key="x11", performer="ola", due_at=NOON + HOUR),
                task("C", key="x12", performer=None, due_at=None),
            ],
            NOON,
        )
        found = "".join(placed.row.id for placed in records.search_tasks(NORTH, Wanted(condition=condition)))
        assert (found, records.count_tasks(NORTH, condition)) == (wanted, len(wanted))


def test_a_search_sees_what_its_own_transaction_has_noted_and_one_tenant(at_home: Store) -> None:
    other = Store(at_home.url, "other")
    with other.transaction() as records:
        astrid(records)
        records.save_episode(episode(), NOON)
        records.save_tasks([task("T9")], NOON)
    with at_home.transaction() as records:
        records.save_tasks([task("T1")], NOON)
        assert [placed.row.id for placed in records.search_tasks(NORTH, Wanted())] == ["T1"]
        assert [placed.row.patient_id for placed in records.search_episodes(Wanted())] == ["astrid"]
        assert [placed.row.id for placed in records.search_patients(Wanted())] == ["astrid"]
        assert records.search_tasks([], Wanted()) == []
    other.close()
