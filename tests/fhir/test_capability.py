"""The CapabilityStatement says what is served, in a form that is wanted, at either form of the address."""

from __future__ import annotations

from typing import Any

import pytest

from pathway_engine import __version__
from pathway_engine.fhir.app import create_fhir_app
from pathway_engine.fhir.callers import callers
from pathway_engine.fhir.resources import SERVED
from pathway_engine.web.app import create_app
from pathway_engine.web.settings import WebSettings
from tests.fhir.independent import assert_valid
from tests.service.community import Community
from tests.web.visitor import SECRET, TestClient


@pytest.fixture
def told(face: TestClient) -> dict[str, Any]:
    answer = face.get("/metadata")
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"
    return dict(answer.json())


def test_it_is_valid(told: dict[str, Any]) -> None:
    assert_valid(told)
    assert (told["fhirVersion"], told["software"]["version"]) == ("4.0.1", __version__)
    assert told["date"] == "2026-11-16", "the day on which it was asked for"


def test_what_it_says_is_what_answers(told: dict[str, Any], face: TestClient) -> None:
    resources = {each["type"]: each for each in told["rest"][0]["resource"]}
    assert set(resources) == set(SERVED)
    for type, each in resources.items():
        offered = {interaction["code"] for interaction in each["interaction"]}
        assert ("read" in offered) == (face.get(f"/{type}/none").status_code == 404)
        assert ("search-type" in offered) == (face.get(f"/{type}?_count=0").status_code == 200), type
        assert ("delete" in offered) == (face.delete(f"/{type}/none").status_code != 405)
        assert ("create" in offered) == (face.post(f"/{type}", content=b"").status_code != 405)


def test_every_parameter_that_it_names_is_understood(told: dict[str, Any], face: TestClient) -> None:
    values = {"date": "2026-11-16", "reference": "x", "uri": "urn:x", "token": "x", "string": "x"}
    for each in told["rest"][0]["resource"]:
        for parameter in each.get("searchParam", ()):
            query = {parameter["name"]: values[parameter["type"]]}
            answer = face.get(f"/{each['type']}", params=query, headers={"Prefer": "handling=strict"})
            assert answer.status_code == 200, (each["type"], parameter["name"], answer.text)
            assert parameter["definition"].startswith("http")


def test_each_operation_that_it_names_is_there(told: dict[str, Any]) -> None:
    named = {(each["type"], op["name"]) for each in told["rest"][0]["resource"] for op in each.get("operation", ())}
    assert {("PlanDefinition", "apply"), ("Task", "export"), ("Task", "validate")} <= named


def test_questions_about_terminologies_are_not_answered(face: TestClient) -> None:
    answer = face.get("/metadata?mode=terminology")
    assert (answer.status_code, answer.json()["resourceType"]) == (404, "OperationOutcome")
    assert face.get("/metadata?mode=full").status_code == 200


@pytest.mark.parametrize(
    ("query", "accept", "status"),
    [
        ("", "application/fhir+json", 200), ("", "application/json", 200), ("", "*/*", 200), ("", "", 200),
        ("", "text/html,application/xml;q=0.9,*/*;q=0.8", 200), ("", "application/fhir+json; fhirVersion=4.0", 200),
        ("", "application/fhir+json; fhirVersion=5.0", 406), ("", "application/fhir+xml", 406),
        ("", "application/json;q=0", 406), ("_format=json", "application/fhir+xml", 200),
        ("_format=application/fhir%2Bjson", "text/html", 200), ("_format=application/fhir+json", "", 200),
        ("_format=xml", "application/json", 406), ("_format=ttl", "*/*", 406),
    ],
)  # fmt: skip
def test_answers_are_json_or_none(face: TestClient, query: str, accept: str, status: int) -> None:
    answer = face.get(f"/metadata?{query}", headers={"Accept": accept})
    assert answer.status_code == status
    assert answer.json()["resourceType"] == ("CapabilityStatement" if status == 200 else "OperationOutcome")


@pytest.mark.parametrize("path", ["/fhir/metadata", "/fhir/metadata/", "/fhir/Task?_count=0", "/fhir/Task/?_count=0"])
def test_both_slashes_lead_there(community: Community, path: str) -> None:
    assert _whole(community).get(path, follow_redirects=False).status_code == 200


@pytest.mark.parametrize("path", ["/fhir", "/fhir/"])
def test_the_base_itself_is_the_face_s(community: Community, path: str) -> None:
    answer = _whole(community).post(path, content=b"{}", follow_redirects=False)
    assert answer.json()["resourceType"] == "OperationOutcome"


def _whole(community: Community) -> TestClient:
    """Pages and face together, as they are served."""
    community.engine.grant_access_key("kari", "k" * 40, community.now)
    face = create_fhir_app(
        community.engine.context, callers(community.engine), lambda: community.now, "http://testserver/fhir"
    )
    settings = WebSettings(session_secret=SECRET, https_only=False)
    app = create_app(community.engine, settings, lambda: community.now, mounts={"/fhir": face})
    return TestClient(app, headers={"Authorization": f"Bearer {'k' * 40}"})


@pytest.mark.parametrize("type", sorted(SERVED))
def test_of_every_write_that_is_not_offered_it_is_said_what_would_be_right(type: str) -> None:
    served = SERVED[type]
    offered = {"create": served.create, "update": served.update, "patch": served.patch, "delete": served.delete}
    assert {name for name, handler in offered.items() if handler is None} <= set(served.instead)
