"""Run a scenario: many replications, their figures as estimates, and what a reader must be warned of."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulations.chance import Floats
from simulations.compiling import compile_scenario
from simulations.engine import run_tape
from simulations.estimates import Estimate, estimate, has_settled, settling_point
from simulations.figures import Name, Replication, bucket_days, count_figures, figure_names, series_names
from simulations.loops import FAST, PLAIN, best_loop
from simulations.model import Model, Stamps, Tape
from simulations.scenario import Scenario
from simulations.spread import Spreading, chunked, spreading
from simulations.tape import draw_tape

CHUNK = 8
FEW_PATIENTS = 150_000
"""So many are done here by the plain loop before a compiler is loaded or other processes are ready."""
KEPT_SERIES = 200
"""Bands are drawn from the series of so many replications, so that memory does not grow with their number."""
LARGEST_LITTLE = 1e-6
PILOTS = 8
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Bands:
    """A time series over replications: `days` are the middles of the buckets; mean, and the 10 and 90 % quantiles."""

    name: Name
    days: Floats
    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a scenario's replications gave. `figures` is [replication, figure], in the order of `names`."""

    scenario: Scenario
    names: tuple[Name, ...]
    figures: Floats
    bands: tuple[Bands, ...]
    settled: tuple[bool | None, ...]
    warnings: tuple[str, ...]
    events: int
    little: float

    def values(self, what: str, of: str = "total") -> Floats:
        """Return a figure of each replication, in order."""
        return self.figures[:, self.place(what, of)]

    def estimate(self, what: str, of: str = "total") -> Estimate:
        """Return a figure's estimate."""
        place = self.place(what, of)
        return estimate(self.figures[:, place], self.settled[place])

    def estimates(self) -> list[tuple[Name, Estimate]]:
        """Return every figure's estimate."""
        return [(name, estimate(self.figures[:, place], self.settled[place])) for place, name in enumerate(self.names)]

    def place(self, what: str, of: str = "total") -> int:
        """Return where the figure stands in `names`; raise KeyError when there is none."""
        for place, name in enumerate(self.names):
            if name.what == what and name.of == of:
                return place
        raise KeyError(f"no figure {what} of {of}")


@dataclass(frozen=True, slots=True)
class _Job:
    scenario: Scenario
    seed: int
    numbers: range
    loop: str


def simulate(
    scenario: Scenario, *, replications: int | None = None, seed: int | None = None, workers: int = 1,
    by: Spreading | None = None, loop: str = "", progress: Progress | None = None,
) -> Outcome:  # fmt: skip
    """Return the outcome of a scenario's replications, the same however they are spread over *workers* or *by*.

    *progress* is called with the number of replications done since the last call. A warm-up that is to be found
    (`run.warm_up` is NaN) is found by MSER-5 from a few pilot replications.
    """
    count = scenario.run.replications if replications is None else replications
    seed = scenario.run.seed if seed is None else seed
    by = by or spreading(1 if _is_small(scenario, count) else workers)
    scenario, notes = with_warm_up(scenario, seed, by, loop)
    found: list[Replication] = list(replicate(scenario, count, seed, by, loop, progress))
    return gathered(scenario, found, notes)


def replicate(
    scenario: Scenario, count: int, seed: int, by: Spreading, loop: str = "", progress: Progress | None = None
) -> Sequence[Replication]:
    """Return replications 0 to *count* - 1, in order."""
    done: list[Replication] = []
    loop = loop or (PLAIN if _is_small(scenario, count) else best_loop())
    jobs = [_Job(scenario, seed, numbers, loop) for numbers in chunked(count, CHUNK)]
    for chunk in by.map(_replications, jobs):
        done += chunk
        if progress is not None:
            progress(len(chunk))
    return done


@lru_cache(maxsize=8)
def _compiled(key: str, held: _Held) -> Model:
    return compile_scenario(held.scenario)


