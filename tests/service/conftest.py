"""A community on each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.service.community import Community


@pytest.fixture
def community(database_url: str) -> Iterator[Community]:
    made = Community(database_url)
    yield made
    made.close()
