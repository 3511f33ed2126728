"""A program works a task from the list to its end; what is refused says why, and what would be right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import Response

from pathway_engine.web.api_reference import text
from tests.service.community import Community
from tests.web.visitor import TestClient

WORKLIST, PROBLEM = "/api/v1/worklist", "application/problem+json"
DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"


def listed(program: TestClient, step: str) -> dict[str, Any]:
    tasks = program.get(WORKLIST).json()["tasks"]
    return next(dict(task) for task in tasks if task["step"] == step)


def act(program: TestClient, task: dict[str, Any], **asked: Any) -> Response:
    told = {"version": task["version"], "key": f"key-{asked['act']}-{task['version']}", **asked}
    answer: Response = program.post(f"/api/v1/tasks/{task['id']}/acts", json=told)
    return answer


def test_a_task_is_worked_from_the_list_to_its_end(program: TestClient) -> None:
    task = listed(program, "HPH2")
    assert task["due_at"].endswith("Z")
    claimed = act(program, task, act="claim").json()
    assert (claimed["task"]["status"], claimed["task"]["performer"]) == ("accepted", "kari")
    answers = {
        item["id"]: {"yes_no": "yes", "number": item["minimum"] or 0, "text": "Å gå tur", "choice": "same"}[
            item["type"]
        ]
        for item in claimed["checklist"]["items"]
    }
    done = act(program, claimed["task"], act="complete", answers=answers)
    assert (done.status_code, done.json()["task"]["status"]) == (200, "completed")
    assert "HPH2" not in {each["step"] for each in program.get(WORKLIST).json()["tasks"]}
    assert "follow_up" in done.json()["allowed"]


def test_the_same_key_does_it_once(program: TestClient) -> None:
    task = listed(program, "HPH2")
    first, again = act(program, task, act="claim"), act(program, task, act="claim")
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["task"]["version"] == first.json()["task"]["version"]


def test_what_the_task_does_not_allow_lists_what_it_does(program: TestClient) -> None:
    task = listed(program, "HPH2")
    claimed = act(program, task, act="claim").json()["task"]
    refused = act(program, claimed, act="claim", key="another-key")
    told = refused.json()
    assert (refused.status_code, refused.headers["content-type"]) == (422, PROBLEM)
    assert told["type"] == "urn:pathway-engine:problem:illegal-transition"
    assert told["legal_acts"] == [
        "give_back", "assign", "defer", "answer", "comment", "complete", "not_applicable", "follow_up",
    ]  # fmt: skip


def test_a_version_that_is_not_the_newest_is_a_conflict(program: TestClient) -> None:
    task = listed(program, "HPH2")
    act(program, task, act="claim")
    refused = act(program, task, act="comment", comment="Hei")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:pathway-engine:problem:version-conflict")


def test_required_items_without_an_answer_are_named(program: TestClient) -> None:
    refused = act(program, listed(program, "HPH2"), act="complete")
    assert refused.status_code == 422
    assert {"what_matters", "news2"} <= set(refused.json()["errors"])


def test_an_answer_that_does_not_fit_says_what_would(program: TestClient) -> None:
    refused = act(program, listed(program, "HPH2"), act="answer", answers={"pain": 11, "general": "fine"})
    assert refused.json()["errors"] == {"pain": "a number from 0 to 10 NRS", "general": "one of better, same, worse"}


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"", "body"), (b"{", "body"), (b"[]", "body"), (b'{"act": "eat", "key": "12345678"}', "act"),
        (b'{"act": "claim", "key": "short"}', "key"), (b'{"act": "claim", "key": "12345678", "more": 1}', "more"),
        (b'{"act": "defer", "key": "12345678", "until": "2026-11-22T10:00:00"}', "until"),
        (b'{"act": "defer", "key": "12345678", "until": "9999-11-22T10:00:00Z"}', "until"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_where(program: TestClient, body: bytes, place: str) -> None:
    address = f"/api/v1/tasks/{listed(program, 'HPH2')['id']}/acts"
    refused = program.post(address, content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 422
    assert list(refused.json()["errors"]) == [place]


def test_an_undone_act_counts_no_more(program: TestClient) -> None:
    task = listed(program, "HPH2")
    act(program, task, act="claim", key="the-claim-1")
    undone = act(program, task, act="undo", key="the-claim-1")
    assert (undone.status_code, undone.json()["task"]["performer"]) == (200, None)


def test_a_foreign_task_looks_exactly_like_a_missing_one(program: TestClient, community: Community) -> None:
    community.tell("discharge_ready", stay="VN2", district="02")
    community.send(patient="200", stay="VN9", district="02", entries=[{
        "id": "E99", "name": "discharged", "cause": "discharged/VN9", "at": community.now.isoformat(),
        "recorded": community.now.isoformat(), "stay": "VN9",
        "facts": {"receives_services": True, "destination": "home"},
    }])  # fmt: skip
    foreign = community.list_of("per")["HPH2"]
    answers = [program.get(f"/api/v1/tasks/{id}") for id in (foreign.id, "none-of-all")]
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert act(program, {"id": foreign.id, "version": 1}, act="claim").status_code == 404


@pytest.mark.parametrize(("key", "status"), [("guess", 401), ("", 401)])
def test_nobody_is_told_how_to_come_in(app: FastAPI, key: str, status: int) -> None:
    stranger = TestClient(app, headers={"Authorization": f"Bearer {key}"} if key else {})
    answer = stranger.get(WORKLIST)
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert stranger.post("/api/v1/tasks/x/acts", json={}).status_code == 401


def test_a_session_writes_only_with_its_forms_token(app: FastAPI, community: Community, program: TestClient) -> None:
    task = listed(program, "HPH2")
    browser = TestClient(app, follow_redirects=False)
    token = _signed_in(browser)
    asked = {"act": "claim", "version": task["version"], "key": "from-a-page"}
    address = f"/api/v1/tasks/{task['id']}/acts"
    assert browser.get(WORKLIST).status_code == 200
    assert browser.post(address, json=asked).status_code == 403
    assert browser.post(address, json=asked, headers={"X-Form-Token": "guess"}).status_code == 403
    foreign = {"X-Form-Token": token, "Sec-Fetch-Site": "cross-site"}
    assert browser.post(address, json=asked, headers=foreign).status_code == 403
    assert browser.post(address, json=asked, headers={"X-Form-Token": token}).status_code == 200


def _signed_in(browser: TestClient) -> str:
    """Sign in with the key as a person does; return the secret of the forms."""
    from tests.web.visitor import hidden_fields

    first = hidden_fields(browser.get("/sign-in").text)["form_token"]
    browser.post("/sign-in", data={"key": "k" * 40, "form_token": first, "next": "/"})
    return hidden_fields(browser.get("/").text)["form_token"]


def test_a_body_of_another_type_or_size_is_refused(program: TestClient) -> None:
    address = f"/api/v1/tasks/{listed(program, 'HPH2')['id']}/acts"
    form = program.post(address, data={"act": "claim"})
    assert (form.status_code, form.json()["type"]) == (415, "urn:pathway-engine:problem:unsupported-type")
    large = program.post(address, content=b" " * 300_000, headers={"Content-Type": "application/json"})
    assert large.status_code == 413


def test_what_is_not_there_is_a_problem_too(program: TestClient) -> None:
    for answer in (program.get("/api/v1/nothing"), program.delete(WORKLIST)):
        assert (answer.status_code, answer.headers["content-type"]) == (answer.json()["status"], PROBLEM)


def test_reading_a_task_is_on_record(program: TestClient, community: Community) -> None:
    task = listed(program, "HPH2")
    program.get(f"/api/v1/tasks/{task['id']}")
    with community.engine.context.store.reading() as records:
        looks = [(row.actor, row.action, row.object_id) for row in records.audit(task["patient_id"], limit=50)]
    assert ("kari", "task read", task["id"]) in looks


def test_the_document_that_is_kept_is_the_one_that_is_served(program: TestClient) -> None:
    served = program.get("/api/v1/openapi.json").json()
    assert served["openapi"].startswith("3.1")
    assert json.loads(text()) == served
    assert DOCUMENT.read_text("utf-8") == text(), "run: python -m pathway_engine.web.api_reference > " + str(DOCUMENT)
