"""What a written Encounter tells: the same events under the same causes as the ADT message of the same visit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from adapters.fhir import encounter_words as words
from adapters.fhir.elements import table, text
from adapters.fhir.envelope import Envelope
from adapters.fhir.outcome import Json, refusal
from adapters.fhir.patients import whom
from pathway_engine.domain.events import FactValue, Happened, Reading, Voided

ENCOUNTER = "Encounter"
READINESS = ("discharge_ready", "discharge_ready_withdrawn")
LEAVE = ("leave_started", "leave_ended")
BEGUN = ("in-progress", "onleave", "finished")
BEFORE_ADMISSION = ("preadmitted", "registered", "died")
CALLED_OFF = ("cancelled", "entered-in-error")


def read_encounter(encounter: Json, envelope: Envelope, destinations: Mapping[str, str]) -> Reading:
    """Return what *encounter* tells; *destinations* are the sender's own codes. Raises FhirRefusal."""
    _check(encounter)
    stay = stay_of(encounter, envelope)
    teller = _Teller(encounter, envelope, stay, destinations)
    identifiers, demographics = whom(encounter, envelope)
    entries = teller.told()
    return Reading(
        message_type=ENCOUNTER, identifiers=identifiers, entries=entries, demographics=demographics, stay=stay,
        sender=envelope.sender, ward=words.ward(encounter) or None, notes=tuple(teller.notes), recorded_at=envelope.at,
    )  # fmt: skip


def stay_of(encounter: Mapping[str, object], envelope: Envelope) -> str:
    """Return the stay: that of the address, else by the visit number, else one named after the message.

    Raises FhirRefusal when the resource has the number of another visit than its address.
    """
    named = words.visit(encounter, envelope.sender)
    if envelope.stay and named and named != envelope.stay:
        found = "The identifier is of another visit than this address; a POST of its own would be right."
        raise refusal(422, "business-rule", found, "Encounter.identifier")
    return envelope.stay or named or f"{envelope.sender}:{envelope.message_id}"


def _check(encounter: Json) -> None:
    """Refuse what lacks something that is needed."""
    status = text(encounter.get("status"))
    if status not in words.STATUSES:
        right = f"Would be right: {', '.join(words.STATUSES)}."
        raise refusal(422, "code-invalid" if status else "required", f"Encounter.status: {right}", "Encounter.status")
    if not text(table(encounter.get("class")).get("code")):
        raise refusal(422, "required", "Encounter.class is needed; IMP is a stay on a ward.", "Encounter.class")
    if not encounter.get("subject"):
        raise refusal(422, "required", "Encounter.subject is needed: whose stay it is.", "Encounter.subject")


