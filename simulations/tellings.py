"""What is told of simulated patients: each event of their pathway, and the stays that a log of them would hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from pathway_engine.domain.definition import Pathway
from pathway_engine.domain.episode import Rules
from pathway_engine.domain.events import FactValue
from pathway_engine.domain.work_calendar import WorkCalendar
from simulations.language.pathway_fit import phase_after
from simulations.model import FIRST, LAST, Model, Stamps, Tape
from simulations.scenario import Arrivals, Exit, Hazard, Readmission
from simulations.spells import Row, Spell, Standing, stays_from
from simulations.stays import NEVER, Stays
from simulations.tape import READMITTED

Way = Exit | Hazard
SECOND = 1 / 86_400


@dataclass(frozen=True, slots=True)
class Telling:
    """On day `at` *event* happens to a patient, who is in the pathway's `phase` from then on."""

    at: float
    patient: int
    event: str
    facts: Mapping[str, FactValue]
    phase: str
    is_death: bool = False


class Teller:
    """The events of one replication's patients. Raises ValueError for a scenario without a pathway."""

    def __init__(self, model: Model, tape: Tape, stamps: Stamps, pathway: Pathway) -> None:
        if model.scenario.pathway != pathway.id:
            raise ValueError(f"{model.scenario.name} is not about {pathway.id}")
        self.model, self.tape, self.stamps, self.pathway = model, tape, stamps, pathway
        self.phases = list(model.scenario.phases.values())
        self.rules = Rules.of(pathway, lambda _: WorkCalendar())
        self.after: dict[tuple[str, int], str] = {}

    def tellings(self) -> Iterator[Telling]:
        """Yield the events, patient by patient and in their order, a second apart at least: messages tell no less."""
        last = (-1, 0.0)
        for each in self._exact():
            at = np.floor(each.at * 86_400 + 1e-6) * SECOND
            if last[0] == each.patient:
                at = max(at, last[1] + SECOND)
            last = (each.patient, at)
            yield Telling(at, each.patient, each.event, each.facts, each.phase, each.is_death)

    def stays(self) -> Stays:
        """Return the stays that a log of these events tells of."""
        found: list[Row] = []
        standing, mine = Standing(self.model), list[Telling]()
        for each in [*self.tellings(), None]:
            if each is None or (mine and mine[-1].patient != each.patient):
                found += self._rows(standing, mine)
                mine = []
            if each is not None:
                mine.append(each)
        return stays_from(found, self.tape.until)

    def _rows(self, standing: Standing, tellings: list[Telling]) -> Iterator[Row]:
        episode: list[Telling] = []
        for each in tellings:
            if not episode or each.phase != episode[-1].phase:
                episode.append(each)
            if each.phase in self.pathway.end:
                yield from self._of_episode(standing, episode)
                episode = []
        yield from self._of_episode(standing, episode)

    def _of_episode(self, standing: Standing, tellings: list[Telling]) -> Iterator[Row]:
        spells = [
            Spell(each.phase, each.at, NEVER if after is None else after.at, "" if after is None else after.phase,
                  after is not None and after.is_death)
            for each, after in zip_longest(tellings, tellings[1:])
            if each.phase not in self.pathway.end
        ]  # fmt: skip
        if spells:
            patient = tellings[0].patient
            group, place = int(self.tape.group[patient]), int(self.tape.municipality[patient])
            yield from standing.rows(patient, group, place, spells)

    # -- without rounding ------------------------------------------------------------------------------

    def _exact(self) -> Iterator[Telling]:
        tape, stamps = self.tape, self.stamps
        for patient in range(len(tape.arrive)):
            for row in range(int(tape.first[patient]), int(tape.first[patient + 1])):
                if stamps.got[row] > tape.until:
                    break
                brought, phase = self._brought(row, patient), self.phases[tape.phase[row]].stands_for
                if brought is not None and brought.event:
                    yield Telling(float(stamps.got[row]), patient, brought.event, brought.facts, phase)
                if stamps.left[row] <= tape.until and (tape.flags[row] & LAST or tape.way[row] == READMITTED):
                    yield from self._out(row, patient)

    def _brought(self, row: int, patient: int) -> Arrivals | Readmission | Way | None:
        """Return what brought the patient into a step."""
        tape, scenario = self.tape, self.model.scenario
        if tape.flags[row] & FIRST:
            phase, group = self.model.phases[tape.phase[row]], scenario.groups[tape.group[patient]]
            return next(each for each in scenario.arrivals if each.into == phase and each.group == group)
        return scenario.readmission if tape.way[row - 1] == READMITTED else self._way(row - 1)

    def _way(self, row: int) -> Way:
        phase, code = self.phases[int(self.tape.phase[row])], int(self.tape.left_by[row])
        return phase.exits[code] if code >= 0 else phase.hazards[-1 - code]

    def _out(self, row: int, patient: int) -> Iterator[Telling]:
        way, phase = self._way(row), int(self.tape.phase[row])
        if way.event:
            key = self.model.phases[phase], int(self.tape.left_by[row])
            if key not in self.after:
                self.after[key] = phase_after(self.rules, self.phases[phase].stands_for, way)
            at = float(self.stamps.left[row])
            yield Telling(at, patient, way.event, way.facts, self.after[key], way.is_death)
