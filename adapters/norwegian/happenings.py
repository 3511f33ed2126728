"""What each message tells of the patient, and the log entries that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from adapters.norwegian.care import StayEvent
from adapters.norwegian.components import TimedEvent
from adapters.norwegian.reports import HealthInformation
from adapters.norwegian.rules.events import moment_of
from adapters.norwegian.rules.rule import Subject
from adapters.norwegian.values import Moment
from pathway_engine.domain.events import THE_STAY, FactValue, Happened, Visit, Voided
from pathway_engine.domain.norway import OSLO
from pathway_engine.domain.settlement import CHAIN, LATEST

RANKS = {"N": 1, "M": 2, "C": 3}
"""In one second a change comes after what it changes, and a cancellation after both."""

DESTINATIONS: Mapping[str, str] = {
    "1": "home",
    "2": "other",
    "3": "other_hospital",
    "5": "abroad",
    "7": "other_hospital",
    "8": "other_hospital",
    "10": "other",
    "11": "nursing_home",
    "21": "acute_unit",
    "88": "other",
}
"""Where a patient goes, by code system 8408; of 98 (unknown), 99 and others the message responsible is asked."""

DEAD = frozenset({"2", "3"})
"""Code system 8431: the patient left dead."""

READINESS = ("7322", "7")
"""Code system and code of the municipality's answer about a patient who is ready."""

UPDATE = "2"
"""Code system 9140: updated information."""


@dataclass(frozen=True, slots=True)
class Telling:
    """An event that a message type tells.

    Told `once` in a stay it is the same however often it is told; else each writing is one of its own.
    `of_stay` is false for what concerns the person; `comes_after` is true of what may follow the discharge.
    """

    name: str
    once: bool = False
    of_stay: bool = True
    comes_after: bool = False


TELLS: Mapping[str, Telling] = {
    "LOG_INNLAGT": Telling("admitted", once=True),
    "LOG_UTSKRIVNINGSKLAR": Telling("discharge_ready"),
    "LOG_AVMELDING": Telling("discharge_ready_withdrawn"),
    "LOG_UTSKREVET": Telling("discharged", once=True),
    "LOG_DOD": Telling("died", once=True, of_stay=False),
    "HELSEOPPL_SOKNAD": Telling("need_reported"),
    "UTSKRIVNINGSRAPPORT": Telling("discharge_report_received", comes_after=True),
    "EPIKRISE": Telling("discharge_letter_received", comes_after=True),
    "INNLEGGELSESRAPPORT": Telling("admission_report_received", of_stay=False),
    "HELSEOPPLYSNINGER_LEGE": Telling("report_to_doctor_received", of_stay=False),
    "MEDISINSKE_OPPLYSNINGER": Telling("gp_report_received", of_stay=False),
    "ORIENTERING_TJENESTETILBUD": Telling("services_granted", of_stay=False),
    "DIALOG_FORESPORSEL": Telling("request_received", of_stay=False),
    "DIALOG_SVAR": Telling("answer_received", of_stay=False),
    "DIALOG_NOTAT": Telling("note_received", of_stay=False),
    "DIALOG_AVVIK": Telling("deviation_received", of_stay=False),
    "DIALOG_HELSEFAGLIG": Telling("dialogue_received", of_stay=False),
    "EPJ-EKSTRAKT": Telling("medication_list_received", of_stay=False),
}
"""What each type tells; a name that no pathway knows is kept on the log and moves nothing."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a message comes to: its entries, the stay that they are of, and what was noted."""

    entries: tuple[Happened | Voided, ...]
    visit: Visit | None
    notes: tuple[str, ...]


def told_by(subject: Subject, destinations: Mapping[str, str], hospital: str) -> Told:
    """Return what a message of *hospital* that breaks no rejecting rule tells.

    *destinations* are the sender's own codes of 8408.
    """
    return _Teller(subject, {**DESTINATIONS, **destinations} if destinations else DESTINATIONS, hospital).told()


