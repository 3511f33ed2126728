"""Which tasks are raised, and when: by entering a phase, by an event, again and again, or when another is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pathway_engine.domain.conditions import Truth
from pathway_engine.domain.deadlines import recurrence, window_opens
from pathway_engine.domain.definition import Duration
from pathway_engine.domain.work_calendar import WorkCalendar
from simulations.chance import Floats
from simulations.knowledge import Knowledge, next_chosen
from simulations.model import Ints, Model
from simulations.scenario import Task

A_DAY = timedelta(days=1)
CALENDAR = WorkCalendar(time_zone="UTC")
AN_INSTANT = 0.5e-6 / 86_400
"""Half of a microsecond, in days: the domain's clock counts whole ones."""
DEEPEST = 8
"""So many steps may follow one after the other's completion."""
AGAIN = 1 << 20
"""What the number of a recurrence counts in the address of its draw."""
Roots = tuple[Ints, Floats, Ints, NDArray[np.bool_]]
"""What time and patients raise: in which step, when, which recurrence, and whether by time alone."""


@dataclass(frozen=True, slots=True)
class Raised:
    """Tasks, an entry each: of which kind, in which step, when raised (infinite: when its parent is done), until when.

    `number` counts recurrences, `parent` is the entry whose completion raises it or -1. What time alone raises
    (`by_clock`) comes after all else of its instant: after what brings the patient somewhere, and lets him or her go.
    """

    task: Ints
    row: Ints
    number: Ints
    at: Floats
    by_clock: NDArray[np.bool_]
    opens: Floats
    gone: Floats
    parent: Ints


