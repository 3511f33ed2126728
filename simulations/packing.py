"""Many short runs in one: each path has places of its own, and all paths go through the event loop together.

A fortnight has so few events that calling the loop for each path would cost more than the events.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np

from simulations.chance import name_key
from simulations.compiling import compile_scenario
from simulations.model import NOBODY, Ints, Model, Pools, Small, Stream
from simulations.scenario import Scenario

A_WEEK = 7


def model_from(scenario: Scenario, at: float, horizon: float) -> tuple[Model, float]:
    """Return the scenario's model from the Monday before day *at* until *horizon* days after it, and *at* in its days.

    Nobody arrives before *at*.
    """
    monday = math.floor(at / A_WEEK) * A_WEEK
    offset = at - monday
    model = compile_scenario(_from_day(scenario, monday, offset + horizon))
    streams = tuple(
        replace(each, expected=np.maximum(each.expected - np.interp(offset, each.hours, each.expected), 0.0))
        for each in model.streams
    )
    return replace(model, streams=streams), offset


def _from_day(scenario: Scenario, day: int, until: float) -> Scenario:
    """Return the scenario as it is from *day*, a Monday, for *until* days."""
    arrivals = tuple(
        replace(
            each, per_day=each.per_day * (1 + each.growth) ** (day / 365.25),
            table=tuple(rate * (1 + each.growth) ** (day / 365.25) for rate in _turned(each.table, day)),
        )
        for each in scenario.arrivals
    )  # fmt: skip
    resources = {
        name: replace(
            each, changes=tuple(replace(one, begins=one.begins - day, ends=one.ends - day) for one in each.changes)
        )
        for name, each in scenario.resources.items()
    }
    run = replace(scenario.run, warm_up=0.0, collect=until, starts=scenario.run.starts + timedelta(days=day))
    return replace(scenario, run=run, arrivals=arrivals, resources=resources)


def _turned(table: tuple[float, ...], day: int) -> tuple[float, ...]:
    cut = day % len(table) if table else 0
    return table[cut:] + table[:cut]


def packed(model: Model, paths: int) -> Model:
    """Return a model in which every path has its own places.

    Municipality `m` of path `p` is number p * municipalities + m.
    """
    pools, width = len(model.pools.names), model.pool_of.shape[1]
    rows = len(model.overflow_after)
    return replace(
        model,
        pools=_packed_pools(model.pools, paths),
        pool_of=_side_by_side(model.pool_of, paths, pools).astype(np.int32),
        overflow_row=_side_by_side(model.overflow_row, paths, rows),
        overflow_pool=np.concatenate([_moved(model.overflow_pool, path * pools) for path in range(paths)]).astype(
            np.int32
        ),
        overflow_after=np.tile(model.overflow_after, (paths, 1)),
        streams=tuple(_packed_stream(each, path, paths, width) for path in range(paths) for each in model.streams),
    )


def _side_by_side(numbers: Small | Ints, paths: int, step: int) -> Ints:
    return np.concatenate([_moved(numbers, path * step) for path in range(paths)], axis=1)


def _moved(numbers: Small | Ints, by: int) -> Ints:
    return np.where(numbers == NOBODY, NOBODY, numbers + by).astype(numbers.dtype)


def _packed_pools(pools: Pools, paths: int) -> Pools:
    count = len(pools.names)
    changes = [(at, path * count + pool, to) for at, pool, to in pools.changes for path in range(paths)]
    return Pools(
        names=pools.names * paths, resource=pools.resource * paths, municipality=pools.municipality * paths,
        capacity=np.tile(pools.capacity, paths), limit=np.tile(pools.limit, paths),
        turn_round=np.tile(pools.turn_round, paths), receives=np.tile(pools.receives, paths), changes=tuple(changes),
    )  # fmt: skip


def _packed_stream(stream: Stream, path: int, paths: int, width: int) -> Stream:
    """Return the stream of one path: nobody comes from the municipalities of the paths before it."""
    shares = np.full(paths * width, stream.shares[-1])
    shares[: path * width] = 0.0
    shares[path * width : (path + 1) * width] = stream.shares
    return replace(stream, key=name_key(str(stream.key), str(path)), shares=shares)
