"""Messages as the simulated senders write them, and what each of them tells, in the reference model's words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from pathway_engine.channels.hl7v2 import HL7V2
from pathway_engine.domain.directory import Sender
from pathway_engine.domain.errors import UnreadableMessage
from pathway_engine.domain.events import Demographics, FactValue, Happened, Identifier, Reading
from pathway_engine.domain.identifiers import FNR, make_synthetic
from pathway_engine.service.channel import Answer, Header, Verdict
from tests.deterministic.community import JOURNAL, MUNICIPALITY

OSLO = ZoneInfo("Europe/Oslo")
BORN = date(1941, 3, 7)
JOURNAL_CHANNEL = "journal"
REGISTRY = "Folkeregisteret&2.16.578.1.12.4.1.4.1&ISO"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """One thing that a letter says happened, or did not happen after all (`void`)."""

    name: str
    cause: str
    at: datetime
    recorded: datetime
    stay: str | None = None
    destination: str | None = None
    district: str | None = None
    void: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message of a sender; `fate` is the disposition that it must end in."""

    id: str
    person: int
    kind: str
    channel: str
    raw: bytes = field(repr=False)
    sent_at: datetime
    tells: tuple[Tell, ...] = ()
    fate: str = "applied"


@dataclass(frozen=True, slots=True)
class Card:
    """Who a person is in the registers; `temporary` is the record of somebody whom nobody knew yet."""

    number: int
    district: str
    temporary: bool = False

    @property
    def national(self) -> str:
        """A synthetic identity number."""
        return _national(self.number)

    @property
    def local(self) -> str:
        """The hospital's own number."""
        return f"{'T' if self.temporary else 'F'}{100000 + self.number}"


@cache
def _national(number: int) -> str:
    return make_synthetic(BORN, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a hospital message says beside the event: stay, ward, times and where the patient went."""

    stay: str = ""
    ward: str = ""
    admitted_at: datetime | None = None
    discharged_at: datetime | None = None
    destination: str = ""
    expected: date | None = None
    retires: Card | None = None
    died_at: datetime | None = None
    movement: str = ""


def adt(event: str, card: Card, visit: Visit, *, at: datetime, recorded: datetime, control_id: str) -> bytes:
    """Write an ADT message as the hospital does."""
    sender = "EPJ|FJORDSYK|PATHWAY|FJORDBY"
    segments = [
        f"MSH|^~\\&|{sender}|{_time(recorded)}||ADT^{event}|{control_id}|P|2.5|||||NOR|UNICODE UTF-8",
        f"EVN||{_time(recorded)}||||{_time(at)}",
        _pid(card, visit),
    ]
    if visit.retires is not None:
        segments.append(f"MRG|{visit.retires.local}^^^FJORDSYK^MR")
    if visit.stay:
        segments.append(_pv1(visit))
    if visit.expected is not None:
        segments.append(_segment("PV2", {9: f"{visit.expected:%Y%m%d}"}))
    if visit.movement:
        segments.append(_segment("ZBE", {1: visit.movement, 2: _time(at), 4: "INSERT" if event == "A02" else "CANCEL"}))
    return "".join(f"{segment}\r" for segment in segments).encode()


def _pid(card: Card, visit: Visit) -> str:
    local = f"{card.local}^^^FJORDSYK^MR"
    return _segment("PID", {
        1: "1", 3: local if card.temporary else f"{card.national}^^^{REGISTRY}^NNNOR~{local}",
        5: "Prøve^Person", 7: f"{BORN:%Y%m%d}", 11: f"Vei 1^^Fjordby^^7031^NOR^H^^{MUNICIPALITY}^{card.district}",
        29: _time(visit.died_at) if visit.died_at else "", 30: "Y" if visit.died_at else "",
    })  # fmt: skip


def _pv1(visit: Visit) -> str:
    return _segment("PV1", {
        1: "1", 2: "I", 3: f"{visit.ward}^1^1^FJORDSYK", 19: f"{visit.stay}^^^FJORDSYK^VN", 36: visit.destination,
        44: _time(visit.admitted_at) if visit.admitted_at else "",
        45: _time(visit.discharged_at) if visit.discharged_at else "",
    })  # fmt: skip


def _segment(name: str, fields: Mapping[int, str]) -> str:
    return "|".join([name, *(fields.get(number, "") for number in range(1, max(fields) + 1))]).rstrip("|")


def _time(at: datetime) -> str:
    return f"{at.astimezone(OSLO):%Y%m%d%H%M%S%z}"


def note(
    name: str, card: Card, *, cause: str, at: datetime, control_id: str, facts: Mapping[str, FactValue] | None = None
) -> bytes:
    """Write what the municipality's own journal tells: what no hospital knows."""
    told = {
        "id": control_id, "national": card.national, "district": card.district, "name": name, "cause": cause,
        "at": at.isoformat(), "facts": dict(facts or {}),
    }  # fmt: skip
    return json.dumps(told, sort_keys=True).encode()


class JournalChannel:
    """The municipality's journal as a message family: one event a note, written in JSON."""

    name = JOURNAL_CHANNEL

    def header(self, raw: bytes) -> Header:
        """Read the envelope."""
        try:
            told = json.loads(raw)
        except ValueError:
            return Header(problem=UnreadableMessage())
        return Header(application=JOURNAL[0], facility=JOURNAL[1], message_id=told["id"], message_type=told["name"])

    def read(self, raw: bytes, sender: Sender) -> Reading:
        """Read the content; a note called poison fails in a way that nobody foresaw."""
        told = json.loads(raw)
        if told["name"] == "poison":
            raise ZeroDivisionError
        at = datetime.fromisoformat(told["at"])
        entry = Happened(
            id=f"journal/{told['id']}:1", name=told["name"], cause=told["cause"], occurred_at=at, recorded_at=at,
            facts=told["facts"], source=f"journal/{told['id']}",
        )  # fmt: skip
        return Reading(
            message_type=told["name"], identifiers=(Identifier(system=FNR, value=told["national"]),), entries=(entry,),
            demographics=Demographics(birth_date=BORN, municipality=MUNICIPALITY, district=told["district"]),
            recorded_at=at,
        )  # fmt: skip

    def answer(self, raw: bytes, answer: Answer, now: datetime, number: int) -> bytes | None:
        """Write the answer in one word."""
        return b"AA" if answer.verdict in (Verdict.STORED, Verdict.ACCEPTED) else b"AE"


def is_promise(channel: str, answer: bytes | None) -> bool:
    """Does the answer tell the sender that its message is safe?"""
    if answer is None:
        return False
    return answer == b"AA" if channel != HL7V2 else b"\rMSA|AA|" in answer
