"""A community on each database, whose people have accounts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.service.community import Community


@pytest.fixture
def community(database_url: str) -> Iterator[Community]:
    made = Community(database_url)
    yield made
    made.close()


@pytest.fixture
def small(sqlite_url: str) -> Iterator[Community]:
    """On one database only, for what the database has no part in."""
    made = Community(sqlite_url)
    yield made
    made.close()
