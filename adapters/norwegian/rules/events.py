"""Rules for what happened: events, their codes and times, and who answers for the message."""

from __future__ import annotations

from datetime import date, timedelta

from adapters.norwegian.components import TimedEvent
from adapters.norwegian.rules.rule import Rule, Subject, readable, when
from adapters.norwegian.values import Moment

AHEAD = timedelta(days=1)
HAPPENED = frozenset({"1", "2", "4", "13"})
"""Events of 9121 that have happened when they are told: not the readiness, which may be expected."""


def moment_of(event: TimedEvent | None) -> Moment | None:
    """When *event* was, if that can be read."""
    return event.at if event is not None and readable(event.at) else None


def _is_logistics(subject: Subject) -> bool:
    return subject.logistics is not None and subject.kind is not None and bool(subject.kind.event)


def _codeless(subject: Subject) -> bool:
    return "" in subject.codes


def _without_own_event(subject: Subject) -> bool:
    return _is_logistics(subject) and subject.kind is not None and subject.event(subject.kind.event) is None


def _ready_without_admission(subject: Subject) -> bool:
    return subject.head.type == "LOG_UTSKRIVNINGSKLAR" and subject.event("1") is None


def _unexpected(subject: Subject) -> bool:
    if subject.kind is None or not _is_logistics(subject):
        return False
    fitting = {subject.kind.event, *subject.kind.also, ""}
    return not fitting.issuperset(subject.codes)


def _told_twice(subject: Subject) -> bool:
    told = [code for code in subject.codes if code]
    return len(set(told)) < len(told)


def _eventless(subject: Subject) -> bool:
    return _is_logistics(subject) and not subject.events


def _timeless(subject: Subject) -> bool:
    return None in [when(event.at) for event in subject.events]


def _admission_without_clock(subject: Subject) -> bool:
    at = moment_of(subject.event("1"))
    return subject.head.type == "LOG_INNLAGT" and at is not None and at.precision != "instant"


def _ahead(subject: Subject) -> bool:
    if subject.written is None:
        return False
    _, written = subject.written
    told = [when(event.at) for event, code in zip(subject.events, subject.codes, strict=True) if code in HAPPENED]
    return any(at is not None and at[1] - written > AHEAD for at in told)


def _before_admission(subject: Subject) -> bool:
    admitted = _day(subject.event("1"))
    later = [day for code in ("3", "4", "2") if (day := _day(subject.event(code)))]
    return admitted is not None and any(day < admitted for day in later)


def _day(event: TimedEvent | None) -> date | None:
    told = when(event.at) if event is not None else None
    return told[0] if told else None


def _clinicianless(subject: Subject) -> bool:
    asks = subject.kind is not None and subject.kind.needs_clinician
    people = [each.person for each in subject.care.responsibles] if subject.care else []
    return asks and not any(person and person.family_name.strip() for person in people)


def _unitless(subject: Subject) -> bool:
    units = [each.organisation for each in subject.care.contact_units] if subject.care else []
    return subject.care is not None and not any(unit and unit.name.strip() for unit in units)


def _phoneless(subject: Subject) -> bool:
    units = [each.organisation for each in subject.care.contact_units] if subject.care else []
    named = [unit for unit in units if unit and unit.name.strip()]
    return bool(named) and not any(each.address.strip() for unit in named for each in unit.telecoms)


def _destinationless(subject: Subject) -> bool:
    left = subject.logistics.discharged if subject.logistics else None
    return left is not None and not (left.to and left.to.place and left.to.place.value)


