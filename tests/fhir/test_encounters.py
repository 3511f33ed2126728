"""An Encounter that a ward writes is a message: it takes the road of one, and reads back as it was written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from httpx import Response

from pathway_engine.domain.identifiers import FNR
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.service.telling import told_received
from pathway_engine.storage.patients import public_id_of_stay
from tests.fhir.independent import assert_valid
from tests.fhir.ward import ASTRID, BASE, BJARNE, Body, Ward, encounter, left, numbered, planned, ready
from tests.service.community import START, Community


@pytest.fixture
def ward(sqlite_url: str) -> Iterator[Ward]:
    ward = Ward(Community(sqlite_url))
    yield ward
    ward.community.close()


def written(ward: Ward, body: Body) -> Body:
    """The resource as the server has it after POST or PUT."""
    answer = ward.put(body) if "id" in body else ward.post(body)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


def same(body: Body, back: Body) -> bool:
    """Whether what came back is what was written, beside what a server adds."""
    subject = {**back["subject"]}
    if "reference" not in body["subject"]:
        subject.pop("reference")
    return {**body, "id": back["id"], "meta": back["meta"]} == {**back, "subject": subject}


def test_a_stay_over_fhir_moves_the_patient_and_makes_the_tasks(ward: Ward) -> None:
    community = ward.community
    there = written(ward, encounter())
    assert ward.names() == ["admitted"]
    community.passes(hours=26)
    written(ward, {**there, "extension": [ready(community.now)]})
    assert ward.phase() == "discharge_ready"
    community.passes(hours=20)
    done = {**there, "status": "finished", "hospitalization": left("home"), "extension": [ready(community.now)]}
    body = {**done, "period": {**there["period"], "end": community.now.isoformat()}}
    back = written(ward, body)
    assert (ward.phase(), same(body, back)) == ("at_home", True)
    assert ward.names()[-1] == "discharged"
    assert [row.disposition for row in ward.inbox()] == ["applied"] * 3


ASTRID_100 = {"identifier": {"value": "100"}}
"""The patient as the ward's own system numbers her."""


def finished(there: Body, at: datetime, place: str = "home") -> Body:
    return {
        **there, "status": "finished", "period": {**there["period"], "end": at.isoformat()},
        "hospitalization": left(place),
    }  # fmt: skip


def test_what_is_written_is_an_own_message_with_its_bytes(ward: Ward) -> None:
    raw = b'{ "resourceType":"Encounter", "status":"in-progress", "class":{"code":"IMP"},\n' + (
        b'"subject":{"identifier":{"system":"urn:oid:2.16.578.1.12.4.1.4.1","value":"%s"}},' % ASTRID.encode()
        + b'"period":{"start":"2026-11-16T10:00:00+01:00"} }'
    )
    answer = ward.client.post("/Encounter", content=raw)
    (row,) = ward.inbox()
    assert (answer.status_code, row.raw.partition(b"\n")[2]) == (201, raw)
    assert (row.sender, row.message_type, row.channel) == ("fhir|FJORD", "Encounter", "fhir")
    with ward.community.engine.context.store.reading() as records:
        told = told_received(ward.community.engine.context, records, row)
    assert "Sykehusopphold (FHIR) [Encounter] fra fhir|FJORD" in told.said[0].nb and "innlagt" in told.said[1].nb


def test_a_new_stay_has_an_address_and_a_version(ward: Ward) -> None:
    answer = ward.post(encounter())
    there = answer.json()
    assert answer.status_code == 201 and answer.headers["Location"] == f"{BASE}/Encounter/{there['id']}"
    again = ward.get(f"/Encounter/{there['id']}")
    assert (again.json(), again.headers["ETag"]) == (there, answer.headers["ETag"])
    assert there["subject"]["reference"] == "Patient/patient-1"
    assert_valid(there)


