"""A community on each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.service.board_town import BoardTown
from tests.service.community import Community


@pytest.fixture
def community(database_url: str) -> Iterator[Community]:
    made = Community(database_url)
    yield made
    made.close()


@pytest.fixture
def town(sqlite_url: str) -> Iterator[BoardTown]:
    """Two wards and two municipalities."""
    made = BoardTown(sqlite_url)
    yield made
    made.close()
