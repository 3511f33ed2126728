"""A community whose FHIR face is asked with the keys of its people."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
def face(as_person: Callable[[str], TestClient]) -> TestClient:
    """The face, asked by Kari of home care."""
    return as_person("kari")


@pytest.fixture
def as_person(community: Community) -> Callable[[str], TestClient]:
    """The face, asked by any person of the community."""
    app = create_fhir_app(community.engine.context, callers(community.engine), lambda: community.now, BASE)

    def asked_by(person: str) -> TestClient:
        key = f"{person}-" + "k" * 40
        community.engine.grant_access_key(person, key, community.now)
        return TestClient(app, headers={"Authorization": f"Bearer {key}"})

    return asked_by