def test_an_old_version_is_refused_and_nothing_is_told(ward: Ward) -> None:
    first = ward.post(encounter())
    there = first.json()
    second = ward.put({**there, "reasonCode": [{"text": "Fall"}]}, If_Match=first.headers["ETag"])
    assert second.status_code == 200 and second.headers["ETag"] != first.headers["ETag"]
    late = ward.put({**there, "extension": [ready(ward.community.now)]}, If_Match=first.headers["ETag"])
    assert (late.status_code, late.json()["resourceType"]) == (412, "OperationOutcome")
    assert (ward.names(), len(ward.inbox())) == (["admitted"], 2)


def test_a_refused_write_is_seen_in_the_inbox_with_its_reason(ward: Ward) -> None:
    """Mutant: it is gone with the transaction."""
    answer = ward.post(encounter(period=None))
    issue = answer.json()["issue"][0]
    assert (answer.status_code, issue["code"], issue["expression"]) == (422, "required", ["Encounter.period.start"])
    (row,) = ward.inbox()
    assert (row.disposition, row.patient_id, row.reason) == ("rejected", None, "The stay has begun; say when.")
    assert row.raw.endswith(b"}")


@pytest.mark.parametrize("raw", [b"{", b"[]", b"null", b'{"resourceType":"Task"}', b"\xff"])
def test_what_is_no_encounter_is_an_outcome_and_kept(ward: Ward, raw: bytes) -> None:
    answer = ward.client.post("/Encounter", content=raw)
    assert (answer.status_code in (400, 422), answer.json()["resourceType"]) == (True, "OperationOutcome")
    assert [row.disposition for row in ward.inbox()] == ["rejected"]


def test_a_sender_that_is_not_in_the_directory_tells_nothing(ward: Ward) -> None:
    ward.sender = "VIK"
    answer = ward.post(encounter())
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (403, "forbidden")
    assert [(row.disposition, row.reason_code) for row in ward.inbox()] == [("unplaced", "UnknownSender")]
    assert ward.names() == []


def test_a_visit_that_is_known_is_written_to_at_its_own_address(ward: Ward) -> None:
    there = written(ward, encounter())
    answer = ward.post(encounter("planned"))
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (409, "duplicate")
    assert there["id"] in answer.json()["issue"][0]["details"]["text"]


def test_the_same_create_sent_again_is_answered_again(ward: Ward) -> None:
    first, second = ward.post(encounter()), ward.post(encounter())
    assert (first.status_code, second.status_code, second.json()) == (201, 200, first.json())
    assert len(ward.inbox()) == 1


def test_a_stay_of_another_is_refused(ward: Ward) -> None:
    there = written(ward, encounter())
    other = ward.put({**there, "subject": numbered(BJARNE)})
    assert (other.status_code, other.json()["issue"][0]["code"]) == (409, "conflict")
    assert ward.inbox()[-1].reason_code == "StayOfAnother"


def test_a_patch_is_a_write_of_the_whole(ward: Ward) -> None:
    there = written(ward, encounter(extension=[planned("2026-11-20")]))
    ward.community.passes(hours=3)
    answer = ward.patch(f"/Encounter/{there['id']}", {"op": "add", "path": "/extension/-",
                                                       "value": ready(ward.community.now)})  # fmt: skip
    assert (answer.status_code, ward.phase()) == (200, "discharge_ready")
    answer = ward.patch(f"/Encounter/{there['id']}", {"op": "remove", "path": "/extension/1"})
    assert (answer.status_code, ward.phase()) == (200, "in_hospital")
    assert ward.names() == ["admitted", "discharge_ready", "discharge_ready_withdrawn"]


def test_what_others_tell_since_is_laid_over_what_was_written(ward: Ward) -> None:
    there = written(ward, encounter(subject=ASTRID_100, reasonCode=[{"text": "Fall"}]))
    ward.community.passes(hours=5)
    ward.community.tell("discharged", stay="FJORD:VN1", destination="nursing_home")
    back = ward.get(f"/Encounter/{there['id']}").json()
    assert (back["status"], back["reasonCode"]) == ("finished", [{"text": "Fall"}])
    assert back["period"]["end"] == "2026-11-16T14:00:00Z"
    assert back["hospitalization"]["dischargeDisposition"]["coding"][0]["code"] == "nursing_home"
    assert back["meta"]["versionId"] != there["meta"]["versionId"]
    assert_valid(back)


