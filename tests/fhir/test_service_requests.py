"""The hospital's request follows the stay: asked, ready, withdrawn, received."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pathway_engine.fhir.resources.service_request import TYPE
from pathway_engine.storage.patients import public_id_of_stay
from tests.fhir.independent import assert_valid
from tests.service.community import Community
from tests.web.visitor import TestClient


@pytest.fixture
def office(as_person: Callable[[str], TestClient]) -> TestClient:
    """The face as Mia sees it, who answers for messages to the municipality."""
    return as_person("mia")


def told(community: Community, face: TestClient) -> Any:
    id = public_id_of_stay(community.engine.context.store.tenant, "VN1")
    answer = face.get(f"/{TYPE}/{id}")
    return answer.json() if answer.status_code == 200 else answer.status_code


def test_a_request_follows_what_the_ward_tells(community: Community, office: TestClient) -> None:
    community.tell("admitted", receives_services=True)
    assert told(community, office) == 404, "an admission asks for nothing"
    community.passes(hours=1)
    community.tell("need_reported", expected_discharge="2026-11-20")
    community.passes(hours=2)
    early = told(community, office)
    assert (early["status"], early["code"]["coding"][0]["code"]) == ("active", "need_reported")
    assert early["performer"][0]["reference"] == "Organization/office"
    assert_valid(early)
    community.tell("discharge_ready")
    community.passes(hours=1)
    ready = told(community, office)
    assert (ready["code"]["coding"][0]["code"], ready["authoredOn"]) == ("discharge_ready", early["authoredOn"])
    community.tell("discharge_ready_withdrawn")
    community.passes(hours=1)
    assert told(community, office)["status"] == "on-hold"
    community.tell("discharge_ready")
    community.passes(hours=1)
    community.tell("discharged", destination="home")
    assert told(community, office)["status"] == "completed"
    assert told(community, office)["meta"]["versionId"] != ready["meta"]["versionId"]


def test_a_readiness_that_was_never_meant_asks_for_nothing(community: Community, office: TestClient) -> None:
    community.tell("admitted", receives_services=True)
    community.tell("discharge_ready")
    cause = f"discharge_ready/VN1/{community.now:%Y-%m-%dT%H:%M}"
    community.passes(hours=1)
    community.void(cause)
    assert told(community, office) == 404


def test_requests_are_found_by_patient_and_status(
    community: Community, face: TestClient, as_person: Callable[[str], TestClient]
) -> None:
    community.brought_home()
    task = face.get(f"/Task/{community.list_of('kari')['HPH2'].id}").json()
    patient = task["for"]["reference"]
    found = face.get(f"/{TYPE}", params={"patient": patient, "status": "completed"}).json()
    assert [each["resource"]["encounter"] for each in found["entry"]] == [task["encounter"]]
    assert "entry" not in face.get(f"/{TYPE}", params={"status": "active"}).json()
    foreign = as_person("per").get(f"/{TYPE}", params={"patient": patient}).json()
    assert "entry" not in foreign


def test_a_request_is_not_written(face: TestClient) -> None:
    refused = face.post(f"/{TYPE}", json={"resourceType": TYPE})
    assert (refused.status_code, "Encounter" in refused.json()["issue"][0]["details"]["text"]) == (405, True)
