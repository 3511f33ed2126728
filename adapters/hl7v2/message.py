"""One ADT message laid out: the segments that are read, the stay it speaks of, and its times."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from adapters.hl7v2.envelope import Envelope
from adapters.hl7v2.refusal import Hl7Refusal, shown
from adapters.hl7v2.segments import Composite, Segment, named
from adapters.hl7v2.sender import SenderSettings
from pathway_engine.domain.events import FactValue

TELLS_ADMISSION_TIME = frozenset({"A01", "A04", "A06"})
TELLS_DISCHARGE_TIME = frozenset({"A03"})
ACTIONS = ("INSERT", "UPDATE", "CANCEL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """An ADT message; absent segments are empty ones. `notes` is filled while reading."""

    envelope: Envelope
    settings: SenderSettings
    zone: ZoneInfo
    event: str
    evn: Segment
    pid: Segment
    pv1: Segment
    pv2: Segment
    mrg: Segment
    zbe: Segment
    notes: list[str] = field(default_factory=list)

    @property
    def facility(self) -> str:
        """Who sent it."""
        return self.envelope.sender

    @property
    def recorded_at(self) -> datetime:
        """When the sender wrote it down: EVN-2, else MSH-7."""
        return self.evn.instant(2, self.zone) or self._sent_at()

    @property
    def movement(self) -> str:
        """ZBE-1, the movement's own number; empty without it."""
        return self.zbe.text(1)

    @property
    def action(self) -> str:
        """ZBE-4: INSERT, UPDATE, CANCEL, or empty."""
        code = self.zbe.text(4).upper()
        if code and code not in ACTIONS:
            raise Hl7Refusal("103", self.zbe.location(4), f"ZBE-4 is {shown(code)}, not one of {', '.join(ACTIONS)}.")
        return code

    @property
    def is_historic(self) -> bool:
        """ZBE-5 says that this is not how things stand now."""
        return self.zbe.text(5).upper() == "Y"

    def occurred_at(self, event: str) -> datetime:
        """When *event* happened: EVN-6, the movement's or the visit's own time, else when recorded."""
        moved_at = self.zbe.instant(2, self.zone)
        if moved_at and self.action == "UPDATE":
            return moved_at
        return self.evn.instant(6, self.zone) or moved_at or self._visit_time(event) or self.recorded_at

    def stay(self) -> str | None:
        """The visit, prefixed by who numbered it; without PV1-19 by its admission time."""
        number = next(iter(self.pv1.cut(19)), Composite({}))
        if number.part(1):
            return f"{number.part(4) or number.part(4, 2) or self.facility}:{number.part(1)}"
        admitted = re.split(r"[+-]", self.pv1.text(44))[0]
        return f"{self.facility}:{admitted}" if admitted and self.pv1.instant(44, self.zone) else None

    def ward(self) -> str | None:
        """PV1-3.1, where the patient is."""
        return self.pv1.text(3) or None

    def facts(self) -> dict[str, FactValue]:
        """What the message says of the visit: the ward, and PV2-9, the expected day of discharge."""
        facts: dict[str, FactValue] = {}
        if ward := self.ward():
            facts["ward"] = ward
        if expected := self.pv2.day(9, self.zone):
            facts["expected_discharge"] = expected
        if self.pv2.is_null(9):
            self.notes.append("PV2-9 was emptied by the sender; the day told before still stands.")
        return facts

    def tells_address(self) -> bool:
        """PID-11 says where the patient belongs, which is what the owning unit is looked up by."""
        address = next(iter(self.pid.cut(11)), Composite({}))
        return any(address.part(component) for component in (5, 9, 10))

    def destination(self) -> str | None:
        """Where the patient went: PV1-37, then PV1-36, by the sender's table; unknown codes are noted."""
        for number in (37, 36):
            code = self.pv1.text(number)
            if code in self.settings.destinations:
                return self.settings.destinations[code]
            if code:
                self.notes.append(f"PV1-{number} has {shown(code)}, which is not in the sender's destinations.")
        return None

    def _visit_time(self, event: str) -> datetime | None:
        if event in TELLS_ADMISSION_TIME:
            return self.pv1.instant(44, self.zone)
        return self.pv1.instant(45, self.zone) if event in TELLS_DISCHARGE_TIME else None

    def _sent_at(self) -> datetime:
        msh_7 = Segment("MSH", ("", *[""] * 6, self.envelope.time), 1, self.envelope.delimiters, self.envelope.codec)
        sent_at = msh_7.instant(7, self.zone)
        if sent_at is None:
            raise Hl7Refusal("101", "EVN^1^2", "Neither EVN-2 nor MSH-7 says when this was recorded.")
        return sent_at


def laid_out(
    segments: list[Segment], envelope: Envelope, settings: SenderSettings, event: str, notes: list[str]
) -> Message:
    """Return the message of *segments*; refuses one that speaks of no patient or of several."""
    patients = named(segments, "PID")
    if not patients:
        raise Hl7Refusal("101", "PID^1^3", "There is no PID segment; a message must say whom it is about.")
    if len(patients) > 1 or len(named(segments, "MRG")) > 1:
        raise Hl7Refusal("100", "PID^2", "The message speaks of several patients; send one message for each.")
    return Message(
        envelope=envelope,
        settings=settings,
        zone=ZoneInfo(settings.time_zone),
        event=event,
        pid=patients[0],
        evn=_one(segments, "EVN", envelope, notes),
        pv1=_one(segments, "PV1", envelope, notes),
        pv2=_one(segments, "PV2", envelope, notes),
        mrg=_one(segments, "MRG", envelope, notes),
        zbe=_one(segments, "ZBE", envelope, notes),
        notes=notes,
    )


def _one(segments: list[Segment], name: str, envelope: Envelope, notes: list[str]) -> Segment:
    found = named(segments, name)
    if len(found) > 1:
        notes.append(f"{len(found)} {name} segments; the first was read.")
    return found[0] if found else Segment(name, (name,), 1, envelope.delimiters, envelope.codec)
