"""The cheapest beds, slots and nurses that meet a target: start by offered load, search, select, confirm.

The start is square-root staffing, c = a + beta sqrt(a). The search takes places away and swaps them on the same
few tapes. Selection looks at the finalists on more draws until chance no longer decides, and the one that is
chosen is confirmed on draws that the search never saw.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from simulations.candidates import Candidate, CannotOptimise, Counts, Lever, Search, Target, cost_of, moves
from simulations.loads import offered_loads
from simulations.scenario import EVERYWHERE, Scenario
from simulations.selecting import confirmed, selected

BETAS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
FINALISTS = 20
NEAR = 1.15
"""A candidate whose target figure is at most so many times its limit may yet be found to meet it."""
STAGES = (20, 40, 80, 160)
CONFIRMED_BY = 30


@dataclass(frozen=True, slots=True)
class Optimum:
    """What was found: the chosen candidate as estimated on fresh draws, and everything that led to it.

    `is_confirmed` is true when every figure's interval on fresh draws (95 % over all looks) ends at or below its
    limit and zone. `front` are the candidates that no other beats in both cost and waiting, by cost.
    """

    scenario: Scenario
    levers: tuple[Lever, ...]
    targets: tuple[Target, ...]
    start: Candidate
    chosen: Candidate
    is_confirmed: bool
    finalists: tuple[Candidate, ...]
    front: tuple[Candidate, ...]
    evaluations: int


def optimise(
    scenario: Scenario, levers: Sequence[Lever], targets: Sequence[Target], *, replications: int = 10,
    seed: int | None = None, most_evaluations: int = 300, stages: Sequence[int] = STAGES,
    confirmed_by: int = CONFIRMED_BY, loop: str = "", progress: Callable[[int], None] | None = None,
) -> Optimum:  # fmt: skip
    """Return the cheapest counts that meet every target, confirmed on fresh draws.

    *replications* tapes are drawn for the search and reused by all of at most *most_evaluations* candidates.
    Raises CannotOptimise when nothing within the levers' bounds meets the targets.
    """
    seed = scenario.run.seed if seed is None else seed
    if not targets or math.isnan(scenario.run.warm_up):
        raise CannotOptimise("a target, and a scenario whose warm_up is said, would be right")
    search = Search(scenario, tuple(levers), tuple(targets), replications, seed, loop=loop, done=progress)
    start = _start(search)
    best = searched(search, start, most_evaluations)
    finalists = _finalists(search, best)
    ranked = selected(search, finalists, stages) or [max(finalists, key=lambda each: each.cost)]
    chosen, is_confirmed = confirmed(search, ranked, confirmed_by)
    return Optimum(
        scenario=scenario, levers=search.levers, targets=search.targets, start=start, chosen=chosen,
        is_confirmed=is_confirmed, finalists=tuple(ranked), front=front(search.seen.values()),
        evaluations=len(search.seen),
    )  # fmt: skip


# -- start and search ------------------------------------------------------------------------------


def square_root(scenario: Scenario, levers: Sequence[Lever], beta: float) -> Counts:
    """Return c = a + beta sqrt(a), rounded up, for the offered load a of each lever; as it is where a is not known."""
    loads = {load.unit: load.offered for load in offered_loads(scenario)}
    counts = []
    for lever in levers:
        section, name, _, *at = lever.name.split(".")
        offered = loads.get("/".join([name, *at])) if section == "resources" else None
        usual = scenario.staff[name].on_duty[at[0] if at else EVERYWHERE] if offered is None else 0
        wanted = usual * (1 + beta / 4) if offered is None else offered + beta * math.sqrt(offered)
        counts.append(min(max(math.ceil(wanted - 1e-9), lever.least), lever.most))
    return tuple(counts)


def _start(search: Search) -> Candidate:
    """Return the first candidate on the way from scarce to plentiful that meets the targets."""
    for beta in BETAS:
        found = search.of(square_root(search.scenario, search.levers, beta))
        if found.meets(search.targets):
            return found
    most = search.of(tuple(lever.most for lever in search.levers))
    if not most.meets(search.targets):
        reached = ", ".join(
            f"{target} reached {each.mean:.3g}" for target, each in zip(search.targets, most.figures, strict=True)
        )
        raise CannotOptimise(f"no number of these places meets the target: with the most of each, {reached}")
    return most


def searched(search: Search, start: Candidate, most: int) -> Candidate:
    """Return the cheapest candidate that the search finds from *start*, having tried about *most* at most."""
    return _swapped(search, _taken_away(search, start, most), most)


def _taken_away(search: Search, best: Candidate, most: int) -> Candidate:
    """Take places away, several at a time at first, always where most is saved for what is lost."""
    step = max(1, max(round(math.sqrt(count) / 2) for count in best.counts))
    while step and len(search.seen) < most:
        found = [search.of(counts) for counts in moves(search.levers, best.counts, -step)]
        cheaper = [each for each in found if each.meets(search.targets) and each.cost < best.cost]
        if cheaper:
            best = max(cheaper, key=lambda each: (_worth(search, best, each), each.counts))
        else:
            step //= 2
    return best


def _worth(search: Search, before: Candidate, after: Candidate) -> float:
    """Return what is saved for each share of the room below the limits that is used up."""
    used = sum(
        max(new.mean - old.mean, 0.0) / max(target.at_most, 1e-9)
        for old, new, target in zip(before.figures, after.figures, search.targets, strict=True)
    )
    return (before.cost - after.cost) / (used + 1e-6)


def _swapped(search: Search, best: Candidate, most: int) -> Candidate:
    """Exchange one or two places of one kind for one or two of another while it is cheaper and meets the targets."""
    while True:
        cheaper = sorted(
            (cost_of(search.levers, counts), counts)
            for counts in set(_exchanges(search.levers, best.counts))
            if cost_of(search.levers, counts) < best.cost
        )
        for _, counts in cheaper:
            if len(search.seen) >= most:
                return best
            if search.of(counts).meets(search.targets):
                best = search.of(counts)
                break
        else:
            return best


def _exchanges(levers: Sequence[Lever], counts: Counts) -> Iterator[Counts]:
    for down in (-1, -2):
        for fewer in moves(levers, counts, down):
            yield fewer
            for up in (1, 2):
                yield from moves(levers, fewer, up)


# -- selection, confirmation, front ----------------------------------------------------------------


def _finalists(search: Search, best: Candidate) -> list[Candidate]:
    """Return the cheapest candidates that meet the targets or nearly do, and cost hardly more than the best."""
    near = [each for each in search.seen.values() if each.meets(search.targets, NEAR) and each.cost <= best.cost * 1.05]
    step_up = [search.of(counts) for counts in moves(search.levers, best.counts, 1)]
    chosen = sorted(
        {each.counts: each for each in [*near, *step_up, best]}.values(), key=lambda each: (each.cost, each.counts)
    )
    kept = chosen[:FINALISTS]
    return kept if best in kept else [*kept[:-1], best]


def front(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return the candidates that no other beats in both cost and overstay days, by cost."""
    kept: list[Candidate] = []
    for each in sorted(candidates, key=lambda each: (each.cost, each.overstay.mean)):
        if not kept or each.overstay.mean < kept[-1].overstay.mean:
            kept.append(each)
    return tuple(kept)
