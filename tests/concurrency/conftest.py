"""A community with a patient at home, on each database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pathway_engine.service.engine import Engine
from tests.concurrency.contests import close, programs
from tests.service.community import Community


@pytest.fixture
def home(database_url: str) -> Iterator[Community]:
    made = Community(database_url)
    made.brought_home()
    yield made
    made.close()


@pytest.fixture
def engines(home: Community) -> Iterator[list[Engine]]:
    """Two programs on the community's database."""
    made = programs(home, 2)
    yield made
    close(made)
