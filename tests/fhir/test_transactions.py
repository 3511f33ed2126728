"""A transaction is done whole or not at all, a batch entry by entry; each entry has an answer in its place."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from adapters.fhir.outcome import FhirRefusal
from pathway_engine.fhir.bundle_entries import MOST_ENTRIES, entries_in
from pathway_engine.fhir.bundle_references import conditional, resolved
from pathway_engine.fhir.transactions import _in_order, _require_each_once
from tests.fhir.independent import assert_valid
from tests.service.community import Community
from tests.web.visitor import TestClient


def bundle(type: str, *entries: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": type, "entry": list(entries)}


def entry(method: str, url: str, resource: object = None, **more: Any) -> dict[str, Any]:
    request = {"method": method, "url": url, **{name: more.pop(name) for name in list(more) if name.startswith("if")}}
    return {"request": request, **({} if resource is None else {"resource": resource}), **more}


@pytest.fixture
def tasks(community: Community, face: TestClient) -> dict[str, dict[str, Any]]:
    """The tasks of Kari's list by step, as the face shows them."""
    community.brought_home()
    return {step: face.get(f"/Task/{view.id}").json() for step, view in community.list_of("kari").items()}


def put(task: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return entry("PUT", f"Task/{task['id']}", task | changed)


def statuses(answer: Any) -> list[str]:
    return [each["response"]["status"].split()[0] for each in answer.json()["entry"]]


def now(community: Community, step: str) -> str:
    with community.engine.context.store.reading() as records:
        row = records.task(community.list_of("kari")[step].id)
    assert row is not None
    return row.status


def test_all_of_a_transaction_is_done_and_answered_in_its_order(
    face: TestClient, tasks: dict[str, Any], community: Community
) -> None:
    first, second = list(tasks.values())[:2]
    answer = face.post("/", json=bundle(
        "transaction", entry("GET", f"Task/{first['id']}"), put(first, status="accepted"),
        put(second, status="in-progress"),
    ))  # fmt: skip
    told = answer.json()
    assert (answer.status_code, told["type"], statuses(answer)) == (200, "transaction-response", ["200"] * 3)
    assert [each["resource"]["status"] for each in told["entry"]] == ["accepted", "accepted", "in-progress"], (
        "GET is last"
    )
    assert_valid(told)
    assert told["entry"][1]["response"]["etag"] == 'W/"2"'
    assert told["entry"][1]["response"]["lastModified"].endswith("Z")


def test_one_that_fails_takes_back_all_others(face: TestClient, tasks: dict[str, Any], community: Community) -> None:
    first, second = list(tasks.values())[:2]
    answer = face.post("", json=bundle("transaction", put(first, status="accepted"), put(second, status="failed")))
    issue = answer.json()["issue"][0]
    assert (answer.status_code, issue["expression"]) == (422, ["Bundle.entry[1].resource.status"])
    assert now(community, first["code"]["coding"][0]["code"]) == "requested"


def test_each_entry_of_a_batch_stands_for_itself(face: TestClient, tasks: dict[str, Any], community: Community) -> None:
    first, second = list(tasks.values())[:2]
    answer = face.post("/", json=bundle(
        "batch", put(first, status="failed"), put(second, status="accepted"), entry("GET", "Task/none"),
        {"resource": {}}, entry("GET", "https://elsewhere.example/Task/1"), entry("GET", "a/b/c"),
    ))  # fmt: skip
    assert (answer.status_code, statuses(answer)) == (200, ["422", "200", "404", "400", "400", "404"])
    assert answer.json()["entry"][0]["response"]["outcome"]["issue"][0]["code"] == "business-rule"
    assert now(community, second["code"]["coding"][0]["code"]) == "accepted"


def test_an_entry_has_preconditions_of_its_own(face: TestClient, tasks: dict[str, Any]) -> None:
    task = next(iter(tasks.values()))
    changed = task | {"status": "accepted"}
    stale, right = (entry("PUT", f"Task/{task['id']}", changed, ifMatch=tag) for tag in ('W/"9"', 'W/"1"'))
    known = entry("GET", f"Task/{task['id']}", ifNoneMatch='W/"1"')
    assert statuses(face.post("/", json=bundle("batch", stale, known, right))) == ["412", "304", "200"]
    assert face.post("/", json=bundle("transaction", stale)).status_code == 412


def test_a_patch_travels_in_a_binary(face: TestClient, tasks: dict[str, Any]) -> None:
    task = next(iter(tasks.values()))
    operations = json.dumps([{"op": "replace", "path": "/status", "value": "accepted"}]).encode()
    binary = {
        "resourceType": "Binary", "contentType": "application/json-patch+json",
        "data": base64.b64encode(operations).decode(),
    }  # fmt: skip
    answer = face.post("/", json=bundle("transaction", entry("PATCH", f"Task/{task['id']}", binary)))
    assert answer.json()["entry"][0]["resource"]["status"] == "accepted"
    broken = bundle("transaction", entry("PATCH", f"Task/{task['id']}", binary | {"data": "?"}))
    assert face.post("/", json=broken).status_code == 400
    parameters = bundle("transaction", entry("PATCH", f"Task/{task['id']}", {"resourceType": "Parameters"}))
    assert face.post("/", json=parameters).status_code == 415


def test_no_body_comes_back_where_none_is_wanted(face: TestClient, tasks: dict[str, Any]) -> None:
    task = next(iter(tasks.values()))
    told = bundle("transaction", put(task, status="accepted"))
    (answered,) = face.post("/", json=told, headers={"Prefer": "return=minimal"}).json()["entry"]
    assert set(answered) == {"response"} and answered["response"]["etag"] == 'W/"2"'


def test_a_resource_named_twice_is_refused(face: TestClient, tasks: dict[str, Any], community: Community) -> None:
    task = next(iter(tasks.values()))
    twice = bundle("transaction", put(task, status="accepted"), put(task, status="requested"))
    assert face.post("/", json=twice).status_code == 400
    assert now(community, task["code"]["coding"][0]["code"]) == "requested"


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"resourceType": "Bundle", "type": "message"}, 422), ({"resourceType": "Task"}, 400), ([], 400),
        ({"resourceType": "Bundle", "type": "batch", "entry": {}}, 400),
        (bundle("transaction", entry("BEND", "Task/1")), 400), (bundle("transaction", entry("PUT", "Task/1")), 400),
        (bundle("transaction", entry("POST", "", {"resourceType": "Bundle"})), 400),
        (bundle("batch", *[entry("GET", "Task/1")] * (MOST_ENTRIES + 1)), 413),
        (bundle("transaction"), 200), (bundle("batch"), 200),
    ],
)  # fmt: skip
def test_what_is_no_bundle_to_be_done_is_refused(face: TestClient, told: object, status: int) -> None:
    answer = face.post("/", json=told)
    assert (answer.status_code, answer.json()["resourceType"]) == (
        status,
        "Bundle" if status == 200 else "OperationOutcome",
    )


