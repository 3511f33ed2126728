"""The job itself: what is told and done about each patient, in order, all within three days."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

FactValue = str | int | bool


@dataclass(frozen=True, slots=True)
class Told:
    """A message tells what happened."""

    event: str
    at: datetime
    facts: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """A person completes a task, with a filled-in checklist."""

    step: str
    at: datetime
    unit: str
    role: str
    answers: Mapping[str, FactValue]


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


REPORT: Mapping[str, FactValue] = {
    "reason": "Fall hjemme, smerter i hoften", "observations": "Slapp og svimmel siden lørdag",
    "habitual": "Går med rullator, klarer morgenstellet selv", "services": "Hjemmesykepleie to ganger daglig",
    "medication_list": "yes", "critical": "Ingen kjente allergier", "next_of_kin": "yes", "contact": "73000002",
}  # fmt: skip
VISIT: Mapping[str, FactValue] = {
    "what_matters": "Å kunne gå til butikken", "general": "better", "news2": 1, "nutrition": "no", "pain": 2,
    "cognition": "no", "medication_agrees": "yes", "medication_understood": "yes", "fall_risk": "no",
    "home_safe": "yes", "aids": "yes", "gp_booked": "yes", "red_flags": "yes", "actions": "Veiing hver mandag",
}  # fmt: skip

JOB: tuple[Told | Done, ...] = (
    Told("admitted", _at(16, 9), {"receives_services": True}),
    Done("HPH6", _at(16, 10), "east", "home_care_nurse", REPORT),
    Told("discharge_ready", _at(17, 9)),
    Done("ANSWER", _at(17, 9, 30), "office", "allocation_office", {"can_receive": "now", "contact": "73000001"}),
    Told("discharged", _at(18, 9), {"destination": "home"}),
    Done("HPH2", _at(18, 13), "east", "home_care_nurse", VISIT),
    Told("fall_reported", _at(18, 16)),
    Told("gp_report_received", _at(18, 18)),
)
OPERATIONS = len(JOB)


class Contender(Protocol):
    """One way to do the job. What `rounds` does between its yields is not measured."""

    def rounds(self, patients: Sequence[int]) -> Iterator[Callable[[], None]]:
        """Give, for each operation of the job in turn, what does it for all *patients*."""
        ...


def name_of(patient: int) -> str:
    """A word that names the patient and nobody else; always as long."""
    return f"N{patient:06}N"


def message(patient: int, number: int, told: Told) -> bytes:
    """What a message of the job says, in the plain channel's words."""
    who, at, stay = name_of(patient), told.at.isoformat(), f"VN/{name_of(patient)}"
    entry = {
        "id": f"{who}-{number}", "name": told.event, "cause": f"{told.event}/{who}", "at": at, "recorded": at,
        "stay": stay, "facts": dict(told.facts),
    }  # fmt: skip
    return json.dumps(
        {"id": f"M-{who}-{number}", "patient": who, "district": "01", "stay": stay, "entries": [entry]}
    ).encode()
