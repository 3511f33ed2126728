"""What the storage promises of patients and merges, held against both databases."""

from __future__ import annotations

from datetime import date

import pytest

from pathway_engine.domain.errors import StorageError
from pathway_engine.domain.events import Demographics
from pathway_engine.storage import Store
from pathway_engine.storage.errors import ConcurrentChange
from tests.storage.example_rows import ASTRID, ASTRID_LOCAL, BJARNE, HOUR, NOON, appended, astrid, bjarne, log_ids


def test_a_patient_is_found_by_the_first_identifier_that_is_known(store: Store) -> None:
    with store.transaction() as records:
        astrid(records), bjarne(records)
        assert [p.id for p in records.find_patients([ASTRID_LOCAL, BJARNE, ASTRID])] == ["bjarne", "astrid"]
        found = records.find_patient([ASTRID_LOCAL, BJARNE, ASTRID])
        assert found is not None and found.name == "Bjarne Ås"
        assert records.find_patient([ASTRID_LOCAL]) is None
        assert records.find_patients([]) == []


def test_a_patient_with_two_known_identifiers_is_found_once(store: Store) -> None:
    with store.transaction() as records:
        records.add_identifiers(astrid(records), [ASTRID_LOCAL, ASTRID_LOCAL])
        assert [p.id for p in records.find_patients([ASTRID, ASTRID_LOCAL])] == ["astrid"]


def test_an_update_changes_only_what_is_told(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
        records.update_patient("astrid", Demographics(phone="22 22", birth_date=date(1940, 1, 2)), NOON + HOUR)
        row = records.patient("astrid")
    assert row is not None
    assert (row.family, row.phone, row.birth_date) == ("Li", "22 22", date(1940, 1, 2))
    assert row.updated_at == NOON + HOUR


def test_a_taken_identifier_makes_no_second_patient(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
    with pytest.raises(ConcurrentChange), store.transaction() as records:
        records.add_patient("astrid2", Demographics(), [ASTRID_LOCAL, ASTRID], NOON)
    with store.reading() as records:
        assert records.patient("astrid2") is None
        assert records.find_patient([ASTRID_LOCAL]) is None


def test_a_taken_identifier_stays_with_its_patient(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
        records.add_identifiers(bjarne(records), [ASTRID, ASTRID_LOCAL])
        assert [p.id for p in records.find_patients([ASTRID])] == ["astrid"]
        assert [p.id for p in records.find_patients([ASTRID_LOCAL])] == ["bjarne"]


def test_an_error_never_shows_an_identity_number(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
    with pytest.raises(StorageError) as caught, store.transaction() as records:
        records.add_patient("again", Demographics(), [ASTRID], NOON)
    assert ASTRID.value not in str(caught.getrepr(style="short"))


def test_a_merge_moves_identifiers_stays_and_log(store: Store) -> None:
    with store.transaction() as records:
        appended(records, astrid(records), "a")
        appended(records, bjarne(records), "b", stay="S1")
        records.put_stay("S1", "bjarne", NOON)
        records.merge_patients("bjarne", "astrid", NOON + HOUR)
        assert [p.id for p in records.find_patients([BJARNE, ASTRID])] == ["astrid"]
        assert records.patient_of_stay("S1") == "astrid"
        assert log_ids(records, "astrid") == log_ids(records, "bjarne") == ["a", "b"]
        assert records.patients_with_entries() == ["astrid"]
        assert records.lock_patient("bjarne").id == "astrid"
        retired = records.patient("bjarne")
    assert retired is not None and retired.survivor_id == "astrid"


def test_merging_again_and_again_leaves_no_chain(store: Store) -> None:
    with store.transaction() as records:
        for id in ("p1", "p2", "p3", "p4"):
            appended(records, records.add_patient(id, Demographics(), [], NOON).id, id)
        records.merge_patients("p1", "p2", NOON)
        records.merge_patients("p2", "p3", NOON)
        records.merge_patients("p4", "p1", NOON)  # p1 is p3 by now
        records.merge_patients("p1", "p3", NOON)  # told twice
        survivors = [records.patient(id) for id in ("p1", "p2", "p3", "p4")]
        assert [row and row.survivor_id for row in survivors] == ["p3", "p3", None, "p3"]
        assert log_ids(records, "p2") == ["p1", "p2", "p3", "p4"]
