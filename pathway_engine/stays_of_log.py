"""The engine's log as stays in a scenario's phases: what calibration, forecasts and backtests read.

Only phases, places and times leave the database, with numbers in place of patients.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from pathway_engine.domain.definition import Pathway
from pathway_engine.domain.episode import Episode
from pathway_engine.service.context import Context
from pathway_engine.service.episode_codec import decode_episode
from simulations.compiling import compile_scenario
from simulations.model import NOBODY, Model
from simulations.scenario import EVERYWHERE, Scenario
from simulations.stays import NEVER, UNKNOWN, Stays

OSLO = ZoneInfo("Europe/Oslo")
AT_ONCE = 500
DECEASED = "deceased"


@dataclass(slots=True)
class Projected:
    """The stays that a log tells of; `left_out` counts episodes of places that the scenario does not know."""

    stays: Stays
    episodes: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Spell:
    """One phase of an episode; `ends` is None while it lasts, `to` the pathway's next phase."""

    phase: str
    begins: datetime
    ends: datetime | None
    to: str | None


@dataclass(slots=True)
class _Rows:
    rows: list[tuple[float, ...]] = field(default_factory=list)
    episodes: int = 0
    left_out: int = 0


def stays_of_log(context: Context, scenario: Scenario, now: datetime) -> Projected:
    """Return the stays in the phases that *scenario* has of its pathway, up to *now*, in days from its first."""
    reading = _Reading(scenario, context.catalogue.current[scenario.pathway].pathway)
    with context.store.reading() as records:
        patients = records.patients_with_entries()
        for begin in range(0, len(patients), AT_ONCE):
            rows = records.episodes_of(patients[begin : begin + AT_ONCE])
            mine = (row for row in rows if row.pathway == scenario.pathway)
            for row in sorted(mine, key=lambda row: (row.patient_id, row.ordinal)):
                reading.take(row.patient_id, decode_episode(row.state))
    return Projected(reading.stays(days_since(scenario.run.starts, now)), reading.episodes, reading.left_out)


def days_since(first: date, at: datetime) -> float:
    """Return the days on a clock on the wall in Norway from the first day's midnight."""
    wall = at.astimezone(OSLO).replace(tzinfo=None)
    return (wall - datetime.combine(first, time())).total_seconds() / 86_400


def spells(episode: Episode, pathway: Pathway) -> Iterator[Spell]:
    """Yield the phases of an episode in order, from what its history noted."""
    changes = [(note.at, note.detail) for note in episode.history if note.what == "phase"]
    if not changes or changes[0][0] > episode.opened_at:
        first = _first_phase(episode, pathway) if changes else episode.phase
        changes.insert(0, (episode.opened_at, first))
    ends: list[tuple[datetime | None, str | None]] = [*changes[1:], (episode.finished_at, None)]
    for (begins, phase), (end, to) in zip(changes, ends, strict=True):
        if phase not in pathway.end:
            yield Spell(phase, begins, end, to)


def _first_phase(episode: Episode, pathway: Pathway) -> str:
    event = next((note.detail for note in episode.history if note.what == "opened"), "")
    begins_in = next((each.begins_in for each in pathway.enrol if each.event == event), None)
    return begins_in or pathway.first_phase


class _Reading(_Rows):
    """Rows in the making."""

    def __init__(self, scenario: Scenario, pathway: Pathway) -> None:
        super().__init__()
        self.scenario, self.pathway = scenario, pathway
        self.model: Model = compile_scenario(scenario)
        self.numbers: dict[str, int] = {}
        self.phases: dict[str, list[int]] = {}
        for number, phase in enumerate(scenario.phases.values()):
            self.phases.setdefault(phase.stands_for or phase.name, []).append(number)

    def take(self, patient: str, episode: Episode) -> None:
        self.episodes += 1
        place = self._place(episode)
        if place is None:
            self.left_out += 1
            return
        number = self.numbers.setdefault(patient, len(self.numbers))
        group = self._group(episode)
        following = NOBODY
        for spell in reversed(list(spells(episode, self.pathway))):
            if spell.phase in self.phases:
                to = UNKNOWN if spell.ends is None else following
                following = self._phase(spell.phase, to)
                self.rows.append(self._row(number, group, place, following, to, spell, episode))
            else:
                following = NOBODY

    def _phase(self, name: str, to: int) -> int:
        """Return the phase that stands for the pathway's; of several the first that leads where the patient went."""
        numbers, ways = self.phases[name], self.model.ways
        leads = [number for number in numbers if to in ways.to[number, : ways.count[number]]]
        return (leads or numbers)[0]

    def _row(
        self, patient: int, group: int, place: int, phase: int, to: int, spell: Spell, episode: Episode
    ) -> tuple[float, ...]:
        begins = days_since(self.scenario.run.starts, spell.begins)
        ends = NEVER if spell.ends is None else days_since(self.scenario.run.starts, spell.ends)
        is_ready = list(self.scenario.phases.values())[phase].is_ready
        is_last = spell.to is None or spell.to in self.pathway.end
        dead = spell.ends is not None and is_last and bool(episode.facts.get(DECEASED, False))
        ready = begins if is_ready else ends
        pool = int(self.model.pool_of[phase, place])
        return patient, phase, group, place, pool, begins, begins, ready, ends, to, ends, dead

    def _place(self, episode: Episode) -> int | None:
        names = self.scenario.municipalities
        if names == (EVERYWHERE,):
            return 0
        said = episode.facts.get("municipality")
        return names.index(str(said)) if str(said) in names else None

    def _group(self, episode: Episode) -> int:
        said = str(episode.facts.get("group", ""))
        return self.scenario.groups.index(said) if said in self.scenario.groups else 0

    def stays(self, until: float) -> Stays:
        return stays_from(self.rows, until)


def stays_from(rows: Iterable[tuple[float, ...]], until: float) -> Stays:
    """Return rows in the order of the columns of `Stays` as columns, patient by patient."""
    table = np.array(sorted(rows, key=lambda row: (row[0], row[5])), dtype=float).reshape(-1, 12)
    whole = [table[:, column].astype(np.int64) for column in (0, 1, 2, 3, 4, 9)]
    asked, got, ready, left = (table[:, column] for column in (5, 6, 7, 8))
    patient, phase, group, place, pool, to = whole
    return Stays(
        patient=patient, phase=phase, group=group, municipality=place, pool=pool, asked=asked, got=got, ready=ready,
        left=left, to=to, told=table[:, 10], is_death=table[:, 11].astype(bool), until=until,
    )  # fmt: skip