def test_a_stay_that_others_told_is_read_by_those_near_the_patient(ward: Ward) -> None:
    community = ward.community
    community.brought_home()
    id = public_id_of_stay(community.engine.context.store.tenant, "VN1")
    assert ward.get(f"/Encounter/{id}").status_code == 404
    assert ward.get(f"/Encounter/{id}", person="per").status_code == 404
    back = ward.get(f"/Encounter/{id}", person="kari").json()
    assert (back["status"], back["class"]["code"], back["subject"]) == (
        "finished", "IMP", {"reference": "Patient/patient-1"}
    )  # fmt: skip
    assert_valid(back)


def test_an_outpatient_visit_is_kept_and_tells_nothing(ward: Ward) -> None:
    body = encounter("finished", kind="AMB", period=None)
    back = written(ward, body)
    assert same(body, back) and ward.names() == []
    assert "not that of a stay" in ward.inbox()[0].notes


def test_a_stay_in_error_never_was(ward: Ward) -> None:
    there = written(ward, encounter())
    written(ward, {**there, "status": "entered-in-error"})
    assert (ward.names(), ward.phase()) == ([], "none")
    assert ward.get(f"/Encounter/{there['id']}").json()["status"] == "entered-in-error"


def test_a_discharge_that_was_wrong_is_taken_back(ward: Ward) -> None:
    there = written(ward, encounter(extension=[ready(START)]))
    ward.community.passes(hours=2)
    written(ward, finished(there, ward.community.now))
    assert ward.phase() == "at_home"
    written(ward, there)
    assert (ward.phase(), "discharged" in ward.names()) == ("discharge_ready", False)


def test_a_day_to_come_is_refused(ward: Ward) -> None:
    answer = ward.post(encounter(period={"start": "2027-01-01"}))
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (422, "business-rule")
    assert ward.inbox()[0].reason_code == "ToldAhead"


def test_an_id_of_another_address_is_refused(ward: Ward) -> None:
    there = written(ward, encounter())
    answer = ward.client.put(f"/Encounter/{there['id']}", content=json.dumps({**there, "id": "x"}).encode())
    assert (answer.status_code, answer.json()["issue"][0]["expression"]) == (400, ["Encounter.id"])
    assert ward.put({**there, "id": "unknown"}).status_code == 404
    assert ward.client.delete(f"/Encounter/{there['id']}").status_code == 405


def test_without_a_visit_number_the_server_makes_the_stay(ward: Ward) -> None:
    first = written(ward, encounter(identifier=None))
    ward.community.passes(minutes=1)
    second = written(ward, encounter(identifier=None))
    assert first["id"] != second["id"] and "identifier" not in second
    written(ward, {**second, "status": "entered-in-error"})
    assert ward.names() == ["admitted"]


def test_it_is_on_record_who_wrote(ward: Ward) -> None:
    written(ward, encounter())
    with ward.community.engine.context.store.reading() as records:
        rows = records.audit(patient_id="patient-1")
    assert ("fhir|FJORD", "message Encounter") in {(row.actor, row.action) for row in rows}


def test_what_a_client_writes_counts_after_what_it_went_on_from(ward: Ward) -> None:
    """Mutant: written down when it came. A sender whose clock is ahead then has the last word."""
    there = written(ward, encounter(subject=ASTRID_100))
    ahead = (ward.community.now + timedelta(hours=3)).isoformat()
    entry = {"id": "E9", "name": "discharged", "cause": "discharged/FJORD:VN1", "at": START.isoformat(),
             "recorded": ahead, "stay": "FJORD:VN1", "facts": {"destination": "home"}}  # fmt: skip
    ward.community.send(entries=[entry], stay="FJORD:VN1")
    assert ward.names() == ["admitted", "discharged"]
    ward.community.passes(minutes=1)
    written(ward, there)
    assert ward.names() == ["admitted"]


# -- in a Bundle


