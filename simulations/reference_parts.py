"""Patients, their stays and units as plain objects, for the slow run that is right by construction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Protocol

from pathway_engine.domain.episode import Episode
from pathway_engine.domain.events import FactValue
from simulations.scenario import Week


@dataclass(slots=True)
class Stay:
    """One step of one patient, with its stamps in days (infinite for what had not happened at the end)."""

    phase: str
    asked: float = inf
    got: float = inf
    ready: float = inf
    left: float = inf
    unit: str = ""
    is_kept: bool = False
    is_waiting: bool = False
    transit: float = 0.0
    event: str = ""
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    before: Stay | None = None


@dataclass(slots=True)
class Patient:
    """One simulated patient: stays so far, and the episodes that the pathway has opened."""

    number: int
    key: int
    group: str
    municipality: str
    stays: list[Stay] = field(default_factory=list)
    admissions: int = 0
    moves: int = 0
    episodes: list[Episode] = field(default_factory=list)


@dataclass(slots=True)
class Unit:
    number: int
    capacity: int
    limit: int | None
    turn_round: float
    receives: Week | None
    busy: int = 0
    is_opening: bool = False
    queue: list[tuple[int, int, Patient, Stay]] = field(default_factory=list)


class Nurses(Protocol):
    """Who hears of what happens to patients, and may hold them up."""

    def told(self, at: float, patient: Patient, stay: int, event: str, facts: Mapping[str, FactValue]) -> None:
        """Hear that the event brought the patient into this stay, or out of it; an empty one is no event."""
        ...

    def hold(self, patient: Patient, tasks: tuple[str, ...]) -> bool:
        """Say whether one of these tasks of the patient is open."""
        ...