class _Held:
    """A scenario behind its text, so that the model of one that comes again is found."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.scenario == self.scenario


def _is_small(scenario: Scenario, count: int) -> bool:
    if np.isnan(scenario.run.warm_up):
        return False
    model = _compiled(scenario.name, _Held(scenario))
    return sum(float(stream.expected[-1]) for stream in model.streams) * count < FEW_PATIENTS


def _replications(job: _Job) -> list[Replication]:
    model = _compiled(job.scenario.name, _Held(job.scenario))
    return [one_replication(model, job.seed, number, _loop(job, number)) for number in job.numbers]


def _loop(job: _Job, number: int) -> str:
    """The first replication never waits for a compiler: somebody looks at the bar."""
    is_first = number == 0 and job.loop == FAST and "simulations.fast_events" not in sys.modules
    return PLAIN if is_first else job.loop


def one_replication(model: Model, seed: int, number: int, loop: str = "") -> Replication:
    """Return one replication's figures; its series only where bands are drawn from it."""
    tape = draw_tape(model, seed, number, loop=loop)
    stamps = run_tape(model, tape, loop)
    return count_figures(model, tape, stamps, number, _of_work(model, tape, stamps, loop), number < KEPT_SERIES, loop)


def _of_work(model: Model, tape: Tape, stamps: Stamps, loop: str) -> Sequence[float]:
    """Return the figures of tasks and staff; what works them off is loaded only where there are any."""
    if not model.scenario.staff:
        return ()
    from simulations.work import work_figures

    return work_figures(model, tape, stamps, loop)


def with_warm_up(scenario: Scenario, seed: int, by: Spreading, loop: str = "") -> tuple[Scenario, list[str]]:
    """Return the scenario with its warm-up found where it was to be found, and what to say of it."""
    run = scenario.run
    if not np.isnan(run.warm_up):
        return scenario, []
    pilot = replace(scenario, run=replace(run, warm_up=0.0))
    pilots = replicate(pilot, PILOTS, seed + 1_000_003, by, loop)
    width = bucket_days(compile_scenario(pilot))
    level = np.mean([each.series[:-1].sum(axis=0) for each in pilots], axis=0, dtype=float)
    found = settling_point(level)
    if found is None:
        warm_up = run.collect / 2
        note = (
            f"the warm-up was not found: after {run.collect:g} days the numbers still drift; collect over a longer time"
        )
        return replace(scenario, run=replace(run, warm_up=warm_up)), [note]
    return replace(scenario, run=replace(run, warm_up=float(found * width))), []


def gathered(scenario: Scenario, found: Sequence[Replication], notes: Sequence[str] = ()) -> Outcome:
    """Return the outcome of *found*, which are in order of their numbers."""
    model = _compiled(scenario.name, _Held(scenario))
    names = figure_names(model)
    settled_series = has_settled(np.array([each.halves for each in found]))
    settled = tuple(_settled(name, series_names(model), settled_series) for name in names)
    little = max(each.little for each in found)
    return Outcome(
        scenario=scenario, names=names, figures=np.array([each.figures for each in found]),
        bands=_bands(model, [each.series for each in found if each.series.size]), settled=settled,
        warnings=(*notes, *_warnings(model, settled_series, little)),
        events=sum(each.events for each in found), little=little,
    )  # fmt: skip


def _settled(name: Name, series: Sequence[Name], settled: Sequence[bool | None]) -> bool | None:
    """Say whether the series that a figure hangs on had settled: those of its unit, or the discharge-ready."""
    mine = [flag for each, flag in zip(series, settled, strict=True) if each.of == name.of]
    mine = mine or [settled[-1]]
    return None if None in mine else all(mine)


def _bands(model: Model, series: Sequence[NDArray[np.float32]]) -> tuple[Bands, ...]:
    width = bucket_days(model)
    if not series:
        return ()
    stacked = np.array(series, dtype=float)
    ordered = np.sort(stacked, axis=0)
    lows, highs = _quantile(ordered, 0.1), _quantile(ordered, 0.9)
    means: Floats = stacked.mean(axis=0)
    days: Floats = (np.arange(stacked.shape[2], dtype=np.float64) + 0.5) * width
    return tuple(Bands(name, days, means[n], lows[n], highs[n]) for n, name in enumerate(series_names(model)))


def _quantile(ordered: Floats, share: float) -> Floats:
    """Return the quantile of each column, between two neighbours in proportion; numpy's own loads much for it."""
    place = share * (len(ordered) - 1)
    below = int(place)
    found: Floats = ordered[below] + (ordered[min(below + 1, len(ordered) - 1)] - ordered[below]) * (place - below)
    return found


def _warnings(model: Model, settled: Sequence[bool | None], little: float) -> list[str]:
    said = [
        f"{name} had not settled: its level drifts through the run; a longer warm-up or more capacity would be right"
        for name, flag in zip(series_names(model), settled, strict=True)
        if flag is False
    ]
    if little > LARGEST_LITTLE:
        said.append(f"the places in use and the stays differ by {little:.1e} of themselves: L = lambda W does not hold")
    return said