def bundled(ward: Ward, type: str, *entries: Body) -> Response:
    whole = [{"resource": each, "request": {"method": "POST", "url": each["resourceType"]}} for each in entries]
    body = {"resourceType": "Bundle", "type": type, "entry": whole}
    answer: Response = ward.client.post("/", content=json.dumps(body).encode())
    return answer


def test_a_transaction_commits_person_and_stay_together(ward: Ward) -> None:
    person = {"resourceType": "Patient", "identifier": [{"system": FNR, "value": ASTRID}]}
    url = "urn:uuid:6b1c1a52-0000-4000-8000-000000000001"
    entries = [
        {"fullUrl": url, "resource": person, "request": {"method": "POST", "url": "Patient"}},
        {"resource": encounter(subject={"reference": url}), "request": {"method": "POST", "url": "Encounter"}},
    ]
    body = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    answer = ward.client.post("/", content=json.dumps(body).encode())
    assert [each["response"]["status"][:3] for each in answer.json()["entry"]] == ["201", "201"], answer.text
    assert (ward.names(), [row.disposition for row in ward.inbox()]) == (["admitted"], ["applied"] * 2)


def test_a_transaction_that_is_refused_leaves_the_refused_message_alone(ward: Ward) -> None:
    """Mutant: the other message stays applied."""
    answer = bundled(ward, "transaction", encounter(), encounter(visit="VN2", period=None))
    issue = answer.json()["issue"][0]
    assert (answer.status_code, issue["expression"]) == (422, ["Bundle.entry[1].resource.period.start"])
    assert [(row.disposition, row.patient_id) for row in ward.inbox()] == [("rejected", None)]


def test_a_batch_keeps_what_it_refuses_and_commits_the_rest(ward: Ward) -> None:
    answer = bundled(ward, "batch", encounter(visit="VN2", period=None), encounter())
    assert [each["response"]["status"][:3] for each in answer.json()["entry"]] == ["422", "201"]
    assert [row.disposition for row in ward.inbox()] == ["rejected", "applied"]


def test_a_stay_is_found_by_its_visit_number(ward: Ward) -> None:
    there = written(ward, encounter())
    written(ward, encounter(visit="VN2", kind="AMB"))
    system = "https://pathway-engine.example/fhir/assigner/FJORD"
    body = encounter(visit="VN3", identifier=[{"system": system, "value": "VN3"}])
    other = written(ward, body)
    assert [each["resource"]["id"] for each in ward.get("/Encounter?identifier=VN1").json()["entry"]] == [there["id"]]
    found = ward.get(f"/Encounter?identifier={system}|VN3&class=IMP").json()
    assert [each["resource"]["id"] for each in found["entry"]] == [other["id"]]


def test_a_create_with_a_condition_finds_the_stay_that_is_there(ward: Ward) -> None:
    there = written(ward, encounter())
    answer = ward.post(encounter("planned"), If_None_Exist="identifier=VN1")
    assert (answer.status_code, answer.json()["id"]) == (200, there["id"])
    assert ward.names() == ["admitted"]


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def either(request: pytest.FixtureRequest) -> Iterator[Ward]:
    ward = Ward(Community(request.getfixturevalue(request.param)))
    yield ward
    ward.community.close()


def test_of_two_who_write_at_once_from_one_version_one_is_refused(either: Ward) -> None:
    """Mutant: the version is looked at before the patient is locked."""
    first = either.post(encounter())
    there = first.json()
    either.community.passes(minutes=5)
    bodies = [{**there, "extension": [ready(either.community.now)]}, {**there, "status": "onleave"}]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda body: either.put(body, If_Match=first.headers["ETag"]), bodies))
    assert sorted(each.status_code for each in answers) == [200, 412]
    assert len(either.names()) == 2
    assert not rebuild(either.community.engine.context, either.community.now, check=True).differing


def test_of_two_who_create_one_visit_at_once_one_makes_it(either: Ward) -> None:
    bodies = [encounter(), encounter("planned")]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(either.post, bodies))
    assert sorted(each.status_code for each in answers) == [201, 409]
    with either.community.engine.context.store.reading() as records:
        (patient,) = records.patients_with_entries()
    assert len(either.names(patient)) == 1
