"""Whatever is written, the answer is one of FHIR's: never a failure of the program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fhir.test_task_writing import Work
from tests.service.community import Community
from tests.web.visitor import TestClient

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
WORDS = st.sampled_from([
    "status", "id", "code", "reference", "Task/1", "#qr", "text", "valueReference", "item", "linkId", "answer", "type",
    "transaction", "urn:uuid:1", "request", "method", "url", "PUT", "POST", "Task", "period", "start", "coding", "",
])  # fmt: skip
ANYTHING = st.recursive(
    SCALARS | WORDS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4), max_leaves=8
)
ELEMENTS = st.sampled_from([
    "status", "statusReason", "owner", "note", "restriction", "output", "contained", "code", "for", "meta", "id",
    "resourceType", "basedOn", "encounter", "extension", "_status", "nonsense",
])  # fmt: skip
ENTRIES = st.sampled_from(["resource", "request", "fullUrl", "response", "search"])
USUAL = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def work(face: TestClient, community: Community) -> Iterator[Work]:
    community.brought_home()
    yield Work(face, community)


def require_an_answer(answer: Any) -> None:
    assert answer.status_code in (200, 201, 400, 403, 404, 405, 409, 412, 413, 415, 422), answer.text
    if answer.status_code >= 400:
        assert answer.json()["resourceType"] == "OperationOutcome"


def attempts(work: Work, name: str, value: Any) -> Iterator[Callable[[], Any]]:
    """The same element written in each way."""
    merge = {"Content-Type": "application/merge-patch+json"}
    operation = [{"op": "add", "path": f"/{name}", "value": value}]
    yield lambda: work.put(**{name: value}) if name != "id" else None
    yield lambda: work.face.patch(f"/Task/{work.id}", json={name: value}, headers=merge)
    yield lambda: work.patch(operation)


@given(name=ELEMENTS, value=ANYTHING)
@USUAL
def test_any_element_of_a_task_is_taken_or_refused(work: Work, name: str, value: object) -> None:
    for attempt in attempts(work, name, value):
        answer = attempt()
        if answer is not None:
            require_an_answer(answer)


@given(name=ENTRIES, value=ANYTHING, type=st.sampled_from(["transaction", "batch"]))
@USUAL
def test_any_entry_of_a_bundle_is_taken_or_refused(work: Work, name: str, value: object, type: str) -> None:
    entry = {"resource": work.read(), "request": {"method": "PUT", "url": f"Task/{work.id}"}} | {name: value}
    answer = work.face.post("/", json={"resourceType": "Bundle", "type": type, "entry": [entry]})
    require_an_answer(answer)
    assert not [each for each in answer.json().get("entry", []) if each["response"]["status"].startswith("5")]


@given(told=ANYTHING, type=st.sampled_from(["QuestionnaireResponse", "Communication"]), name=WORDS)
@USUAL
def test_any_answer_and_any_comment_is_taken_or_refused(work: Work, told: object, type: str, name: str) -> None:
    body = {"resourceType": type, "id": work.id, "status": "completed", "item": told, "payload": told, name: told}
    require_an_answer(work.face.post(f"/{type}", json=body))
    require_an_answer(work.face.put(f"/QuestionnaireResponse/{work.id}", json=body))
