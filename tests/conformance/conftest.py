"""The stores that the promises are held against: both databases, or the one that a promise is about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pathway_engine.storage import Store, upgrade
from tests.storage.example_rows import NOON, astrid, episode


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    upgrade(database_url)
    store = Store(database_url)
    yield store
    store.close()


@pytest.fixture
def at_home(store: Store) -> Store:
    """A store in which Astrid is at home, without a task yet."""
    with store.transaction() as records:
        astrid(records)
        records.save_episode(episode(), NOON)
    return store


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    upgrade(postgres_url)
    store = Store(postgres_url)
    yield store
    store.close()


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    upgrade(sqlite_url)
    store = Store(sqlite_url)
    yield store
    store.close()
