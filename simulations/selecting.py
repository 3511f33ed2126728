"""Finalists on more draws until chance no longer decides, and the chosen one on draws that nobody has seen."""

from __future__ import annotations

import math
from collections.abc import Sequence

from simulations.candidates import Candidate, Counts, Search, Target, candidate_of, moves, with_counts
from simulations.compiling import compile_scenario
from simulations.estimates import Estimate, student_quantile
from simulations.model import Model
from simulations.tape import draw_tape

COST_ZONE = 0.01
"""Costs that differ by less than this share are the same."""
DOUBLINGS = 3
MOST_ADDED = 6
FRESH = 7_368_787
AFTER_THE_SEARCH = 1000
"""The number of the first replication that selection looks at."""


class Looks:
    """Candidates on draws that the search did not see, a tape at a time: memory does not grow with their number."""

    def __init__(self, search: Search, seed: int, first: int) -> None:
        self.search, self.seed, self.first = search, seed, first
        self.values: dict[Counts, list[list[float]]] = {}

    def at(self, candidates: Sequence[Candidate], replications: int) -> list[Candidate]:
        """Return the candidates as estimated from so many replications, the earlier ones used again."""
        search, models = self.search, {each.counts: self._model(each.counts) for each in candidates}
        done = min((len(self.values[counts]) for counts in models), default=replications)
        for number in range(done, replications):
            tape = draw_tape(next(iter(models.values())), self.seed, self.first + number)
            for counts, model in models.items():
                if len(self.values[counts]) == number:
                    self.values[counts].append(search.figures(model, tape))
        return [self._estimated(each.counts, replications) for each in candidates]

    def _model(self, counts: Counts) -> Model:
        self.values.setdefault(counts, [])
        return compile_scenario(with_counts(self.search.scenario, self.search.levers, counts))

    def _estimated(self, counts: Counts, replications: int) -> Candidate:
        if self.search.done is not None:
            self.search.done(1)
        return candidate_of(self.search.levers, counts, self.values[counts][:replications])


def selected(search: Search, finalists: Sequence[Candidate], stages: Sequence[int]) -> list[Candidate]:
    """Return the finalists by merit: those that meet the targets, by cost; of equal cost who waits least first.

    Each stage draws more tapes. A finalist is out when its interval lies above a limit, in when it lies below; the
    intervals share 5 % over finalists, targets and stages. What is still open at the end is decided by the mean.
    """
    level = 1 - 0.05 / (len(finalists) * len(search.targets) * len(stages))
    looks, found = Looks(search, search.seed, AFTER_THE_SEARCH), list(finalists)
    inside: list[Candidate] = []
    for replications in stages:
        found = looks.at(found, replications)
        verdicts = [_judged(each, search.targets, level) for each in found]
        inside += [each for each, verdict in zip(found, verdicts, strict=True) if verdict is True]
        cheapest = min((each.cost for each in inside), default=math.inf) * (1 - COST_ZONE)
        pairs = zip(found, verdicts, strict=True)
        found = [each for each, verdict in pairs if verdict is None and each.cost < cheapest]
        if not found:
            break
    inside += [each for each in found if each.meets(search.targets)]
    return _ties_by_waiting(sorted(inside, key=lambda each: (each.cost, each.counts)))


def _judged(found: Candidate, targets: Sequence[Target], level: float) -> bool | None:
    """Return True when surely within every limit, False when surely above one, None when chance may decide."""
    verdicts: list[bool | None] = []
    for figure, target in zip(found.figures, targets, strict=True):
        half = _half_width(figure, level)
        above, below = figure.mean - half > target.at_most, figure.mean + half <= target.at_most + target.zone
        verdicts.append(True if below else False if above else None)
    return False if False in verdicts else None if None in verdicts else True


def _half_width(figure: Estimate, level: float) -> float:
    freedom = figure.replications - 1
    return student_quantile((1 + level) / 2, freedom) * figure.sd / math.sqrt(figure.replications)


def _ties_by_waiting(merit: list[Candidate]) -> list[Candidate]:
    """Put the one with the least waiting first among those that cost the same as the cheapest."""
    same = [each for each in merit if each.cost <= merit[0].cost * (1 + COST_ZONE)]
    return sorted(same, key=lambda each: (each.overstay.mean, each.cost)) + merit[len(same) :]


def confirmed(search: Search, ranked: Sequence[Candidate], replications: int) -> tuple[Candidate, bool]:
    """Return the first of *ranked* that fresh draws confirm, if need be with places added; else the last, unconfirmed.

    Where the interval still holds the limit, twice as many draws are looked at, at most three times.
    """
    looks, waiting, added = Looks(search, search.seed + FRESH, 0), list(ranked), 0
    while True:
        found, verdict = _looked_at(looks, waiting.pop(0), replications)
        if verdict is True:
            return found, True
        if not waiting and added < MOST_ADDED:
            waiting, added = [_one_more(search, found)], added + 1
        if not waiting or waiting[0].counts == found.counts:
            return found, False


def _looked_at(looks: Looks, each: Candidate, replications: int) -> tuple[Candidate, bool | None]:
    level = 1 - 0.05 / (DOUBLINGS + 1)
    for doubling in range(DOUBLINGS + 1):
        (each,) = looks.at([each], replications << doubling)
        verdict = _judged(each, looks.search.targets, level)
        if verdict is not None:
            return each, verdict
    return each, None


def _one_more(search: Search, found: Candidate) -> Candidate:
    """Return the candidate with a place more of what lowers the figures most for its cost, by the search's tapes."""
    base = search.of(found.counts)
    more = [search.of(counts) for counts in moves(search.levers, found.counts, 1)]
    return max(more, key=lambda each: _gained(search, base, each) / (each.cost - base.cost), default=found)


def _gained(search: Search, before: Candidate, after: Candidate) -> float:
    return sum(
        (old.mean - new.mean) / max(target.at_most, 1e-9)
        for old, new, target in zip(before.figures, after.figures, search.targets, strict=True)
    )
