"""Each Bundle that a search answers, and each resource in it, is valid R4 by a validator that is not ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fhir.searched import Town, town_on
from tests.service.community import Community
from tests.web.visitor import TestClient

independent = pytest.importorskip("tests.fhir.independent", reason="the independent validator is not here")
QUERIES = (
    "Task?_count=5&_include=Task:based-on&_total=accurate", "Task?_count=3&_elements=status", "Task?_count=0",
    "Task?_summary=true&_count=2", "Task?_summary=text&_count=2", "CarePlan?_revinclude=Task:based-on&_count=4",
    "EpisodeOfCare?_count=20", "Task?unknown:x=1", "Task?status=", "Task?patient.name=x",
)  # fmt: skip


@pytest.fixture
def town(sqlite_url: str) -> Iterator[Town]:
    made = town_on(sqlite_url)
    yield made
    made.community.close()


def test_what_searches_answer_is_valid(town: Town) -> None:
    for query in QUERIES:
        independent.assert_valid(town.face().get(f"/{query}").content)


def test_what_a_homecoming_leads_to_is_valid(face: TestClient, community: Community) -> None:
    community.brought_home()
    community.passes(days=30)
    for type in ("Task", "CarePlan", "EpisodeOfCare"):
        answer = face.get(f"/{type}")
        assert answer.json()["entry"]
        independent.assert_valid(answer.content)