def test_a_bundle_without_a_key_is_nobodys(face: TestClient) -> None:
    face.headers.pop("Authorization")
    assert face.post("/", json=bundle("batch", entry("GET", "Task/1"))).status_code == 401


def comment(about: str) -> dict[str, Any]:
    told = {"resourceType": "Communication", "status": "completed", "payload": [{"contentString": "Ringte"}]}
    return entry("POST", "Communication", told | {"about": [{"reference": about}]}, fullUrl="urn:uuid:1")


def test_a_reference_that_is_a_search_leads_to_the_one_that_it_finds(
    face: TestClient, tasks: dict[str, Any], community: Community
) -> None:
    made = face.post("/", json=bundle("transaction", comment("Task?code=HPH2"))).json()["entry"][0]
    assert made["resource"]["about"] == [{"reference": f"Task/{tasks['HPH2']['id']}"}]
    assert made["response"]["status"] == "201 Created"
    assert made["response"]["location"].endswith(f"Communication/{made['resource']['id']}")
    for search, code in (("Task?status=requested", "multiple-matches"), ("Task?code=NONE", "not-found")):
        refused = face.post("/", json=bundle("transaction", comment(search)))
        assert (refused.status_code, refused.json()["issue"][0]["code"]) == (412, code)
    unresolved = face.post("/", json=bundle("transaction", comment("urn:uuid:2")))
    assert unresolved.status_code == 422


# -- references


def made(number: str, *others: str) -> dict[str, Any]:
    refers = [{"reference": f"urn:uuid:{other}"} for other in others]
    return entry("POST", "Thing", {"resourceType": "Thing", "to": refers}, fullUrl=f"urn:uuid:{number}")


def in_order(*entries: dict[str, Any]) -> list[str]:
    read = [
        each
        for each in entries_in("http://testserver", bundle("transaction", *entries))
        if not isinstance(each, Exception)
    ]
    return [each.full_url or each.method for each in _in_order(read)]


def test_what_others_refer_to_is_made_first_and_methods_have_their_order() -> None:
    others = (entry("GET", "Thing/1"), entry("PUT", "Thing/2", {}), made("a", "b"), made("b", "c"), made("c"))
    assert in_order(*others, entry("DELETE", "Thing/3")) == [
        "DELETE",
        "urn:uuid:c",
        "urn:uuid:b",
        "urn:uuid:a",
        "PUT",
        "GET",
    ]


def test_a_ring_of_references_is_refused_but_one_to_itself_is_none() -> None:
    with pytest.raises(FhirRefusal, match="ring"):
        in_order(made("a", "b"), made("b", "a"))


def test_the_same_temporary_address_twice_is_refused() -> None:
    read = [
        each for each in entries_in("", bundle("transaction", made("a"), made("a"))) if not isinstance(each, Exception)
    ]
    with pytest.raises(FhirRefusal):
        _require_each_once(read)


def test_temporary_addresses_become_those_of_what_was_made() -> None:
    resource: dict[str, Any] = {
        "subject": {"reference": "urn:uuid:a"},
        "valueUri": "urn:uuid:a",
        "text": "see urn:uuid:a",
    }
    assert json.loads(resolved(resource, {"urn:uuid:a": "Patient/1"})) == {
        "subject": {"reference": "Patient/1"}, "valueUri": "Patient/1", "text": "see urn:uuid:a"
    }  # fmt: skip
    with pytest.raises(FhirRefusal, match="no entry"):
        resolved({"subject": {"reference": "urn:uuid:b"}}, {"urn:uuid:a": "Patient/1"})


def test_a_reference_that_is_a_search_is_seen() -> None:
    resource: dict[str, Any] = {
        "subject": {"reference": "Patient?identifier=s|1"},
        "other": [{"reference": "Patient/1"}],
    }
    assert conditional(resource) == ["Patient?identifier=s|1"]
