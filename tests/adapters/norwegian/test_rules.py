"""Every rule beyond the schema: what breaks it, and what leniency makes of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from adapters.norwegian.components import DischargedTo, TimedEvent
from adapters.norwegian.head import ConversationRef, Party
from adapters.norwegian.logistics import Discharged, Logistics, OneEvent, SeveralEvents
from adapters.norwegian.messages import Message
from adapters.norwegian.people import Organisation, Person
from adapters.norwegian.rules import ERRORS, LEVELS, RULES, Subject, findings
from adapters.norwegian.values import Code, Moment, RichText
from tests.adapters.norwegian import letters
from tests.adapters.norwegian.letters import (
    HOSPITAL,
    TOWN,
    admitted,
    died,
    discharged,
    event,
    follows,
    head,
    logistics,
    need,
    note,
    number,
    organisation,
    ready,
    report,
    request,
    uuid,
    with_file,
    with_head,
    with_patient,
    with_payload,
    withdrawn,
)  # fmt: skip

NOT_VALID = admitted()
"""Stands for a message in which the schemas find a fault."""
OWN = frozenset({TOWN, letters.HOME_CARE, letters.OFFICE})
LEFT = Discharged(DischargedTo(place=Code("1")), event("2"))
GOOD = MappingProxyType(
    {
        "admitted": admitted(), "ready": ready(), "withdrawn": withdrawn(), "discharged": discharged(), "died": died(),
        "need": need(), "report": report("UTSKRIVNINGSRAPPORT"), "admission-report": report("INNLEGGELSESRAPPORT"),
        "to-doctor": report("HELSEOPPLYSNINGER_LEGE"), "medical": report("MEDISINSKE_OPPLYSNINGER"),
        "request": request(), "answer": note("DIALOG_SVAR", "5", "9069", "1.0", request=letters.QUESTION,
                                             conversation=follows(uuid(9))),
        "dialogue": note("DIALOG_HELSEFAGLIG", "6", "7322"), "with-file": with_file(request()),
        "cancellation": admitted(status="C", conversation=follows(uuid(9))),
        "d-number": with_patient(admitted(), idents=(number(letters.FNR, "DNR"),)),
        "unknown-code": with_payload(discharged(), logistics(discharged=replace(
            LEFT, event=event("2", "2026-11-16T11:00:00")))),
    }
)  # fmt: skip


def bad_event(*events: TimedEvent) -> Message:
    return with_payload(ready(), logistics(ready=SeveralEvents(events)))


def without(message: Message, **changed: Any) -> Message:
    assert isinstance(message.payload, Logistics)
    return with_payload(message, replace(message.payload, **changed))


def one_level(number: str) -> Party:
    return Party(organisation=organisation("Fjordby", number))


SELDOM = with_patient(admitted(), idents=(), sex=None)
BROKEN = {
    "message-id": with_head(admitted(), id="20261116-1"),
    "type-unknown": with_head(admitted(), kind=Code("LOG_ANNET")),
    "type-against-content": with_head(admitted(), kind=Code("LOG_UTSKREVET")),
    "content-missing": replace(admitted(), documents=()),
    "version-of-head": with_head(admitted(), mig_version="v1.1"),
    "generated-unreadable": with_head(admitted(), generated_at=Moment("i går")),
    "generated-long-ago": with_head(admitted(), generated_at=Moment("1970-01-01T00:00:00Z")),
    "receiver-empty": with_head(admitted(), receiver=Party(organisation=Organisation(name="Fjordby"))),
    "service-unknown": with_head(
        admitted(), receiver=Party(organisation=organisation("Fjordby", TOWN, "Ukjent", "999"))
    ),
    "receiver-one-level": with_head(admitted(), receiver=one_level(TOWN)),
    "sender-one-level": with_head(admitted(), sender=one_level(HOSPITAL)),
    "her-id-odd": with_head(admitted(), sender=one_level("FEM-NI")),
    "reference-half": with_head(admitted(), conversation=ConversationRef(parent=uuid(2))),
    "reference-odd": with_head(admitted(), conversation=follows("forrige melding")),
    "change-without-reference": admitted(status="C"),
    "answer-without-reference": note("DIALOG_SVAR", "5", "9069", request=letters.QUESTION),
    "status-missing": without(admitted(), dispatch=None),
    "status-not-allowed": admitted(status="M", conversation=follows(uuid(9))),
    "test-message": with_head(admitted(), processing_status=Code("D")),
    "patient-missing": with_head(admitted(), patient=None),
    "patient-insufficient": SELDOM,
    "patient-local-only": with_patient(admitted(), idents=(number("12345", "HNR"),), sex=None),
    "patient-number-wrong": with_patient(admitted(), idents=(number("02834100000"),)),
    "patient-number-system": with_patient(admitted(), idents=(number(system=f"{letters.OID}9051"),)),
    "patient-name-missing": with_patient(admitted(), given_name=""),
    "patient-birth-date": with_patient(admitted(), birth_date=Moment("2041-03-02")),
    "event-missing": bad_event(),
    "event-time-unreadable": bad_event(event("1"), event("3", "snart")),
    "event-code-missing": bad_event(event("1"), replace(event("3", "2026-11-16"), code=None)),
    "event-of-type-missing": bad_event(event("1")),
    "event-unexpected": bad_event(event("1"), event("3", "2026-11-16"), event("77")),
    "event-twice": bad_event(event("1"), event("3", "2026-11-16"), event("3", "2026-11-17")),
    "ready-without-admission": bad_event(event("3", "2026-11-16")),
    "admission-without-clock": admitted("2026-11-14"),
    "event-ahead": discharged("2026-11-18T11:00:00"),
    "event-before-admission": ready(on="2026-11-01"),
    "clinician-missing": without(ready(), responsibles=()),
    "unit-missing": without(ready(), contact_units=()),
    "unit-without-phone": without(
        ready(), contact_units=(replace(letters.UNIT, organisation=organisation("Medisin", "5901")),)
    ),
    "destination-missing": discharged(to=""),
    "attachment-unreadable": with_file(request(), content="%%%"),
    "attachment-type": with_file(request(), "application/x-msdownload"),
    "several-contents": replace(request(), documents=request().documents * 2),
    "schema": NOT_VALID,
    "letters-garbled": with_patient(admitted(), family_name="FjÃ¸rtoft"),
    "topic-missing": note("DIALOG_HELSEFAGLIG", "", "7322", topic_code=None),
    "topic-of-other-list": note("DIALOG_HELSEFAGLIG", "1", "8117"),
    "note-without-text": note("DIALOG_HELSEFAGLIG", "6", "7322", body=RichText("")),
    "contact-missing": note("DIALOG_HELSEFAGLIG", "6", "7322", roles=()),
    "question-lost": note("DIALOG_SVAR", "5", "9069", "1.0", conversation=follows(uuid(9))),
    "request-kind-missing": request(replace(letters.QUESTION, kind=None)),
    "request-of-other-list": request(replace(letters.QUESTION, kind=Code("1", "", f"{letters.OID}9069"))),
    "request-without-text": request(replace(letters.QUESTION, question=None)),
}  # fmt: skip
"""For each rule a message that breaks it."""

FAULTS = {id(NOT_VALID): ("line 1: ...",)}
NEVER_REJECT = {
    "patient-number-wrong", "patient-number-system", "event-code-missing", "event-unexpected", "status-not-allowed",
    "topic-of-other-list", "request-of-other-list", "destination-missing", "ready-without-admission", "event-ahead",
}  # fmt: skip
"""Codes, meanings and check digits: no reason to reject."""


def broken(message: Message, **agreed: str) -> dict[str, str]:
    named = {name.replace("_", "-"): level for name, level in agreed.items()}
    return {each.rule.id: each.severity for each in findings(RULES, subject_of(message), named)}


def subject_of(message: Message) -> Subject:
    return Subject(message, own=OWN, faults=FAULTS.get(id(message), ()))


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_good_message_breaks_no_rule(name: str) -> None:
    """Mutant: a rule that holds of no message at all is broken by every one."""
    assert set(broken(GOOD[name])) - {"patient-number-wrong"} == set()


@pytest.mark.parametrize("rule", sorted(rule.id for rule in RULES))
def test_each_rule_is_broken_by_its_own_message(rule: str) -> None:
    """Mutant: any rule that never finds anything."""
    assert rule in broken(BROKEN[rule])


def test_every_rule_has_words_of_its_own_in_both_languages() -> None:
    assert len({rule.id for rule in RULES}) == len({rule.nb for rule in RULES}) == len({rule.en for rule in RULES})
    for rule in RULES:
        assert rule.nb.endswith(".") and rule.en.endswith(".") and rule.source and rule.code in ERRORS
        assert rule.severity in ("reject", "warn")
    assert len(RULES) >= 30 and set(BROKEN) == {rule.id for rule in RULES}


def test_codes_and_check_digits_are_no_reason_to_reject() -> None:
    """Mutant: an unknown code rejects a message that people could have acted on."""
    assert {rule.id for rule in RULES if rule.severity == "reject"}.isdisjoint(NEVER_REJECT)
    unknown = with_payload(admitted(), logistics(admitted=OneEvent(event("77"))))
    assert "reject" not in broken(unknown).values()


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_agreed_with_a_sender_decides_how_grave_a_broken_rule_is(level: str) -> None:
    """Mutant: the partner's settings are not asked."""
    found = broken(BROKEN["clinician-missing"], clinician_missing=level)
    assert found.get("clinician-missing", "off") == level


