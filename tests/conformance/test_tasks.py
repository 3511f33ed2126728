"""What the storage promises of tasks and worklists, held against both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from pathway_engine.storage import Store
from pathway_engine.storage.errors import ConcurrentChange
from tests.conformance.plans import explained
from tests.storage.example_rows import HOUR, NOON, bjarne, episode, task


def test_a_task_is_written_over_the_one_with_its_id(at_home: Store) -> None:
    changed = task(status="completed", ended_at=NOON, version=2, audience=(("south", "leader", True),))
    with at_home.transaction() as records:
        records.save_tasks([task(), task("T2")], NOON)
        records.save_tasks([changed], NOON)
        assert records.task("T1") == changed
        assert records.tasks_of_episode("E1") == [changed, task("T2")] == records.tasks_of_patient("astrid")
        assert records.task("T3") is None


def test_two_tasks_of_an_episode_never_share_a_key(at_home: Store) -> None:
    with pytest.raises(ConcurrentChange), at_home.transaction() as records:
        records.save_tasks([task("T1", key="HPH2"), task("T2", key="HPH2")], NOON)


def test_a_worklist_shows_the_given_seats_and_no_others(at_home: Store) -> None:
    with at_home.transaction() as records:
        records.save_tasks(
            [
                task("T1", audience=(("north", "nurse", False),)),
                task("T2", audience=(("south", "nurse", False), ("south", "leader", True))),
                task("T3", audience=(("north", "leader", False),)),
                task("T4", audience=()),
            ],
            NOON,
        )
        seats = [("north", "nurse"), ("south", "leader")]
        shown = [(row.task.id, row.patient.name, row.escalated) for row in records.worklist(seats)]
        assert shown == [("T1", "Astrid Li", False), ("T2", "Astrid Li", True)]
        assert records.worklist([]) == []
        assert records.worklist([("north", "leader' OR 1=1")]) == []


def test_a_task_on_two_of_ones_lists_is_shown_once_and_as_ones_own(at_home: Store) -> None:
    both = task(audience=(("north", "leader", True), ("north", "nurse", False)))
    with at_home.transaction() as records:
        records.save_tasks([both], NOON)
        shown = records.worklist([("north", "leader"), ("north", "nurse")])
        assert [(row.task, row.escalated) for row in shown] == [(both, False)]


def test_a_task_leaves_the_list_when_its_audience_changes_or_it_ends(at_home: Store) -> None:
    north = [("north", "nurse")]
    with at_home.transaction() as records:
        records.save_tasks([task("T1"), task("T2")], NOON)
        records.save_tasks([task("T1", audience=(("south", "nurse", False),)), task("T2", ended_at=NOON)], NOON)
        assert records.worklist(north) == []
        assert [row.task.id for row in records.worklist(north, include_closed=True)] == ["T2"]


def test_a_worklist_is_sorted_by_deadline_then_by_how_binding_then_by_step_and_id(at_home: Store) -> None:
    rows = [
        task("A", due_at=None, severity_rank=0),
        task("B", due_at=NOON + HOUR, severity_rank=0),
        task("C", due_at=NOON, severity_rank=3, step="HPH1"),
        task("D", due_at=NOON, severity_rank=1, step="HPH3"),
        task("F", due_at=NOON, severity_rank=1, step="HPH2"),
        task("E", due_at=NOON, severity_rank=1, step="HPH2"),
    ]
    with at_home.transaction() as records:
        records.save_tasks(rows, NOON)
        seats = [("north", "nurse")]
        assert [row.task.id for row in records.worklist(seats)] == ["E", "F", "D", "C", "B", "A"]
        assert [row.task.id for row in records.worklist(seats, limit=2)] == ["E", "F"]


def test_a_worklist_can_be_cut_to_one_patient(at_home: Store) -> None:
    with at_home.transaction() as records:
        bjarne(records)
        records.save_episode(episode("E2", patient_id="bjarne"), NOON)
        records.save_tasks([task("T1"), task("T2", patient_id="bjarne", episode_id="E2")], NOON)
        assert [row.task.id for row in records.worklist([("north", "nurse")], patient_id="bjarne")] == ["T2"]


def test_open_tasks_without_a_unit_are_found_by_role(at_home: Store) -> None:
    with at_home.transaction() as records:
        records.save_tasks(
            [
                task("T1", unit=None),
                task("T2"),
                task("T3", unit=None, ended_at=NOON),
                task("T4", unit=None, owner_role="doctor"),
            ],
            NOON,
        )
        assert [row.id for row in records.open_tasks_of_role("nurse")] == ["T1"]


def test_a_worklist_is_found_by_the_index_of_seats(at_home: Store) -> None:
    sent: list[tuple[str, Any]] = []
    with at_home.transaction() as records:
        connection = records._connection
        event.listen(connection, "before_cursor_execute", lambda _1, _2, sql, values, *_: sent.append((sql, values)))
        records.worklist([("north", "nurse"), ("south", "leader")])
        (sql, values), *_ = sent
        plan = explained(records, sql, values)
    assert "ix_task_audience_seat" in plan
    if at_home.engine.dialect.name == "sqlite":  # which could also have walked through all lists of the tenant
        assert "ix_task_audience_seat (tenant=? AND unit=? AND role=? AND open=?)" in plan
