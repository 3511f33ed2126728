"""Who is where at one instant: what a forecast begins with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.chance import Floats
from simulations.model import NOBODY, Ints, Model
from simulations.stays import UNKNOWN, Stays, as_known_at


@dataclass(frozen=True, slots=True)
class Patients:
    """Patients at one instant, a row each. `since` is when they came in, asked or left, `ready` when they became ready.

    `way` is the exit that they are to take, NOBODY where it is not known.
    """

    phase: Ints
    group: Ints
    municipality: Ints
    since: Floats
    ready: Floats
    way: Ints

    def __len__(self) -> int:
        return len(self.phase)


@dataclass(frozen=True, slots=True)
class Census:
    """Who has a place, who waits outside for one, and who left alive so lately that he or she may come again.

    `at` is the instant in days from the scenario's first. Who is ready stands in the order of readiness.
    """

    at: float
    there: Patients
    waiting: Patients
    left: Patients


def census_at(model: Model, stays: Stays, at: float) -> Census:
    """Return the census on day *at*, of nothing but what was known then."""
    known = as_known_at(stays, at)
    is_last = np.ones(len(known), dtype=bool)
    is_last[:-1] = known.patient[1:] != known.patient[:-1]
    is_there = np.isfinite(known.got) & ~np.isfinite(known.left)
    moves = np.zeros(len(known), dtype=bool)
    moves[:-1] = ~is_last[:-1] & is_there[:-1]  # asks for the next place from the one that is kept
    waits = ~np.isfinite(known.got) & ~np.concatenate(([False], moves[:-1]))
    return Census(
        at=at, there=_patients(model, known, np.flatnonzero(is_there), known.got, by_ready=True),
        waiting=_patients(model, known, np.flatnonzero(waits), known.asked),
        left=_patients(model, known, _who_may_return(model, known, is_last), known.left),
    )  # fmt: skip


def _who_may_return(model: Model, known: Stays, is_last: NDArray[np.bool_]) -> Ints:
    if model.readmission is None:
        return np.zeros(0, dtype=np.int64)
    longest = float(model.spreads[model.readmission[1]].quantile(np.array([1 - 2.0**-20]))[0])
    gone = is_last & np.isfinite(known.left) & ~known.is_death & (known.to == NOBODY)
    return np.flatnonzero(gone & (known.left >= known.until - longest))


def _patients(model: Model, known: Stays, rows: Ints, since: Floats, by_ready: bool = False) -> Patients:
    if by_ready:
        rows = rows[np.lexsort((known.got[rows], known.ready[rows]))]
    way = np.array(
        [_way(model, *pair) for pair in zip(known.phase[rows].tolist(), known.to[rows].tolist(), strict=True)]
    )
    return Patients(
        phase=known.phase[rows], group=known.group[rows], municipality=known.municipality[rows], since=since[rows],
        ready=known.ready[rows], way=way.astype(np.int64),
    )  # fmt: skip


def _way(model: Model, phase: int, to: int) -> int:
    """Return the first exit of the phase that leads there; NOBODY when it is not known."""
    if to == UNKNOWN:
        return NOBODY
    ways = np.flatnonzero(model.ways.to[phase, : model.ways.count[phase]] == to)
    return int(ways[0]) if ways.size else NOBODY
