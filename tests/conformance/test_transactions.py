"""What the storage promises of transactions and tenants, held against both databases."""

from __future__ import annotations

import pytest

from pathway_engine.domain.errors import StorageError
from pathway_engine.storage import Store
from tests.storage.example_rows import ASTRID, NOON, appended, astrid, episode, stored, task


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction() as records:
        stored(records)
        appended(records, astrid(records), "a")
        records.save_episode(episode(), NOON)
        records.save_tasks([task()], NOON)
        raise RuntimeError
    with store.reading() as records:
        assert records.messages() == []
        assert records.patient("astrid") is None
        assert records.episode("E1") is None
        assert records.task("T1") is None


def test_what_is_committed_is_there_after_the_store_is_opened_again(store: Store) -> None:
    with store.transaction() as records:
        stored(records, raw=b"\x00\xffMSH")
    store.close()
    again = Store(store.url)
    with again.reading() as records:
        assert [row.raw for row in records.messages()] == [b"\x00\xffMSH"]
    again.close()


def test_reading_refuses_to_write(store: Store) -> None:
    with pytest.raises(StorageError, match="refused"), store.reading() as records:
        records.beat("sweep", NOON)


def test_writing_works_after_reading_on_the_same_connection(store: Store) -> None:
    with store.reading() as records:
        assert records.heartbeats() == {}
    with store.transaction() as records:
        records.beat("sweep", NOON)


def test_reading_sees_one_instant_even_when_others_write(store: Store) -> None:
    with store.reading() as records:
        assert records.heartbeats() == {}
        with store.transaction() as other:
            other.beat("sweep", NOON)
        assert records.heartbeats() == {}


def test_a_tenant_sees_nothing_of_another(store: Store) -> None:
    with store.transaction() as records:
        message = stored(records)
        appended(records, astrid(records), "a")
        records.save_episode(episode(next_wake_at=NOON), NOON)
        records.save_tasks([task()], NOON)
    other = Store(store.url, tenant="elsewhere")
    with other.transaction() as records:
        assert records.messages() == []
        assert records.lock_message(message.id) is None
        assert records.find_patient([ASTRID]) is None
        assert records.log("astrid") == []
        assert records.due_episodes(NOON, 10) == []
        assert records.worklist([("north", "nurse")]) == []
        assert stored(records).outcome == "new"
    other.close()


def test_two_tenants_may_use_the_same_ids_and_never_mix(store: Store) -> None:
    other = Store(store.url, tenant="elsewhere")
    for tenant, seat in ((store, ("north", "nurse", False)), (other, ("south", "nurse", False))):
        with tenant.transaction() as records:
            appended(records, astrid(records), "a")
            records.save_episode(episode(), NOON)
            records.save_tasks([task(audience=(seat,))], NOON)
    with store.reading() as records:
        assert records.worklist([("south", "nurse")]) == []
        assert len(records.worklist([("north", "nurse")])) == len(records.log("astrid")) == 1
    other.close()
