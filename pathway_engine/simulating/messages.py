"""Simulated patients as messages: each event as a hospital would write it, in HL7 v2 or by the Norwegian standards.

What no hospital tells (a homecoming, the end of the services) is in the course, to be told by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from adapters.norwegian import codes
from adapters.norwegian.head import Head, Party
from adapters.norwegian.messages import message_of, write_message
from adapters.norwegian.outgoing import Told as Written
from adapters.norwegian.outgoing import payload_of
from adapters.norwegian.people import Address, Ident, Organisation, Person
from adapters.norwegian.values import Moment
from pathway_engine.demonstration.messages import Stay, adt
from pathway_engine.demonstration.stories import Patient, Told
from pathway_engine.domain.deadlines import local_instant
from pathway_engine.domain.definition import Pathway
from pathway_engine.domain.events import FactValue
from pathway_engine.domain.norway import TIME_ZONE
from pathway_engine.simulating.people import (
    APPLICATION,
    FACILITY,
    HOSPITAL_HER_ID,
    directory,
    her_id,
    person,
)
from simulations.model import Model, Stamps, Tape
from simulations.scenario import Scenario
from simulations.stays import Stays
from simulations.tables import as_csv, finite
from simulations.tellings import Teller, Telling
from simulations.work import Work

ADT, PLO = "adt", "plo"
FAMILIES = {ADT: "hl7v2", PLO: "norwegian"}
EVENTS: Mapping[str, Mapping[str, str]] = {
    ADT: {
        "admitted": "A01", "discharge_ready": "A16", "discharge_ready_withdrawn": "A25", "leave_started": "A21",
        "leave_ended": "A22", "discharged": "A03", "died": "A31",
    },
    PLO: {
        "admitted": "LOG_INNLAGT", "discharge_ready": "LOG_UTSKRIVNINGSKLAR",
        "discharge_ready_withdrawn": "LOG_AVMELDING", "discharged": "LOG_UTSKREVET", "died": "LOG_DOD",
    },
}  # fmt: skip
"""Which message tells an event."""
CARRIES: Mapping[str, frozenset[str]] = {
    ADT: frozenset({"destination", "deceased"}),
    PLO: frozenset({"destination", "deceased", "receives_services"}),
}
"""Which facts the receiver takes from messages; others are told by hand."""
FACTS_TOLD = "facts_told"
COURSE, DIRECTORY, STAYS, MESSAGES = "course.jsonl", "directory.yaml", "stays.csv", "messages"
A_SECOND = timedelta(seconds=1)
CONTENT: Mapping[str, FactValue] = {
    "contact": "Simulert sykehus, 73 00 00 00", "clinician": "Simulert Lege", "clinician_hpr": "9144889", "to": "1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: messages, events to be told by hand, tasks done, and the stays that a log will tell of."""

    messages: int
    by_hand: int
    tasks: int
    stays: Stays


@dataclass(slots=True)
class _Current:
    """The hospital stay that a patient's next message is about."""

    number: int = 0
    times: dict[str, datetime] = field(default_factory=dict)


def export(
    folder: Path, model: Model, tape: Tape, stamps: Stamps, pathway: Pathway, work: Mapping[str, Work], family: str
) -> Exported:
    """Write the patients of one replication into *folder*, which is made; *family* is `adt` or `plo`."""
    (folder / MESSAGES).mkdir(parents=True, exist_ok=True)
    teller = Teller(model, tape, stamps, pathway)
    scenario = model.scenario
    happenings = [*_told(teller.tellings(), scenario, family), *_done(work, tape, scenario)]
    happenings.sort(key=lambda each: (each[0], each[1]))
    current: dict[int, _Current] = {}
    lines, counts = list[str](), {"message": 0, "event": 0, "step": 0}
    for at, _, line, told in happenings:
        message = None if told is None else _message(told, at, family, current, tape, scenario)
        if message is not None:
            name = f"{counts['message'] + 1:06}.{'hl7' if family == ADT else 'xml'}"
            (folder / MESSAGES / name).write_bytes(message)
            line = {"patient": line["patient"], "message": name, "family": FAMILIES[family]}
        counts[next(kind for kind in counts if kind in line)] += 1
        lines.append(json.dumps({"at": at.isoformat(), **line}, ensure_ascii=False, default=str))
    (folder / COURSE).write_text("".join(f"{line}\n" for line in lines), "utf-8")
    (folder / DIRECTORY).write_text(directory(scenario, pathway), "utf-8")
    stays = teller.stays()
    (folder / STAYS).write_text(as_csv(stay_rows(model, stays)), "utf-8")
    return Exported(counts["message"], counts["event"], counts["step"], stays)


Happening = tuple[datetime, int, dict[str, Any], Telling | None]


