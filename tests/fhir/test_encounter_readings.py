"""What a written Encounter tells, by what it says and by what was known before; a reading is of the bytes alone."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from adapters.fhir.elements import table, tables
from adapters.fhir.encounter_rendering import overlaid, rendered
from adapters.fhir.encounter_words import DISPOSITION, DISPOSITIONS, OWN_DESTINATION, PLACES, RECEIVES_SERVICES, visit
from adapters.fhir.encounters import read_encounter
from adapters.fhir.envelope import Before, Envelope, Standing, enveloped, opened
from adapters.fhir.outcome import FhirRefusal
from adapters.hl7v2.sender import SenderSettings
from pathway_engine.domain.errors import UnreadableMessage
from pathway_engine.domain.events import Happened, Identifier, Reading, Voided
from pathway_engine.domain.message_slots import PLACES as KNOWN_PLACES
from tests.adapters.hl7v2 import messages
from tests.fhir.ward import Body, encounter, left, planned, ready

AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
BEGAN = datetime(2026, 11, 16, 9, tzinfo=UTC)
ASTRID = Identifier(system="local:FJORD", value="100")
OWN = {"KAD": "acute_unit"}


def at(hours: float) -> datetime:
    return BEGAN + timedelta(hours=hours)


def standing(*events: tuple[str, float], **facts: str) -> Before:
    """What stands of VN1, each event so many hours after the admission."""
    once = ("admitted", "discharged", "registered", "preadmitted")
    causes = (f"{name}/FJORD:VN1" + ("" if name in once else f"/{at(hours):%Y-%m-%dT%H:%MZ}") for name, hours in events)
    return Before(
        tuple(Standing(name, cause, at(hours)) for (name, hours), cause in zip(events, causes, strict=True)), facts
    )


def reading(body: Body, before: Before | None = None, **changed: Any) -> Reading:
    told: dict[str, Any] = {
        "sender": "FJORD", "client": "epj", "method": "POST", "type": "Encounter", "id": "", "message_id": "M1",
        "at": AT, "recorded_at": AT, "patient": (ASTRID,),
        "stay": "FJORD:VN1" if before else "", "before": before or Before(), **changed,
    }  # fmt: skip
    envelope, raw = opened(enveloped(Envelope(**told), json.dumps(body).encode()))
    return read_encounter(json.loads(raw), envelope, OWN)


def told(body: Body, before: Before | None = None) -> list[str]:
    """The entries in short: name, hours after the admission, or what they take back."""
    return [_short(each) for each in reading(body, before).entries]


def _short(entry: Happened | Voided) -> str:
    if isinstance(entry, Voided):
        return f"not {entry.cause.replace('/FJORD:VN1', '')}"
    return f"{entry.name} {(entry.occurred_at - BEGAN) / timedelta(hours=1):g}"


ADMITTED = standing(("admitted", 0), ward="MED2")
READY = standing(("admitted", 0), ("discharge_ready", 24), ward="MED2")
WITHDRAWN = standing(("admitted", 0), ("discharge_ready", 24), ("discharge_ready_withdrawn", 30), ward="MED2")
GONE = standing(("admitted", 0), ("discharge_ready", 24), ("discharged", 48), ward="MED2", destination="home")
AWAY = standing(("admitted", 0), ("leave_started", 20), ward="MED2")
END = {"start": BEGAN.isoformat(), "end": at(48).isoformat()}


@pytest.mark.parametrize(
    ("body", "before", "expected"),
    [
        (encounter(), None, ["admitted 0"]),
        (encounter("planned", period=None), None, ["preadmitted 51"]),
        (encounter("arrived"), None, ["registered 0"]),
        (encounter("triaged"), None, ["registered 0"]),
        (encounter("unknown"), None, []),
        (encounter(), ADMITTED, []),
        (encounter(period={"start": at(-2).isoformat()}), ADMITTED, ["admitted -2"]),
        (encounter(extension=[ready(at(24))]), ADMITTED, ["discharge_ready 24"]),
        (encounter(extension=[ready(at(24))]), READY, []),
        (encounter(extension=[ready(at(24.008))]), READY, []),
        (encounter(extension=[ready(at(25))]), READY, ["not discharge_ready/2026-11-17T09:00Z", "discharge_ready 25"]),
        (encounter(), READY, ["discharge_ready_withdrawn 51"]),
        (encounter(), WITHDRAWN, []),
        (encounter(extension=[ready(at(40))]), WITHDRAWN, ["discharge_ready 40"]),
        (encounter(extension=[ready(at(24))]), WITHDRAWN, ["not discharge_ready_withdrawn/2026-11-17T15:00Z"]),
        (encounter("onleave"), ADMITTED, ["leave_started 51"]),
        (encounter("onleave"), AWAY, []),
        (encounter(), AWAY, ["leave_ended 51"]),
        (encounter("finished", period=END), ADMITTED, ["discharged 48"]),
        (encounter("finished", period=END), READY, ["discharged 48"]),
        (encounter("finished", period=END), None, ["admitted 0", "discharged 48"]),
        (encounter("finished", period=END, extension=[ready(at(24))]), None,
         ["admitted 0", "discharge_ready 24", "discharged 48"]),
        (encounter("finished", period=END, hospitalization=left("home")), GONE, []),
        (encounter("finished", period=END, hospitalization=left("nursing_home")), GONE, ["discharged 48"]),
        (encounter("finished", period={**END, "end": at(49).isoformat()}), GONE, ["discharged 49"]),
        (encounter("finished", period=END, hospitalization=left("dead")), ADMITTED, ["discharged 48", "died 48"]),
        (encounter(extension=[ready(at(24))]), GONE, ["not discharged"]),
        (encounter("cancelled"), ADMITTED, ["not admitted"]),
        (encounter("entered-in-error"), READY, ["not admitted", "not discharge_ready/2026-11-17T09:00Z"]),
        (encounter("cancelled"), None, ["not admitted"]),
        (encounter("planned"), ADMITTED, ["not admitted", "preadmitted 51"]),
        (encounter(location=[{"location": {"display": "KIR1"}}]), ADMITTED, ["transferred 51"]),
        (encounter(extension=[planned("2026-11-20")]), ADMITTED, ["visit_updated 51"]),
        (encounter(kind="AMB"), None, []),
        (encounter(kind="AMB"), ADMITTED, ["became_outpatient 51"]),
    ],
)  # fmt: skip
def test_an_encounter_tells(body: Body, before: Before | None, expected: list[str]) -> None:
    assert told(body, before) == expected


def test_the_causes_are_those_of_adt_for_the_same_visit() -> None:
    """Mutant: causes of our own. What ADT told is then told twice, and never taken back."""
    adt = messages.adt("A01", pv1={2: "I", 3: "MED2", 19: "VN1^^^FJORD", 44: "20261116100000"})
    over = messages.adt("A03", pv1={2: "I", 3: "MED2", 19: "VN1^^^FJORD", 45: "20261118100000"})
    ripe = messages.adt("A16", evn={2: "20261117100000", 6: "20261117100000"}, pv1={2: "I", 19: "VN1^^^FJORD"})
    expected = {each.cause for raw in (adt, over, ripe) for each in messages.reading(raw).entries}
    body = encounter("finished", period=END, extension=[ready(at(24))])
    assert {each.cause for each in reading(body).entries} == expected


@pytest.mark.parametrize(
    ("told_as", "assigner"),
    [
        ({"value": "VN1"}, "VN1^^^FJORD"),
        ({"value": "VN1"}, "VN1"),
        ({"value": "VN1", "system": "urn:oid:2.16.578.1.99"}, "VN1^^^&2.16.578.1.99&ISO"),
        ({"value": "VN1", "system": "https://pathway-engine.example/fhir/assigner/VIK"}, "VN1^^^VIK"),
        ({"value": "VN1", "system": "urn:oid:2.16.578.1.99", "assigner": {"identifier": {"value": "VIK"}}},
         "VN1^^^VIK&2.16.578.1.99&ISO"),
    ],
)  # fmt: skip
def test_a_visit_is_the_same_stay_in_fhir_and_in_hl7(told_as: Body, assigner: str) -> None:
    adt = messages.reading(messages.adt("A01", msh={4: "FJORD"}, pv1={2: "I", 19: assigner}), SenderSettings())
    assert visit({"identifier": [told_as]}, "FJORD") == adt.stay


def test_the_visit_number_goes_before_other_identifiers() -> None:
    kinds = {"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "VN"}]}}
    assert visit({"identifier": [{"value": "7"}, {**kinds, "value": "8"}]}, "FJORD") == "FJORD:8"
    assert reading(encounter(identifier=None)).stay == "FJORD:M1"


@pytest.mark.parametrize(
    ("changed", "status", "code", "expression"),
    [
        ({"status": "klar"}, 422, "code-invalid", "Encounter.status"),
        ({"status": None}, 422, "required", "Encounter.status"),
        ({"class": None}, 422, "required", "Encounter.class"),
        ({"subject": None}, 422, "required", "Encounter.subject"),
        ({"period": None}, 422, "required", "Encounter.period.start"),
        ({"period": {"start": "2026"}}, 422, "value", "Encounter.period.start"),
        ({"period": {"start": "2026-11-16T10:00:00"}}, 422, "value", "Encounter.period.start"),
        ({"status": "finished"}, 422, "required", "Encounter.period.end"),
        (
            {"status": "finished", "period": {**END, "end": at(-1).isoformat()}},
            422,
            "business-rule",
            "Encounter.period",
        ),
    ],
)
def test_what_lacks_something_is_refused_with_its_place(changed: Body, status: int, code: str, expression: str) -> None:
    with pytest.raises(FhirRefusal) as refused:
        reading(encounter(**changed))
    (issue,) = refused.value.issues
    assert (refused.value.status, issue.code, issue.expression) == (status, code, expression)


def test_the_visit_number_of_another_address_is_refused() -> None:
    with pytest.raises(FhirRefusal) as refused:
        reading(encounter(visit="VN2"), ADMITTED)
    assert refused.value.issues[0].expression == "Encounter.identifier"


def test_a_subject_who_is_nobody_here_is_refused() -> None:
    with pytest.raises(FhirRefusal) as refused:
        reading(encounter(subject={"reference": "Patient/unknown"}), patient=())
    assert (refused.value.issues[0].code, refused.value.issues[0].expression) == ("not-found", "Encounter.subject")


def test_a_wrong_number_is_refused_and_not_repeated() -> None:
    """Mutant: the number in the text."""
    wrong = {"identifier": {"system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": "12345678901"}}
    with pytest.raises(FhirRefusal) as refused:
        reading(encounter(subject=wrong), patient=())
    assert refused.value.issues[0].expression == "Encounter.subject.identifier.value"
    assert "12345678901" not in str(refused.value)


def test_a_subject_may_be_contained() -> None:
    inner = {"resourceType": "Patient", "id": "p", "identifier": [{"value": "7"}], "name": [{"family": "Fjell"}]}
    found = reading(encounter(subject={"reference": "#p"}, contained=[inner]), patient=())
    assert (found.identifiers, found.demographics.family) == ((Identifier(system="local:FJORD", value="7"),), "Fjell")


def test_facts_are_told_with_what_happened() -> None:
    services = {"url": RECEIVES_SERVICES, "valueBoolean": True}
    (entry,) = reading(encounter(extension=[planned("2026-11-20"), services])).entries
    assert isinstance(entry, Happened)
    assert entry.facts == {"ward": "MED2", "expected_discharge": date(2026, 11, 20), "receives_services": True}


@pytest.mark.parametrize(
    ("hospitalization", "expected"),
    [
        *((left(place), place) for place in PLACES),
        *(({"dischargeDisposition": {"coding": [{"system": DISPOSITION, "code": code}]}}, place)
          for code, place in DISPOSITIONS.items()),
        ({"dischargeDisposition": {"coding": [{"system": "urn:fjord", "code": "KAD"}]}}, "acute_unit"),
        ({"destination": {"identifier": {"value": "KAD"}}}, "acute_unit"),
        ({"dischargeDisposition": {"coding": [{"system": DISPOSITION, "code": "aadvice"}]}}, None),
        ({"dischargeDisposition": {"coding": [{"system": OWN_DESTINATION, "code": "mars"}]}}, None),
        ({"dischargeDisposition": {"coding": [{"system": "http://snomed.info/sct", "code": "home"}]}}, None),
    ],
)  # fmt: skip
def test_where_a_patient_went(hospitalization: Body, expected: str | None) -> None:
    found = reading(encounter("finished", period=END, hospitalization=hospitalization))
    last = next(each for each in found.entries if isinstance(each, Happened) and each.name == "discharged")
    assert last.facts.get("destination") == expected
    assert bool(found.notes) == (expected is None)


def test_places_are_those_that_the_pathways_know() -> None:
    assert set(PLACES) == set(KNOWN_PLACES) and set(DISPOSITIONS.values()) <= set(PLACES)


def test_a_day_alone_is_the_writing_on_that_day_else_its_edge() -> None:
    body = encounter("finished", period={"start": "2026-11-16", "end": "2026-11-18"})
    times = [each.occurred_at for each in reading(body).entries if isinstance(each, Happened)]
    assert times == [datetime(2026, 11, 15, 23, tzinfo=UTC), AT]


def test_a_leave_begins_when_the_history_says() -> None:
    history = [{"status": "in-progress", "period": {"start": BEGAN.isoformat(), "end": at(22).isoformat()}}]
    assert told(encounter("onleave", statusHistory=history), ADMITTED) == ["leave_started 22"]


def test_a_planned_end_that_is_left_out_still_stands_and_is_said() -> None:
    found = reading(encounter(), standing(("admitted", 0), ward="MED2", expected_discharge="2026-11-20"))
    assert (found.entries, len(found.notes)) == ((), 1)


def test_a_death_that_was_told_as_a_discharge_goes_with_it() -> None:
    died = Standing("died", "died", at(48))
    gone = Before((*ADMITTED.standing, Standing("discharged", "discharged/FJORD:VN1", at(48)), died),
                  {"ward": "MED2", "destination": "dead"})  # fmt: skip
    assert told(encounter(), gone) == ["not discharged", "not died"]


def test_the_ward_is_where_the_patient_is_now() -> None:
    places = [
        {"location": {"display": "AKM"}, "status": "active", "period": {"end": at(1).isoformat()}},
        {"location": {"identifier": {"value": "MED2"}, "display": "Medisin 2"}, "status": "active"},
        {"location": {"display": "KIR1"}, "status": "planned"},
    ]
    assert reading(encounter(location=places)).ward == "MED2"


def test_an_envelope_comes_back_as_it_was_with_the_bytes_untouched() -> None:
    body = b'{ "resourceType":"Encounter",\n\n "id": "x" }\n'
    told_as = Envelope(
        sender="FJORD", client="epj", method="PUT", type="Encounter", id="x", message_id="M1", at=AT,
        recorded_at=at(9), patient=(ASTRID,), stay="FJORD:VN1", before=GONE,
    )  # fmt: skip
    assert opened(enveloped(told_as, body)) == (told_as, body)


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]\n{}", b"null\n", b'{"sender":1}\n', b"\xff\n"])
def test_what_has_no_envelope_is_refused(raw: bytes) -> None:
    with pytest.raises(UnreadableMessage):
        opened(raw)


@pytest.mark.parametrize("known", [ADMITTED, READY, WITHDRAWN, GONE, AWAY])
def test_a_stay_written_back_as_it_was_read_tells_nothing(known: Before) -> None:
    """Mutant: the readiness rendered, but not known again."""
    assert told(rendered("e1", "p1", "FJORD:VN1", known), known) == []


def test_a_stay_laid_over_what_was_written_keeps_the_rest() -> None:
    kept = encounter(id="e1", reasonCode=[{"text": "Fall"}], extension=[{"url": "urn:x", "valueString": "y"}])
    news = overlaid(kept, rendered("e1", "p1", "FJORD:VN1", GONE), GONE, AT, {})
    assert news["status"] == "finished" and news["reasonCode"] == kept["reasonCode"]
    assert next(each["url"] for each in tables(news["extension"])) == "urn:x"
    assert table(news["period"])["start"] == kept["period"]["start"]
    assert told(news, GONE) == []
    assert overlaid(kept, rendered("e1", "p1", "FJORD:VN1", ADMITTED), ADMITTED, AT, {}) == kept
