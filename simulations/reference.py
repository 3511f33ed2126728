"""The slow run that is right by construction: patients one by one, phases by the pathway engine's own fold.

It draws the same chances by the same addresses as the tape, holds beds in plain objects, and lets every move be
taken by `step` of the domain with a simulated clock. What it finds must be what the fast loops find, to the bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from heapq import heappop, heappush
from math import inf

import numpy as np

from pathway_engine.domain.definition import Pathway
from pathway_engine.domain.episode import CalendarOf, Episode, Rules
from pathway_engine.domain.errors import PathwayEngineError
from pathway_engine.domain.events import FactValue, Happened
from pathway_engine.domain.folding import step
from pathway_engine.domain.timeline import enrolled
from pathway_engine.domain.work_calendar import WorkCalendar
from simulations.chance import Floats, Purpose, key_of, uniforms
from simulations.compiling import compile_scenario
from simulations.durations import Spread
from simulations.plain_events import ASK, END, FREE, GO, LEAVE, OPEN, SPILL
from simulations.reference_parts import Nurses, Patient, Stay, Unit
from simulations.scenario import EVERYWHERE, OUT, Exit, Hazard, Phase, Scenario
from simulations.tape import STEPS_OF_AN_EPISODE, draw_tape
from simulations.weeks import next_open

CHANGES, EVENTS, ARRIVES = 0, 1, 2


class AnotherPhase(PathwayEngineError):
    """The pathway took a patient elsewhere than the scenario says."""


def reference_run(
    scenario: Scenario,
    seed: int,
    replication: int,
    pathway: Pathway | None = None,
    calendar_of: CalendarOf | None = None,
) -> list[Patient]:
    """Return all patients of one replication, in order of arrival, with their stays and episodes."""
    hospital = Hospital(scenario, seed, replication, pathway, calendar_of)
    while hospital.next_at() <= scenario.run.until:
        hospital.happen()
    return hospital.patients


class Hospital:
    """One replication on its way; `nurses` hear of it."""

    def __init__(
        self, scenario: Scenario, seed: int, replication: int, pathway: Pathway | None = None,
        calendar_of: CalendarOf | None = None, nurses: Nurses | None = None,
    ) -> None:  # fmt: skip
        self.scenario, self.seed, self.replication = scenario, seed, replication
        self.rules = None if pathway is None else Rules.of(pathway, calendar_of or (lambda _: WorkCalendar()))
        self.begins = datetime.combine(scenario.run.starts, time(), UTC)
        self.units: dict[str, Unit] = {}
        for resource in scenario.resources.values():
            for place, count in resource.capacity.items():
                name = resource.name if place == EVERYWHERE else f"{resource.name}/{place}"
                self.units[name] = Unit(len(self.units), count, resource.queue, resource.turn_round, resource.receives)
        self.heap: list[tuple[float, int, int, tuple[int, ...], int, object]] = []
        self.count = 0
        self.now = 0.0
        self.nurses = nurses
        self.held: dict[int, tuple[Patient, Stay, Exit | Hazard]] = {}
        self.patients = self._arriving()

    def _arriving(self) -> list[Patient]:
        model = compile_scenario(self.scenario)
        tape = draw_tape(model, self.seed, self.replication)
        names = list(self.units)
        for place, (at, pool, to) in enumerate(model.pools.changes):
            self._later(at, CHANGES, 0, (place,), (names[pool], to))
        patients = []
        for number, at in enumerate(tape.arrive.tolist()):
            group = self.scenario.groups[tape.group[number]]
            municipality = self.scenario.municipalities[tape.municipality[number]]
            patient = Patient(number, int(tape.key[number]), group, municipality)
            patients.append(patient)
            self._later(
                at, ARRIVES, 0, (number,), (patient, *self._line(model.phases[tape.phase[tape.first[number]]], group))
            )
        return patients

    def _line(self, phase: str, group: str) -> tuple[str, int]:
        """Return the phase, and the line of arrivals that brings patients of the group into it."""
        lines = enumerate(self.scenario.arrivals)
        return phase, next(number for number, each in lines if each.into == phase and each.group == group)

    def _later(self, at: float, rank: int, what: int, place: tuple[int, ...], about: object) -> None:
        self.count += 1
        heappush(self.heap, (at, rank, what, place, self.count, about))

    def next_at(self) -> float:
        """Return when the next thing happens, infinite for never."""
        return self.heap[0][0] if self.heap else inf

    def happen(self) -> None:
        """Let the next thing happen."""
        self.now, rank, what, _, _, about = heappop(self.heap)
        assert isinstance(about, tuple)
        if rank == CHANGES:
            self.units[about[0]].capacity = about[1]
            self._serve(about[0])
        elif rank == ARRIVES:
            self._arrive(*about)
        elif what == END:
            self._end(*about)
        elif what == GO:
            patient, stay, way, asks = about
            if asks:
                self._go_when_free(patient, stay, way, self.now)
            else:
                self._go(patient, stay, way)
        elif what == ASK:
            self._ask(*about)
        elif what == LEAVE:
            self._serve(*self._leave(*about))
        elif what in (FREE, OPEN):
            unit = self.units[about[0]]
            unit.busy -= what == FREE
            unit.is_opening = unit.is_opening and what == FREE
            self._serve(about[0])
        elif what == SPILL:
            self._spill(*about)

    def _arrive(self, patient: Patient, phase: str, number: int) -> None:
        line = self.scenario.arrivals[number]
        self._ask(patient, Stay(phase, event=line.event, facts={"municipality": patient.municipality, **line.facts}))

    # -- a patient's way ---------------------------------------------------------------------------

    def _u(self, patient: Patient, purpose: Purpose, part: int = 0) -> Floats:
        visit = patient.admissions * STEPS_OF_AN_EPISODE + patient.moves
        keys = np.array([patient.key], dtype=np.uint64)
        key = key_of(self.seed, self.replication, purpose, part)
        return uniforms(key, keys, np.array([visit], dtype=np.uint64))

    def _drawn(self, spread: Spread | None, patient: Patient, purpose: Purpose) -> float:
        return 0.0 if spread is None else float(spread.quantile(self._u(patient, purpose))[0])

    def _ask(self, patient: Patient, stay: Stay) -> None:
        patient.stays.append(stay)
        stay.asked = self.now
        phase = self.scenario.phases[stay.phase]
        name = self._unit_of(phase.holds, patient.municipality)
        unit = self.units.get(name)
        if unit is None:
            self._get(patient, stay, "")
        elif stay.before is not None and stay.before.unit == name:
            stay.is_kept = True
            self._get(patient, stay, name)
        elif not unit.queue and unit.busy < unit.capacity and unit.receives is None:
            self._get(patient, stay, name)
        elif len(patient.stays) > 1 or unit.limit is None or len(unit.queue) < unit.limit or unit.busy < unit.capacity:
            stay.is_waiting = True
            self._queue(name, patient, stay)
            for place, (after, other) in enumerate(self._overflow(phase, patient.municipality)):
                number = (patient.number, len(patient.stays), place)
                self._later(self.now + after, EVENTS, SPILL, number, (patient, stay, other))
            self._serve(name)
        else:
            stay.left = self.now

    def _unit_of(self, resource: str, municipality: str) -> str:
        own = f"{resource}/{municipality}"
        return own if own in self.units else resource

    def _overflow(self, phase: Phase, municipality: str) -> list[tuple[float, str]]:
        mine = [each for each in phase.overflow if each.at in ("", municipality)]
        lines = [(each.after, self._unit_of(each.resource, each.of or municipality)) for each in mine]
        return sorted(lines, key=lambda line: (line[0], self.units[line[1]].number))

    def _queue(self, name: str, patient: Patient, stay: Stay) -> None:
        priority = self.scenario.phases[stay.phase].priority.get(patient.group, 0)
        self.count += 1
        self.units[name].queue.append((priority, self.count, patient, stay))

    def _spill(self, patient: Patient, stay: Stay, name: str) -> None:
        is_there = stay.before is not None and stay.before.unit == name
        if stay.is_waiting and not is_there:
            self._queue(name, patient, stay)
            self._serve(name)

    def _get(self, patient: Patient, stay: Stay, name: str) -> None:
        """Take the place, and leave the one before at once or after the transit."""
        freed = self._taken(patient, stay, name)
        if freed:
            self._serve(*freed)

    def _taken(self, patient: Patient, stay: Stay, name: str) -> list[str]:
        stay.is_waiting, stay.got, stay.unit = False, self.now, name
        if name and not stay.is_kept:
            self.units[name].busy += 1
        self._tell(patient, stay)
        if self.nurses is not None:
            self.nurses.told(self.now, patient, len(patient.stays) - 1, stay.event, stay.facts)
        begins = self.now + stay.transit if stay.transit > 0 else self.now
        way, service = self._way(patient, stay)
        number = (patient.number, len(patient.stays))
        self._later(begins + service, EVENTS, END, number, (patient, stay, way))
        if stay.before is None:
            return []
        if stay.transit > 0:
            self._later(begins, EVENTS, LEAVE, (patient.number, len(patient.stays) - 1), (stay.before, stay))
            return []
        return self._leave(stay.before, stay)

    def _leave(self, stay: Stay, following: Stay | None) -> list[str]:
        """Leave a place; return the unit that may serve another now."""
        stay.left = self.now
        if not stay.unit or (following is not None and following.is_kept):
            return []
        unit = self.units[stay.unit]
        if unit.turn_round > 0:
            self._later(self.now + unit.turn_round, EVENTS, FREE, (unit.number,), (stay.unit,))
            return []
        unit.busy -= 1
        return [stay.unit]

    def _serve(self, *names: str) -> None:
        todo = list(names)
        while todo:
            unit = self.units[todo[-1]]
            if not unit.queue or unit.busy >= unit.capacity:
                todo.pop()
                continue
            opens = self.now if unit.receives is None else next_open(self.now, unit.receives)
            if opens > self.now:
                name = todo.pop()
                if not unit.is_opening:
                    self._later(opens, EVENTS, OPEN, (unit.number,), (name,))
                    unit.is_opening = True
                continue
            entry = min(unit.queue, key=lambda each: each[:2])
            unit.queue.remove(entry)
            _, _, patient, stay = entry
            if stay.is_waiting:
                todo += self._taken(patient, stay, todo[-1])

    # -- what comes next ---------------------------------------------------------------------------

    def _way(self, patient: Patient, stay: Stay) -> tuple[Exit | Hazard, float]:
        """Draw how long the phase lasts and by which way it ends."""
        phase = self.scenario.phases[stay.phase]
        service = self._drawn(phase.lasts[patient.group], patient, Purpose.DURATION)
        way: Exit | Hazard = self._exit(phase, patient)
        for number, hazard in enumerate(phase.hazards):
            rate = hazard.per_day[patient.group]
            if rate > 0:
                at = float((-np.log1p(-self._u(patient, Purpose.HAZARD, number)) / rate)[0])
                if at < service:
                    way, service = hazard, at
        return way, service

    def _exit(self, phase: Phase, patient: Patient) -> Exit:
        if len(phase.exits) == 1:
            return phase.exits[0]
        u, below = float(self._u(patient, Purpose.EXIT)[0]), 0.0
        for way in phase.exits[:-1]:
            below += way.chance[patient.group]
            if u < below:
                return way
        return phase.exits[-1]

    def _end(self, patient: Patient, stay: Stay, way: Exit | Hazard) -> None:
        stay.ready = later = self.now
        if isinstance(way, Exit):
            later = self.now + self._drawn(way.delay, patient, Purpose.DELAY)
        if later > self.now and self.nurses is not None:
            self._later(later, EVENTS, GO, (patient.number, len(patient.stays)), (patient, stay, way, True))
        else:
            self._go_when_free(patient, stay, way, later)

    def _go_when_free(self, patient: Patient, stay: Stay, way: Exit | Hazard, later: float) -> None:
        """Let the patient go on at *later*, or when nurses let him or her, in the hours in which patients do."""
        phase = self.scenario.phases[stay.phase]
        if isinstance(way, Exit) and self.nurses is not None and self.nurses.hold(patient, phase.waits_for):
            self.held[patient.number] = (patient, stay, way)
            return
        if phase.leaves is not None:
            later = next_open(later, phase.leaves)
        if later > self.now:
            self._later(later, EVENTS, GO, (patient.number, len(patient.stays)), (patient, stay, way, False))
        else:
            self._go(patient, stay, way)

    def look_again(self, number: int, at: float) -> None:
        """A nurse has done something for this patient at *at*, and he or she may have waited for it."""
        if number in self.held:
            self.now = at
            patient, stay, way = self.held.pop(number)
            self._go_when_free(patient, stay, way, at)

    def _go(self, patient: Patient, stay: Stay, way: Exit | Hazard) -> None:
        if way.to == OUT:
            self._out(patient, stay, way)
            return
        following = Stay(way.to, event=way.event, facts=way.facts, before=stay)
        away: float | None = 0.0 if isinstance(way, Hazard) and way.is_readmission else None
        if isinstance(way, Exit):
            following.transit = self._drawn(way.transit, patient, Purpose.TRANSIT)
            away = None if way.away is None else self._drawn(way.away, patient, Purpose.AWAY)
        self._moves_on(patient, is_back=isinstance(way, Hazard) and way.is_readmission)
        if away is not None:
            following.before = None
            self._later(self.now + away, EVENTS, ASK, (patient.number, len(patient.stays) + 1), (patient, following))
            self._serve(*self._leave(stay, None))
        else:
            self._ask(patient, following)

    def _moves_on(self, patient: Patient, is_back: bool) -> None:
        patient.moves = 0 if is_back else patient.moves + 1
        patient.admissions += is_back

    def _out(self, patient: Patient, stay: Stay, way: Exit | Hazard) -> None:
        back = self.scenario.readmission
        freed = self._leave(stay, None)
        if way.event:
            self._told(patient, way.event, way.facts)
        if self.nurses is not None:
            self.nurses.told(self.now, patient, len(patient.stays) - 1, way.event, way.facts)
        comes_back = not way.is_death and back is not None and patient.admissions < back.at_most
        if comes_back and back is not None and self._u(patient, Purpose.READMISSION)[0] < back.chance[patient.group]:
            away = float(back.away.quantile(self._u(patient, Purpose.READMISSION, 1))[0])
            self._moves_on(patient, is_back=True)
            following = Stay(back.into, event=back.event, facts=back.facts)
            self._later(self.now + away, EVENTS, ASK, (patient.number, len(patient.stays) + 1), (patient, following))
        self._serve(*freed)

    # -- the pathway -------------------------------------------------------------------------------

    def _tell(self, patient: Patient, stay: Stay) -> None:
        """Let the pathway hear what brought the patient into the phase, and hold its answer against the scenario."""
        if self.rules is None:
            return
        if stay.event:
            self._told(patient, stay.event, stay.facts)
        found = patient.episodes[-1].phase if patient.episodes else "none"
        wanted = self.scenario.phases[stay.phase].stands_for
        if found != wanted:
            raise AnotherPhase(f"{self.rules.pathway.id} has a patient in {found} where the scenario has {wanted}")

    def _told(self, patient: Patient, name: str, facts: Mapping[str, FactValue]) -> None:
        if self.rules is None:
            return
        at = self.begins + timedelta(days=self.now)
        count = len(patient.stays)
        event = Happened(
            id=f"{patient.number}-{count}-{name}", name=name, cause=f"{name}/{count}", occurred_at=at, recorded_at=at,
            stay=f"S{patient.admissions}", facts=facts, source="simulated",
        )  # fmt: skip
        last = patient.episodes[-1] if patient.episodes else None
        if last is not None:
            patient.episodes[-1] = step(self.rules, last, event)
            if last.finished_at is None:
                return
        opened = enrolled(self.rules, len(patient.episodes), (), last, event)
        if isinstance(opened, Episode):
            patient.episodes.append(opened)
