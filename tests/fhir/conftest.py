"""A community whose FHIR face is asked with the keys of its people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pathway_engine.fhir.app import create_fhir_app
from pathway_engine.fhir.callers import callers
from tests.service.community import Community
from tests.web.visitor import TestClient

BASE = "http://testserver"


@pytest.fixture
def community(sqlite_url: str) -> Iterator[Community]:
    made = Community(sqlite_url)
    yield made
    made.close()


@pytest.fixture
def face(community: Community) -> TestClient:
    """The face, asked by Kari of home care."""
    community.engine.grant_access_key("kari", "k" * 40, community.now)
    app = create_fhir_app(community.engine.context, callers(community.engine), lambda: community.now, BASE)
    return TestClient(app, headers={"Authorization": f"Bearer {'k' * 40}"})
