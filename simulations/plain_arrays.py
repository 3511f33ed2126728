"""What draws and figures ask of whole arrays, in numpy; `fast_arrays.py` is the same compiled, to the bit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulations.chance import Floats, Keys, normal_quantile, uniforms
from simulations.chance import patient_keys as keys_of_patients
from simulations.model import NOBODY, Ints, Small, Ways

__all__ = [
    "begun_by_bucket",
    "ended",
    "exits",
    "looked_up",
    "normal_quantile",
    "onward",
    "overlaps",
    "patient_keys",
    "uniforms",
]


def patient_keys(stream: int, count: int) -> Keys:
    """Return the keys of so many patients of a stream of arrivals."""
    return keys_of_patients(stream, np.arange(count))


def shared_out(key: int, patients: Keys, shares: Floats) -> Ints:
    """Return to which of several each patient belongs, by their cumulative *shares*."""
    place: Ints = np.searchsorted(shares, uniforms(key, patients) * shares[-1], side="right")
    return place


def lay(column: NDArray[Any], at: Ints, values: NDArray[Any]) -> None:
    """Write the values at these rows of the column."""
    column[at] = values


def exits(key: int, patients: Keys, visits: Keys, phase: Ints, group: Ints, ways: Ways) -> tuple[Ints, Ints]:
    """Return which exit of their phases the patients take, and where it leads."""
    way = np.zeros_like(phase)
    for number in np.flatnonzero((np.bincount(phase) > 0) & (ways.count[: phase.max() + 1] > 1)).tolist():
        rows = np.flatnonzero(phase == number)
        u = uniforms(key, patients[rows], visits[rows])
        for place in range(int(ways.count[number]) - 1):
            way[rows] += u >= ways.cumulative[number, group[rows], place]
    return way, ways.to[phase, way]


def onward(
    who: Ints, to: Ints, episode: Ints, step: Ints, back: NDArray[np.bool_], earliest: Floats, until: float
) -> tuple[Ints, Ints, Ints, Ints, Floats]:
    """Return who goes on by *until*: who, to which phase, in which episode and step of it, and when at the earliest."""
    on = np.flatnonzero((to != NOBODY) & (earliest <= until))
    return who[on], to[on], episode[on] + back[on], np.where(back[on], 0, step[on] + 1), earliest[on]


def looked_up(table: NDArray[Any], rows: Ints, columns: Ints) -> NDArray[Any]:
    """Return the table's numbers at these rows and columns."""
    found: NDArray[Any] = table[rows, columns]
    return found


def overlaps(of: Ints | Small, begin: Floats, end: Floats, low: float, high: float, count: int) -> Floats:
    """Return by what they are *of* how long intervals last between *low* and *high*; of nothing (-1) is left out."""
    rows = np.flatnonzero(of >= 0)
    days = np.maximum(np.minimum(end[rows], high) - np.maximum(begin[rows], low), 0.0)
    return _sums(of[rows], days, count)


def ended(of: Ints | Small, begin: Floats, end: Floats, low: float, high: float, count: int) -> tuple[Floats, Floats]:
    """Return by what they are *of* how many intervals end between *low* and *high*, and how long these last in all."""
    rows = np.flatnonzero((of >= 0) & (end >= low) & (end <= high))
    number = np.bincount(of[rows], minlength=count).astype(float)
    return number, _sums(of[rows], end[rows] - begin[rows], count)


def begun_by_bucket(
    of: Ints | Small, at: Floats, count: int, width: float, until: float, buckets: int
) -> tuple[Floats, Floats]:
    """Return [of, bucket] how many instants lie in each bucket, and the sum of what is left of it after each."""
    rows = np.flatnonzero(of >= 0)
    place = np.minimum(at[rows], until) / width
    bucket = place.astype(np.int64)
    cell, size = of[rows] * (buckets + 1) + bucket, count * (buckets + 1)
    number = np.bincount(cell, minlength=size).reshape(count, buckets + 1).astype(float)
    return number, _sums(cell, 1.0 - (place - bucket), size).reshape(count, buckets + 1)


def _sums(of: Ints | Small, values: Floats, count: int) -> Floats:
    return np.bincount(of, values, count).astype(np.float64)
