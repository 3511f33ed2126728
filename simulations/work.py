"""Tasks queue for nurses: who does what when, and what is late.

Tasks hold up nobody: they are worked off after the patients' stamps are known, in the order in which they were
raised, by the nurses of a role who are on duty where the patient belongs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathway_engine.domain.deadlines import deadline
from pathway_engine.domain.definition import Duration
from pathway_engine.domain.work_calendar import WorkCalendar
from simulations.chance import Floats, Purpose, key_of, name_key, uniforms
from simulations.engine import FAST, best_loop
from simulations.model import FIRST, Ints, Model, Stamps, Tape
from simulations.scenario import EVERYWHERE, Scenario, Staff, Task
from simulations.tape import READMITTED
from simulations.weeks import next_open

TASK_FIGURES = ("raised_per_day", "done_per_day", "late_share", "wait_mean", "wait_p90", "fell_away_share")
STAFF_FIGURES = ("on_duty", "load")
"""`load` is the share of the hours on duty that goes to tasks."""
A_LONG_WAY = timedelta(days=1)


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


def work_off(model: Model, tape: Tape, stamps: Stamps, seed: int, replication: int, loop: str = "") -> dict[str, Work]:
    """Return what becomes of every task of the scenario, by its name."""
    scenario = model.scenario
    done: dict[str, Work] = {}
    for staff in scenario.staff.values():
        mine = [task for task in scenario.tasks.values() if task.staff == staff.name]
        raised = {task.name: _raised(model, tape, stamps, task) for task in mine}
        takes = {task.name: _takes(tape, raised[task.name], task, seed, replication) for task in mine}
        done.update(_served(model, tape, stamps, staff, mine, raised, takes, loop))
    return done


def _raised(model: Model, tape: Tape, stamps: Stamps, task: Task) -> Ints:
    """Return the steps that raise the task, by when they do."""
    by_phase = np.array([name in task.when_entering for name in model.phases])
    raises = by_phase[tape.phase] & (_is_new(model, tape) if task.once_a_phase else True)
    if task.when_event:
        raises |= _comes_by(model, tape, task.when_event)
    rows = np.flatnonzero(raises & (stamps.got <= tape.until))
    return rows[np.argsort(stamps.got[rows], kind="stable")]


def _is_new(model: Model, tape: Tape) -> NDArray[np.bool_]:
    """Return for each step whether the pathway's phase is another than before."""
    names = [phase.stands_for for phase in model.scenario.phases.values()]
    number = np.array([names.index(name) for name in names])[tape.phase]
    is_new = np.ones(tape.steps, dtype=bool)
    is_new[1:] = (number[1:] != number[:-1]) | (tape.flags[1:] & FIRST > 0) | (tape.way[:-1] == READMITTED)
    return is_new


def _comes_by(model: Model, tape: Tape, events: tuple[str, ...]) -> NDArray[np.bool_]:
    """Return for each step whether one of *events* brought the patient there."""
    scenario, before = model.scenario, np.maximum(np.arange(tape.steps) - 1, 0)
    found = np.zeros(tape.steps, dtype=bool)
    for number, phase in enumerate(scenario.phases.values()):
        codes = [place for place, way in enumerate(phase.exits) if way.event in events]
        codes += [-1 - place for place, hazard in enumerate(phase.hazards) if hazard.event in events]
        for code in codes:
            found |= (tape.phase[before] == number) & (tape.way[before] == code)
    if scenario.readmission is not None and scenario.readmission.event in events:
        found |= tape.way[before] == READMITTED
    first = tape.flags & FIRST > 0
    found[first] = False
    into = [scenario.phases[each.into].name for each in scenario.arrivals if each.event in events]
    found |= first & np.array([name in into for name in model.phases])[tape.phase]
    return found


def _takes(tape: Tape, rows: Ints, task: Task, seed: int, replication: int) -> Floats:
    key = key_of(seed, replication, Purpose.WORK, name_key(task.name))
    patient = tape.patient[rows]
    visits = (rows - tape.first[patient]).astype(np.uint64)
    return task.takes.quantile(uniforms(key, tape.key[patient], visits))


