"""From a scenario's records to the arrays of a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulations.chance import Floats, name_key
from simulations.durations import Spread
from simulations.model import NOBODY, Ints, Model, Pools, Small, Stream, Ways
from simulations.scenario import EVERYWHERE, OUT, Arrivals, Exit, Hazard, Phase, Resource, Scenario, Week


def compile_scenario(scenario: Scenario) -> Model:
    """Return the model of a scenario that was read and checked, or made from one that was."""
    return _Compiler(scenario).model()


def hourly_rates(arrivals: Arrivals, scenario: Scenario) -> Floats:
    """Return the rate per day in each hour of the run."""
    hours = int(np.ceil(scenario.run.until * 24))
    days = np.arange(hours) // 24
    rate = np.full(hours, arrivals.per_day)
    if arrivals.table:
        rate = np.asarray(arrivals.table)[days % len(arrivals.table)]
    if arrivals.by_hour:
        rate = rate * np.asarray(arrivals.by_hour)[np.arange(hours) % len(arrivals.by_hour)]
    if arrivals.by_month:
        starts = scenario.run.starts
        months = np.array([(starts + timedelta(days=day)).month - 1 for day in range(int(days[-1]) + 1)])
        rate = rate * np.asarray(arrivals.by_month)[months[days]]
    return rate * (1.0 + arrivals.growth) ** (days / 365.25) if arrivals.growth else rate


class _Compiler:
    """Gives everything its number."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.phases = {name: number for number, name in enumerate(scenario.phases)}
        self.spreads: dict[Spread, int] = {}
        self.windows: dict[Week, int] = {}
        self.pools: dict[tuple[str, str], int] = {}
        for resource in scenario.resources.values():
            for place in resource.capacity:
                self.pools[resource.name, place] = len(self.pools)

    def model(self) -> Model:
        scenario = self.scenario
        phases = tuple(scenario.phases.values())
        priority, classes = self._priorities(phases)
        row, pool, after = self._overflow(phases)
        ways, lasts, pools = self._ways(phases), self._lasts(phases), self._pools()
        readmission = scenario.readmission
        back = None
        if readmission is not None:
            back = (self.phases[readmission.into], self._spread(readmission.away), readmission.at_most)
        leaves = np.array([self._window(phase.leaves) for phase in phases])
        return Model(
            scenario=scenario, phases=tuple(self.phases), spreads=tuple(self.spreads), lasts=lasts, ways=ways,
            pools=pools, pool_of=self._pool_of(phases), priority=priority, classes=classes, leaves=leaves,
            windows=np.array([*self.windows] or [(True,) * 168]), overflow_row=row, overflow_pool=pool,
            overflow_after=after, streams=tuple(self._streams()), readmission=back,
            readmission_chance=self._by_group(readmission.chance if readmission else {}),
            waits_for=np.array([[task in phase.waits_for for task in scenario.tasks] for phase in phases], dtype=bool),
        )  # fmt: skip

    def _spread(self, spread: Spread | None) -> int:
        return NOBODY if spread is None else self.spreads.setdefault(spread, len(self.spreads))

    def _window(self, week: Week | None) -> int:
        return NOBODY if week is None else self.windows.setdefault(week, len(self.windows))

    def _to(self, way: Exit | Hazard) -> int:
        return NOBODY if way.to == OUT else self.phases[way.to]

    def _by_group(self, values: Mapping[str, float]) -> Floats:
        return np.array([values.get(group, 0.0) for group in self.scenario.groups], dtype=float)

    def _lasts(self, phases: Iterable[Phase]) -> Ints:
        return np.array([[self._spread(phase.lasts[group]) for group in self.scenario.groups] for phase in phases])

    def _ways(self, phases: Sequence[Phase]) -> Ways:
        exits = [phase.exits for phase in phases]
        hazards = [phase.hazards for phase in phases]
        chances = _padded([[self._by_group(way.chance) for way in ways] for ways in exits], np.zeros(self._groups))
        rates = _padded([[self._by_group(way.per_day) for way in ways] for ways in hazards], np.zeros(self._groups))
        return Ways(
            first=np.cumsum([0, *map(len, exits)]), cumulative=np.cumsum(chances, axis=1).transpose(0, 2, 1).copy(),
            to=_padded([[self._to(way) for way in ways] for ways in exits], NOBODY),
            delay=_padded([[self._spread(way.delay) for way in ways] for ways in exits], NOBODY),
            transit=_padded([[self._spread(way.transit) for way in ways] for ways in exits], NOBODY),
            away=_padded([[self._spread(way.away) for way in ways] for ways in exits], NOBODY),
            is_death=_padded([[way.is_death for way in ways] for ways in exits], False),
            count=np.array([len(ways) for ways in exits]), hazard_rate=rates.transpose(0, 2, 1).copy(),
            hazard_to=_padded([[self._to(way) for way in ways] for ways in hazards], NOBODY),
            hazard_is_death=_padded([[way.is_death for way in ways] for ways in hazards], False),
            hazard_is_readmission=_padded([[way.is_readmission for way in ways] for ways in hazards], False),
        )  # fmt: skip

    @property
    def _groups(self) -> int:
        return len(self.scenario.groups)

    def _pools(self) -> Pools:
        resources = self.scenario.resources
        of = [resources[name] for name, _ in self.pools]
        places = [place for _, place in self.pools]
        return Pools(
            names=tuple(name if place == EVERYWHERE else f"{name}/{place}" for name, place in self.pools),
            resource=tuple(name for name, _ in self.pools), municipality=tuple(places),
            capacity=np.array([each.capacity[at] for each, at in zip(of, places, strict=True)], dtype=np.int64),
            limit=np.array([-1 if each.queue is None else each.queue for each in of], dtype=np.int64),
            turn_round=np.array([each.turn_round for each in of], dtype=float),
            receives=np.array([self._window(each.receives) for each in of], dtype=np.int64),
            changes=tuple(sorted(change for each in resources.values() for change in self._changes(each))),
        )  # fmt: skip

    def _changes(self, resource: Resource) -> Iterable[tuple[float, int, int]]:
        """Yield each day on which a capacity changes; where changes overlap the later written one holds."""
        until = self.scenario.run.until
        for place, usual in resource.capacity.items():
            mine = [change for change in resource.changes if change.at in ("", place)]
            for day in sorted({at for change in mine for at in (change.begins, change.ends) if at <= until}):
                standing = [change.capacity for change in mine if change.begins <= day < change.ends]
                yield day, self.pools[resource.name, place], standing[-1] if standing else usual

    def _pool(self, resource: str, place: str) -> int:
        return self.pools.get((resource, place), self.pools.get((resource, EVERYWHERE), NOBODY))

    def _pool_of(self, phases: Iterable[Phase]) -> Small:
        places = self.scenario.municipalities
        return np.array([[self._pool(phase.holds, place) for place in places] for phase in phases], dtype=np.int32)

    def _priorities(self, phases: Sequence[Phase]) -> tuple[Ints, int]:
        asked = [[phase.priority.get(group, 0) for group in self.scenario.groups] for phase in phases]
        ranks = {value: rank for rank, value in enumerate(sorted({value for row in asked for value in row}))}
        return np.array([[ranks[value] for value in row] for row in asked]), len(ranks)

    def _overflow(self, phases: Sequence[Phase]) -> tuple[Ints, Small, Floats]:
        places = self.scenario.municipalities
        row = np.full((len(phases), len(places)), NOBODY, dtype=np.int64)
        lines: list[list[tuple[float, int]]] = []
        for number, phase in enumerate(phases):
            for where, place in enumerate(places):
                mine = [each for each in phase.overflow if each.at in ("", place)]
                if mine:
                    row[number, where] = len(lines)
                    lines.append(sorted((each.after, self._pool(each.resource, each.of or place)) for each in mine))
        pool = _padded([[to for _, to in line] for line in lines], NOBODY).astype(np.int32)
        return row, pool, _padded([[after for after, _ in line] for line in lines], np.inf)

    def _streams(self) -> Iterable[Stream]:
        for number, arrivals in enumerate(self.scenario.arrivals):
            rates = hourly_rates(arrivals, self.scenario)
            same = sum(
                each.into == arrivals.into and each.group == arrivals.group for each in self.scenario.arrivals[:number]
            )
            shares = np.array([arrivals.shares.get(place, 0.0) for place in self.scenario.municipalities])
            yield Stream(
                key=name_key(arrivals.into, arrivals.group, str(same)), into=self.phases[arrivals.into],
                group=self.scenario.groups.index(arrivals.group), hours=np.arange(len(rates) + 1) / 24.0,
                expected=np.concatenate(([0.0], np.cumsum(rates / 24.0))), shares=np.cumsum(shares),
            )  # fmt: skip


def _padded(rows: Sequence[Sequence[object]], filling: object) -> NDArray[Any]:
    """Return rows of different lengths as one array, filled up at the end; at least one column."""
    width = max([1, *map(len, rows)])
    return np.array([[*row, *[filling] * (width - len(row))] for row in rows] or [[filling] * width])