@pytest.mark.parametrize(
    ("patient", "is_enough"),
    [
        pytest.param({}, True, id="name-and-number"),
        pytest.param({"idents": ()}, True, id="name-birth-date-and-sex"),
        pytest.param({"idents": (), "sex": None}, False, id="name-and-birth-date"),
        pytest.param({"idents": (), "birth_date": None}, False, id="name-and-sex"),
        pytest.param({"family_name": "", "given_name": ""}, False, id="number-only"),
        pytest.param({"idents": (number("g18"),), "sex": None}, False, id="nonsense-for-a-number"),
        pytest.param({"idents": (number(""),), "sex": None}, False, id="empty-number"),
        pytest.param({"idents": (number(kind="DNR"),), "sex": None}, True, id="d-number"),
        pytest.param({"idents": (number(kind="FHN"),), "sex": None}, True, id="shared-emergency-number"),
        pytest.param({"idents": (number("1", "HNR"),)}, True, id="local-number-birth-date-and-sex"),
        pytest.param({"idents": (number("1", "HNR"), number())}, True, id="local-number-beside-the-national"),
    ],
)
def test_a_patient_is_identified_as_the_receipts_standard_says(patient: dict[str, object], is_enough: bool) -> None:
    found = broken(with_patient(admitted(), **patient))
    assert ("reject" not in found.values()) == is_enough


def test_a_person_of_whom_nothing_is_said_is_insufficient() -> None:
    assert broken(with_head(admitted(), patient=Person())).get("patient-insufficient") == "reject"


def test_a_test_message_is_taken_where_that_is_agreed() -> None:
    marked = BROKEN["test-message"]
    assert findings(RULES, Subject(marked, own=OWN, accept_test=True), {}) == ()


def test_a_professional_is_the_second_level_of_a_doctors_office() -> None:
    doctor = letters.CLINICIAN.person
    office = Organisation("Legesenteret", idents=(letters.her("91096"),), professional=doctor)
    assert "sender-one-level" not in broken(message := with_head(admitted(), sender=Party(organisation=office)))
    assert message.head == head("LOG_INNLAGT", sender=Party(organisation=office))


def test_every_rule_is_documented(repository: Path) -> None:
    page = (repository / "docs" / "reference" / "norwegian.md").read_text("utf-8")
    for rule in RULES:
        line = f"| `{rule.id}` | {rule.severity} | {rule.code} | {rule.nb} | {rule.en} | {rule.source} |"
        assert line in page, f"write in docs/reference/norwegian.md: {line}"