def _served(
    model: Model, tape: Tape, stamps: Stamps, staff: Staff, tasks: list[Task], raised: dict[str, Ints],
    takes: dict[str, Floats], loop: str,
) -> Iterable[tuple[str, Work]]:  # fmt: skip
    if not tasks:
        return []
    rows = np.concatenate([raised[task.name] for task in tasks])
    lasts = np.concatenate([takes[task.name] for task in tasks])
    gone = np.concatenate(
        [
            stamps.left[raised[task.name]] if task.cancelled else np.full(len(raised[task.name]), np.inf)
            for task in tasks
        ]
    )
    at = stamps.got[rows]
    begun = np.empty(len(rows))
    places = model.scenario.municipalities
    for name, count in staff.on_duty.items():
        is_here = np.ones(len(rows), dtype=bool)
        if name != EVERYWHERE:
            is_here = tape.municipality[tape.patient[rows]] == places.index(name)
        here = np.flatnonzero(is_here)
        here = here[np.argsort(at[here], kind="stable")]
        begun[here] = serve(at[here], lasts[here], gone[here], count, staff.works, loop)
    begun = np.where(begun > tape.until, np.inf, begun)
    ends = np.cumsum([len(raised[task.name]) for task in tasks])
    parts = [np.split(column, ends[:-1]) for column in (rows, at, begun, begun + lasts)]
    return [
        (
            task.name,
            Work(
                parts[0][n],
                parts[1][n],
                parts[1][n] + due_after(task, parts[1][n], model.scenario),
                parts[2][n],
                parts[3][n],
            ),
        )
        for n, task in enumerate(tasks)
    ]


def serve(raised: Floats, takes: Floats, gone: Floats, nurses: int, works: Any, loop: str = "") -> Floats:
    """Return when each task is begun, NaN for one whose patient has *gone* by then; tasks are in order of raising.

    A nurse begins only in working hours, and ends what was begun.
    """
    week = np.asarray(works)
    if (loop or best_loop()) == FAST:
        from simulations.fast_work import serve_all

        found: Floats = serve_all(raised, takes, gone, nurses, week)
        return found
    return np.array(_serve_all(raised.tolist(), takes.tolist(), gone.tolist(), nurses, week.tolist()), dtype=float)


def _serve_all(raised: Any, takes: Any, gone: Any, nurses: int, week: Any) -> Any:
    free = [0.0] * nurses
    begun = [0.0] * len(raised)
    for number in range(len(raised)):
        nurse = 0
        for other in range(1, nurses):
            if free[other] < free[nurse]:
                nurse = other
        begins = next_open(max(raised[number], free[nurse]), week)
        if begins >= gone[number]:
            begun[number] = float("nan")
        else:
            begun[number] = begins
            free[nurse] = begins + takes[number]
    return begun


def due_after(task: Task, raised: Floats, scenario: Scenario) -> Floats:
    """Return how long after it was raised each task is due: infinite when it has no deadline."""
    if task.due is not None:
        return np.full(len(raised), task.due)
    if task.due_rule is None:
        return np.full(len(raised), np.inf)
    begins = datetime.combine(scenario.run.starts, time(), UTC)
    return np.array([_due(task.due_rule, begins, at) - at for at in raised.tolist()])


def _due(rule: Duration, begins: datetime, at: float) -> float:
    if "hour" in rule.unit.name.lower():
        return _due_at(rule, begins, at)
    return _due_at(rule, begins, float(int(at)))


@lru_cache(maxsize=8192)
def _due_at(rule: Duration, begins: datetime, at: float) -> float:
    due = deadline(begins + timedelta(days=at), rule, WorkCalendar(time_zone="UTC"))
    return (due - begins) / A_LONG_WAY


# -- figures ---------------------------------------------------------------------------------------


def work_figures(model: Model, tape: Tape, stamps: Stamps, seed: int, replication: int, loop: str = "") -> list[float]:
    """Return the figures of every task, then of every role, in the order of the scenario."""
    work = work_off(model, tape, stamps, seed, replication, loop)
    run = model.scenario.run
    figures = [value for task in model.scenario.tasks for value in _task_figures(work[task], run.warm_up, run.until)]
    for staff in model.scenario.staff.values():
        mine = [work[task.name] for task in model.scenario.tasks.values() if task.staff == staff.name]
        figures += _staff_figures(staff, mine, run.warm_up, run.until)
    return figures


def _task_figures(work: Work, begins: float, until: float) -> list[float]:
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
