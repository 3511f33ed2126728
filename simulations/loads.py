"""What the arithmetic of flows says before anything is simulated: visits, offered load, what cannot be served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.chance import Floats
from simulations.compiling import compile_scenario, hourly_rates
from simulations.model import NOBODY, Model
from simulations.scenario import Scenario

GRID = 2000


@dataclass(frozen=True, slots=True)
class Load:
    """What one unit is asked for: places in use if nobody ever waited (`offered`), and how many it has."""

    unit: str
    offered: float
    capacity: float

    @property
    def share(self) -> float:
        """Offered load by place; at 1 and above the queue grows without end."""
        return self.offered / self.capacity if self.capacity else np.inf


def offered_loads(scenario: Scenario) -> tuple[Load, ...]:
    """Return the load of every unit, apart from what blocking adds."""
    model = compile_scenario(scenario)
    offered = np.zeros(len(model.pools.names))
    for phase, group, municipality, rate in _flows(model):
        pool = model.pool_of[phase, municipality]
        if pool != NOBODY:
            offered[pool] += rate * _mean_stay(model, phase, group)
    capacity = _mean_capacity(model)
    return tuple(Load(*row) for row in zip(model.pools.names, offered.tolist(), capacity.tolist(), strict=True))


def _mean_capacity(model: Model) -> Floats:
    until, total = model.scenario.run.until, np.zeros(len(model.pools.names))
    if not np.isfinite(until):
        return model.pools.capacity.astype(float)
    since, now = np.zeros(len(total)), model.pools.capacity.astype(float)
    for at, pool, to in model.pools.changes:
        total[pool] += now[pool] * (at - since[pool])
        now[pool], since[pool] = to, at
    return (total + now * (until - since)) / until


def _flows(model: Model) -> list[tuple[int, int, int, float]]:
    """Return (phase, group, municipality, visits per day)."""
    scenario, flows = model.scenario, []
    for number, arrivals in enumerate(scenario.arrivals):
        stream = model.streams[number]
        rate = float(hourly_rates(arrivals, _with_known_end(scenario)).mean())
        visits = _visits(model, stream.into, stream.group)
        shares = np.diff(stream.shares, prepend=0.0)
        flows += [
            (phase, stream.group, place, rate * share * visits[phase])
            for place, share in enumerate(shares)
            for phase in range(len(model.phases))
        ]
    return flows


def _with_known_end(scenario: Scenario) -> Scenario:
    from dataclasses import replace

    run = scenario.run
    return scenario if np.isfinite(run.until) else replace(scenario, run=replace(run, warm_up=0.0))


def _visits(model: Model, into: int, group: int) -> Floats:
    """Return how often each phase is visited by one who arrives, readmissions and all."""
    onward, gone = _routing(model, group)
    solved: Floats = np.asarray(np.linalg.pinv(np.eye(len(onward)) - onward.T), dtype=np.float64)
    visits: Floats = solved[:, into]
    if model.readmission is None:
        return visits
    back, _, at_most = model.readmission
    chance, again, total = float(model.readmission_chance[group]), visits.copy(), visits.copy()
    for _ in range(at_most):
        again = solved[:, back] * float(again @ gone) * chance
        total += again
    return total


def _routing(model: Model, group: int) -> tuple[Floats, Floats]:
    """Return the chances from phase to phase, and those to leave the model alive."""
    ways, count = model.ways, len(model.phases)
    onward, gone = np.zeros((count, count)), np.zeros(count)
    for phase in range(count):
        cut, hazards = _hazards(model, phase, group)
        for number, chance in enumerate(hazards):
            if ways.hazard_to[phase, number] != NOBODY:
                onward[phase, ways.hazard_to[phase, number]] += chance
            elif not ways.hazard_is_death[phase, number]:
                gone[phase] += chance
        chances = np.diff(ways.cumulative[phase, group], prepend=0.0) * (1 - cut)
        for number, chance in enumerate(chances[: ways.count[phase]]):
            if ways.to[phase, number] != NOBODY:
                onward[phase, ways.to[phase, number]] += chance
            elif not ways.is_death[phase, number]:
                gone[phase] += chance
    return onward, gone


def _hazards(model: Model, phase: int, group: int) -> tuple[float, Floats]:
    """Return the chance that a hazard cuts the phase short, and that of each hazard."""
    rates = model.ways.hazard_rate[phase, group]
    total = float(rates.sum())
    if not total:
        return 0.0, rates
    cut = float(-np.expm1(-total * _durations(model, phase, group)).mean())
    found: Floats = rates / total * cut
    return cut, found


def _durations(model: Model, phase: int, group: int) -> Floats:
    spread = model.spreads[model.lasts[phase, group]]
    durations: Floats = spread.quantile((np.arange(GRID, dtype=np.float64) + 0.5) / GRID)
    return durations


def _mean_stay(model: Model, phase: int, group: int) -> float:
    """Return the mean time in a phase's place when nothing has to be waited for."""
    total = float(model.ways.hazard_rate[phase, group].sum())
    spread = model.spreads[model.lasts[phase, group]]
    stay = spread.mean if not total else float((-np.expm1(-total * _durations(model, phase, group))).mean()) / total
    chances = np.diff(model.ways.cumulative[phase, group], prepend=0.0)
    for column in (model.ways.delay, model.ways.transit):
        stay += sum(
            chance * model.spreads[number].mean
            for chance, number in zip(chances, column[phase], strict=True)
            if number != NOBODY
        )
    pool = model.pool_of[phase].max()
    return stay + (float(model.pools.turn_round[pool]) if pool != NOBODY else 0.0)


def waits_for(model: Model) -> Mapping[int, set[int]]:
    """Return for each pool those that its patients may wait for while they hold it."""
    found: dict[int, set[int]] = {}
    ways = model.ways
    for phase in range(len(model.phases)):
        for number in range(int(ways.count[phase])):
            to = int(ways.to[phase, number])
            if to == NOBODY or ways.away[phase, number] != NOBODY:
                continue
            _note(model.pool_of[phase], model.pool_of[to], found)
        for to, is_back in zip(ways.hazard_to[phase], ways.hazard_is_readmission[phase], strict=True):
            if to != NOBODY and not is_back:
                _note(model.pool_of[phase], model.pool_of[to], found)
    return found


def _note(here: NDArray[np.int32], there: NDArray[np.int32], found: dict[int, set[int]]) -> None:
    for one, other in zip(here.tolist(), there.tolist(), strict=True):
        if one != NOBODY and other != NOBODY and one != other:
            found.setdefault(one, set()).add(other)


def ring_of(waits: Mapping[int, set[int]]) -> tuple[int, ...]:
    """Return pools that wait for each other in a ring; empty when there is none."""
    for start in sorted(waits):
        trail: list[tuple[int, tuple[int, ...]]] = [(start, (start,))]
        seen: set[int] = set()
        while trail:
            pool, path = trail.pop()
            for other in sorted(waits.get(pool, ())):
                if other == start:
                    return path
                if other not in seen:
                    seen.add(other)
                    trail.append((other, (*path, other)))
    return ()
