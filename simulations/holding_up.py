"""Who waits for nurses: a patient goes on when none of the tasks that his or her phase waits for is open.

The event loop knows no nurses and the queue of tasks no beds, so they take turns: the loop's stamps raise tasks,
the queue says when they are done, and that says until when the loop holds patients. Nothing hangs on what comes
later, so each turn is right for longer than the one before, and what does not change any more is right for good.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from simulations.chance import Floats
from simulations.knowledge import Knowledge
from simulations.model import Ints, Model, Stamps, Tape
from simulations.raising import AN_INSTANT, Raising
from simulations.work import Queued, queued

Loop = Callable[[Floats], Stamps]
UNTIL_REPLACED = 2 * AN_INSTANT
"""Who was held by a task that was missed is still held when the one that replaces it is raised."""
MORE_TURNS = 2
"""The first turn, which holds nobody, and the last, which changes nothing."""


def held_up(model: Model, tape: Tape, run: Loop, loop: str = "") -> Stamps:
    """Return the stamps that *run*, the event loop, gives once patients are held until their tasks are done."""
    until = np.zeros(tape.steps)
    stamps = run(until)
    if not tape.steps:
        return stamps
    model = _only_who_matters(model)
    known = Knowledge(model, tape, stamps)
    rows = np.flatnonzero(model.holds_up[tape.phase] & (tape.left_by >= 0))
    turns, enough = 0, MORE_TURNS
    while turns < enough:
        found, tasks = np.zeros(tape.steps), queued(Raising(model, known), loop)
        found[rows] = _released(model, tape, stamps, rows, tasks)
        if np.array_equal(found, until):
            return stamps
        until = found
        stamps = run(until)
        known.see(stamps)
        turns, enough = turns + 1, tape.steps + len(tasks.task) + MORE_TURNS
    raise AssertionError("each turn is right for longer than the one before, by a step or by a task, so they end")


def _only_who_matters(model: Model) -> Model:
    """Return the model without the tasks that can delay none that is waited for: other nurses', and none's cause."""
    tasks = model.scenario.tasks
    matters = {name for phase in model.scenario.phases.values() for name in phase.waits_for}
    before: set[str] = set()
    while matters != before:
        before = set(matters)
        staff = {tasks[name].staff for name in before}
        matters |= {name for name, task in tasks.items() if task.staff in staff}
        matters |= {cause for name in before for cause in tasks[name].when_completed if cause in tasks}
    chosen = {name: task for name, task in tasks.items() if name in matters}
    waits_for = model.waits_for[:, [name in matters for name in tasks]]
    return replace(model, scenario=replace(model.scenario, tasks=chosen), waits_for=waits_for)


def _released(model: Model, tape: Tape, stamps: Stamps, rows: Ints, tasks: Queued) -> Floats:
    """Return for each of the steps *rows* until when it is held; a moment after the end for longer than that.

    What comes later at the instant at which the patient is free is nothing that he or she waited for.
    """
    mine = np.flatnonzero(tasks.raised <= tape.until)
    patient = tape.patient[tasks.row[mine]]
    order = np.lexsort((tasks.by_clock[mine], tasks.raised[mine], patient))
    mine, patient = mine[order], patient[order]
    who = tape.patient[rows]
    begins, ends = np.searchsorted(patient, who), np.searchsorted(patient, who, side="right")
    kinds, raised, closed = tasks.task[mine].tolist(), tasks.raised[mine].tolist(), tasks.closed[mine].tolist()
    by_clock, more = tasks.by_clock[mine].tolist(), (UNTIL_REPLACED * (tasks.closed != tasks.done))[mine].tolist()
    waits, phases, steps = model.waits_for.tolist(), tape.phase[rows].tolist(), tasks.row[mine].tolist()
    found = (stamps.ready[rows] + tape.delay[rows]).tolist()
    for place, at in enumerate(found):
        free = at
        for number in range(begins[place], ends[place]):
            if raised[number] > free:
                break
            comes_later = steps[number] > rows[place] or (by_clock[number] and raised[number] >= free - AN_INSTANT)
            if not comes_later and waits[phases[place]][kinds[number]] and closed[number] > free:
                free = closed[number] + more[number]
        found[place] = free if free > at else 0.0
    held: Floats = np.minimum(found, tape.until + 1.0)
    return held
