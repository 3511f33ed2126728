"""What the storage promises when two work at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from pathway_engine.storage import Store
from pathway_engine.storage.rows import StoredMessage
from tests.storage.example_rows import NOON, appended, astrid, bjarne, episode, stored


def test_two_that_claim_get_different_messages_on_postgresql(postgres_store: Store) -> None:
    with postgres_store.transaction() as records:
        ids = [stored(records, message_id=f"M{n}").id for n in range(2)]
    with postgres_store.transaction() as one, postgres_store.transaction() as other:
        assert [row.id for row in one.claim_messages(NOON, 1)] == ids[:1]
        assert [row.id for row in other.claim_messages(NOON, 2)] == ids[1:]


def test_a_sweep_passes_over_a_patient_whose_message_is_being_applied(postgres_store: Store) -> None:
    with postgres_store.transaction() as records:
        astrid(records), bjarne(records)
        records.save_episode(episode("E1", next_wake_at=NOON), NOON)
        records.save_episode(episode("E2", patient_id="bjarne", next_wake_at=NOON), NOON)
    with postgres_store.transaction() as applying, postgres_store.transaction() as sweeping:
        applying.lock_patient("astrid")
        assert sweeping.due_episodes(NOON, 10) == [("E2", "bjarne")]


def test_a_locked_patient_can_still_be_referred_to(postgres_store: Store) -> None:
    with postgres_store.transaction() as records:
        astrid(records)
    with postgres_store.transaction() as applying, postgres_store.transaction() as other:
        applying.lock_patient("astrid")
        other._connection.execute(text("SET LOCAL lock_timeout = '2s'"))
        appended(other, "astrid", "a")


def test_one_writer_at_a_time_on_sqlite(sqlite_store: Store) -> None:
    with sqlite_store.transaction(), sqlite_store.engine.connect() as other:
        other.connection.cursor().execute("PRAGMA busy_timeout = 0")
        with pytest.raises(Exception, match="locked"):
            other.execute(text("SELECT 1"))


def test_a_message_stored_twice_at_once_is_stored_once(postgres_store: Store) -> None:
    def store_it(n: int) -> StoredMessage:
        with postgres_store.transaction() as records:
            return stored(records, raw=b"same" if n % 2 else b"other")

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(message.outcome for message in pool.map(store_it, range(16)))
    assert outcomes == ["conflict"] + 14 * ["duplicate"] + ["new"]
