"""What each ADT event tells of the patient, as one table, and the log entries that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from adapters.hl7v2.message import Message
from adapters.hl7v2.refusal import Hl7Refusal, shown
from adapters.hl7v2.times import minute
from pathway_engine.domain.events import FactValue, Happened, Voided


class Once(Enum):
    """How often something can happen, which is what its cause is made of."""

    PER_STAY = "stay"
    PER_MOVEMENT = "movement, by its number or else its minute"
    PER_MINUTE = "minute"
    PER_PERSON = "person"


@dataclass(frozen=True, slots=True)
class Telling:
    """An event that says that `name` happened."""

    name: str
    once: Once


TELLS = {
    "A01": Telling("admitted", Once.PER_STAY),
    "A02": Telling("transferred", Once.PER_MOVEMENT),
    "A03": Telling("discharged", Once.PER_STAY),
    "A04": Telling("registered", Once.PER_STAY),
    "A05": Telling("preadmitted", Once.PER_STAY),
    "A06": Telling("admitted", Once.PER_STAY),
    "A07": Telling("became_outpatient", Once.PER_MINUTE),
    "A14": Telling("preadmitted", Once.PER_STAY),
    "A15": Telling("transfer_pending", Once.PER_MOVEMENT),
    "A16": Telling("discharge_ready", Once.PER_MINUTE),
    "A21": Telling("leave_started", Once.PER_MOVEMENT),
    "A22": Telling("leave_ended", Once.PER_MOVEMENT),
    "A25": Telling("discharge_ready_withdrawn", Once.PER_MINUTE),
    "A28": Telling("person_added", Once.PER_PERSON),
}
"""Events that say that something happened."""

OUTPATIENT = "O"
OUTPATIENT_END = Telling("outpatient_visit_ended", Once.PER_STAY)

TAKES_BACK = {
    "A11": ("A01", "A04"),
    "A12": ("A02",),
    "A13": ("A03",),
    "A26": ("A15",),
    "A27": ("A14",),
    "A38": ("A05",),
}
"""Events that say that what other events told did not happen."""

UPDATES = {"A08": "visit_updated", "A31": "person_updated"}
LEAVES_VISIT_OPEN = frozenset({"A12", "A13", "A26"})
MERGES = frozenset({"A40", "A44", "A45", "A47"})
TELLS_OF_THE_PERSON = frozenset({*UPDATES, *MERGES})
"""Events whose PID says anew where the person lives: open tasks then go where they belong."""
MOVEMENT_UPDATE = "Z99"
SUPPORTED = frozenset({*TELLS, *TAKES_BACK, *UPDATES, *MERGES})


class Log:
    """The entries of one message, numbered in the order in which they are told."""

    def __init__(self, message: Message, stay: str | None) -> None:
        self.entries: list[Happened | Voided] = []
        self._source = message.envelope.source
        self._recorded_at = message.recorded_at
        self._stay = stay

    def happened(self, name: str, cause: str, occurred_at: datetime, facts: dict[str, FactValue]) -> None:
        """Add that *name* happened."""
        self.entries.append(
            Happened(
                id=self._next_id(),
                name=name,
                cause=cause,
                occurred_at=occurred_at,
                recorded_at=self._recorded_at,
                stay=self._stay,
                facts=facts,
                source=self._source,
            )
        )

    def voided(self, cause: str) -> None:
        """Add that *cause* did not happen."""
        self.entries.append(
            Voided(
                id=self._next_id(),
                cause=cause,
                recorded_at=self._recorded_at,
                stay=self._stay,
                source=self._source,
            )
        )

    def _next_id(self) -> str:
        return f"{self._source}:{len(self.entries) + 1}"


def entries_of(message: Message, stay: str | None) -> tuple[Happened | Voided, ...]:
    """Return what *message* tells, to be put into the log; nothing when its movement is historic."""
    event = _told_event(message)
    if message.is_historic:
        message.notes.append("A historic movement (ZBE-5) was kept; it does not change where the patient is.")
        return ()
    log = Log(message, stay)
    if event in TAKES_BACK:
        _take_back(TAKES_BACK[event], message, stay, log)
    elif event in TELLS and message.action == "CANCEL":
        _take_back((event,), message, stay, log)
    elif event in TELLS:
        _tell(event, message, stay, log)
    _update(event, message, stay, log)
    _tell_of_death(event, message, log)
    return tuple(log.entries)


def cause_of(telling: Telling, stay: str | None, occurred_at: datetime, movement: str) -> str:
    """Return the name under which the log knows that *telling* happened, however often it is told."""
    if telling.once is Once.PER_PERSON:
        return telling.name
    if telling.once is Once.PER_STAY and stay:
        return f"{telling.name}/{stay}"
    moment = movement if movement and telling.once is Once.PER_MOVEMENT else minute(occurred_at)
    return f"{telling.name}/{stay or '-'}/{moment}"


def _told_event(message: Message) -> str:
    """The event whose telling this message inserts, revises or cancels: ZBE-6 where it corrects one."""
    original = message.zbe.text(6).upper()
    if message.event == MOVEMENT_UPDATE and not original:
        raise Hl7Refusal("101", message.zbe.location(6), "Z99 needs the original event in ZBE-6.")
    corrects = message.event == MOVEMENT_UPDATE or (message.action in {"UPDATE", "CANCEL"} and original)
    if not corrects or message.event in TAKES_BACK:
        return message.event
    if original not in TELLS:
        raise Hl7Refusal(
            "201", message.zbe.location(6), f"ZBE-6 is {shown(original)}, which is not an event to correct."
        )
    return original


def _tell(event: str, message: Message, stay: str | None, log: Log) -> None:
    telling, occurred_at = _telling(event, message), message.occurred_at(event)
    facts = message.facts()
    if event == "A03" and (destination := message.destination()):
        facts["destination"] = destination
    log.happened(telling.name, cause_of(telling, stay, occurred_at, message.movement), occurred_at, facts)


def _telling(event: str, message: Message) -> Telling:
    """The end of an outpatient visit sends nobody home from the ward."""
    return OUTPATIENT_END if event == "A03" and message.pv1.text(2).upper() == OUTPATIENT else TELLS[event]


def _take_back(told_by: tuple[str, ...], message: Message, stay: str | None, log: Log) -> None:
    for event in told_by:
        telling = TELLS[event]
        is_exact = bool(stay) and (
            telling.once is Once.PER_STAY or bool(message.movement and telling.once is Once.PER_MOVEMENT)
        )
        exact = cause_of(telling, stay, message.recorded_at, message.movement)
        log.voided(exact if is_exact else f"latest:{telling.name}/{stay}")


def _update(event: str, message: Message, stay: str | None, log: Log) -> None:
    """An update counts when it carries facts or an address; one with a discharge time corrects the discharge."""
    if event not in TELLS_OF_THE_PERSON and event not in LEAVES_VISIT_OPEN:
        return
    is_inpatient = message.pv1.text(2).upper() != OUTPATIENT
    if event == "A08" and is_inpatient and (discharged_at := message.pv1.instant(45, message.zone)):
        facts = message.facts()
        if destination := message.destination():
            facts["destination"] = destination
        log.happened("discharged", cause_of(TELLS["A03"], stay, discharged_at, ""), discharged_at, facts)
    elif (facts := message.facts()) or (event in TELLS_OF_THE_PERSON and message.tells_address()):
        name = "person_updated" if event in MERGES else UPDATES.get(event, "visit_updated")
        cause = f"{name}/{stay or '-'}/{message.envelope.control_id}"
        log.happened(name, cause, message.occurred_at(event), facts)


def _tell_of_death(event: str, message: Message, log: Log) -> None:
    """PID-30, or a discharge as dead; the time is PID-29, else that of the event that tells it."""
    flag = message.pid.text(30).upper()
    discharge = next((entry for entry in log.entries if entry.cause.startswith("discharged/")), None)
    left_dead = isinstance(discharge, Happened) and discharge.facts.get("destination") == "dead"
    if flag == "Y" or left_dead:
        told_at = discharge.occurred_at if isinstance(discharge, Happened) else message.occurred_at(event)
        log.happened("died", "died", message.pid.instant(29, message.zone) or told_at, {"deceased": True})
    elif flag == "N" and event in {"A13", "A31"}:
        log.voided("died")
    elif flag not in {"", "N"}:
        message.notes.append("PID-30 is neither Y nor N.")
    elif not flag and message.pid.text(29):
        message.notes.append("PID-29 has a time of death, but PID-30 does not say that the patient is dead.")
