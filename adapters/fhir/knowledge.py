"""A pathway version as FHIR's knowledge resources: what the parts of it have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from adapters.fhir.outcome import Json
from adapters.fhir.systems import OURS, code_system
from adapters.fhir.wording import LANGUAGE, both, coding, concept
from pathway_engine.domain.definition import Duration, Pathway, Step, Text, Unit

CONDITION_LANGUAGE = "text/x-pathway-condition"
"""The language of `if:` in pathway files; docs/reference/conditions.md describes it."""
UCUM = "http://unitsofmeasure.org"
NORWAY = {"coding": [{"system": "urn:iso:std:iso:3166", "code": "NO", "display": "Norway"}]}
HASH = f"{OURS}/definition-hash"
ELAPSED = {Unit.HOURS: "h", Unit.DAYS: "d", Unit.WEEKS: "wk"}
"""The units that FHIR can say; working hours and working days it cannot."""
ORIGINAL = {
    Unit.HOURS: "hour", Unit.WORKING_HOURS: "working hour", Unit.DAYS: "day", Unit.WORKING_DAYS: "working day",
    Unit.WEEKS: "week",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edition:
    """A pathway version, whether it is in force, and since when it has been kept.

    `said` is what raises each step and by when, in words, by step; `roles` the names of roles.
    """

    pathway: Pathway = field(compare=False, repr=False)
    hash: str
    is_current: bool
    kept_since: datetime
    said: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    roles: Mapping[str, Text] = field(default_factory=dict, compare=False, repr=False)

    @property
    def suffix(self) -> tuple[str, ...]:
        """What the ids of an older version end with."""
        return () if self.is_current else (self.hash[:8],)


def head(type: str, id: str, url: str, name: str, edition: Edition, title: Text) -> Json:
    """Return what every definition begins with."""
    return {
        "resourceType": type, "id": id, "language": LANGUAGE, "url": url,
        "identifier": [{"system": HASH, "value": edition.hash}], "version": edition.pathway.version,
        "name": computer_name(name), **both("title", title),
        "status": "active" if edition.is_current else "retired", "experimental": False,
        "date": edition.kept_since.isoformat(timespec="seconds"), "jurisdiction": [NORWAY],
    }  # fmt: skip


def computer_name(words: str) -> str:
    """Return a name that programs can use: a capital first, then letters, digits and underscores."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in words)
    return (plain[:1].upper() if plain[:1].isalpha() else f"N{plain[:1]}") + plain[1:255]


def original(duration: Duration) -> str:
    """Return *duration* as a pathway file says it, e.g. ``2 working hours`` or ``same day at 15:00``."""
    unit = ORIGINAL[duration.unit]
    is_same_day = duration.amount == 0 and duration.unit is Unit.DAYS
    said = "same day" if is_same_day else f"{duration.amount} {unit}{'' if duration.amount == 1 else 's'}"
    return f"{said} at {duration.at:%H:%M}" if duration.at else said


def elapsed(duration: Duration | None) -> Json | None:
    """Return *duration* as FHIR has it; None where a calendar rule says more than FHIR can."""
    unit = ELAPSED.get(duration.unit) if duration and duration.at is None and duration.amount else None
    if duration is None or unit is None:
        return None
    return {"value": duration.amount, "unit": unit, "system": UCUM, "code": unit}


def performers(step_owner: str, edition: Edition) -> list[Json]:
    """Return who does it: a practitioner of the owner role."""
    role = coding(step_owner, code_system("role"), edition.roles.get(step_owner))
    return [{"type": "practitioner", "role": concept(role)}]


def step_code(step: Step) -> Json:
    """Return the code of a step, as its tasks have it."""
    return concept(coding(step.id, code_system("step"), step.title))


def grounds(step: Step) -> list[Json]:
    """Return on what ground the step stands."""
    return [{"type": "justification", "citation": step.basis}] if step.basis else []
