"""What the storage promises of instants, held against both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pathway_engine.domain.errors import StorageError
from pathway_engine.storage import Store
from tests.storage.example_rows import NOON


def test_a_naive_datetime_is_refused(store: Store) -> None:
    with pytest.raises(StorageError, match="aware"), store.transaction() as records:
        records.beat("sweep", NOON.replace(tzinfo=None))


def test_an_instant_comes_back_to_the_microsecond_and_in_utc(store: Store) -> None:
    oslo = timezone(timedelta(hours=2))
    at = datetime(2026, 7, 1, 23, 59, 59, 999_999, tzinfo=oslo)
    with store.transaction() as records:
        records.beat("sweep", at)
        (found,) = records.heartbeats().values()
    assert found == at
    assert found.tzinfo is UTC


def test_instants_before_1970_come_back(store: Store) -> None:
    at = datetime(1931, 3, 4, 5, 6, 7, 8, tzinfo=UTC)
    with store.transaction() as records:
        records.beat("sweep", at)
        assert records.heartbeats() == {"sweep": at}
