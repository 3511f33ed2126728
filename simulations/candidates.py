"""Candidates for beds, slots and nurses: what may be changed, what it must reach, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pathway_engine.domain.errors import PathwayEngineError
from simulations.compiling import compile_scenario
from simulations.engine import run_tape
from simulations.estimates import Estimate, estimate
from simulations.figures import TOTAL, Name, count_chosen, figure_names
from simulations.model import Model, Tape
from simulations.parameters import with_parameter
from simulations.scenario import EVERYWHERE, Scenario
from simulations.tape import draw_tape
from simulations.work import work_figures

OVERSTAY = Name("overstay_days_per_day", TOTAL, TOTAL)

Counts = tuple[int, ...]


class CannotOptimise(PathwayEngineError):
    """A lever, a target or a cost that there is not, or a target that nothing within the bounds meets."""


@dataclass(frozen=True, slots=True)
class Lever:
    """What may be changed, by its parameter's name: the cost of one a day, and how few and many there may be."""

    name: str
    cost: float
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that must not be above `at_most`; a difference of less than `zone` does not matter."""

    what: str
    of: str
    at_most: float
    zone: float = 0.0

    def __str__(self) -> str:
        return f"{self.what} {self.of} <= {self.at_most:g}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Counts by lever, what they cost a day, and each figure's estimate on the draws of one stage."""

    counts: Counts
    cost: float
    figures: tuple[Estimate, ...]
    overstay: Estimate

    def meets(self, targets: Sequence[Target], factor: float = 1.0) -> bool:
        """Say whether every figure's mean is at most *factor* times its limit."""
        return all(each.mean <= target.at_most * factor for each, target in zip(self.figures, targets, strict=True))


@dataclass(slots=True)
class Search:
    """Candidates that have been run on some tapes, each once."""

    scenario: Scenario
    levers: tuple[Lever, ...]
    targets: tuple[Target, ...]
    replications: int
    seed: int
    loop: str = ""
    done: Callable[[int], None] | None = None
    tapes: list[Tape] = field(default_factory=list)
    seen: dict[Counts, Candidate] = field(default_factory=dict)
    names: list[Name] = field(default_factory=list)

    def __post_init__(self) -> None:
        model = compile_scenario(self.scenario)
        known = {(name.what, name.of): name for name in figure_names(model)}
        missing = [str(each) for each in self.targets if (each.what, each.of) not in known]
        if missing:
            right = ", ".join(sorted({f"{what} {of}" for what, of in known})[:12])
            raise CannotOptimise(f"no figure for {', '.join(missing)}; there are {right} and more")
        self.names = [*(known[each.what, each.of] for each in self.targets), OVERSTAY]

    def of(self, counts: Counts) -> Candidate:
        """Return what comes of the counts."""
        if counts not in self.seen:
            self.seen[counts] = self._run(counts)
        return self.seen[counts]

    def _run(self, counts: Counts) -> Candidate:
        scenario = with_counts(self.scenario, self.levers, counts)
        model = compile_scenario(scenario)
        values = [self.figures(model, tape) for tape in self._tapes()]
        if self.done is not None:
            self.done(1)
        return candidate_of(self.levers, counts, values)

    def figures(self, model: Model, tape: Tape) -> list[float]:
        """Return the targets' figures, and the overstay days, of one replication."""
        stamps = run_tape(model, tape, self.loop)
        works = any(name.kind in ("task", "staff") for name in self.names)
        work = work_figures(model, tape, stamps, self.loop) if works else ()
        return count_chosen(model, tape, stamps, self.names, work, self.loop)

    def _tapes(self) -> Iterator[Tape]:
        """Yield the tapes: a tape does not hang on how many places there are, so all candidates share them."""
        model = compile_scenario(self.scenario)
        for number in range(len(self.tapes), self.replications):
            self.tapes.append(draw_tape(model, self.seed, number, loop=self.loop))
        yield from self.tapes


def with_counts(scenario: Scenario, levers: Sequence[Lever], counts: Counts) -> Scenario:
    """Return the scenario with these counts."""
    for lever, count in zip(levers, counts, strict=True):
        scenario = with_parameter(scenario, lever.name, str(count))
    return scenario


def cost_of(levers: Sequence[Lever], counts: Counts) -> float:
    """Return what the counts cost a day."""
    return math.fsum(lever.cost * count for lever, count in zip(levers, counts, strict=True))


def levers_of(scenario: Scenario, costs: Mapping[str, float]) -> tuple[Lever, ...]:
    """Return the levers of resources and staff by their *costs* a day: `short_term`, or `short_term.A` for one place.

    Raises CannotOptimise for a name that there is not.
    """
    kept = {name: dict(each.capacity) for name, each in scenario.resources.items()}
    staffed = {name: dict(each.on_duty) for name, each in scenario.staff.items()}
    levers = []
    for section, key, everything in (("resources", "places", kept), ("staff", "on_duty", staffed)):
        for name, counts in everything.items():
            for place in counts:
                cost = costs.get(f"{name}.{place}", costs.get(name))
                at = "" if place == EVERYWHERE else f".{place}"
                if cost is not None:
                    levers.append(Lever(f"{section}.{name}.{key}{at}", cost, 1, 100 * counts[place] + 100))
    known = {*kept, *staffed, *(f"{name}.{place}" for each in (kept, staffed) for name in each for place in each[name])}
    if unknown := sorted(set(costs) - known):
        raise CannotOptimise(f"no resource or staff {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    if not levers or min(lever.cost for lever in levers) <= 0:
        raise CannotOptimise("nothing to choose: a cost above 0 for at least one resource or staff would be right")
    return tuple(levers)


def candidate_of(levers: Sequence[Lever], counts: Counts, values: Sequence[Sequence[float]]) -> Candidate:
    found = [estimate(column) for column in np.array(values).T]
    return Candidate(counts, cost_of(levers, counts), tuple(found[:-1]), found[-1])


def moves(levers: Sequence[Lever], counts: Counts, by: int) -> Iterator[Counts]:
    """Yield the counts with one lever moved by so many, within its bounds."""
    for place, lever in enumerate(levers):
        if lever.least <= counts[place] + by <= lever.most:
            yield (*counts[:place], counts[place] + by, *counts[place + 1 :])
