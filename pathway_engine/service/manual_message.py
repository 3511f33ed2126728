"""A stay that somebody on a ward writes down by hand, as a message: four fields, and who wrote them when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pathway_engine.domain.definition import Text
from pathway_engine.domain.errors import UnreadableMessage
from pathway_engine.domain.events import (
    THE_STAY,
    Demographics,
    FactValue,
    Happened,
    Identifier,
    Reading,
    Visit,
)
from pathway_engine.domain.identifiers import NationalIdentityNumber
from pathway_engine.domain.norway import OSLO
from pathway_engine.storage.codec import decode_json, encode_json

MANUAL = "manual"
MESSAGE_TYPE = "MANUAL"


@dataclass(frozen=True, slots=True)
class Status:
    """What can be told by hand: its words, the events it comes to, where the patient went, and what the day is."""

    text: Text
    events: tuple[str, ...]
    destination: str = ""

    @property
    def has_left(self) -> bool:
        """Whether the day is that of the discharge; else it is the day that is expected."""
        return "discharged" in self.events


STATUSES: Mapping[str, Status] = {
    "admitted": Status(
        Text("Innlagt, vil trenge kommunale tjenester", "Admitted, will need municipal services"),
        ("admitted", "need_reported"),
    ),
    "discharge_ready": Status(Text("Utskrivningsklar", "Discharge-ready"), ("discharge_ready",)),
    "discharge_ready_withdrawn": Status(
        Text("Avmeldt: ikke lenger utskrivningsklar", "Withdrawn: not discharge-ready any more"),
        ("discharge_ready_withdrawn",),
    ),
    "home": Status(Text("Utskrevet til hjemmet", "Discharged to the home"), ("discharged",), "home"),
    "short_term": Status(
        Text("Utskrevet til korttidsplass", "Discharged to a short-term place"), ("discharged",), "short_term"
    ),
    "nursing_home": Status(
        Text("Utskrevet til sykehjem", "Discharged to a nursing home"), ("discharged",), "nursing_home"
    ),
    "other_hospital": Status(
        Text("Overført til annet sykehus", "Moved to another hospital"), ("discharged",), "other_hospital"
    ),
    "dead": Status(Text("Død", "Died"), ("discharged",), "dead"),
}  # fmt: skip
"""In the order of the form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualMessage:
    """The message: `day` is when the patient left or is expected to, aware, or None when nobody knows.

    `id` is the form's own key, so that sending it twice is once. `ward` is the ward's name in messages.
    """

    id: str
    unit: str
    ward: str
    by: str
    identity: str = field(repr=False)
    municipality: str
    status: str
    day: datetime | None
    written_at: datetime


def encode_manual(message: ManualMessage) -> bytes:
    """Return the canonical text."""
    day = message.day.isoformat() if message.day else None
    return encode_json({
        "id": message.id, "unit": message.unit, "ward": message.ward, "by": message.by, "identity": message.identity,
        "municipality": message.municipality, "status": message.status, "day": day,
        "written_at": message.written_at.isoformat(),
    })  # fmt: skip


def decode_manual(raw: bytes) -> ManualMessage:
    """Read it back. Raises UnreadableMessage."""
    try:
        told: Mapping[str, Any] = decode_json(raw)
        day = datetime.fromisoformat(told["day"]) if told["day"] else None
        texts = {name: str(told[name]) for name in ("id", "unit", "ward", "by", "identity", "municipality", "status")}
        return ManualMessage(**texts, day=day, written_at=datetime.fromisoformat(told["written_at"]))
    except (ValueError, KeyError, TypeError):
        raise UnreadableMessage("The message is not one that was registered by hand.") from None


def reading_of_manual(message: ManualMessage) -> Reading:
    """What the message tells. Raises UnreadableMessage, InvalidIdentityNumber."""
    status = STATUSES.get(message.status)
    if status is None:
        raise UnreadableMessage(f"The status is none of {', '.join(STATUSES)}.")
    number = NationalIdentityNumber(message.identity)
    at = message.day if status.has_left and message.day is not None else message.written_at
    return Reading(
        message_type=MESSAGE_TYPE, identifiers=(Identifier(system=number.system, value=number.digits),),
        entries=tuple(_entry(message, status, name, at) for name in status.events),
        demographics=Demographics(municipality=message.municipality), sender=message.unit, ward=message.ward or None,
        recorded_at=message.written_at, visit=_visit(message, at),
    )  # fmt: skip


def _visit(message: ManualMessage, at: datetime) -> Visit:
    admitted = f"{at:%Y-%m-%dT%H:%M}" if message.status == "admitted" else ""
    return Visit(hospital=f"{MANUAL}:{message.unit}", told_at=at, admitted_at=admitted)


def _entry(message: ManualMessage, status: Status, name: str, at: datetime) -> Happened:
    once = name in {"admitted", "discharged"}
    cause = f"{name}/{THE_STAY}" if once else f"{name}/{THE_STAY}/{at:%Y-%m-%dT%H:%M}"
    return Happened(
        id=f"{MANUAL}:{message.unit}/{message.id}#{name}", name=name, cause=cause, occurred_at=at,
        recorded_at=message.written_at, stay=THE_STAY, facts=_facts(message, status), source=f"{MANUAL}:{message.id}",
    )  # fmt: skip


def _facts(message: ManualMessage, status: Status) -> dict[str, FactValue]:
    facts: dict[str, FactValue] = {"ward": message.ward} if message.ward else {}
    if status.destination:
        facts["destination"] = status.destination
    if "admitted" in status.events:
        facts["receives_services"] = True
    if not status.has_left and message.day is not None:
        facts["expected_discharge"] = message.day.astimezone(OSLO).date()
    return facts
