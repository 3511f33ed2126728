"""A log analysed by what analyses simulations: its stays as a tape with stamps, and their figures by part of the log.

What a log cannot know is not told: who waited outside for a place, who was turned away, what nurses have time for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from simulations.calibrating import window
from simulations.chance import Floats
from simulations.compiling import compile_scenario
from simulations.figures import TASK_FIGURES, Name, count_figures, figure_names
from simulations.model import AWAY, FIRST, LAST, NOBODY, Ints, Model, Small, Stamps, Tape
from simulations.runs import Outcome
from simulations.scenario import Scenario
from simulations.stays import Stays, as_known_at
from simulations.tape import READMITTED
from simulations.work import Work, task_figures

UNKNOWN_TO_A_LOG = frozenset(
    {"queue", "queue_in_a_place", "p_delay", "wait_mean", "wait_median", "wait_p90", "lost_share", "asked_per_day"}
)
"""Figures of units that only whoever sees the queue outside can tell."""
PARTS = 10


def tape_of(model: Model, stays: Stays) -> tuple[Tape, Stamps]:
    """Return stays, which are in order of patients and of time, as the tape and the stamps of a run."""
    count = len(stays)
    is_first = np.ones(count, dtype=bool)
    gap = stays.asked[1:] - stays.left[:-1]
    is_other = (stays.patient[1:] != stays.patient[:-1]) | ((stays.to[:-1] == NOBODY) & (gap > window(model.scenario)))
    is_first[1:] = is_other
    patient = np.cumsum(is_first) - 1
    is_last = np.append(is_first[1:], True)[:count]
    comes_again = ~is_last & (stays.to == NOBODY)
    way = _ways(model, stays)
    way[comes_again & ~stays.is_death] = READMITTED
    is_away = ~is_last & (comes_again | _is_back(model, stays.phase, way))
    flags = is_first * np.uint8(FIRST) + is_last * np.uint8(LAST) + is_away * np.uint8(AWAY)
    first = np.append(np.flatnonzero(is_first), count)
    nothing, none = np.zeros(count), np.zeros(count, dtype=np.int32)
    tape = Tape(
        seed=0, replication=0, until=stays.until, placed=0, arrive=stays.asked[first[:-1]],
        key=first[:-1].astype(np.uint64),
        group=stays.group[first[:-1]], municipality=stays.municipality[first[:-1]], first=first, patient=patient,
        phase=stays.phase, pool=stays.pool.astype(np.int32), service=nothing, flags=flags.astype(np.uint8),
        delay=nothing, away=nothing, transit=nothing, priority=none.astype(np.uint8), way=way, left_by=way,
        episode=none,
    )  # fmt: skip
    pools = len(model.pools.names)
    stamps = Stamps(
        asked=stays.asked, got=stays.got, ready=stays.ready, left=stays.left, held=tape.pool, area=np.zeros(pools),
        lost=np.zeros(pools, dtype=np.int64), events=count,
    )  # fmt: skip
    return tape, stamps


def _ways(model: Model, stays: Stays) -> Small:
    """Return by which exit or hazard each stay ended: the first that leads there, dead or alive."""
    found: dict[tuple[int, int, bool], int] = {}
    for number, phase in enumerate(model.scenario.phases.values()):
        for place, hazard in reversed(list(enumerate(phase.hazards))):
            found[number, int(model.ways.hazard_to[number, place]), hazard.is_death] = -1 - place
        for place, way in reversed(list(enumerate(phase.exits))):
            found[number, int(model.ways.to[number, place]), way.is_death] = place
    keys = zip(stays.phase.tolist(), stays.to.tolist(), stays.is_death.tolist(), strict=True)
    return np.array([found.get(key, 0) for key in keys], dtype=np.int32)


def _is_back(model: Model, phase: Ints, way: Small) -> NDArray[np.bool_]:
    """Return which stays ended by a hazard that is a readmission."""
    by_hazard = (way < 0) & (way != READMITTED)
    found: NDArray[np.bool_] = model.ways.hazard_is_readmission[phase, np.where(by_hazard, -1 - way, 0)]
    is_back: NDArray[np.bool_] = by_hazard & found
    return is_back


def analysed(
    scenario: Scenario, stays: Stays, work: Mapping[str, Work] | None = None, begins: float = 0.0, parts: int = PARTS
) -> Outcome:
    """Return the figures of the log from day *begins*, each part of it counted as a replication of its own.

    *work* are the tasks of the scenario that the log tells of. Parts are neighbours in time, so their interval is
    too narrow where a part is shorter than the memory of the queues.
    """
    width = (stays.until - begins) / parts
    if width <= 0:
        raise ValueError("the log has no day to count")
    names = figure_names(compile_scenario(scenario))
    rows = [_part(scenario, stays, work or {}, begins + part * width, width) for part in range(parts)]
    kept = [place for place, name in enumerate(names) if _is_known(name, work)]
    figures = np.array(rows)[:, kept]
    known = tuple(names[place] for place in kept)
    return Outcome(
        scenario=replace(scenario, run=replace(scenario.run, warm_up=begins, collect=stays.until - begins)),
        names=known, figures=figures, bands=(), settled=(None,) * len(known), warnings=(), events=len(stays),
        little=0.0,
    )  # fmt: skip


def _is_known(name: Name, work: Mapping[str, Work] | None) -> bool:
    if name.kind == "task":
        return work is not None and not name.what.startswith("wait")
    return name.kind != "staff" and not (name.kind == "unit" and name.what in UNKNOWN_TO_A_LOG)


def _part(scenario: Scenario, stays: Stays, work: Mapping[str, Work], begins: float, width: float) -> Floats:
    run = replace(scenario.run, warm_up=begins, collect=width)
    model = compile_scenario(replace(scenario, run=run, arrivals=()))
    tape, stamps = tape_of(model, as_known_at(stays, run.until))
    known = [
        value
        for task in scenario.tasks
        for value in (task_figures(work[task], begins, run.until) if task in work else [0.0] * len(TASK_FIGURES))
    ]
    counted = count_figures(model, tape, stamps, 0, known, keeps_series=False)
    missing = len(figure_names(model)) - len(counted.figures)
    return np.append(counted.figures, np.zeros(missing))
