"""The slow queue of tasks that is right by construction: tasks are raised, moved and closed by the domain's own fold.

Nurses take the first task that is still open when they are free. What is found must be what `work.py` finds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from heapq import heappop, heappush
from math import inf, nan

import numpy as np

from pathway_engine.domain.definition import Pathway
from pathway_engine.domain.episode import Episode, Rules
from pathway_engine.domain.events import Act, Acted, FactValue, Happened
from pathway_engine.domain.folding import act, advance, next_wake_at, step
from pathway_engine.domain.timeline import enrolled
from pathway_engine.domain.work_calendar import WorkCalendar
from simulations.chance import Purpose, key_of, name_key, uniforms
from simulations.raising import A_DAY, AGAIN, AN_INSTANT
from simulations.reference import Hospital
from simulations.reference_parts import Patient
from simulations.scenario import EVERYWHERE, Scenario
from simulations.weeks import next_open

DONE, WAKE, LOOK = 0, 1, 2
"""What comes first of what happens at one instant; all that happens to patients in the hospital comes before."""
MANY_STAYS = 1 << 20
"""More than one patient has."""


@dataclass(slots=True)
class Item:
    """One task: whose, the visit and the number that address its draw, when raised, begun, done and due, in days."""

    task: str
    patient: int
    key: str
    visit: int
    number: int
    rank: tuple[float, ...]
    raised: float
    begun: float = inf
    done: float = inf
    due: float = inf


@dataclass(slots=True)
class _Person:
    patient: Patient
    episodes: list[Episode] = field(default_factory=list)
    items: dict[tuple[int, str], Item] = field(default_factory=dict)
    times: dict[datetime, float] = field(default_factory=dict)
    stay: int = -1
    wake: datetime | None = None


def reference_work(
    scenario: Scenario, pathway: Pathway, seed: int, replication: int
) -> tuple[list[Item], list[Patient]]:
    """Return every task of the scenario that is raised before its end, patient by patient, and the patients."""
    reference = _Reference(scenario, pathway, seed, replication)
    return reference.run(), reference.hospital.patients


class _Reference:
    def __init__(self, scenario: Scenario, pathway: Pathway, seed: int, replication: int) -> None:
        self.scenario, self.seed, self.replication = scenario, seed, replication
        self.rules = Rules.of(pathway, lambda _: WorkCalendar(time_zone="UTC"))
        self.begins = datetime.combine(scenario.run.starts, time(), UTC)
        self.names = list(scenario.tasks)
        self.hospital = Hospital(
            scenario, seed, replication, pathway, lambda _: WorkCalendar(time_zone="UTC"), nurses=self
        )
        self.people = [_Person(each) for each in self.hospital.patients]
        self.heap: list[tuple[float, int, int, object]] = []
        self.now = 0.0
        self.free: dict[tuple[str, str], list[float]] = {}
        self.queues: dict[tuple[str, str], list[tuple[tuple[float, tuple[float, ...]], _Person, Item]]] = {}
        for staff in scenario.staff.values():
            for place, count in staff.on_duty.items():
                self.free[staff.name, place], self.queues[staff.name, place] = [0.0] * count, []
        self.count = 0

    def run(self) -> list[Item]:
        while min(self.hospital.next_at(), self._next_at()) <= self.scenario.run.until + AN_INSTANT:
            if self._next_at() < self.hospital.next_at():
                self.now, what, _, about = heappop(self.heap)
                assert isinstance(about, tuple)
                (self._done, self._wake, self._look)[what](*about)
            else:
                self.hospital.happen()
        found = [item for person in self.people for item in person.items.values()]
        for person in self.people:
            for (ordinal, key), item in person.items.items():
                due = person.episodes[ordinal].tasks[key].due_at
                if item.begun == inf and not person.episodes[ordinal].tasks[key].is_open:
                    item.begun = item.done = nan
                item.due = inf if due is None else (due - self.begins) / A_DAY
        return found

    def _next_at(self) -> float:
        return self.heap[0][0] if self.heap else inf

    def _later(self, at: float, what: int, about: object) -> None:
        self.count += 1
        heappush(self.heap, (at, what, self.count, about))

    def _instant(self, person: _Person, at: float) -> datetime:
        instant = self.begins + timedelta(days=at)
        person.times[instant] = at
        return instant

    # -- what happens ----------------------------------------------------------------------------------

    def told(self, at: float, patient: Patient, stay: int, event: str, facts: Mapping[str, FactValue]) -> None:
        """Take what happened to the patient into the pathway."""
        person = self.people[patient.number]
        person.stay = stay
        if event:
            self._event(at, person, stay, event, facts)

    def hold(self, patient: Patient, tasks: tuple[str, ...]) -> bool:
        """Say whether one of these tasks of the patient is open."""
        person = self.people[patient.number]
        return any(
            item.task in tasks and person.episodes[ordinal].tasks[key].is_open
            for (ordinal, key), item in person.items.items()
        )

    def _event(self, at: float, person: _Person, number: int, name: str, facts: Mapping[str, FactValue]) -> None:
        instant = self._instant(person, at)
        if number == 0 and not person.episodes:
            facts = {"municipality": person.patient.municipality, **facts}
        event = Happened(
            id=f"{number}-{name}", name=name, cause=f"{name}/{number}/{at}", occurred_at=instant, recorded_at=instant,
            stay=None, facts=facts, source="simulated",
        )  # fmt: skip
        last = person.episodes[-1] if person.episodes else None
        if last is not None:
            person.episodes[-1] = step(self.rules, last, event)
        if last is None or last.finished_at is not None:
            opened = enrolled(self.rules, len(person.episodes), (), last, event)
            if isinstance(opened, Episode):
                person.episodes.append(opened)
        self._after(person, at)

    def _done(self, person: _Person, ordinal: int, item: Item) -> None:
        at, instant = self.now, self._instant(person, self.now)
        acted = Acted(
            id=f"done/{item.key}", task=item.key, act=Act.COMPLETE, occurred_at=instant, recorded_at=instant,
            performer="nurse",
        )  # fmt: skip
        person.episodes[ordinal] = act(self.rules, person.episodes[ordinal], acted)
        self._after(person, at, item)
        self.hospital.look_again(person.patient.number, at)

    def _wake(self, at: float, person: _Person, ordinal: int, instant: datetime) -> None:
        """Let time do its work, after all else of the instant."""
        person.episodes[ordinal] = advance(self.rules, person.episodes[ordinal], instant)
        self._after(person, at)
        self.hospital.look_again(person.patient.number, at)

    def _after(self, person: _Person, at: float, by: Item | None = None) -> None:
        """Put new tasks into their queues, and look again when time alone will do something."""
        ordinal = len(person.episodes) - 1
        for number, episode in enumerate(person.episodes):
            for key, task in episode.tasks.items():
                if task.step in self.scenario.tasks and (number, key) not in person.items:
                    self._raise(person, number, key, task.step, task.raised_at, by)
        if ordinal >= 0 and person.episodes[ordinal].finished_at is None:
            wake = next_wake_at(self.rules, person.episodes[ordinal])
            if wake is not None:
                comes = max((wake - self.begins) / A_DAY, at)
                self._later(comes + AN_INSTANT, WAKE, (comes, person, ordinal, wake))

    def _raise(self, person: _Person, ordinal: int, key: str, name: str, at: datetime, by: Item | None) -> None:
        raised = person.times.get(at, (at - self.begins) / A_DAY)
        kind, row = self.names.index(name), person.patient.number * MANY_STAYS + person.stay
        again = "#" in key.rpartition("/")[2] or "#" in key
        number = int(key.rpartition("#")[2].split("+")[0]) if again and by is None else 0
        rank: tuple[float, ...] = (0, kind, raised, row, number)
        visit = person.stay
        if by is not None and name in self._followers(by.task):
            rank, visit, number = (by.rank[0] + 1, kind, *by.rank), by.visit, by.number
        item = Item(name, person.patient.number, key, visit, number, rank, raised)
        person.items[ordinal, key] = item
        staff = self.scenario.tasks[name].staff
        own = staff, person.patient.municipality
        queue = own if own in self.free else (staff, EVERYWHERE)
        self.queues[queue].append(((raised, rank), person, item))
        self._look_again(raised, queue)

    def _followers(self, name: str) -> set[str]:
        return {each.name for each in self.scenario.tasks.values() if name in each.when_completed}

    # -- nurses ----------------------------------------------------------------------------------------

    def _look_again(self, at: float, queue: tuple[str, str]) -> None:
        free = self.free[queue]
        if free:
            at = next_open(max(at, min(free)), self.scenario.staff[queue[0]].works)
            self._later(max(at + AN_INSTANT, self.now), LOOK, (at, queue))

    def _look(self, at: float, queue: tuple[str, str]) -> None:
        waiting, free = self.queues[queue], self.free[queue]
        waiting.sort(key=lambda each: each[0])
        while waiting and min(free) <= at:
            _, person, item = waiting.pop(0)
            ordinal = next(number for number, key in person.items if person.items[number, key] is item)
            if not person.episodes[ordinal].tasks[item.key].is_open:
                item.begun = item.done = nan
                continue
            item.begun, item.done = at, at + self._takes(person.patient, item)
            free[free.index(min(free))] = item.done
            self._later(item.done, DONE, (person, ordinal, item))
        if waiting:
            self._look_again(at, queue)

    def _takes(self, patient: Patient, item: Item) -> float:
        key = key_of(self.seed, self.replication, Purpose.WORK, name_key(item.task))
        visit = np.array([item.visit + item.number * AGAIN], dtype=np.uint64)
        draw = uniforms(key, np.array([patient.key], dtype=np.uint64), visit)
        return float(self.scenario.tasks[item.task].takes.quantile(draw)[0])
