"""Exact results of queueing theory, computed here: Erlang, M/M/c/K, M/G/1, and Markov chains with blocking."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
from numpy.typing import NDArray


def erlang_b(places: int, load: float) -> float:
    """Return the chance that all places are taken when nobody waits."""
    blocked = 1.0
    for count in range(1, places + 1):
        blocked = load * blocked / (count + load * blocked)
    return blocked


def erlang_c(places: int, load: float) -> float:
    """Return the chance of waiting when everybody does."""
    blocked = erlang_b(places, load)
    return blocked / (1 - load / places * (1 - blocked))


def mean_wait(places: int, load: float) -> float:
    """Return the mean wait in M/M/c, in mean services."""
    return erlang_c(places, load) / (places - load)


def finite_queue(places: int, room: int, load: float) -> tuple[float, float]:
    """Return the chance of being turned away and the mean number present in M/M/c/K."""
    weights = [1.0]
    for count in range(1, room + 1):
        weights.append(weights[-1] * load / min(count, places))
    total = sum(weights)
    return weights[-1] / total, sum(n * w for n, w in enumerate(weights)) / total


def single_server_wait(load: float, variation: float) -> float:
    """Return the mean wait in M/G/1 in mean services (Pollaczek and Khinchine); *variation* is sd by mean."""
    return load * (1 + variation**2) / (2 * (1 - load))


def blocking_after_service(
    rate: float, acute: float, beds: int, share: float, recovery: float, places: int, room: int
) -> dict[str, float]:
    """Return what holds in the long run of a ward whose patients wait in it for a place, cut off at *room* waiting.

    *acute* and *recovery* are rates of service. A state is (in service, ready, places taken, queue).
    """
    states = [
        (service, ready, taken, queue)
        for service, ready, taken, queue in product(
            range(beds + 1), range(beds + 1), range(places + 1), range(room + 1)
        )
        if service + ready <= beds and (ready == 0 or taken == places) and (queue == 0 or service + ready == beds)
    ]
    number = {state: place for place, state in enumerate(states)}
    flows = [
        (number[state], number[to], flow)
        for state in states
        for to, flow in _moves(state, rate, acute, beds, share, recovery, places, room)
    ]
    shares = _stationary(len(states), flows)
    mean = [float(sum(p * state[n] for p, state in zip(shares, states, strict=True))) for n in range(4)]
    full = float(sum(p for p, state in zip(shares, states, strict=True) if state[0] + state[1] == beds))
    return {
        "occupied": mean[0] + mean[1],
        "blocked": mean[1],
        "queue": mean[3],
        "p_delay": full,
        "wait_mean": mean[3] / rate,
        "taken": mean[2],
        "delay_mean": mean[1] / (rate * share),
    }


State = tuple[int, int, int, int]


def _moves(
    state: State, rate: float, acute: float, beds: int, share: float, recovery: float, places: int, room: int
) -> list[tuple[State, float]]:
    service, ready, taken, queue = state
    moves: list[tuple[State, float]] = []
    if service + ready < beds:
        moves.append(((service + 1, ready, taken, queue), rate))
    elif queue < room:
        moves.append(((service, ready, taken, queue + 1), rate))
    if service:
        freed = (service, ready, taken, queue - 1) if queue else (service - 1, ready, taken, queue)
        moves.append((freed, service * acute * (1 - share)))
        if taken < places:
            moves.append(((freed[0], ready, taken + 1, freed[3]), service * acute * share))
        else:
            moves.append(((service - 1, ready + 1, taken, queue), service * acute * share))
    if taken:
        if ready:
            admitted = (service + 1, ready - 1, taken, queue - 1) if queue else (service, ready - 1, taken, queue)
            moves.append((admitted, taken * recovery))
        else:
            moves.append(((service, ready, taken - 1, queue), taken * recovery))
    return moves


def _stationary(count: int, flows: list[tuple[int, int, float]]) -> NDArray[np.float64]:
    """Return the stationary distribution by Gauss-Seidel."""
    into: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    out = [0.0] * count
    for here, there, flow in flows:
        into[there].append((here, flow))
        out[here] += flow
    shares = [1.0 / count] * count
    for sweep in range(20_000):
        change = 0.0
        for place in range(count):
            value = sum(shares[here] * flow for here, flow in into[place]) / out[place]
            change = max(change, abs(value - shares[place]))
            shares[place] = value
        total = math.fsum(shares)
        shares = [value / total for value in shares]
        if change < 1e-12 and sweep > 50:
            break
    return np.asarray(shares)
