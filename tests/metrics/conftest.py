"""A community on each database, and a state to spoil."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pathway_engine.metrics.watched import Watched
from tests.service.community import Community


@pytest.fixture
def community(database_url: str) -> Iterator[Community]:
    made = Community(database_url)
    yield made
    made.close()


@pytest.fixture
def watched(community: Community) -> Watched:
    return Watched(community.engine, ("web", "worker"))
