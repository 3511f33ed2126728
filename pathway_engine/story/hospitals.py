"""The two hospitals: what happens on their wards becomes messages, as each of them writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from uuid import NAMESPACE_URL, uuid5

from adapters.norwegian import codes
from adapters.norwegian.head import Head, Party
from adapters.norwegian.messages import message_of, write_message
from adapters.norwegian.outgoing import Told as Written
from adapters.norwegian.outgoing import payload_of
from adapters.norwegian.people import Ident, Organisation
from adapters.norwegian.values import Moment
from pathway_engine.demonstration.messages import Stay, adt
from pathway_engine.demonstration.norwegian import person_of
from pathway_engine.demonstration.stories import Patient, Told
from pathway_engine.domain.events import FactValue
from pathway_engine.domain.norway import OSLO
from pathway_engine.story.cast import patient
from pathway_engine.story.plot import Scene

EVENTS = {"admitted": "A01", "ready": "A16", "withdrawn": "A25", "left": "A03", "left_cancelled": "A13"}
MESSAGES = {
    "admitted": ("LOG_INNLAGT", "HELSEOPPL_SOKNAD/1"), "ready": ("LOG_UTSKRIVNINGSKLAR",),
    "left": ("LOG_UTSKREVET", "UTSKRIVNINGSRAPPORT"), "died": ("LOG_DOD",),
}  # fmt: skip
TIMES = {"admitted": "admitted", "ready": "discharge_ready", "left": "discharged", "died": "died"}
CONTENT: Mapping[str, FactValue] = {
    "to": "1", "contact": "Kirurgi, Dalen sykehus, 73 00 00 50", "clinician": "Aslak Bru", "clinician_hpr": "9144889",
    "status": "Stabil", "course": "Opptrening", "needs": "Hjelp til stell og legemidler", "problem": "Hoftebrudd",
    "summary": "Går med rullator", "plan": "Kontroll om seks uker",
}  # fmt: skip


# -- the hospital on ADT


@dataclass(slots=True)
class AdtHospital:
    """Fjordby sykehus: one HL7 v2 message for each scene."""

    stays: dict[tuple[int, int], Stay] = field(default_factory=dict)
    numbers: count[int] = field(default_factory=lambda: count(1))

    def writes(self, scene: Scene) -> bytes:
        """The message of a scene."""
        who, number = patient(scene.number), f"FS{next(self.numbers):05}"
        if scene.what == "merged":
            return _merge(who, scene.at, number)
        what = scene.what.removesuffix("_nameless")
        stay = self.stays.setdefault(
            (scene.number, scene.stay), Stay(700_000 + scene.number * 10 + scene.stay, scene.at)
        )
        told = Told(EVENTS[what], destination=scene.facts.get("destination", ""))
        raw = adt(told, who, stay, scene.at, number)
        return _nameless(raw, who) if scene.what.endswith("_nameless") else raw


def _numbers(who: Patient) -> str:
    registry = "Folkeregisteret&2.16.578.1.12.4.1.4.1&ISO"
    return f"{who.national_number}^^^{registry}^NNNOR~D{200_000 + who.number}^^^FJORDSYK^MR"


def _unknown(who: Patient) -> str:
    """What the hospital calls somebody whom it does not know yet."""
    return f"U{900_000 + who.number}^^^FJORDSYK^MR"


def _nameless(raw: bytes, who: Patient) -> bytes:
    """The same message about somebody of whom nothing is known but the hospital's own number."""
    segments = raw.decode().split("\r")
    place = next(place for place, each in enumerate(segments) if each.startswith("PID|"))
    segments[place] = f"PID|1||{_unknown(who)}||Ukjent^Ukjent|||{who.gender}"
    return "\r".join(segments).encode()


def _merge(who: Patient, at: datetime, number: str) -> bytes:
    written = f"{at.astimezone(OSLO):%Y%m%d%H%M%S%z}"
    address = f"{who.street}^^{who.city}^^{who.postal_code}^NOR^H^^{who.municipality}^{who.district}"
    segments = (
        f"MSH|^~\\&|EPJ|FJORDSYK|PATHWAY|FJORDBY|{written}||ADT^A40^ADT_A39|{number}|P|2.5|||||NOR|UNICODE UTF-8",
        f"EVN||{written}",
        f"PID|1||{_numbers(who)}||{who.family}^{who.given}||{who.birth_date:%Y%m%d}|{who.gender}|||{address}",
        f"MRG|{_unknown(who)}",
    )
    return "".join(f"{segment}\r" for segment in segments).encode()


# -- the hospital on PLO


@dataclass(slots=True)
class PloHospital:
    """Dalen sykehus: Norwegian messages, some scenes more than one."""

    times: dict[tuple[int, int], dict[str, datetime]] = field(default_factory=dict)

    def writes(self, scene: Scene) -> list[bytes]:
        """The messages of a scene."""
        times = self.times.setdefault((scene.number, scene.stay), {})
        times[TIMES[scene.what]] = scene.at
        return [self._message(name, scene, times) for name in MESSAGES[scene.what]]

    def _message(self, name: str, scene: Scene, times: Mapping[str, datetime]) -> bytes:
        written_at = scene.at + timedelta(minutes=1)
        facts: dict[str, FactValue] = {"expected_discharge": (scene.at + timedelta(days=5)).date(), **scene.facts}
        told = Written(name, "N", "1.6", written_at, WARD, {**CONTENT, **facts}, times)
        head = Head(
            kind=codes.MESSAGE_TYPE.simple(name.partition("/")[0]), generated_at=Moment.of(written_at),
            id=str(uuid5(NAMESPACE_URL, f"story/{name}/{scene.number}/{scene.stay}/{scene.at.isoformat()}")),
            ack=codes.ACKNOWLEDGEMENT.simple("J"), sender=HOSPITAL, receiver=OFFICE,
            patient=person_of(patient(scene.number)),
        )  # fmt: skip
        return write_message(message_of(head, payload_of(told), "1.6"))


def _organisation(name: str, her_id: str, unit: Organisation | None = None) -> Organisation:
    return Organisation(name, idents=(Ident(her_id, codes.ORGANISATION_ID.coded("HER")),), unit=unit)


WARD = _organisation("Kirurgi, Dalen sykehus", "8500002")
HOSPITAL = Party(organisation=_organisation("Dalen sykehus", "8500001", WARD))
OFFICE = Party(
    organisation=_organisation(
        "Fjordby kommune", "8200001", _organisation("Tildelingskontoret, Fjordby", "8200002")
    )
)  # fmt: skip
