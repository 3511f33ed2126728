"""Written together at the end, read as if written at once: on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from pathway_engine.domain.events import Demographics
from pathway_engine.storage import Records, Store, upgrade
from pathway_engine.storage.errors import ConcurrentChange
from pathway_engine.storage.inbox import NewMessage
from pathway_engine.storage.unit_of_work import UnitOfWork
from tests.storage.example_rows import ASTRID, BJARNE, HOUR, NOON, appended, episode, happened, task


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    upgrade(database_url)
    store = Store(database_url)
    yield store
    store.close()


@contextmanager
def counting(store: Store) -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    yield sent
    event.remove(store.engine, "before_cursor_execute", note)


def message(id: str, raw: bytes = b"MSH|1") -> NewMessage:
    return NewMessage(
        sender="ward", message_id=id, raw=raw, channel="mllp", peer="10.0.0.1", message_type="ADT^A03", received_at=NOON
    )


def two_at_home(store: Store) -> None:
    with store.transaction() as records:
        for id, identifier in (("astrid", ASTRID), ("bjarne", BJARNE)):
            records.add_patient(id, Demographics(family="Fjell"), [identifier], NOON)
            records.put_stay(f"S-{id}", id, NOON)
            appended(records, id, f"{id}-1", stay=f"S-{id}")
            records.save_episode(replace(episode(f"E-{id}"), patient_id=id), NOON)
            records.save_tasks([replace(task(f"T-{id}"), patient_id=id, episode_id=f"E-{id}")], NOON)


def everything(records: Records) -> list[object]:
    people = [records.patient(id) for id in ("astrid", "bjarne")]
    return [
        [
            person,
            records.episodes(person.id),
            records.tasks_of_patient(person.id),
            [(row.entry, row.patient_id) for row in records.log(person.id)],
            records.live_tasks_of_patient(person.id),
        ]
        for person in people
        if person
    ]


def change_all(records: Records, *, ahead: bool) -> list[object]:
    if ahead and isinstance(records, UnitOfWork):
        records.read_ahead([ASTRID, BJARNE], ["S-astrid", "S-new"], [happened("new")])
        records.read_logs_ahead(["astrid"])
    for id, identifier in (("astrid", ASTRID), ("bjarne", BJARNE)):
        (row,) = records.find_patients([identifier])
        records.lock_patient(row.id)
        records.update_patient(id, Demographics(given=id.title()), NOON + HOUR)
        (kept,) = records.episodes(id)
        records.save_episode(replace(kept, phase="at_home"), NOON)
        (open_task,) = records.live_tasks_of_patient(id)
        records.save_tasks([
            replace(open_task, status="completed", ended_at=NOON, audience=()),
            replace(open_task, id=f"T2-{id}", key=f"K2-{id}"),
        ], NOON)  # fmt: skip
    records.put_stay("S-new", "astrid", NOON)
    appended(records, "astrid", "new", stay="S-new")
    return everything(records)


def test_what_is_noted_reads_as_if_it_were_written(store: Store) -> None:
    two_at_home(store)
    with store.transaction() as records:
        seen = change_all(records, ahead=True)
    with store.reading() as records:
        assert everything(records) == seen
        assert [line.task.id for line in records.worklist(seats_of(seen))] == ["T2-astrid", "T2-bjarne"]


def seats_of(seen: list[object]) -> list[tuple[str, str]]:
    tasks: Any = seen[0]
    return [(unit, role) for unit, role, _ in tasks[4][0].audience]


def test_read_ahead_or_not_the_outcome_is_the_same(store: Store) -> None:
    two_at_home(store)
    with pytest.raises(RuntimeError), store.transaction() as records:
        ahead = change_all(records, ahead=True)
        raise RuntimeError
    with store.transaction() as records:
        assert change_all(records, ahead=False) == ahead


def test_a_batch_is_one_statement_a_table(store: Store) -> None:
    two_at_home(store)
    with store.transaction() as records:
        records.read_ahead([ASTRID, BJARNE], [], [])
        with counting(store) as sent:
            for id in ("astrid", "bjarne"):
                (kept,) = records.episodes(id)
                records.save_episode(replace(kept, phase="at_home"), NOON)
                records.write_audit(at=NOON, actor="a", role="r", action="x", patient_id=id, object_id=None)
            assert sent == []
            records.flush()
    assert [statement.split()[0] for statement in sent] == ["UPDATE", "INSERT"]


def test_an_episode_changed_by_another_is_not_overwritten(store: Store) -> None:
    two_at_home(store)
    with pytest.raises(ConcurrentChange), store.transaction() as records:
        (kept,) = records.episodes("astrid")
        records.lock_patient("astrid")
        records.episodes("astrid")
        records.save_episode(replace(kept, phase="at_home"), NOON)
        changed = records._noted.changed_episodes
        changed[kept.id] = (kept.version + 7, replace(kept, phase="at_home"))


def test_a_statement_from_elsewhere_makes_what_is_known_forgotten(store: Store) -> None:
    two_at_home(store)
    with store.transaction() as records:
        records.read_ahead([ASTRID, BJARNE], [], [])
        records.merge_patients("bjarne", "astrid", NOON)
        assert records.lock_patient("bjarne").id == "astrid"
        assert [row.entry.id for row in records.log("astrid")] == ["astrid-1", "bjarne-1"]


def test_an_episode_moves_to_another_patient(store: Store) -> None:
    two_at_home(store)
    with store.transaction() as records:
        records.read_ahead([ASTRID, BJARNE], [], [])
        (kept,) = records.episodes("bjarne")
        records.save_episode(replace(kept, patient_id="astrid", ordinal=7), NOON)
        assert [row.ordinal for row in records.episodes("astrid")] == [1, 7]
        assert records.episodes("bjarne") == []


def test_many_messages_are_kept_as_one_by_one(store: Store) -> None:
    told = [message("A"), message("B"), message("A"), message("B", b"other"), message("C"), message("B", b"other")]
    with store.transaction() as records:
        records.store_messages([message("C")])
        outcomes = [(kept.outcome, kept.row.conflict) for kept in records.store_messages(told)]
        counts = records.disposition_counts()
    assert outcomes == [
        ("new", False), ("new", False), ("duplicate", False), ("conflict", True), ("duplicate", False),
        ("duplicate", True),
    ]  # fmt: skip
    assert (counts["waiting"], counts["duplicate"], counts["conflict"]) == (4, 3, 1)


def test_a_batch_of_new_messages_is_three_statements(store: Store) -> None:
    with store.transaction() as records, counting(store) as sent:
        kept = records.store_messages([message(f"M{number}") for number in range(50)])
    assert [each.row.message_id for each in kept] == [f"M{number}" for number in range(50)]
    assert [statement.split()[0] for statement in sent] == ["SELECT", "INSERT", "SELECT"]


def test_a_message_somebody_else_is_at_work_on_is_passed_over(store: Store) -> None:
    with store.transaction() as records:
        ids = [records.store_message(message(f"M{number}")).id for number in range(3)]
        records.dispose(ids[0], disposition="applied", at=NOON)
    with store.transaction() as records:
        assert [row.id for row in records.lock_free_messages(ids)] == ids[1:]
        if store.engine.dialect.name == "postgresql":
            with store.transaction() as other:
                assert other.lock_free_messages(ids) == []
