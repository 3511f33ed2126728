"""Single resources are read as the caller may see them."""

from __future__ import annotations

from tests.service.community import Community
from tests.web.visitor import TestClient


def test_a_task_of_ones_own_is_read(face: TestClient, community: Community) -> None:
    community.brought_home()
    task = community.list_of("kari")["HPH2"]
    answer = face.get(f"/Task/{task.id}")
    assert (answer.status_code, answer.json()["code"]["coding"][0]["code"]) == (200, "HPH2")
    assert answer.headers["ETag"] == f'W/"{task.version}"'


def test_what_is_not_there_is_an_outcome(face: TestClient) -> None:
    answer = face.get("/Task/none")
    assert (answer.status_code, answer.json()["resourceType"]) == (404, "OperationOutcome")


def test_without_a_key_there_is_only_the_statement(face: TestClient) -> None:
    face.headers.pop("Authorization")
    assert face.get("/metadata").json()["resourceType"] == "CapabilityStatement"
    assert face.get("/Task/none").status_code == 401
