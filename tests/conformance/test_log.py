"""What the storage promises of the log, held against both databases."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from pathway_engine.domain.errors import StorageError
from pathway_engine.domain.events import Act, Acted
from pathway_engine.storage import Store
from tests.storage.example_rows import HOUR, NOON, appended, astrid, bjarne, happened, log_ids, stored, written


def test_an_entry_is_added_once_and_numbered_upwards(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
        inbox_id = stored(records).id
        first = records.append("astrid", happened("a"), received_at=NOON, inbox_id=inbox_id)
        again = records.append("astrid", happened("a"), received_at=NOON + HOUR, inbox_id=None)
        second = records.append("astrid", happened("b"), received_at=NOON, inbox_id=None)
        assert first and second and not again
        assert (records.has_entry("a"), records.has_entry("c")) == (True, False)
        rows = records.log("astrid")
        assert [(row.entry.id, row.inbox_id, row.received_at) for row in rows] == [
            ("a", inbox_id, NOON),
            ("b", None, NOON),
        ]
        assert rows[0].seq < rows[1].seq


def test_entries_come_back_as_they_went_in(store: Store) -> None:
    act = Acted(
        id="act", task="T1", act=Act.COMPLETE, occurred_at=NOON, recorded_at=NOON, performer="kari",
        answers={"date": date(2026, 11, 17), "text": "2026-11-17", "yes": True, "number": 1.0, "whole": 1},
    )  # fmt: skip
    with store.transaction() as records:
        records.append(astrid(records), act, received_at=NOON, inbox_id=None)
        (row,) = records.log("astrid")
    assert row.entry == act
    assert isinstance(row.entry, Acted)
    assert [type(row.entry.answers[name]) for name in ("date", "text", "yes", "number", "whole")] == [
        date, str, bool, float, int,
    ]  # fmt: skip


def test_a_moved_stay_takes_its_entries_along_and_brings_them_back(store: Store) -> None:
    with store.transaction() as records:
        astrid(records), bjarne(records)
        records.put_stay("S1", "astrid", NOON)
        appended(records, "astrid", "a")
        appended(records, "astrid", "s1", stay="S1")
        appended(records, "bjarne", "b")
        appended(records, "astrid", "unknown-stay", stay="S2")
        records.put_stay("S1", "bjarne", NOON)
        assert log_ids(records, "astrid") == ["a", "unknown-stay"]
        assert log_ids(records, "bjarne") == ["s1", "b"]
        records.put_stay("S1", "astrid", NOON)
        assert log_ids(records, "astrid") == ["a", "s1", "unknown-stay"]
        assert log_ids(records, "bjarne") == ["b"]


def test_a_patient_whose_only_stay_moved_away_has_no_log(store: Store) -> None:
    with store.transaction() as records:
        bjarne(records)
        appended(records, astrid(records), "s1", stay="S1")
        records.put_stay("S1", "bjarne", NOON)
        assert records.patients_with_entries() == ["bjarne"]


@pytest.mark.parametrize("change", ["UPDATE log SET entry = ''", "DELETE FROM log", "DELETE FROM audit"])
def test_the_database_refuses_to_change_log_and_audit(store: Store, change: str) -> None:
    with store.transaction() as records:
        appended(records, astrid(records), "a")
        written(records, "astrid")
    with pytest.raises(StorageError), store.transaction() as records:
        records._connection.execute(text(change))
    with store.reading() as records:
        assert log_ids(records, "astrid") == ["a"]
        assert len(records.audit()) == 1