class Raising:
    """The tasks of one replication."""

    def __init__(self, model: Model, knowledge: Knowledge) -> None:
        self.model, self.known = model, knowledge
        self.tape, self.stamps = knowledge.tape, knowledge.stamps
        self.begins = datetime.combine(model.scenario.run.starts, time(), UTC)
        self.tasks = list(model.scenario.tasks.values())
        asks = any(task.condition or task.no_later_than in brought(model) for task in self.tasks)
        self.states = knowledge.facts() if asks else None
        self.somebody_waits = bool(model.waits_for.any())
        self.free = self._free() if self.somebody_waits else np.full(self.tape.steps, np.inf)
        uses = any(task.when_event for task in self.tasks)
        self.events = np.array([each.event if each else "" for each in knowledge.causes()]) if uses else None

    def raised(self) -> Raised:
        """Return all that may be raised: first what time and patients raise, then what follows on it."""
        parts = [self._roots(number, task) for number, task in enumerate(self.tasks)]
        columns = [np.concatenate([part[n] for part in parts]) for n in range(7)]
        task, row, number, at, by_clock, opens, gone = columns
        parent = np.full(len(task), -1)
        newest = np.arange(len(task))
        for _ in range(DEEPEST):
            found = list(self._following(task, newest))
            if not found:
                break
            kind, parents = (np.concatenate([each[n] for each in found]) for n in range(2))
            newest = len(task) + np.arange(len(kind))
            never = np.full(len(kind), np.inf)
            by_clock = np.concatenate([by_clock, np.zeros(len(kind), dtype=bool)])
            task, parent = np.concatenate([task, kind]), np.concatenate([parent, parents])
            row, number = np.concatenate([row, row[parents]]), np.concatenate([number, number[parents]])
            at, opens, gone = (np.concatenate([each, never]) for each in (at, opens, gone))
        return Raised(task, row, number, at, by_clock, opens, gone, parent)

    def _following(self, task: Ints, newest: Ints) -> Iterator[tuple[Ints, Ints]]:
        for number, each in enumerate(self.tasks):
            before = [place for place, other in enumerate(self.tasks) if other.name in each.when_completed]
            parents = newest[np.isin(task[newest], before)]
            if parents.size:
                yield np.full(len(parents), number), parents

    # -- what time and patients raise ------------------------------------------------------------------

    def _roots(self, number: int, task: Task) -> tuple[NDArray[np.generic], ...]:
        rows, at, count, by_clock = self._by_patients(task)
        if task.every is not None:
            more = self._recurring(task, task.every)
            pairs = zip((rows, at, count, by_clock), more, strict=True)
            rows, at, count, by_clock = (np.concatenate(pair) for pair in pairs)
        holds = self.allowed(task, with_phase=False)[rows] & (at <= self.tape.until)
        order = np.flatnonzero(holds)[np.lexsort((count[holds], rows[holds], at[holds]))]
        rows, at, count, by_clock = rows[order], at[order], count[order], by_clock[order]
        gone = self.falls_away(task, rows, at, by_clock)[0]
        return np.full(len(rows), number), rows, count, at, by_clock, self._opens(task, at), gone

    def _by_patients(self, task: Task) -> Roots:
        enters = np.array([name in task.when_entering for name in self.model.phases])[self.tape.phase]
        enters = enters & (self.known.is_new if task.once_a_phase else True)
        if task.when_event and self.events is not None:
            before = np.append("", self._stands_for()[:-1])
            same = np.append(False, self.known.until_row[1:] == self.known.until_row[:-1])
            inside = np.isin(before, task.within) & same if task.within else True
            enters = enters | (np.isin(self.events, task.when_event) & inside)
        enters[self.tape.first[: self.tape.placed]] = False  # who is there at the beginning has entered before it
        rows = np.flatnonzero(enters & (self.stamps.got <= self.tape.until))
        return rows, self.stamps.got[rows], np.zeros(len(rows), dtype=np.int64), np.zeros(len(rows), dtype=bool)

    def _stands_for(self) -> NDArray[np.str_]:
        return np.array([phase.stands_for for phase in self.known.phases])[self.tape.phase]

    def _recurring(self, task: Task, every: Duration) -> Roots:
        """Return what comes again from the entry into the phases that it is within, until they are left."""
        inside = np.isin(self._stands_for(), task.within)
        same = np.append(False, self.known.until_row[1:] == self.known.until_row[:-1])
        begins = np.flatnonzero(inside & ~(np.append(False, inside[:-1]) & same) & (self.stamps.got <= self.tape.until))
        ends = np.minimum(self.known.following(~inside)[begins], self.tape.until + 1e-9)
        rows, times, counts = [np.zeros(0, dtype=np.int64)], [np.zeros(0)], [np.zeros(0, dtype=np.int64)]
        by_clock = [np.zeros(0, dtype=bool)]
        count = 0
        while begins.size:
            at = np.array([self._again(since, every, count) for since in self.stamps.got[begins].tolist()])
            at = self._at_one_instant(begins, at, ends)
            goes_on = (at < ends) | ((at == self.stamps.got[begins]) & (count == 0))
            begins, ends, at = begins[goes_on], ends[goes_on], at[goes_on]
            at_once = (at == self.stamps.got[begins]) & (count == 0)  # what follows at the same instant comes after it
            rows.append(np.where(at_once, begins, self.known.row_at(begins, at)))
            times.append(at)
            counts.append(np.full(len(begins), count))
            by_clock.append(~at_once)
            count += 1
        return np.concatenate(rows), np.concatenate(times), np.concatenate(counts), np.concatenate(by_clock)

    def _at_one_instant(self, begins: Ints, at: Floats, ends: Floats) -> Floats:
        """Return the times of recurrences; what the pathway's clock takes for the instant of an event is that."""
        row = self.known.row_at(begins, at + AN_INSTANT)
        for event in (self.stamps.got[row], ends):
            at = np.where(np.abs(event - at) <= AN_INSTANT, event, at)
        return at

    def _again(self, since: float, every: Duration, count: int) -> float:
        at = _recurs(self.begins, since if "hour" in every.unit.value else float(int(since)), every, count)
        return max(at, since) if count == 0 else at

    def falls_away(self, task: Task, rows: Ints, at: Floats, by_clock: NDArray[np.bool_]) -> tuple[Floats, Ints]:
        """Return when tasks that are raised in these steps at these times fall away or are missed.

        With it comes the first step whose beginning they do not see: much can happen at one instant.
        """
        gone, by = self.gone(task)[rows], self._ends(task)[rows]
        if self.somebody_waits:
            gone = np.where(self._is_late(rows, at, by_clock), self.gone(task, late=True)[rows], gone)
        if task.misses:
            missed, by_then = self._next_raised(task, rows, at, by_clock)
            by = np.where(missed < gone, by_then, np.where(missed == gone, np.minimum(by, by_then), by))
            gone = np.minimum(gone, missed)
        return gone, np.where(np.isinf(gone), self.tape.steps, by)

    def _is_late(self, rows: Ints, at: Floats, by_clock: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return what is raised when the patient waits for no task of the step any more, but perhaps for a bed."""
        found: NDArray[np.bool_] = at > self.free[rows] - by_clock * AN_INSTANT
        return found

    def _next_raised(self, task: Task, rows: Ints, at: Floats, by_clock: NDArray[np.bool_]) -> tuple[Floats, Ints]:
        """Return when the next of the same kind is raised in the same episode, before anybody waits for this one.

        With it comes the step that it is raised by entering, or the one after where it is raised within a step.
        """
        episode = self.known.until_row[rows]
        order = np.lexsort((at, episode))
        found, by = np.full(len(rows), np.inf), np.full(len(rows), self.tape.steps)
        same = np.flatnonzero(episode[order][1:] == episode[order][:-1])
        found[order[same]] = at[order[same + 1]]
        by[order[same]] = (rows + ((at > self.stamps.got[rows]) | by_clock))[order[same + 1]]
        if self.somebody_waits:
            waits = np.append(next_chosen(self._waits(task)), self.tape.steps)[rows + self._is_late(rows, at, by_clock)]
            found[order[same]] = np.where(rows[order[same + 1]] <= waits[order[same]], found[order[same]], np.inf)
        return found, by

    def _opens(self, task: Task, at: Floats) -> Floats:
        """Return from when each may be begun."""
        if task.not_before is None or task.due_from:
            return at
        opens = [window_opens(self.begins + A_DAY * each, task.not_before, CALENDAR) for each in at.tolist()]
        return np.array([max((each - self.begins) / A_DAY, at[n]) for n, each in enumerate(opens)], dtype=float)

    # -- what holds in each step -----------------------------------------------------------------------

    def allowed(self, task: Task, *, with_phase: bool = True) -> NDArray[np.bool_]:
        """Return for each step whether the condition holds there and, if asked, the patient is within the phases."""
        found = np.ones(self.tape.steps, dtype=bool)
        if with_phase and task.within:
            found = np.isin(self._stands_for(), task.within)
        return found & self._holds(task, 0)

    def allowed_after(self, task: Task) -> NDArray[np.bool_]:
        """Return for each step that ends an episode whether the task may still be raised after it."""
        return self._holds(task, 1) & (not task.within)

    def _holds(self, task: Task, when: int) -> NDArray[np.bool_]:
        if task.condition is None or self.states is None:
            return np.ones(self.tape.steps, dtype=bool)
        *states, sets = self.states
        truths = [task.condition.evaluate(facts, self.begins) for facts in sets]
        holds = [each is Truth.TRUE or (each is Truth.UNKNOWN and task.if_unknown != "skip") for each in truths]
        found: NDArray[np.bool_] = np.array(holds)[states[when]]
        return found

    def gone(self, task: Task, *, late: bool = False) -> Floats:
        """Return for each step when a task that is raised in it falls away if nobody has begun.

        *late* is after the patient was free to leave the step: who waits for a bed elsewhere waits for no task.
        """
        if not task.cancelled:
            return np.full(self.tape.steps, np.inf)
        left = self.known.phase_left if task.once_a_phase else self.stamps.left
        return np.where(self._is_waited_for(task, late), np.inf, left) if self.somebody_waits else left

    def _is_waited_for(self, task: Task, late: bool) -> NDArray[np.bool_]:
        """Return for each step whether a task that is raised in it is waited for before it could fall away."""
        waits = np.append(next_chosen(self._waits(task)), self.tape.steps)
        found: NDArray[np.bool_] = (waits[1:] if late else waits[:-1]) < self._ends(task)
        return found

    def _ends(self, task: Task) -> Ints:
        """Return for each step the one with which it ends, or its phase where the task is raised once a phase."""
        if not task.once_a_phase:
            return np.arange(self.tape.steps) + 1
        enters = np.append(next_chosen(self.known.is_new)[1:], self.tape.steps)
        ends: Ints = np.minimum(enters, self.known.until_row)
        return ends

    def _free(self) -> Floats:
        """Return for each step from when the patient waits for no task of it any more: he or she goes on."""
        free: Floats = np.maximum(self.stamps.ready + self.tape.delay, self.stamps.held_until)
        return free

    def _waits(self, task: Task) -> NDArray[np.bool_]:
        """Return the steps that are not left before the task is done."""
        return self.model.waits_for[:, self.tasks.index(task)][self.tape.phase] & (self.tape.left_by >= 0)


def brought(model: Model) -> frozenset[str]:
    """Return the facts that any event of the scenario brings."""
    scenario = model.scenario
    facts = [each.facts for each in scenario.arrivals]
    facts += [scenario.readmission.facts] if scenario.readmission else []
    for phase in scenario.phases.values():
        facts += [way.facts for way in phase.exits] + [way.facts for way in phase.hazards]
    return frozenset(name for each in facts for name in each)


@lru_cache(maxsize=16_384)
def _recurs(begins: datetime, since: float, every: Duration, count: int) -> float:
    return (recurrence(begins + A_DAY * since, every, count, CALENDAR) - begins) / A_DAY
