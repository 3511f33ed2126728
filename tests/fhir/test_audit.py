"""Whoever is shown or refused something over FHIR is in the audit, and the audit and the log are told as resources."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from pathway_engine.domain.directory import Person
from pathway_engine.domain.events import Act
from pathway_engine.fhir import auditing
from pathway_engine.fhir.resources import provenance
from pathway_engine.service.insight import insight
from pathway_engine.service.insight_words import KNOWN
from pathway_engine.storage.errors import DatabaseUnusable
from pathway_engine.storage.rows import AuditRow
from pathway_engine.storage.unit_of_work import UnitOfWork
from tests.service.community import Community
from tests.web.visitor import TestClient


@pytest.fixture
def at_home(community: Community) -> Community:
    """Astrid is at home, and everybody who asks has a key."""
    community.brought_home()
    people = community.engine.context.directory.people
    people["rune"] = Person(id="rune", name="Rune Revisor", seats=(("5001", "auditor"),))  # type: ignore[index]
    for person in ("per", "rune", "mia"):
        community.engine.grant_access_key(person, f"{person}-{'k' * 40}", community.now)
    return community


def as_(face: TestClient, person: str) -> TestClient:
    face.headers["Authorization"] = f"Bearer {person}-{'k' * 40}"
    return face


def rows(community: Community, count: int = 1) -> list[AuditRow]:
    with community.engine.context.store.reading() as records:
        return records.audit(limit=count)


def patient_of(community: Community) -> str:
    return community.list_of("kari")["HPH2"].patient_id


def test_a_read_is_on_record_with_the_caller_and_the_patient(face: TestClient, at_home: Community) -> None:
    task = at_home.list_of("kari")["HPH2"]
    assert face.get(f"/Task/{task.id}").status_code == 200
    (row,) = rows(at_home)
    assert (row.actor, row.role, row.action, row.outcome) == ("kari", "home_care_nurse", "fhir read", "ok")
    assert (row.patient_id, row.object_id, row.detail) == (task.patient_id, f"Task/{task.id}", "")


def test_a_search_is_on_record_once_with_the_ids_that_were_shown(face: TestClient, at_home: Community) -> None:
    patient = patient_of(at_home)
    before = rows(at_home)[0].id
    assert face.get("/Task?status=requested,ready,received").json()["entry"]
    (row,) = [each for each in rows(at_home, 9) if each.id > before]
    assert (row.actor, row.action, row.object_id, row.detail) == ("kari", "fhir search", "Task", patient)


def test_what_shows_nobody_is_no_read(face: TestClient, at_home: Community) -> None:
    before = rows(at_home)
    assert as_(face, "per").get("/Task?status=requested").json()["resourceType"] == "Bundle"
    assert as_(face, "per").get("/metadata").status_code == 200
    assert rows(at_home) == before


def test_what_was_refused_is_on_record_and_says_nothing_of_the_patient(face: TestClient, at_home: Community) -> None:
    """A foreign task and one that never was look the same, also in the audit."""
    task = at_home.list_of("kari")["HPH2"]
    assert [as_(face, "per").get(f"/Task/{id}").status_code for id in (task.id, "never")] == [404, 404]
    told = [(row.actor, row.action, row.patient_id, row.object_id, row.outcome) for row in rows(at_home, 2)]
    assert told == [("per", "fhir read", None, f"Task/{id}", "refused") for id in ("never", task.id)]


def test_what_cannot_be_put_on_record_is_not_shown(
    face: TestClient, at_home: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise DatabaseUnusable

    task = at_home.list_of("kari")["HPH2"]
    monkeypatch.setattr(UnitOfWork, "write_audit", full)
    answers = [face.get(f"/Task/{task.id}"), face.get("/Task?status=requested,ready")]
    assert [each.status_code for each in answers] == [503, 503]
    assert not [each for each in answers if task.patient_id in each.text]


def test_every_action_is_told_to_the_patient_in_words(face: TestClient, at_home: Community) -> None:
    assert [each for each in auditing.ACTIONS.values() if each not in KNOWN] == []
    patient = patient_of(at_home)
    face.get("/Task")
    told = insight(at_home.engine.context, patient, actor="anne", now=at_home.now)
    assert "Søkte og fant opplysninger om deg fra et annet system" in [line.what.nb for line in told.lines]


# -- AuditEvent


def events(face: TestClient, asked: str = "") -> list[dict[str, Any]]:
    """All events of a search, page by page."""
    found: list[dict[str, Any]] = []
    answer = face.get(f"/AuditEvent?{asked}")
    while True:
        assert answer.status_code == 200, answer.text
        told = answer.json()
        found += [entry["resource"] for entry in told.get("entry", ())]
        onwards = [link["url"] for link in told["link"] if link["relation"] == "next"]
        if not onwards:
            return found
        answer = face.get(onwards[0])


def test_an_auditor_knows_what_everybody_did_and_others_what_they_did(face: TestClient, at_home: Community) -> None:
    """Mutant: everybody knows everything."""
    task = at_home.list_of("kari")["HPH2"]
    face.get(f"/Task/{task.id}")
    as_(face, "per").get(f"/Task/{task.id}")
    who = {event["agent"][0]["who"].get("reference") for event in events(as_(face, "rune"))}
    assert {"Practitioner/kari", "Practitioner/per"} <= who
    assert {event["agent"][0]["who"]["reference"] for event in events(as_(face, "per"))} == {"Practitioner/per"}
    (read,) = [each for each in events(as_(face, "rune"), "subtype=read&outcome=0") if each["action"] == "R"]
    assert as_(face, "rune").get(f"/AuditEvent/{read['id']}").json()["id"] == read["id"]
    assert as_(face, "per").get(f"/AuditEvent/{read['id']}").status_code == 404
    assert as_(face, "per").get("/AuditEvent/999999999999999999").status_code == 404


def test_an_event_says_who_what_when_and_about_whom(face: TestClient, at_home: Community) -> None:
    task = at_home.list_of("kari")["HPH2"]
    face.get(f"/Task/{task.id}")
    event = events(as_(face, "rune"))[0]
    assert (event["type"]["code"], event["subtype"][0]["code"], event["action"]) == ("rest", "read", "R")
    assert (event["outcome"], event["recorded"]) == ("0", "2026-11-18T07:00:00.000Z")
    assert event["agent"][0]["who"] == {"reference": "Practitioner/kari", "display": "Kari Sykepleier"}
    named = [each["what"]["reference"] for each in event["entity"]]
    assert named == [f"Patient/{task.patient_id}", f"Task/{task.id}"]


def test_events_are_found_by_patient_time_agent_action_and_outcome(face: TestClient, at_home: Community) -> None:
    task, first = at_home.list_of("kari")["HPH2"], at_home.now
    face.get(f"/Task/{task.id}")
    as_(face, "per").get(f"/Task/{task.id}")
    at_home.passes(days=2)
    assert as_(face, "kari").get("/Task?status=requested,ready").json()["entry"]
    auditor = as_(face, "rune")

    def counted(asked: str) -> int:
        return len(events(auditor, asked))

    patient = f"patient=Patient/{task.patient_id}"
    assert counted(f"{patient}&subtype=read") == 1
    assert counted(f"{patient}&subtype=search-type&agent=Practitioner/kari") == 1, (
        "lists that showed the patient are about him or her"
    )
    assert counted("patient=Patient/nobody") == 0
    assert counted(f"agent=Practitioner/per&date=le{first:%Y-%m-%d}") == 1
    assert counted(f"agent=Practitioner/per&date=ge{first + timedelta(days=1):%Y-%m-%d}") == 0
    assert counted("action=R&outcome=4") == counted("outcome=4") == 1
    assert counted(f"entity=Task/{task.id}&agent=Practitioner/kari&subtype=read") == 1


def test_pages_of_events_follow_each_other_without_gap_or_double(face: TestClient, at_home: Community) -> None:
    for _ in range(7):
        face.get("/Task/never")
    auditor = as_(face, "rune")
    every = [event["id"] for event in events(auditor, "agent=Practitioner/kari&subtype=read")]
    paged = [event["id"] for event in events(auditor, "agent=Practitioner/kari&subtype=read&_count=3")]
    assert len(every) == 7 and paged == every == sorted(every, key=int, reverse=True)
    assert auditor.get("/AuditEvent?subtype=read&_summary=count").json()["total"] == 7


# -- Provenance


def changes(face: TestClient, asked: str) -> list[dict[str, Any]]:
    answer = face.get(f"/Provenance?{asked}")
    assert answer.status_code == 200, answer.text
    return [entry["resource"] for entry in answer.json().get("entry", ())]


def test_a_task_tells_who_changed_it_and_which_message_raised_it(face: TestClient, at_home: Community) -> None:
    task = at_home.list_of("kari")["HPH2"]
    claimed = at_home.engine.act(
        at_home.who("kari"), task.id, Act.CLAIM, version=task.version, key="claim-of-kari", now=at_home.now
    )
    assert claimed.task.performer == "kari"
    found = {each["activity"]["text"]: each for each in changes(face, f"target=Task/{task.id}")}
    assert found["claim"]["agent"][0]["who"] == {"reference": "Practitioner/kari", "display": "Kari Sykepleier"}
    assert "entity" not in found["claim"] and len(found) == 2
    (raised,) = [each for name, each in found.items() if name != "claim"]
    assert raised["agent"][0]["who"] == {"reference": "Organization/fjord"}
    assert raised["entity"][0]["what"]["identifier"]["value"].startswith("M")
    assert face.get(f"/Provenance/{raised['id']}").json()["id"] == raised["id"]


def test_a_message_changes_the_stay_and_the_plans_that_held_then(face: TestClient, at_home: Community) -> None:
    every = changes(face, f"patient={patient_of(at_home)}&_sort=recorded")
    targets = [{each["reference"].partition("/")[0] for each in change["target"]} for change in every]
    assert len(every) == 3 and all("Encounter" in each for each in targets)
    assert any("CarePlan" in each for each in targets)
    (stay,) = {t["reference"] for change in every for t in change["target"] if t["reference"].startswith("Encounter/")}
    assert len(changes(face, f"target={stay}")) == 3
    assert len(changes(face, f"patient={patient_of(at_home)}&recorded=ge2030")) == 0


def test_changes_of_a_foreign_patient_are_not_there(face: TestClient, at_home: Community) -> None:
    """Mutant: the log of anybody."""
    patient, task = patient_of(at_home), at_home.list_of("kari")["HPH2"].id
    known = changes(face, f"patient={patient}")[0]["id"]
    stranger = as_(face, "per")
    assert changes(stranger, f"patient={patient}") == changes(stranger, f"target=Task/{task}") == []
    assert [stranger.get(f"/Provenance/{id}").status_code for id in (known, "999", "x")] == [404, 404, 404]


def test_without_a_name_it_is_those_on_one_s_lists(
    face: TestClient, at_home: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(changes(face, "recorded=ge2026-01-01")) == 3
    assert changes(as_(face, "per"), "recorded=ge2026-01-01") == []
    monkeypatch.setattr(provenance, "MOST_PATIENTS", 0)
    answer = as_(face, "kari").get("/Provenance")
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (422, "too-costly")


def test_a_number_in_a_message_s_id_is_not_told(face: TestClient, at_home: Community) -> None:
    from datetime import date

    from pathway_engine.domain.identifiers import make_synthetic

    number = make_synthetic(date(1941, 3, 2), 3)
    entry: dict[str, Any] = {"id": "E99", "name": "fall_reported", "cause": "fall/1", "at": at_home.now.isoformat(),
             "recorded": at_home.now.isoformat(), "stay": None, "facts": {}}  # fmt: skip
    at_home.send(id=f"X{number}", entries=[entry])
    answer = face.get(f"/Provenance?patient={patient_of(at_home)}")
    assert number not in answer.text and "hidden" in answer.text


def test_ids_are_those_of_rows_and_nothing_else(face: TestClient, at_home: Community) -> None:
    for type, id in itertools.product(("AuditEvent", "Provenance"), ("0", "-1", "1e3", "٣", "9" * 30)):
        assert face.get(f"/{type}/{id}").status_code == 404