class _Teller:
    """One message on its way to log entries."""

    def __init__(self, subject: Subject, destinations: Mapping[str, str], hospital: str) -> None:
        self.subject = subject
        self.destinations = destinations
        self.telling = TELLS[subject.head.type]
        self.hospital = hospital
        self.message_id = subject.head.id.strip().lower()
        assert subject.written is not None
        self.written_on, self.written_at = subject.written
        self.chains = self._chains()
        self._told_admission: str | None = None
        self.entries: list[Happened | Voided] = []
        self.notes: list[str] = []

    def told(self) -> Told:
        status = self.subject.status
        if status == "C" or (status == "M" and self.subject.logistics is not None):
            self._void()
        if status != "C":
            self._tell()
        return Told(tuple(self.entries), self._visit(), tuple(self.notes))

    # -- chains

    def _chains(self) -> tuple[str, ...]:
        """The chains of the message that this one follows, or the one that it begins; each type has its own."""
        reference = self.subject.head.conversation
        first = [reference.first, reference.parent] if reference else []
        names = [each.strip().lower() for each in first if each.strip()] or [self.message_id]
        return tuple(dict.fromkeys(f"{self.hospital}/{name}/{self.subject.head.type}" for name in names))

    def _follows(self) -> bool:
        reference = self.subject.head.conversation
        return reference is not None and bool(reference.first.strip() or reference.parent.strip())

    def _next_id(self) -> str:
        rank, message = RANKS.get(self.subject.status, 1), self.message_id
        return f"{self.chains[0]}#{rank}:{message}:{len(self.entries)}"

    def _void(self) -> None:
        """Take back what the chain told; without a reference, what was told last of this stay."""
        if self._follows():
            for chain in self.chains:
                self._add_void(f"{CHAIN}{chain}", None)
            return
        name = self.telling.name
        if self.telling.once:
            self._add_void(f"{name}/{THE_STAY}" if self.telling.of_stay else name, self._stay())
        else:
            self._add_void(f"{LATEST}{name}/{THE_STAY if self.telling.of_stay else None}", self._stay())

    def _add_void(self, cause: str, stay: str | None) -> None:
        self.entries.append(
            Voided(id=self._next_id(), cause=cause, recorded_at=self.written_at, stay=stay, source=self._source())
        )

    # -- what happened

    def _stay(self) -> str | None:
        return THE_STAY if self.telling.of_stay else None

    def _source(self) -> str:
        return f"norwegian:{self.message_id}"

    def _tell(self) -> None:
        facts, at = self._facts(), self._occurred_at()
        self._add(self.telling.name, self._cause(), at, facts, self._stay())
        if facts.get("destination") == "dead":
            self._add("died", "died", at, {"deceased": True}, None)

    def _add(self, name: str, cause: str, at: datetime, facts: dict[str, FactValue], stay: str | None) -> None:
        self.entries.append(
            Happened(
                id=self._next_id(), name=name, cause=cause, occurred_at=at, recorded_at=self.written_at, stay=stay,
                facts=facts, source=self._source(),
            )
        )  # fmt: skip

    def _cause(self) -> str:
        name, telling = self.telling.name, self.telling
        if telling.once or (name == "need_reported" and self._content_kind() != UPDATE):
            return f"{name}/{THE_STAY}" if telling.of_stay else name
        message = self.message_id
        return f"{name}/{THE_STAY}/{_to_the_minute(self.written_at)}" if telling.of_stay else f"{name}/{message}"

    def _content_kind(self) -> str:
        payload = self.subject.payload
        kind = payload.content_kind.kind if isinstance(payload, HealthInformation) and payload.content_kind else None
        return kind.value if kind else ""

    def _occurred_at(self) -> datetime:
        """When it happened; a readiness and its withdrawal, and whatever is only told, when it was written."""
        event = self._event()
        if event is None or not self.telling.once:
            return self.written_at
        return self._instant(event, begins=self.telling.name == "admitted")

    def _event(self) -> TimedEvent | None:
        kind, events = self.subject.kind, self.subject.events
        own = self.subject.event(kind.event) if kind and kind.event else None
        return own or (events[0] if len(events) == 1 else None)

    def _instant(self, event: TimedEvent, *, begins: bool) -> datetime:
        """A day without a time of day: the writing when it is that day, else the day's beginning or its last minute."""
        moment = moment_of(event)
        if moment is None:
            return self.written_at
        if moment.precision == "instant":
            return moment.instant()
        day = moment.day()
        if day == self.written_on:
            return self.written_at
        return datetime.combine(day, time(0) if begins else time(23, 59), OSLO).astimezone(self.written_at.tzinfo)

    # -- facts

    def _facts(self) -> dict[str, FactValue]:
        facts: dict[str, FactValue] = {}
        if self.telling.of_stay and (admitted := self._admitted_at()):
            facts["admitted_at"] = admitted
        if self.telling.of_stay and (ward := self._ward()):
            facts["ward"] = ward
        if expected := self._expected_discharge():
            facts["expected_discharge"] = expected
        facts.update(self._of_type())
        return facts

    def _of_type(self) -> dict[str, FactValue]:
        match self.subject.head.type:
            case "LOG_INNLAGT":
                return {"receives_services": True}  # the message is sent about those alone
            case "LOG_UTSKREVET":
                return self._destination()
            case "LOG_DOD":
                return {"deceased": True}
            case _:
                return self._topic()

    def _destination(self) -> dict[str, FactValue]:
        left = self.subject.logistics.discharged if self.subject.logistics else None
        to = left.to if left else None
        if to is not None and to.outcome is not None and to.outcome.value in DEAD:
            return {"destination": "dead"}
        code = to.place.value if to is not None and to.place is not None else ""
        if code in self.destinations:
            return {"destination": self.destinations[code]}
        if code:
            self.notes.append("UtTil has a code that says no place that is known; somebody is asked where.")
        return {}

    def _topic(self) -> dict[str, FactValue]:
        notes, requests = self.subject.notes_of_dialogue, self.subject.requests
        codes = [note.topic for note in notes if note.topic] or [each.kind for each in requests if each.kind]
        if not codes:
            return {}
        facts: dict[str, FactValue] = {"topic": codes[0].value} if codes[0].value else {}
        if any((code.system.rpartition(".")[2], code.value) == READINESS for code in codes):
            facts["about"] = "readiness"
        return facts

    def _ward(self) -> str:
        units = self.subject.care.contact_units if self.subject.care else ()
        unit = next((each.organisation for each in units if each.organisation), None)
        if unit is None:
            return ""
        local = [each.id.strip() for each in unit.idents if each.id.strip()]
        return local[0] if local else unit.name.strip()

    def _expected_discharge(self) -> date | None:
        """Event 3 of an early notice or its update; of a readiness, when it is told for a later day."""
        moment = moment_of(self._expected_event())
        if moment is None:
            return None
        is_later = moment.day() > self.written_on
        return moment.day() if self.subject.head.type == "HELSEOPPL_SOKNAD" or is_later else None

    def _expected_event(self) -> TimedEvent | None:
        if self.subject.head.type == "LOG_UTSKRIVNINGSKLAR":
            return self.subject.event("3")
        if not isinstance(self.subject.payload, HealthInformation):
            return None
        return _coded(self.subject.payload.stay_events, "3")

    # -- the stay

    def _admitted_at(self) -> str:
        if self._told_admission is None:
            self._told_admission = self._written_admission()
        return self._told_admission

    def _written_admission(self) -> str:
        moment = self._admission()
        if moment is None:
            return ""
        if moment.precision == "day":
            return moment.day().isoformat()
        return _to_the_minute(moment.instant().astimezone(OSLO))

    def _admission(self) -> Moment | None:
        found = self.subject.event("1")
        if found is None and self.subject.head.type == "LOG_INNLAGT":
            found = self._event()
        stay_events = getattr(self.subject.payload, "stay_events", ())
        return moment_of(found or _coded(stay_events, "1"))

    def _visit(self) -> Visit | None:
        if THE_STAY not in [entry.stay for entry in self.entries]:
            return None
        told = [entry.occurred_at for entry in self.entries if isinstance(entry, Happened)]
        return Visit(
            hospital=self.hospital, told_at=max(told, default=self.written_at), admitted_at=self._admitted_at(),
            comes_after=self.telling.comes_after, chains=self.chains if self._follows() else (),
        )  # fmt: skip


def _to_the_minute(at: datetime) -> str:
    """``2026-11-16T09:30``, as the clock of its own zone shows it."""
    return at.isoformat(timespec="minutes")[:16]


def _coded(events: tuple[StayEvent, ...], code: str) -> TimedEvent | None:
    found = (each.event for each in events if each.event)
    return next((event for event in found if event.code and event.code.value == code), None)
