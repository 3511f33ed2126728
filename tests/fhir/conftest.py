"""A community whose FHIR face is asked with the keys of its people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from starlette.responses import Response

from adapters.fhir.json_text import write_json
from pathway_engine.fhir import app as face_of
from pathway_engine.fhir.app import create_fhir_app
from pathway_engine.fhir.callers import callers
from pathway_engine.fhir.exchange import Answer
from tests.fhir.hook import Endpoint, Listening
from tests.fhir.independent import assert_valid
from tests.service.community import Community
from tests.web.visitor import TestClient

BASE = "http://testserver"
OF_THE_MOMENT = re.compile(
    rb"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.Z+-]+|eyJ[\\w.-]+"
)
"""Ids, instants and cursors, by which two answers of one shape differ."""
FOUND_VALID: set[bytes] = set()
MOST_ENTRIES = 40


@pytest.fixture(autouse=True)
def _every_answer_is_valid(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every body that the face answers in a test is asked of a validator that is not ours; each shape once."""
    told: dict[bytes, bytes] = {}
    answered = face_of._response

    def kept(answer: Answer) -> Response:
        if isinstance(answer.body, dict) and "resourceType" in answer.body:
            entries = answer.body.get("entry")
            few = {**answer.body, "entry": entries[:MOST_ENTRIES]} if isinstance(entries, list) else answer.body
            written = write_json(few)
            told.setdefault(OF_THE_MOMENT.sub(b"#", written), written)
        return answered(answer)

    monkeypatch.setattr(face_of, "_response", kept)
    yield
    for shape, written in told.items():
        if shape not in FOUND_VALID:
            assert_valid(written)
            FOUND_VALID.add(shape)


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


# -- programs that subscribe


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    made = Endpoint()
    yield made
    made.stop()


@pytest.fixture
def listening(database_url: str, endpoint: Endpoint) -> Iterator[Listening]:
    community = Community(database_url)
    yield Listening(community, endpoint)
    community.close()


@pytest.fixture
def on_sqlite(sqlite_url: str, endpoint: Endpoint) -> Iterator[Listening]:
    community = Community(sqlite_url)
    yield Listening(community, endpoint)
    community.close()


@pytest.fixture
def on_postgresql(postgres_url: str, endpoint: Endpoint) -> Iterator[Listening]:
    community = Community(postgres_url)
    yield Listening(community, endpoint)
    community.close()
