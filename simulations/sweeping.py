"""A grid over some parameters of a scenario, each point on the same draws as the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from simulations.comparing import Difference, differences, on_the_same_days
from simulations.parameters import WrongParameter, with_parameters
from simulations.runs import Outcome, Progress, simulate
from simulations.scenario import Scenario
from simulations.spread import Spreading, spreading

MOST_POINTS = 1000


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the grid: what was set, what came of it, and how that differs from the first point."""

    values: Mapping[str, str]
    outcome: Outcome
    differences: tuple[Difference, ...]


def grid(over: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Return every combination of the parameters' values, the last parameter changing first.

    Raises WrongParameter for an empty list of values and for more than 1,000 combinations.
    """
    for name, values in over.items():
        if not values:
            raise WrongParameter(f"{name}: at least one value would be right")
    points = [dict(zip(over, values, strict=True)) for values in product(*over.values())]
    if len(points) > MOST_POINTS:
        raise WrongParameter(f"{len(points)} combinations: at most {MOST_POINTS} would be right")
    return points


def sweep(
    scenario: Scenario, over: Mapping[str, Sequence[str]], *, replications: int | None = None, seed: int | None = None,
    workers: int = 1, by: Spreading | None = None, loop: str = "", progress: Progress | None = None,
) -> tuple[Point, ...]:  # fmt: skip
    """Return what comes of the scenario at every point of the grid.

    Differences are told apart over all points and headline figures at once.
    """
    settings = grid(over)
    seed = scenario.run.seed if seed is None else seed
    by = by or spreading(workers)
    scenarios = on_the_same_days([with_parameters(scenario, each) for each in settings], seed, by, loop)
    outcomes = [
        simulate(each, replications=replications, seed=seed, by=by, loop=loop, progress=progress) for each in scenarios
    ]
    differ = (differences(outcomes[:1] * 2)[0], *differences(outcomes)) if outcomes[0].figures.shape[0] > 1 else ()
    return tuple(
        Point(values, outcome, differ[place] if differ else ())
        for place, (values, outcome) in enumerate(zip(settings, outcomes, strict=True))
    )
