"""The engine's log as stays in a scenario's phases: what calibration, forecasts and backtests read.

Only phases, places and times leave the database, with numbers in place of patients.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from math import nan

import numpy as np

from pathway_engine.domain.definition import Pathway
from pathway_engine.domain.episode import Episode
from pathway_engine.domain.norway import OSLO
from pathway_engine.domain.tasks import Task, TaskStatus
from pathway_engine.service.context import Context
from pathway_engine.service.episode_codec import decode_episode
from simulations.chance import Floats
from simulations.compiling import compile_scenario
from simulations.scenario import EVERYWHERE, Scenario
from simulations.spells import Row, Spell, Standing, stays_from
from simulations.stays import NEVER, Stays
from simulations.work import Work

AT_ONCE = 500
DECEASED = "deceased"


@dataclass(slots=True)
class Projected:
    """The stays that a log tells of; `left_out` counts episodes of places that the scenario does not know."""

    stays: Stays
    episodes: int
    left_out: int
    work: Mapping[str, Work]


@dataclass(slots=True)
class _Rows:
    rows: list[Row] = field(default_factory=list)
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
    until = days_since(scenario.run.starts, now)
    return Projected(reading.stays(until), reading.episodes, reading.left_out, reading.work())


def days_since(first: date, at: datetime) -> float:
    """Return the days on a clock on the wall in Norway from the first day's midnight."""
    wall = at.astimezone(OSLO).replace(tzinfo=None)
    return (wall - datetime.combine(first, time())).total_seconds() / 86_400


def spells(episode: Episode, pathway: Pathway, starts: date) -> Iterator[Spell]:
    """Yield the phases of an episode in order, from what its history noted."""
    changes = [(note.at, note.detail) for note in episode.history if note.what == "phase"]
    if not changes or changes[0][0] > episode.opened_at:
        first = _first_phase(episode, pathway) if changes else episode.phase
        changes.insert(0, (episode.opened_at, first))
    ends: list[tuple[datetime | None, str]] = [*changes[1:], (episode.finished_at, "")]
    died = bool(episode.facts.get(DECEASED, False))
    for (begins, phase), (end, to) in zip(changes, ends, strict=True):
        if phase not in pathway.end:
            is_last = not to or to in pathway.end
            ends_at = NEVER if end is None else days_since(starts, end)
            yield Spell(phase, days_since(starts, begins), ends_at, to, end is not None and is_last and died)


def _first_phase(episode: Episode, pathway: Pathway) -> str:
    event = next((note.detail for note in episode.history if note.what == "opened"), "")
    begins_in = next((each.begins_in for each in pathway.enrol if each.event == event), None)
    return begins_in or pathway.first_phase


class _Reading(_Rows):
    """Rows in the making."""

    def __init__(self, scenario: Scenario, pathway: Pathway) -> None:
        super().__init__()
        self.scenario, self.pathway = scenario, pathway
        self.standing = Standing(compile_scenario(scenario))
        self.numbers: dict[str, int] = {}
        self.tasks: dict[str, list[tuple[float, float, float]]] = {name: [] for name in scenario.tasks}

    def take(self, patient: str, episode: Episode) -> None:
        self.episodes += 1
        place = self._place(episode)
        if place is None:
            self.left_out += 1
            return
        number = self.numbers.setdefault(patient, len(self.numbers))
        told = list(spells(episode, self.pathway, self.scenario.run.starts))
        self.rows += self.standing.rows(number, self._group(episode), place, told)
        for task in episode.tasks.values():
            if task.step in self.tasks:
                self.tasks[task.step].append(self._times(task))

    def _times(self, task: Task) -> tuple[float, float, float]:
        """Return when a task was raised, due and done: never while it is open, not a number when it fell away."""
        raised, due, ended = (
            NEVER if at is None else days_since(self.scenario.run.starts, at)
            for at in (task.raised_at, task.due_at, task.ended_at)
        )
        return raised, due, NEVER if task.is_open else ended if task.status is TaskStatus.COMPLETED else nan

    def _place(self, episode: Episode) -> int | None:
        names = self.scenario.municipalities
        if names == (EVERYWHERE,):
            return 0
        said = str(episode.facts.get("municipality"))
        numbers = [*names, *(self.scenario.municipality_number(name) for name in names)]
        return numbers.index(said) % len(names) if said in numbers else None

    def _group(self, episode: Episode) -> int:
        said = str(episode.facts.get("group", ""))
        return self.scenario.groups.index(said) if said in self.scenario.groups else 0

    def stays(self, until: float) -> Stays:
        return stays_from(self.rows, until)

    def work(self) -> Mapping[str, Work]:
        return {name: _work(np.array(sorted(times)).reshape(-1, 3)) for name, times in self.tasks.items()}


def _work(times: Floats) -> Work:
    """Return the tasks of one kind; a log does not tell when they were begun."""
    raised, due, done = times.T
    return Work(rows=np.arange(len(times)), raised=raised, due=due, begun=done, done=done)
