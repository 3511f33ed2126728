"""A municipality for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.norwegian.town import Town


@pytest.fixture
def town(sqlite_url: str) -> Iterator[Town]:
    town = Town(sqlite_url)
    yield town
    town.close()