def _told(tellings: Iterator[Telling], scenario: Scenario, family: str) -> Iterator[Happening]:
    for each in tellings:
        at = instant(scenario, each.at)
        yield at, 0, {"patient": each.patient, "event": each.event, "facts": dict(each.facts)}, each
        rest = {name: value for name, value in each.facts.items() if name not in CARRIES[family]}
        if rest and each.event in EVENTS[family]:
            before = {"happened_at": (at - A_SECOND).isoformat()}
            yield at, 1, {"patient": each.patient, "event": FACTS_TOLD, "facts": rest, **before}, None


def _done(work: Mapping[str, Work], tape: Tape, scenario: Scenario) -> Iterator[Happening]:
    for name, each in work.items():
        for row, done in zip(each.rows.tolist(), each.done.tolist(), strict=True):
            if done <= tape.until:
                line = {"patient": int(tape.patient[row]), "step": name}
                yield instant(scenario, done), 2, line, None


def instant(scenario: Scenario, day: float) -> datetime:
    """Return the instant, to the second, that the wall in Norway shows on *day* of the simulation."""
    seconds = round(day * 86_400)
    at = time(seconds % 86_400 // 3600, seconds % 3600 // 60, seconds % 60)
    return local_instant(scenario.run.starts + timedelta(days=seconds // 86_400), at, TIME_ZONE)


def stay_rows(model: Model, stays: Stays) -> Iterator[dict[str, str | float | int | bool | None]]:
    """Yield the stays as rows: who was where, from when, ready when, until when; times in days."""
    scenario = model.scenario
    names = [phase.stands_for or phase.name for phase in scenario.phases.values()]
    for row in range(len(stays)):
        yield {
            "patient": int(stays.patient[row]), "phase": names[stays.phase[row]],
            "municipality": scenario.municipalities[stays.municipality[row]],
            **{name: finite(float(getattr(stays, name)[row])) for name in ("asked", "got", "ready", "left")},
            "is_death": bool(stays.is_death[row]),
        }  # fmt: skip


# -- one message -----------------------------------------------------------------------------------


def _message(
    told: Telling, at: datetime, family: str, current: dict[int, _Current], tape: Tape, scenario: Scenario
) -> bytes | None:
    """Return the message that tells of it; None where there is none."""
    name = EVENTS[family].get(told.event)
    if name is None:
        return None
    stay = current.setdefault(told.patient, _Current())
    if told.event == "admitted" or not stay.number:
        stay.number, stay.times = stay.number + 1, {"admitted": at}
    stay.times[told.event] = at
    place = int(tape.municipality[told.patient])
    patient = person(told.patient, scenario.municipality_number(scenario.municipalities[place]))
    if family == ADT:
        return _adt(name, told, patient, stay, at)
    return _plo(name, told, patient, stay, at, place)


def _adt(name: str, told: Telling, patient: Patient, stay: _Current, at: datetime) -> bytes:
    where = "dead" if told.event == "died" else str(told.facts.get("destination", ""))
    number = Stay(10_000_000 + told.patient * 100 + stay.number, stay.times["admitted"])
    control_id = f"SIM{told.patient}-{stay.number}-{name}-{at:%y%m%d%H%M%S}"
    raw = adt(Told(name, destination=where), patient, number, at, control_id)
    return raw.replace(b"|EPJ|FJORDSYK|", f"|{APPLICATION}|{FACILITY}|".encode(), 1)


def _plo(name: str, told: Telling, patient: Patient, stay: _Current, at: datetime, place: int) -> bytes:
    facts = {key: value for key, value in told.facts.items() if isinstance(value, str | date)}
    written = Written(
        name, "N", "1.6", at, _unit("Simulert sykehus", HOSPITAL_HER_ID), {**CONTENT, **facts}, stay.times
    )
    head = Head(
        kind=codes.MESSAGE_TYPE.simple(name), generated_at=Moment.of(at), ack=codes.ACKNOWLEDGEMENT.simple("N"),
        id=str(uuid5(NAMESPACE_URL, f"simulated/{told.patient}/{stay.number}/{name}/{at.isoformat()}")),
        sender=_party("Simulert sykehus", HOSPITAL_HER_ID), receiver=_party("Simulert kommune", her_id(place)),
        patient=_person(patient),
    )  # fmt: skip
    return write_message(message_of(head, payload_of(written), "1.6"))


def _party(name: str, number: str) -> Party:
    return Party(organisation=Organisation(name, idents=_unit(name, number).idents))


def _unit(name: str, number: str) -> Organisation:
    return Organisation(name, idents=(Ident(number, codes.ORGANISATION_ID.coded("HER")),))


def _person(patient: Patient) -> Person:
    number = Ident(patient.national_number, codes.PERSON_ID.coded("FNR"))
    return Person(
        family_name=patient.family, given_name=patient.given, birth_date=Moment.of(patient.birth_date),
        sex=codes.SEX.simple("2" if patient.gender == "F" else "1"), idents=(number,),
        address=Address(street=patient.street, postal_code=patient.municipality, city="Simulert"),
    )  # fmt: skip