class _Teller:
    """One Encounter on its way to log entries."""

    def __init__(self, encounter: Json, envelope: Envelope, stay: str, destinations: Mapping[str, str]) -> None:
        self.encounter = encounter
        self.at = envelope.at
        self.recorded_at = envelope.recorded_at
        self.before = envelope.before
        self.stay = stay
        self.destinations = destinations
        self.status = text(encounter.get("status"))
        self.notes: list[str] = []
        self._source = envelope.source
        self._entries: list[Happened | Voided] = []
        self._facts = self._facts_told()

    def told(self) -> tuple[Happened | Voided, ...]:
        """Return the entries, in the order in which they are told."""
        begins, ends = words.begins(self.encounter, self.at), words.ends(self.encounter, self.at)
        if begins and ends and ends < begins:
            raise refusal(422, "business-rule", "The period ends before it begins.", "Encounter.period")
        ready = words.ready_at(self.encounter, self.at)
        if not words.is_stay(self.encounter):
            self._of_no_ward()
        elif self.status in CALLED_OFF:
            self._nothing_of_it()
        elif self.status in BEGUN:
            self._begun(begins, ends, ready)
        elif self.status != "unknown":
            self._not_begun(begins)
        return tuple(self._entries)

    # -- by status

    def _of_no_ward(self) -> None:
        if self.before.stands("admitted", "discharged", "became_outpatient"):
            self._happened("became_outpatient", self.at, self._minute(self.at))
        self.notes.append("The class is not that of a stay on a ward: it is kept, and tells the pathways nothing.")

    def _nothing_of_it(self) -> None:
        """What was told of the stay did not happen; the admission, when nothing was told yet."""
        for cause in [each.cause for each in self.before.standing] or [f"admitted/{self.stay}"]:
            self._void(cause)

    def _not_begun(self, begins: datetime | None) -> None:
        """Before the admission: what was told of a stay was told by mistake."""
        name = "preadmitted" if self.status == "planned" else "registered"
        self._take_back(*(each.name for each in self.before.standing if each.name not in BEFORE_ADMISSION))
        known = self.before.last(name)
        at = (begins if name == "registered" else None) or (known.at if known else self.at)
        self._once(name, at)

    def _begun(self, begins: datetime | None, ends: datetime | None, ready: datetime | None) -> None:
        if begins is None and (self.status != "finished" or not self.before.last("admitted")):
            raise refusal(422, "required", "The stay has begun; say when.", "Encounter.period.start")
        if self.status == "finished" and ends is None:
            raise refusal(422, "required", "The stay is finished; say when.", "Encounter.period.end")
        if self.status != "finished":
            self._take_back("discharged")
        if begins is not None:
            self._once("admitted", begins)
        self._leave()
        self._readiness(ready)
        self._moved()
        if ends is not None and self.status == "finished":
            self._discharged(ends)
        elif ends is not None:
            self.notes.append("The period has an end, but the status is not finished: nobody was discharged.")

    # -- parts of a stay

    def _leave(self) -> None:
        is_away = self.before.stands("leave_started", *LEAVE) is not None
        if self.status == "onleave" and not is_away:
            at = words.since(self.encounter, self.at)
            self._happened("leave_started", at, self._minute(at))
        elif self.status == "in-progress" and is_away:
            at = words.since(self.encounter, self.at)
            self._happened("leave_ended", at, self._minute(at))

    def _readiness(self, ready: datetime | None) -> None:
        """Ready, ready since another time, or ready no more: then the element is gone while the stay goes on."""
        known = self.before.stands("discharge_ready", *READINESS)
        if ready is None:
            if known is not None and self.status != "finished":
                self._happened("discharge_ready_withdrawn", self.at, self._minute(self.at))
            return
        withdrawn = self.before.stands("discharge_ready_withdrawn", *READINESS)
        if withdrawn is not None and ready <= withdrawn.at:
            self.notes.append("The readiness is from before its withdrawal: the withdrawal did not happen.")
            self._void(withdrawn.cause)
            known = self.before.last("discharge_ready")
        if known is not None and self._minute(known.at) != self._minute(ready):
            self._void(known.cause)
        if known is None or self._minute(known.at) != self._minute(ready):
            self._happened("discharge_ready", ready, self._minute(ready))

    def _moved(self) -> None:
        """What is new of a stay that was known: another ward is a transfer, another day of leaving an update."""
        changed = {name: value for name, value in self._facts.items() if self.before.facts.get(name) != _said(value)}
        if not changed or any(isinstance(each, Happened) for each in self._entries):
            return
        if self.status == "finished":
            return
        if "ward" in changed and "ward" in self.before.facts:
            self._happened("transferred", self.at, self._minute(self.at))
        else:
            self._happened("visit_updated", self.at, self._source.rpartition("/")[2])

    def _discharged(self, ends: datetime) -> None:
        place = words.destination(self.encounter, self.destinations, self.notes)
        if place is not None:
            self._facts = {**self._facts, "destination": place}
        self._once("discharged", ends, place or "")
        if place == "dead" and self.before.last("died") is None:
            self._happened("died", ends, "", cause="died", facts={"deceased": True})

    def _take_back(self, *names: str) -> None:
        """What does not fit the status any more was told by mistake."""
        for each in self.before.standing:
            if each.name in names or (each.name == "died" and self.before.facts.get("destination") == "dead"):
                self._void(each.cause)

    # -- entries

    def _facts_told(self) -> dict[str, FactValue]:
        facts: dict[str, FactValue] = {}
        if ward := words.ward(self.encounter):
            facts["ward"] = ward
        if expected := words.planned_end(self.encounter):
            facts["expected_discharge"] = expected
        elif self.before.facts.get("expected_discharge"):
            self.notes.append("The planned end was left out; the day told before still stands.")
        if (receives := words.receives_services(self.encounter)) is not None:
            facts["receives_services"] = receives
        return facts

    def _once(self, name: str, at: datetime, place: str = "") -> None:
        """Tell what is once in a stay, unless it stands as it is told."""
        known = self.before.last(name)
        if known is None or known.at != at or (place and place != self.before.facts.get("destination")):
            self._happened(name, at, "", cause=f"{name}/{self.stay}")

    def _happened(
        self, name: str, at: datetime, moment: str, *, cause: str = "", facts: dict[str, FactValue] | None = None
    ) -> None:
        self._entries.append(
            Happened(
                id=self._next_id(), name=name, cause=cause or f"{name}/{self.stay}/{moment}", occurred_at=at,
                recorded_at=self.recorded_at, stay=self.stay, facts=self._facts if facts is None else facts,
                source=self._source,
            )
        )  # fmt: skip

    def _void(self, cause: str) -> None:
        if any(isinstance(each, Voided) and each.cause == cause for each in self._entries):
            return
        self._entries.append(
            Voided(
                id=self._next_id(), cause=cause, recorded_at=self.recorded_at, stay=self.stay, source=self._source
            )
        )  # fmt: skip

    def _next_id(self) -> str:
        return f"{self._source}:{len(self._entries) + 1}"

    @staticmethod
    def _minute(at: datetime) -> str:
        return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def _said(value: FactValue) -> str:
    """A fact as the envelope has it."""
    return value.isoformat() if isinstance(value, date) else str(value)
