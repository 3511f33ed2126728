"""$apply shows and enrols, $everything gathers, $export tells all, $validate says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.fhir.profile_rules import deviations
from pathway_engine.fhir import gathering
from pathway_engine.fhir.app import create_fhir_app
from pathway_engine.fhir.callers import callers
from pathway_engine.fhir.profiles import profiles
from pathway_engine.service.enrolling import is_own
from tests.fhir.independent import assert_valid, problems
from tests.service.community import Community, directory
from tests.web.visitor import TestClient

BASE = "http://testserver"
APPLY = "/PlanDefinition/hph/$apply"
CANONICAL = "https://pathway-engine.example/fhir/PlanDefinition/hph"


def asked_by(community: Community, person: str) -> TestClient:
    key = person.ljust(40, "k")
    community.engine.grant_access_key(person, key, community.now)
    app = create_fhir_app(community.engine.context, callers(community.engine), lambda: community.now, BASE)
    return TestClient(app, headers={"Authorization": f"Bearer {key}"})


@pytest.fixture
def home_again(community: Community) -> str:
    """A patient whom Kari knows and whose pathway has ended; returns the id."""
    community.brought_home()
    patient = community.list_of("kari")["HPH2"].patient_id
    community.tell("services_ended", stay=None)
    community.passes(hours=1)
    return patient


# -- $apply


def test_what_is_shown_is_what_comes(face: TestClient, community: Community, home_again: str) -> None:
    shown = face.get(f"{APPLY}?subject=Patient/{home_again}")
    assert_valid(shown.json())
    plan, *tasks = [each["resource"] for each in shown.json()["entry"]]
    assert (plan["resourceType"], plan["status"], plan["intent"]) == ("CarePlan", "draft", "proposal")
    assert "HPH2" not in community.list_of("kari"), "showing writes nothing"
    enrolled = face.post(f"{APPLY}?subject=Patient/{home_again}")
    assert enrolled.status_code == 201
    assert_valid(enrolled.json())
    assert enrolled.headers["Location"] == f"{BASE}/CarePlan/{enrolled.json()['id']}"
    raised = community.engine.context.committed(
        lambda records: [row for row in records.tasks_of_episode(enrolled.json()["id"]) if row.ended_at is None]
    )
    told = [
        (each["code"]["coding"][0]["code"], each.get("restriction", {}).get("period", {}).get("end")) for each in tasks
    ]
    came = [(row.step, row.due_at.isoformat(timespec="milliseconds") if row.due_at else None) for row in raised]
    assert sorted(told, key=str) == sorted(came, key=str) != []
    assert shown.json()["entry"][0]["fullUrl"] == f"urn:uuid:{enrolled.json()['id']}"


def test_whoever_is_in_the_pathway_stays_there(face: TestClient, community: Community) -> None:
    community.brought_home()
    task = community.list_of("kari")["HPH2"]
    before = _log(community, task.patient_id)
    for method in ("GET", "POST"):
        answer = face.request(method, f"{APPLY}?subject=Patient/{task.patient_id}")
        assert (answer.status_code, answer.json()["resourceType"]) == (200, "CarePlan")
    assert _log(community, task.patient_id) == before


def _log(community: Community, patient: str) -> int:
    return community.engine.context.committed(lambda records: len(records.log(patient)))


def test_it_is_asked_by_a_canonical_in_the_body_too(face: TestClient, home_again: str) -> None:
    body = {"resourceType": "Parameters", "parameter": [
        {"name": "planDefinition", "valueCanonical": f"{CANONICAL}|1.1.0"},
        {"name": "subject", "valueReference": {"reference": f"Patient/{home_again}"}},
    ]}  # fmt: skip
    assert face.post("/PlanDefinition/$apply", json=body).status_code == 201
    assert face.post("/PlanDefinition/$apply", json=body).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/PlanDefinition/$apply?subject=Patient/x", 400), ("/PlanDefinition/hph/$apply", 400),
        ("/PlanDefinition/hph/$apply?subject=Patient/none", 404), ("/PlanDefinition/hph/$apply?subject=Task/x", 400),
        ("/PlanDefinition/none/$apply?subject=Patient/x", 404),
        (f"/PlanDefinition/$apply?planDefinition={CANONICAL}|9.9&subject=Patient/x", 404),
        ("/PlanDefinition/hph/$apply?subject=Patient/x&subject=Patient/y", 400),
    ],
)  # fmt: skip
def test_what_is_asked_wrongly_is_said(face: TestClient, path: str, status: int) -> None:
    answer = face.post(path)
    assert (answer.status_code, answer.json()["resourceType"]) == (status, "OperationOutcome")


def test_only_home_care_and_the_office_take_in(community: Community, home_again: str) -> None:
    assert asked_by(community, "per").post(f"{APPLY}?subject=Patient/{home_again}").status_code == 404, "another unit's"
    mia = asked_by(community, "mia").post(f"{APPLY}?subject=Patient/{home_again}")
    assert (mia.status_code, mia.json()["issue"][0]["code"]) == (403, "forbidden")
    with community.engine.context.store.reading() as records:
        patient = records.patient(home_again)
    assert patient is not None
    assert [person for person in directory().people if is_own(directory(), community.who(person), patient)] == [
        "kari", "ola", "ina", "liv",
    ]  # fmt: skip


def test_a_pathway_that_nobody_enrols_in_by_hand_says_so(sqlite_url: str) -> None:
    community = Community(sqlite_url, ("hph", "heart_failure", "ward_stay"))
    community.brought_home()
    patient = community.list_of("kari")["HPH2"].patient_id
    face = asked_by(community, "kari")
    unknown = face.post(f"/PlanDefinition/heart.failure/$apply?subject=Patient/{patient}")
    assert (unknown.status_code, unknown.json()["issue"][0]["code"]) == (422, "business-rule")
    assert "missing: heart_failure" in unknown.json()["issue"][0]["details"]["text"]
    assert face.post(f"/PlanDefinition/ward.stay/$apply?subject=Patient/{patient}").status_code == 422
    community.close()


# -- $everything


@pytest.fixture
def patient(community: Community) -> str:
    community.brought_home()
    return community.list_of("kari")["HPH2"].patient_id


def resources(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert_valid(answer.json())
    return [each["resource"] for each in answer.json().get("entry", ())]


def test_everything_is_what_the_searches_find(face: TestClient, community: Community, patient: str) -> None:
    task = community.list_of("kari")["HPH2"]
    found = resources(face.get(f"/Patient/{patient}/$everything"))
    assert found[0]["resourceType"] == "Patient"
    assert {each["resourceType"] for each in found} >= {"Patient", "EpisodeOfCare", "CarePlan", "Encounter", "Task"}
    mine = resources(face.get(f"/Task?patient=Patient/{patient}&_count=200"))
    assert {each["id"] for each in found if each["resourceType"] == "Task"} == {each["id"] for each in mine}
    assert task.id in {each["id"] for each in found}


def test_everything_of_a_foreign_patient_is_of_nobody(community: Community, patient: str) -> None:
    per = asked_by(community, "per")
    answers = [per.get(f"/Patient/{id}/$everything") for id in (patient, "none")]
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_everything_comes_in_pages(face: TestClient, patient: str) -> None:
    whole = [(each["resourceType"], each["id"]) for each in resources(face.get(f"/Patient/{patient}/$everything"))]
    paged, address = [], f"/Patient/{patient}/$everything?_count=2"
    while address:
        answer = face.get(address)
        page = [(each["resourceType"], each["id"]) for each in resources(answer)]
        assert 0 < len(page) <= 2
        paged += page
        links = {each["relation"]: each["url"] for each in answer.json()["link"]}
        address = links.get("next", "").removeprefix(BASE)
    assert paged == whole and len(whole) > 4


def test_everything_is_narrowed(face: TestClient, community: Community, patient: str) -> None:
    only = resources(face.get(f"/Patient/{patient}/$everything?_type=CarePlan,Patient"))
    assert {each["resourceType"] for each in only} == {"CarePlan", "Patient"}
    later = f"{community.now.replace(year=2027):%Y-%m-%d}"
    assert resources(face.get(f"/Patient/{patient}/$everything?_since={later}")) == []
    assert face.get(f"/Patient/{patient}/$everything?_type=Observation").status_code == 400
    assert face.get(f"/Patient/{patient}/$everything?_count=0").status_code == 400


def test_everything_is_on_record(face: TestClient, community: Community, patient: str) -> None:
    face.get(f"/Patient/{patient}/$everything")
    with community.engine.context.store.reading() as records:
        actions = {(row.action, row.object_id) for row in records.audit_about({patient})}
    assert {("fhir search", "Task"), ("fhir search", "CarePlan"), ("fhir operation", f"Patient/{patient}")} <= actions


# -- $export


def test_an_export_holds_what_the_caller_may_see(face: TestClient, community: Community, patient: str) -> None:
    answer = face.get("/Task/$export", headers={"Accept": "application/fhir+ndjson"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/fhir+ndjson")
    tasks = [json.loads(line) for line in answer.text.splitlines()]
    assert [each for each in tasks if problems(each)] == []
    assert {each["for"]["reference"] for each in tasks} == {f"Patient/{patient}"}
    mine = resources(face.get("/Task?_count=200"))
    assert {each["id"] for each in tasks} == {each["id"] for each in mine} != set()
    assert asked_by(community, "per").get("/Task/$export").text == ""


def test_an_export_is_narrowed(face: TestClient, patient: str) -> None:
    done = face.get("/Task/$export?_typeFilter=Task%3Fstatus%3Dcompleted").text
    assert done == ""
    assert face.get("/Task/$export?_typeFilter=Task%3Fcode%3DHPH2").text.count("\n") == 1
    assert face.get("/Task/$export?_since=2027-01-01").text == ""
    plans = face.get("/CarePlan/$export").text.splitlines()
    assert [json.loads(line)["resourceType"] for line in plans] == ["CarePlan"]


@pytest.mark.parametrize(
    "query", ["_outputFormat=csv", "_typeFilter=Patient%3F_id%3D1", "_typeFilter=Task", "patient=x"]
)
def test_an_export_refuses_what_it_does_not_understand(face: TestClient, query: str) -> None:
    assert face.get(f"/Task/$export?{query}").status_code == 400


def test_every_page_of_a_search_is_gathered(face: TestClient, patient: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sorted(face.get("/Task/$export").text.splitlines())
    monkeypatch.setattr(gathering, "AT_ONCE", "1")
    assert sorted(face.get("/Task/$export").text.splitlines()) == whole
    assert len(whole) > 2


def test_an_export_is_on_record_with_its_patients(face: TestClient, community: Community, patient: str) -> None:
    face.get("/Task/$export")
    with community.engine.context.store.reading() as records:
        assert ("fhir search", "Task") in {(row.action, row.object_id) for row in records.audit_about({patient})}


# -- $validate


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"resourceType": "Task", "status": "ready", "intent": "order"}, ["All is well."]),
        ({"resourceType": "Task", "status": "klar", "intent": "order"}, ["status"]),
        ({"resourceType": "Encounter", "status": "planned"}, ["Task"]),
        ({"resourceType": "Parameters", "parameter": [
            {"name": "resource", "resource": {"resourceType": "Task", "id": "1", "status": "ready", "intent": "order"}},
            {"name": "mode", "valueCode": "create"}]}, ["gets an id here"]),
        ({"resourceType": "Parameters", "parameter": [{"name": "mode", "valueCode": "eat"}]}, ["create"]),
    ],
)  # fmt: skip
def test_validation_always_answers(face: TestClient, body: dict[str, Any], said: list[str]) -> None:
    answer = face.post("/Task/$validate", json=body)
    assert answer.status_code == 200
    assert_valid(answer.json())
    told = " ".join(f"{each['details']['text']} {each.get('expression', '')}" for each in answer.json()["issue"])
    assert [each for each in said if each not in told] == []


@pytest.mark.parametrize("raw", [b"", b"{", b"[1]", b'{"resourceType": "Task", "status": "ready", "status": "x"}'])
def test_validation_never_breaks(face: TestClient, raw: bytes) -> None:
    answer = face.post("/Task/$validate", content=raw)
    assert (answer.status_code, answer.json()["issue"][0]["severity"]) == (200, "error")


def test_what_is_stored_is_validated_by_its_profile(face: TestClient, community: Community, patient: str) -> None:
    task = community.list_of("kari")["HPH2"].id
    profile = "https://pathway-engine.example/fhir/StructureDefinition/pathway-task"
    right = face.get(f"/Task/{task}/$validate?profile={profile}").json()
    assert [each["severity"] for each in right["issue"]] == ["information"]
    bare = {"resourceType": "Task", "status": "ready", "intent": "plan"}
    wrong = face.post(f"/Task/$validate?profile={profile}", json=bare).json()["issue"]
    assert {each["expression"][0] for each in wrong} >= {"Task.identifier", "Task.for", "Task.intent", "Task.basedOn"}
    unknown = face.post("/Task/$validate?profile=urn:none", json=bare).json()["issue"][0]
    assert (unknown["severity"], unknown["code"]) == ("warning", "not-found")
    assert face.get("/Task/none/$validate").status_code == 404


# -- profiles


def test_what_we_answer_keeps_to_our_profiles(face: TestClient, community: Community, patient: str) -> None:
    known = {str(each["url"]): each for each in profiles()}
    found = resources(face.get(f"/Patient/{patient}/$everything"))
    found += [each["resource"] for type in ("PlanDefinition", "ActivityDefinition") for each in _all(face, type)]
    named = 0
    for each in found:
        for url in each["meta"].get("profile", ()):
            if url in known:
                named += 1
                assert [str(issue) for issue in deviations(each, known[url], known)] == []
    assert named >= 4
    extensions = [each for each in found if each["resourceType"] in ("PlanDefinition", "ActivityDefinition")]
    empty = {"type": "PlanDefinition", "differential": {"element": []}}
    for each in extensions:
        assert deviations(each, {**empty, "type": each["resourceType"]}, known) == []


def _all(face: TestClient, type: str) -> Iterator[dict[str, Any]]:
    yield from face.get(f"/{type}?_count=200").json()["entry"]
