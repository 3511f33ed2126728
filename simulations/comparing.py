"""Scenarios beside each other on the same chance: paired differences, and whether they can be told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pathway_engine.domain.definition import Text
from pathway_engine.domain.errors import PathwayEngineError
from simulations.chance import Floats
from simulations.estimates import CONFIDENCE, Estimate, estimate
from simulations.figures import Name
from simulations.runs import Outcome, Progress, simulate, with_warm_up
from simulations.scenario import Scenario
from simulations.spread import Spreading, spreading

HEADLINES = (
    ("discharge_ready", "total"),
    ("overstay_days_per_day", "total"),
    ("overstay_price_per_day", "total"),
    ("p_delay", "total"),
    ("delay_mean", "total"),
    ("moves_per_patient", "total"),
    ("readmitted_share", "total"),
)
UNIT_HEADLINES = ("occupied", "utilisation", "queue", "wait_mean", "p_delay", "blocked")
KIND_HEADLINES = {"unit": UNIT_HEADLINES, "task": ("late_share",), "staff": ("load",)}
ROUNDING = 1e-9
"""A difference below this share of the level is none."""


class CannotCompare(PathwayEngineError):
    """The scenarios do not run over the same days, or there is only one replication of each."""


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much a figure differs from the first scenario's, over the same replications.

    `by` has the 95 % interval of this one figure. `is_apart` looks at all figures of the comparison at once: if
    nothing differed, any of them would be told apart with a chance of at most 5 %. `gain` is how many times more
    replications independent seeds would need for the same interval; `needed` how many replications would tell
    a difference of this size apart.
    """

    name: Name
    base: Estimate
    other: Estimate
    by: Estimate
    is_apart: bool
    gain: float
    needed: int

    @property
    def verdict(self) -> Text:
        """What can be said of it, in words."""
        if self.by.mean == 0 and self.by.half_width == 0:
            return Text("samme tall i hver gjennomføring", "the same in every replication")
        if self.is_apart:
            lower = self.by.mean < 0
            return Text(
                "kan skilles: lavere" if lower else "kan skilles: høyere",
                f"told apart: {'lower' if lower else 'higher'}",
            )
        if math.isnan(self.by.mean):
            return Text("kan ikke sies", "cannot be said")
        return Text(
            f"kan ikke skilles; omtrent {self.needed} gjennomføringer måtte til",
            f"cannot be told apart; it would take about {self.needed} replications",
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """The outcomes of scenarios on the same draws, and how each after the first differs from it."""

    outcomes: tuple[Outcome, ...]
    differences: tuple[tuple[Difference, ...], ...]

    @property
    def base(self) -> Outcome:
        """The scenario that the others are compared with."""
        return self.outcomes[0]

    def difference(self, what: str, of: str = "total", scenario: int = 1) -> Difference:
        """Return one figure's difference; raise KeyError when it was not compared."""
        for each in self.differences[scenario - 1]:
            if (each.name.what, each.name.of) == (what, of):
                return each
        raise KeyError(f"no difference of {what} of {of}")


def compare(
    scenarios: Sequence[Scenario],
    *,
    replications: int | None = None,
    seed: int | None = None,
    workers: int = 1,
    by: Spreading | None = None,
    loop: str = "",
    progress: Progress | None = None,
    all_figures: bool = False,
) -> Comparison:
    """Return how the scenarios after the first differ from it, each on the same draws.

    Only the headline figures are compared unless *all_figures* are asked for: the more are looked at, the surer
    each must be. Raises CannotCompare when the scenarios run over different days.
    """
    first = scenarios[0].run
    count = first.replications if replications is None else replications
    seed = first.seed if seed is None else seed
    by = by or spreading(workers)
    _comparable(scenarios, count)
    outcomes = [
        simulate(each, replications=count, seed=seed, by=by, loop=loop, progress=progress)
        for each in on_the_same_days(scenarios, seed, by, loop)
    ]
    return Comparison(tuple(outcomes), differences(outcomes, all_figures))


def _comparable(scenarios: Sequence[Scenario], count: int) -> None:
    runs = [each.run for each in scenarios]
    if len(scenarios) < 2 or count < 2:
        raise CannotCompare("two scenarios or more, and two replications or more, would be right")
    for run in runs[1:]:
        settled = [each.warm_up for each in (runs[0], run) if not math.isnan(each.warm_up)]
        if (run.collect, run.starts) != (runs[0].collect, runs[0].starts) or len({*settled}) > 1:
            raise CannotCompare(
                "the scenarios run over different days; the same warm_up, collect and starts would be right"
            )


def on_the_same_days(scenarios: Sequence[Scenario], seed: int, by: Spreading, loop: str = "") -> list[Scenario]:
    """Return the scenarios with one warm-up: the longest that any of them needs, where it is to be found."""
    if not any(math.isnan(each.run.warm_up) for each in scenarios):
        return list(scenarios)
    longest = max(with_warm_up(each, seed, by, loop)[0].run.warm_up for each in scenarios)
    return [replace(each, run=replace(each.run, warm_up=longest)) for each in scenarios]


def differences(outcomes: Sequence[Outcome], all_figures: bool = False) -> tuple[tuple[Difference, ...], ...]:
    """Return how each outcome after the first differs from it, replication by replication."""
    base, *others = outcomes
    shared = [name for name in base.names if all(name in other.names for other in others)]
    chosen = [name for name in shared if all_figures or _is_headline(name)]
    level = 1 - (1 - CONFIDENCE) / max(len(chosen) * len(others), 1)
    return tuple(tuple(_difference(name, base, other, level) for name in chosen) for other in others)


def _is_headline(name: Name) -> bool:
    return (name.what, name.of) in HEADLINES or name.what in KIND_HEADLINES.get(name.kind, ())


def _difference(name: Name, base: Outcome, other: Outcome, level: float) -> Difference:
    places = base.names.index(name), other.names.index(name)
    one, two = base.figures[:, places[0]], other.figures[:, places[1]]
    paired = _without_rounding(two - one, one)
    by = estimate(paired, _both(base.settled[places[0]], other.settled[places[1]]))
    joint = estimate(paired, confidence=level).half_width
    return Difference(
        name=name,
        base=base.estimate(name.what, name.of),
        other=other.estimate(name.what, name.of),
        by=by,
        is_apart=bool(abs(by.mean) > joint),
        gain=_gain(one, two, paired),
        needed=_needed(by.mean, joint, by.replications),
    )


def _without_rounding(paired: Floats, level: Floats) -> Floats:
    """Return the differences, 0 where only the order of adding differs."""
    return np.where(np.abs(paired) <= ROUNDING * np.abs(level), 0.0, paired)


def _both(one: bool | None, other: bool | None) -> bool | None:
    return None if one is None or other is None else one and other


def _gain(one: Floats, two: Floats, paired: Floats) -> float:
    spread = float(paired.var(ddof=1))
    return (float(one.var(ddof=1)) + float(two.var(ddof=1))) / spread if spread > 0 else math.inf


def _needed(mean: float, half_width: float, count: int) -> int:
    if mean == 0 or math.isnan(mean):
        return 0
    return math.ceil(count * (half_width / mean) ** 2)
