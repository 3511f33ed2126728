"""Run on the driver's cursor or by SQLAlchemy: the same rows, the same errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from pathway_engine.domain.errors import StorageError
from pathway_engine.domain.events import Identifier
from pathway_engine.storage import Records, Store
from pathway_engine.storage.errors import ConcurrentChange, RefusedValue
from tests.storage.example_rows import HOUR, NOON, appended, astrid, episode, stored, task


@contextmanager
def listened_to(store: Store) -> Iterator[None]:
    """Somebody looks at every statement, which therefore goes the usual way."""

    def look(*_: Any) -> None:
        return None

    event.listen(store.engine, "before_cursor_execute", look)
    yield
    event.remove(store.engine, "before_cursor_execute", look)


def story(records: Records) -> list[object]:
    """Something of everything, written and read back."""
    astrid(records)
    appended(records, "astrid", "a", stay="S1")
    records.put_stay("S1", "astrid", NOON)
    version = records.save_episode(episode(), NOON)
    records.save_episode(replace(episode(), version=version, phase="ended", closed_at=NOON + HOUR), NOON)
    records.save_tasks([task("T1"), replace(task("T2"), ended_at=NOON)], NOON)
    kept = stored(records)
    records.dispose(kept.id, disposition="applied", at=NOON, answer=b"\x00\xff", notes="æøå % :x %s")
    return [
        records.episodes("astrid"), records.tasks_of_patient("astrid"), records.patient("astrid"),
        [row.entry for row in records.log("astrid")], records.message(kept.id), records.disposition_counts(),
        records.patient_of_stay("S1"), records.next_wake_at(),
    ]  # fmt: skip


def test_both_ways_give_the_same(store: Store) -> None:
    told = []
    for way in (nullcontext(), listened_to(store)):
        with way, pytest.raises(ZeroDivisionError), store.transaction() as records:
            told.append(story(records))
            raise ZeroDivisionError
    quick, usual = told
    assert [str(each).replace("id=2", "id=1") for each in quick] == [
        str(each).replace("id=2", "id=1") for each in usual
    ]


@pytest.mark.parametrize("is_listened_to", [False, True])
def test_both_ways_tell_the_same_errors(store: Store, is_listened_to: bool) -> None:
    way = listened_to(store) if is_listened_to else nullcontext()
    with way:
        with pytest.raises(ConcurrentChange), store.transaction() as records:
            astrid(records)
            records.flush()
            astrid(records)
        with pytest.raises(RefusedValue, match="aware"), store.transaction() as records:
            records.beat("x", NOON.replace(tzinfo=None))
        with pytest.raises(StorageError, match="no such episode"), store.transaction() as records:
            records.unpark("nobody", NOON)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 8, 9, 1024, 1025])
def test_a_list_of_any_length_finds_what_it_names(store: Store, count: int) -> None:
    names = [(f"local:{number}", f"N{number}") for number in range(count)]
    with store.transaction() as records:
        astrid(records)
        records.add_identifiers("astrid", [Identifier(system=system, value=value) for system, value in names[:-1]])
        records.flush()
        asked = [*names, ("local:x", "nobody")] if names else names
        assert records.owners_of(asked) == dict.fromkeys(names[:-1], "astrid") if asked else True
        ids = [f"E{number}" for number in range(count)]
        if ids:
            appended(records, "astrid", ids[-1])
        assert records.entries_known(ids) == set(ids[-1:])


def test_what_is_sent_together_and_changes_less_than_it_should_is_refused(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
        records.save_episode(episode(), NOON)
    with pytest.raises(ConcurrentChange), store.transaction() as records:
        records.lock_patient("astrid")
        (row,) = records.episodes("astrid")
        records.save_episode(replace(row, phase="ended"), NOON)
        records._noted.changed_episodes[row.id] = (row.version + 1, replace(row, phase="ended"))
    with store.reading() as records:
        assert [each.phase for each in records.episodes("astrid")] == [episode().phase]


def test_a_value_that_is_refused_among_those_sent_together_leaves_nothing(store: Store) -> None:
    with pytest.raises(StorageError), store.transaction() as records:
        astrid(records)
        appended(records, "astrid", "a")
        records.save_episode(replace(episode(), patient_id="nobody"), NOON)
    with store.reading() as records:
        assert records.patient("astrid") is None
