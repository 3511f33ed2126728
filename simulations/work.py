"""Tasks queue for nurses: who does what when, and what is late.

They are worked off after the patients' stamps are known, in the order in which they were raised, by the nurses of a
role who are on duty where the patient belongs. Whom they hold up: `holding_up.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from heapq import heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathway_engine.domain.deadlines import deadline
from pathway_engine.domain.definition import Duration
from pathway_engine.domain.work_calendar import WorkCalendar
from simulations.chance import Floats, Purpose, key_of, name_key, uniforms
from simulations.knowledge import Knowledge
from simulations.loops import FAST, best_loop
from simulations.model import Ints, Model, Stamps, Tape
from simulations.raising import AGAIN, Raised, Raising
from simulations.scenario import EVERYWHERE, Scenario, Staff, Task
from simulations.weeks import next_open

A_LONG_WAY = timedelta(days=1)
END_OF_DAY = 86_399 / 86_400
"""A deadline of a day is its last second."""


@dataclass(frozen=True, slots=True)
class Work:
    """The tasks of one kind: the steps that raised them, and when each was raised, due, begun and done, in days.

    `begun` and `done` are infinite for what was not begun at the end; NaN for what fell away.
    """

    rows: Ints
    raised: Floats
    due: Floats
    begun: Floats
    done: Floats


@dataclass(frozen=True, slots=True)
class Queued:
    """All tasks, an entry each: of which kind, in which step and when raised, when begun and done, when closed.

    `raised` is infinite for what was not raised in the end; `closed` is when it was done or fell away; `by_clock`
    is what time alone raised.
    """

    task: Ints
    row: Ints
    raised: Floats
    by_clock: NDArray[np.bool_]
    begun: Floats
    done: Floats
    closed: Floats


def work_off(model: Model, tape: Tape, stamps: Stamps, loop: str = "") -> dict[str, Work]:
    """Return what becomes of every task of the scenario, by its name."""
    tasks = list(model.scenario.tasks.values())
    if not tasks:
        return {}
    if not tape.steps:
        nothing = Work(np.zeros(0, dtype=np.int64), *(np.zeros(0) for _ in range(4)))
        return dict.fromkeys(model.scenario.tasks, nothing)
    raising = Raising(model, Knowledge(model, tape, stamps))
    all_of_them = queued(raising, loop)
    work = {}
    for number, task in enumerate(tasks):
        mine = np.flatnonzero((all_of_them.task == number) & (all_of_them.raised <= tape.until))
        mine = mine[np.argsort(all_of_them.raised[mine], kind="stable")]
        at, row = all_of_them.raised[mine], all_of_them.row[mine]
        begun, done = all_of_them.begun[mine], all_of_them.done[mine]
        due = at + due_after(task, at, model.scenario)
        if task.due_from or task.no_later_than:
            gone = raising.falls_away(task, row, at, all_of_them.by_clock[mine])
            due = due_by(task, at, due, done, row, gone, raising)
        work[task.name] = Work(row, at, due, begun, done)
    return work


def queued(raising: Raising, loop: str = "") -> Queued:
    """Return when nurses do every task that is raised."""
    tape, tasks = raising.tape, raising.tasks
    raised = raising.raised()
    takes = _takes(tape, raised, tasks)
    begun, opens, row, gone = _run(loop, _arguments(raising.model, raising, raised, takes, tasks))
    begun = np.where(begun > tape.until, np.inf, begun)
    at, done = np.where(raised.parent < 0, raised.at, opens), begun + takes
    return Queued(raised.task, row, at, raised.by_clock, begun, done, np.fmin(done, gone))


def _arguments(model: Model, raising: Raising, raised: Raised, takes: Floats, tasks: list[Task]) -> tuple[Any, ...]:
    """Return what the queue works on: see `_serve_all`."""
    known = raising.known
    roots = int((raised.parent < 0).sum())
    first, following = _children(raised.parent)
    nurses, weeks = _nurses(model)
    moments = (False, True) if raising.somebody_waits else (False,)
    return (
        np.argsort(raised.opens[:roots], kind="stable"), raised.opens, takes, raised.gone,
        _queue(model, known.tape, raised, tasks), first, following, raised.row, raised.task, known.until_row,
        known.over, known.stamps.got, np.array([raising.allowed(task) for task in tasks]), raising.free,
        np.array([raising.gone(task, late=late) for late in moments for task in tasks]),
        np.array([raising.allowed_after(task) for task in tasks]), nurses, weeks, known.tape.until,
    )  # fmt: skip


def _takes(tape: Tape, raised: Raised, tasks: list[Task]) -> Floats:
    """Return how long each takes: drawn by the visit that began it all and the number of its recurrence."""
    takes = np.empty(len(raised.task))
    for number, task in enumerate(tasks):
        mine = np.flatnonzero(raised.task == number)
        key = key_of(tape.seed, tape.replication, Purpose.WORK, name_key(task.name))
        patient = tape.patient[raised.row[mine]]
        visits = raised.row[mine] - tape.first[patient] + raised.number[mine] * AGAIN
        takes[mine] = task.takes.quantile(uniforms(key, tape.key[patient], visits.astype(np.uint64)))
    return takes


def _children(parent: Ints) -> tuple[Ints, Ints]:
    """Return the first that follows each, and the next with the same parent; -1 for none."""
    first, following = np.full(len(parent), -1), np.full(len(parent), -1)
    for child in np.flatnonzero(parent >= 0)[::-1].tolist():
        following[child] = first[parent[child]]
        first[parent[child]] = child
    return first, following


def _nurses(model: Model) -> tuple[Ints, NDArray[np.bool_]]:
    """Return for each queue, a role in a place, where its nurses begin among all, and the hours that they work.

    Where many paths are packed into one model each has nurses of its own.
    """
    scenario, counts, weeks = model.scenario, [0], []
    places = scenario.municipalities * _paths(model)
    for staff in scenario.staff.values():
        for number, place in enumerate(places):
            shared = 0 if number % len(scenario.municipalities) else staff.on_duty.get(EVERYWHERE, 0)
            counts.append(staff.on_duty.get(place, shared))
            weeks.append(staff.works)
    return np.cumsum(counts), np.array(weeks)


def _queue(model: Model, tape: Tape, raised: Raised, tasks: list[Task]) -> Ints:
    scenario = model.scenario
    names = list(scenario.staff)
    roles = np.array([names.index(task.staff) for task in tasks])[raised.task]
    shared = np.array([EVERYWHERE in scenario.staff[name].on_duty for name in names])[roles]
    place, width = tape.municipality[tape.patient[raised.row]], len(scenario.municipalities)
    found: Ints = roles * width * _paths(model) + np.where(shared, place - place % width, place)
    return found


def _paths(model: Model) -> int:
    return int(model.pool_of.shape[1]) // len(model.scenario.municipalities)


def serve(raised: Floats, takes: Floats, gone: Floats, nurses: int, works: Any, loop: str = "") -> Floats:
    """Return when each task is begun, NaN for one whose patient has *gone* by then; tasks are in order of raising.

    A nurse begins only in working hours, and ends what was begun.
    """
    count = len(raised)
    none, zeros = np.full(count, -1), np.zeros(count, dtype=np.int64)
    arguments = (
        np.arange(count), raised, takes, gone, zeros, none, none, zeros, zeros, np.ones(1, dtype=np.int64),
        np.full(1, np.inf), np.zeros(1), np.ones((1, 1), dtype=bool), np.full(1, np.inf), np.full((1, 1), np.inf),
        np.ones((1, 1), dtype=bool), np.array([0, nurses]), np.array([works], dtype=bool), np.inf,
    )  # fmt: skip
    return _run(loop, arguments)[0]


def _run(loop: str, arguments: tuple[Any, ...]) -> tuple[Floats, Floats, Ints, Floats]:
    if (loop or best_loop()) == FAST:
        from simulations.fast_work import serve_all

        begun, opens, row, gone = serve_all(*arguments)
        return begun, opens, row, gone
    found = _serve_all(*(each.tolist() if isinstance(each, np.ndarray) else each for each in arguments))
    begun, opens, row, gone = found
    return np.array(begun), np.array(opens), np.array(row, dtype=np.int64), np.array(gone)


def _serve_all(
    order: Any, opens: Any, takes: Any, gone: Any, queue: Any, first_child: Any, next_child: Any, row: Any, task: Any,
    until_row: Any, over: Any, got: Any, allowed: Any, patient_free: Any, gone_in: Any, after: Any, nurses: Any,
    weeks: Any, until: Any,
) -> Any:  # fmt: skip
    """Return when each is begun, when it could be, the step that it was raised in, and when it falls away.

    What is completed as the patient goes on came first: it may be what he or she waited for. What is raised after
    the patient was free to go on falls away by the second half of *gone_in*.
    `fast_work.py` is the same.
    """
    inf = float("inf")
    free = [0.0] * nurses[-1]
    begun = [inf] * len(opens)
    heap: list[tuple[float, int]] = []
    coming = 0
    while coming < len(order) or heap:
        if coming < len(order) and (not heap or (opens[order[coming]], order[coming]) < heap[0]):
            number = order[coming]
            coming += 1
        else:
            number = heappop(heap)[1]
        first, last = nurses[queue[number]], nurses[queue[number] + 1]
        if first == last:
            continue
        nurse = first
        for other in range(first + 1, last):
            if free[other] < free[nurse]:
                nurse = other
        begins = next_open(max(opens[number], free[nurse]), weeks[queue[number]])
        if begins >= gone[number]:
            begun[number] = float("nan") if gone[number] <= until else inf
            continue
        begun[number] = begins
        done = begins + takes[number]
        free[nurse] = done
        child = first_child[number] if done <= gone[number] and done <= until else -1
        if child < 0:
            continue
        now = row[number]
        while now + 1 < until_row[now] and got[now + 1] < done:
            now += 1
        is_over, late = over[now] < done, len(after) if patient_free[now] < done else 0
        while child >= 0:
            if after[task[child]][now] if is_over else allowed[task[child]][now]:
                row[child] = now
                opens[child] = done
                gone[child] = inf if is_over else gone_in[late + task[child]][now]
                heappush(heap, (done, child))
            child = next_child[child]
    return begun, opens, row, gone


def due_after(task: Task, raised: Floats, scenario: Scenario) -> Floats:
    """Return how long after it was raised each task is due: infinite when it has no deadline."""
    if task.due is not None:
        return np.full(len(raised), task.due)
    if task.due_rule is None:
        return np.full(len(raised), np.inf)
    begins = datetime.combine(scenario.run.starts, time(), UTC)
    return np.array([_due(task.due_rule, begins, at) - at for at in raised.tolist()])


def due_by(
    task: Task, at: Floats, due: Floats, done: Floats, rows: Ints, falls_away: tuple[Floats, Ints], raising: Raising
) -> Floats:
    """Return when each is due: counted from what the task says, and no later than a date known when it is done."""
    known, (gone, by) = raising.known, falls_away
    is_done = done < gone
    end = np.minimum(np.where(is_done, np.nextafter(done, -np.inf), gone), known.tape.until)
    now = known.row_at(rows, np.maximum(end, at))
    now = np.where(is_done, now, np.minimum(now, by - 1))  # of one instant it saw what came before it fell away
    if task.due_from:
        is_phase = any(phase.stands_for == task.due_from for phase in known.phases)
        since = (known.entered(task.due_from) if is_phase else known.happened(task.due_from))[now]
        since = np.where(is_phase | (since >= at), since, np.nan)
        counted = since + due_after(task, np.nan_to_num(since), raising.model.scenario)
        due = np.where(np.isnan(since), np.inf, counted)
    if task.no_later_than and raising.states is not None:
        state, _, sets = raising.states
        latest = [facts.get(task.no_later_than) for facts in sets]
        starts = raising.model.scenario.run.starts
        days = np.array([(each - starts).days if isinstance(each, date) else np.nan for each in latest])[state[now]]
        capped = np.where(days >= np.floor(at), days + END_OF_DAY, np.inf)
        due = np.where(np.isfinite(due), np.minimum(due, capped), due)
    return due


def _due(rule: Duration, begins: datetime, at: float) -> float:
    if "hour" in rule.unit.name.lower():
        return _due_at(rule, begins, at)
    return _due_at(rule, begins, float(int(at)))


@lru_cache(maxsize=8192)
def _due_at(rule: Duration, begins: datetime, at: float) -> float:
    due = deadline(begins + timedelta(days=at), rule, WorkCalendar(time_zone="UTC"))
    return (due - begins) / A_LONG_WAY


# -- figures ---------------------------------------------------------------------------------------


def work_figures(model: Model, tape: Tape, stamps: Stamps, loop: str = "") -> list[float]:
    """Return the figures of every task, then of every role, in the order of the scenario."""
    work = work_off(model, tape, stamps, loop)
    run = model.scenario.run
    figures = [value for task in model.scenario.tasks for value in task_figures(work[task], run.warm_up, run.until)]
    for staff in model.scenario.staff.values():
        mine = [work[task.name] for task in model.scenario.tasks.values() if task.staff == staff.name]
        figures += _staff_figures(staff, mine, run.warm_up, run.until)
    return figures


def task_figures(work: Work, begins: float, until: float) -> list[float]:
    """Return the figures of the tasks of one kind that were raised from day *begins* until day *until*."""
    mine = (work.raised >= begins) & (work.raised < until)
    raised, begun = work.raised[mine], np.minimum(work.begun[mine], until)
    fell = np.isnan(work.begun[mine])
    is_late = ~fell & (work.done[mine] > work.due[mine]) & (work.due[mine] < until)
    wait = (begun - raised)[~fell]
    done = np.count_nonzero((work.done >= begins) & (work.done < until))
    return [
        len(raised) / (until - begins), done / (until - begins), np.count_nonzero(is_late) / max(len(wait), 1),
        float(wait.mean()) if len(wait) else 0.0, float(np.quantile(wait, 0.9)) if len(wait) else 0.0,
        np.count_nonzero(fell) / max(len(raised), 1),
    ]  # fmt: skip


def _staff_figures(staff: Staff, work: list[Work], begins: float, until: float) -> list[float]:
    busy = sum(
        float(
            np.maximum(np.minimum(each.done, until) - np.maximum(each.begun, begins), 0.0)[
                np.isfinite(each.begun)
            ].sum()
        )
        for each in work
    )
    on_duty = sum(staff.on_duty.values()) * sum(staff.works) / len(staff.works)
    return [on_duty, busy / max(on_duty * (until - begins), 1e-12)]
