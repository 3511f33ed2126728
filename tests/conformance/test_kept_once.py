"""What the storage promises of definitions, results, heartbeats, keys and directories, held against both databases."""

from __future__ import annotations

import pytest

from pathway_engine.storage import Store
from pathway_engine.storage.errors import ConcurrentChange
from tests.storage.example_rows import HOUR, NOON


def test_a_definition_is_kept_as_it_was_first_put(store: Store) -> None:
    with store.transaction() as records:
        records.put_definition("h2", "hph", "2", b"new", NOON + HOUR)
        records.put_definition("h1", "hph", "1", b"old", NOON)
        records.put_definition("h1", "hph", "1", b"other", NOON)
        assert [(row.hash, row.files) for row in records.definitions()] == [("h1", b"old"), ("h2", b"new")]
        found = records.definition("h1")
        assert found is not None and (found.version, found.at) == ("1", NOON)
        assert records.definition("h3") is None


def test_an_act_sent_twice_has_one_result(store: Store) -> None:
    with store.transaction() as records:
        records.put_result("key", b"done", NOON)
    with pytest.raises(ConcurrentChange), store.transaction() as records:
        records.put_result("key", b"done again", NOON)
    with store.reading() as records:
        assert (records.result("key"), records.result("other")) == (b"done", None)


def test_the_last_heartbeat_counts(store: Store) -> None:
    with store.transaction() as records:
        for name, at in (("sweep", NOON), ("apply", NOON), ("sweep", NOON + HOUR)):
            records.beat(name, at)
        assert records.heartbeats() == {"apply": NOON, "sweep": NOON + HOUR}


def test_an_access_key_acts_for_the_person_it_was_last_given_to(store: Store) -> None:
    with store.transaction() as records:
        records.put_access_key("hash", "kari", NOON)
        records.put_access_key("hash", "ola", NOON)
        assert (records.person_of_access_key("hash"), records.person_of_access_key("")) == ("ola", None)


def test_every_directory_is_kept_in_order_of_validity(store: Store) -> None:
    with store.transaction() as records:
        for document, since in ((b"new", NOON + HOUR), (b"old", NOON), (b"old", NOON), (b"corrected", NOON)):
            records.put_directory(document, document.decode(), since)
        assert [document for _, _, document in records.directories()] == [b"old", b"corrected", b"new"]