EVENTS = (
    Rule(
        id="event-missing", severity="reject", code="T99", source="HIS 1149",
        nb="Meldingen forteller ikke om noen hendelse. TidsfestetHendelse skal være med.",
        en="The message tells of no event. TidsfestetHendelse must be there.",
        of="logistics", is_broken=_eventless,
    ),
    Rule(
        id="event-time-unreadable", severity="reject", code="T99", source="HIS 80704, TidspunktForHendelse",
        nb="En hendelse har ikke noe tidspunkt som kan leses. Skriv det som 2026-11-16T09:30:00.",
        en="An event has no time that can be read. Write it as 2026-11-16T09:30:00.",
        of="events", is_broken=_timeless,
    ),
    Rule(
        id="event-code-missing", severity="warn", code="X99", source="code system 9121",
        nb="En hendelse har ingen hendelseskode.",
        en="An event has no event code.",
        of="events", is_broken=_codeless,
    ),
    Rule(
        id="event-of-type-missing", severity="warn", code="X99", source="HIS 1149",
        nb="Hendelsen som meldingstypen er til for, mangler. Meldingstypen ble lagt til grunn.",
        en="The event that the message type is for is missing. The message type was relied on.",
        of="logistics", is_broken=_without_own_event,
    ),
    Rule(
        id="event-unexpected", severity="warn", code="X99", source="HIS 1149",
        nb="En hendelse hører ikke til meldingstypen. Den ble ikke brukt.",
        en="An event does not belong to the message type. It was not used.",
        of="events", is_broken=_unexpected,
    ),
    Rule(
        id="event-twice", severity="warn", code="X99", source="HIS 1149",
        nb="Den samme hendelsen er oppgitt to ganger. Den første ble brukt.",
        en="The same event is given twice. The first was used.",
        of="events", is_broken=_told_twice,
    ),
    Rule(
        id="ready-without-admission", severity="warn", code="X99", source="HIS 1149 §3.3",
        nb="Meldingen sier ikke når pasienten ble innlagt. Hendelse 1 skal være med.",
        en="The message does not say when the patient was admitted. Event 1 should be there.",
        of="logistics", is_broken=_ready_without_admission,
    ),
    Rule(
        id="admission-without-clock", severity="warn", code="X99", source="HIS 1149 §3.2",
        nb="Innleggelsen er oppgitt uten klokkeslett.",
        en="The admission is given without a time of day.",
        of="events", is_broken=_admission_without_clock,
    ),
    Rule(
        id="event-ahead", severity="warn", code="X99", source="own rule",
        nb="En hendelse som har skjedd, er oppgitt mer enn ett døgn etter at meldingen ble skrevet.",
        en="An event that has happened is given more than a day after the message was written.",
        of="events", is_broken=_ahead,
    ),
    Rule(
        id="event-before-admission", severity="warn", code="X99", source="own rule",
        nb="En hendelse under oppholdet er oppgitt før innleggelsen.",
        en="An event of the stay is given before the admission.",
        of="events", is_broken=_before_admission,
    ),
    Rule(
        id="clinician-missing", severity="warn", code="X99", source="HIS 1149 §3.3 and §3.4",
        nb="Navnet på den beslutningsansvarlige mangler. AnsvarForRapport skal være med.",
        en="The name of the responsible clinician is missing. AnsvarForRapport should be there.",
        is_broken=_clinicianless,
    ),
    Rule(
        id="unit-missing", severity="warn", code="X99", source="the PLO profiles, TilknyttetEnhet",
        nb="Ansvarlig enhet mangler. TilknyttetEnhet skal være med.",
        en="The responsible unit is missing. TilknyttetEnhet should be there.",
        of="care", is_broken=_unitless,
    ),
    Rule(
        id="unit-without-phone", severity="warn", code="X99", source="the PLO profiles, TilknyttetEnhet",
        nb="Ansvarlig enhet er oppgitt uten telefonnummer.",
        en="The responsible unit is given without a telephone number.",
        of="care", is_broken=_phoneless,
    ),
    Rule(
        id="destination-missing", severity="warn", code="X99", source="HIS 1149 §3.5",
        nb="Meldingen sier ikke hvor pasienten er utskrevet til.",
        en="The message does not say where the patient was discharged to.",
        of="logistics", is_broken=_destinationless,
    ),
)  # fmt: skip
