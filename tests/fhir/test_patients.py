"""A written Patient is a message about a person: identifiers say who, details are the last word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from adapters.fhir.envelope import Before, Envelope, Standing
from adapters.fhir.outcome import FhirRefusal
from adapters.fhir.patient_rendering import Record, rendered
from adapters.fhir.patient_words import PUBLISHED, REWRITTEN
from adapters.fhir.patients import demographics_of, identifiers_of, read_patient
from pathway_engine.domain.events import Demographics, Happened, Identifier, Reading
from pathway_engine.domain.identifiers import DNR, FNR
from tests.fhir.independent import assert_valid
from tests.fhir.ward import ASTRID, BJARNE, Body, Ward, encounter, numbered
from tests.service.community import START, Community

FULL = Demographics(
    family="Fjell", given="Astrid Marie", birth_date=date(1941, 3, 2), gender="female", address="Strandveien 1",
    postal_code="7010", city="Fjordby", municipality="5001", district="01", phone="73000000",
)  # fmt: skip


@pytest.fixture
def ward(sqlite_url: str) -> Iterator[Ward]:
    ward = Ward(Community(sqlite_url))
    yield ward
    ward.community.close()


def patient(number: str = ASTRID, **changed: Any) -> Body:
    body: Body = {
        "resourceType": "Patient", "identifier": [{"system": FNR, "value": number}],
        "name": [{"family": "Fjell", "given": ["Astrid"]}], "gender": "female", "birthDate": "1941-03-02", **changed,
    }  # fmt: skip
    return {name: value for name, value in body.items() if value is not None}


def home(base: str = PUBLISHED) -> Body:
    """An address with the codes of no-basis."""
    return {
        "use": "home", "line": ["Strandveien 1"], "city": "Fjordby", "postalCode": "7010",
        "extension": [{"url": f"{base}urban-district", "valueCoding": {"code": "02"}}],
        "_district": {"extension": [{"url": f"{base}municipalitycode", "valueCoding": {"code": "5001"}}]},
    }  # fmt: skip


def reading(body: Body, before: Before | None = None, **changed: Any) -> Reading:
    told: dict[str, Any] = {
        "sender": "FJORD", "client": "epj", "method": "POST", "type": "Patient", "id": "", "message_id": "M1",
        "at": START, "recorded_at": START, "before": before or Before(), **changed,
    }  # fmt: skip
    return read_patient(json.loads(json.dumps(body)), Envelope(**told))


def names(found: Reading) -> list[str]:
    return [each.name if isinstance(each, Happened) else f"not {each.cause}" for each in found.entries]


# -- reading


@pytest.mark.parametrize("base", [PUBLISHED, REWRITTEN])
def test_details_are_read_by_both_canonicals_of_no_basis(base: str) -> None:
    middle = {"extension": [{"url": f"{base}middlename", "valueString": "Marie"}]}
    body = patient(
        name=[{"use": "old", "family": "Dal"}, {"family": "Fjell", "given": ["Astrid"], **middle}],
        address=[home(base)],
        telecom=[{"system": "email", "value": "a@b.no"}, {"system": "phone", "value": "73000000"}],
    )  # fmt: skip
    told = demographics_of(body, [])
    assert (told.given, told.municipality, told.district, told.phone) == ("Astrid Marie", "5001", "02", "73000000")
    assert names(reading(body)) == ["person_updated"]


def test_what_is_rendered_is_read_back_the_same() -> None:
    identifiers = (Identifier(system=FNR, value=ASTRID), Identifier(system="local:FJORD", value="100"),
                   Identifier(system="local:2.16.578.1.99", value="7"))  # fmt: skip
    made = rendered(Record(id="p1", demographics=FULL, identifiers=identifiers))
    assert (demographics_of(made, []), identifiers_of(made, "VIK", "Patient", [])) == (FULL, identifiers)
    assert PUBLISHED in json.dumps(made) and REWRITTEN not in json.dumps(made)
    assert_valid(made)


def test_a_number_is_what_its_digits_say() -> None:
    """A D-number that is told as a fødselsnummer is a D-number."""
    d_number = "45834106217"
    body = patient(identifier=[{"system": FNR, "value": ASTRID}])
    assert reading(body).identifiers == (Identifier(system=FNR, value=ASTRID),)
    with pytest.raises(FhirRefusal) as refused:
        reading(patient(identifier=[{"value": "9"}, {"system": DNR, "value": d_number}]))
    assert refused.value.issues[0].expression == "Patient.identifier[1].value"
    assert d_number not in str(refused.value)


def test_other_numbers_are_their_assigners_own() -> None:
    told = [
        {"system": "urn:oid:1.2.36.146.595.217.0.1", "value": "12345"},
        {"system": "http://goodhealth.example", "value": "7"},
        {"value": "8"}, {"system": "urn:oid:1.2.3"}, {"use": "old", "value": "6"},
        {"system": "HNR", "value": "7", "assigner": {"display": "Vik sykehus"}},
    ]  # fmt: skip
    found = [(each.system, each.value) for each in identifiers_of({"identifier": told}, "FJORD", "Patient", [])]
    assert found == [
        ("local:1.2.36.146.595.217.0.1", "12345"), ("local:http://goodhealth.example", "7"), ("local:FJORD", "8"),
        ("local:Vik sykehus#HNR", "7"),
    ]  # fmt: skip


def test_a_record_without_a_number_is_named_after_its_message() -> None:
    assert reading(patient(identifier=None)).identifiers == (Identifier(system="local:FJORD", value="M1"),)


DIED = Before((Standing("died", "died", START),))
LATER = (START + timedelta(hours=1)).isoformat()


@pytest.mark.parametrize(
    ("changed", "before", "expected"),
    [
        ({"deceasedBoolean": True}, None, ["died"]),
        ({"deceasedBoolean": True}, DIED, []),
        ({"deceasedBoolean": False}, None, []),
        ({"deceasedBoolean": False}, DIED, ["not died"]),
        ({"deceasedDateTime": START.isoformat()}, None, ["died"]),
        ({"deceasedDateTime": START.isoformat()}, DIED, []),
        ({"deceasedDateTime": LATER}, DIED, ["died"]),
        ({}, DIED, []),
    ],
)
def test_a_death_is_told_and_taken_back(changed: Body, before: Before | None, expected: list[str]) -> None:
    assert names(reading(patient(**changed), before)) == expected


@pytest.mark.parametrize(
    ("changed", "expression"),
    [({"gender": "kvinne"}, "Patient.gender"), ({"birthDate": "1941-02-30"}, "Patient.birthDate"),
     ({"deceasedDateTime": "2026"}, "Patient.deceasedDateTime")],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_place(changed: Body, expression: str) -> None:
    with pytest.raises(FhirRefusal) as refused:
        reading(patient(**changed))
    assert refused.value.issues[0].expression == expression


def test_a_birth_year_alone_is_noted_and_not_guessed() -> None:
    found = reading(patient(birthDate="1941"))
    assert (found.demographics.birth_date, len(found.notes)) == (None, 1)


# -- the face


def test_a_new_person_is_made_and_read_back(ward: Ward) -> None:
    body = patient(maritalStatus={"text": "Gift"}, address=[home()])
    answer = ward.post(body)
    there = answer.json()
    assert answer.status_code == 201 and answer.headers["Location"].endswith(f"/Patient/{there['id']}")
    assert {**body, "id": there["id"], "meta": there["meta"]} == there
    assert ward.get(f"/Patient/{there['id']}").json() == there
    assert ward.get(f"/Patient/{there['id']}", person="per").status_code == 404
    assert ward.names() == ["person_updated"]
    assert_valid(there)


def test_what_a_writer_said_in_meta_stays(ward: Ward) -> None:
    meta = {"tag": [{"system": "urn:fjord", "code": "x"}], "profile": [f"{REWRITTEN}Patient"], "versionId": "7"}
    there = ward.post(patient(meta=meta)).json()["meta"]
    assert (there["tag"], there["profile"]) == (meta["tag"], meta["profile"]) and there["versionId"] != "7"


def test_who_wrote_once_reads_the_own_words_when_others_wrote_since(ward: Ward) -> None:
    there = ward.post(patient()).json()
    ward.community.passes(minutes=1)
    ward.sender = "VIK"
    directory = ward.community.engine.context.directory
    directory.senders["fhir", "VIK"] = replace(directory.senders["fhir", "FJORD"], id="vik", facility="VIK")  # type: ignore[index]
    ward.post(patient(name=[{"family": "Vik"}]))
    ward.sender = "FJORD"
    assert ward.get(f"/Patient/{there['id']}").json()["name"] == there["name"]


def test_a_person_who_is_known_is_not_made_again(ward: Ward) -> None:
    first = ward.post(patient())
    ward.community.passes(minutes=1)
    second = ward.post(patient(name=[{"family": "Berg"}]))
    assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])
    assert second.headers["ETag"] != first.headers["ETag"]


def test_an_old_version_is_refused(ward: Ward) -> None:
    first = ward.post(patient())
    there = first.json()
    ward.community.passes(minutes=1)
    assert ward.put({**there, "gender": "other"}, If_Match=first.headers["ETag"]).status_code == 200
    assert ward.put(there, If_Match=first.headers["ETag"]).status_code == 412


def test_a_patch_changes_a_detail(ward: Ward) -> None:
    there = ward.post(patient()).json()
    ward.community.passes(minutes=1)
    answer = ward.patch(f"/Patient/{there['id']}", {"op": "replace", "path": "/name/0/family", "value": "Berg"})
    assert (answer.status_code, answer.json()["name"][0]["family"]) == (200, "Berg")
    with ward.community.engine.context.store.reading() as records:
        row = records.patient(there["id"])
    assert row is not None and (row.family, row.given) == ("Berg", "Astrid")


def test_a_stay_of_a_written_person_is_that_persons(ward: Ward) -> None:
    there = ward.post(patient()).json()
    answer = ward.post(encounter(subject={"reference": f"Patient/{there['id']}"}))
    assert answer.status_code == 201, answer.text
    assert ward.names(there["id"]) == ["admitted"]


def test_a_reference_to_a_person_one_may_not_know_leads_to_nobody(ward: Ward) -> None:
    """Mutant: any id will do. Then a client learns who there is."""
    ward.community.tell("admitted")
    answers = [ward.post(encounter(visit=f"V{id}", subject={"reference": f"Patient/{id}"}))
               for id in ("patient-1", "patient-9")]  # fmt: skip
    assert {each.status_code for each in answers} == {422}
    assert answers[0].json() == answers[1].json()


def test_to_have_written_of_somebody_opens_no_record(ward: Ward) -> None:
    """Mutant: what others told since is laid over. Then a number is all it takes to read an address."""
    community = ward.community
    community.send(national=[ASTRID], entries=[], district="01")
    there = ward.post(patient(name=[{"family": "Noen"}])).json()
    community.passes(minutes=5)
    community.send(national=[ASTRID], entries=[], district="01")
    own, near = (ward.get(f"/Patient/{there['id']}", person).json() for person in ("", "mia"))
    assert "Strandveien" not in json.dumps(own) and own["name"] == [{"family": "Noen"}]
    assert "Strandveien" in json.dumps(near) and near["name"][0]["family"] == "Fjell"
    assert_valid(near)


def test_a_record_that_was_merged_answers_with_the_survivor(ward: Ward) -> None:
    community = ward.community
    community.send(patient="200", national=[BJARNE], entries=[])
    community.send(patient="100", national=[ASTRID], entries=[], retires="200")
    old, new = (ward.get(f"/Patient/{id}", "mia").json() for id in ("patient-1", "patient-2"))
    assert (old["active"], old["link"]) == (
        False, [{"other": {"reference": "Patient/patient-2"}, "type": "replaced-by"}]
    )  # fmt: skip
    assert (new["active"], new["link"][0]["type"], old["name"]) == (True, "replaces", new["name"])
    for each in (old, new):
        assert_valid(each)


def test_the_dead_are_told_as_dead_however_it_was_told(ward: Ward) -> None:
    there = ward.post(patient(address=[home()])).json()
    ward.community.passes(minutes=1)
    ward.post(encounter("finished", subject=numbered(), period={
        "start": START.isoformat(), "end": ward.community.now.isoformat()},
        hospitalization={"dischargeDisposition": {"coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/discharge-disposition", "code": "exp"}]}},
    ))  # fmt: skip
    own, near = (ward.get(f"/Patient/{there['id']}", person).json() for person in ("", "mia"))
    assert sorted(ward.names(there["id"])) == ["admitted", "died", "discharged", "person_updated"]
    assert "deceasedDateTime" not in own and near["deceasedDateTime"] == "2026-11-16T09:01:00Z"


def test_people_of_two_records_wait_for_somebody(ward: Ward) -> None:
    ward.community.send(patient="100", national=[ASTRID], entries=[])
    ward.community.send(patient="200", national=[BJARNE], entries=[])
    both = [{"system": FNR, "value": ASTRID}, {"system": FNR, "value": BJARNE}]
    answer = ward.post(patient(identifier=both))
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (409, "conflict")
    assert ward.inbox()[-1].reason_code == "AmbiguousPatient"
    assert ASTRID not in answer.text
