"""What draws and figures ask of whole arrays, compiled; `plain_arrays.py` is the same in numpy, to the bit.

Logarithms and exponentials stay in numpy: a compiler's own may differ in the last bit.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from __future__ import annotations

import numpy as np
from numba import njit

from simulations.chance import FIRST_FACTOR, GOLDEN, MASK, SECOND_FACTOR, A, B, C, D, E, F
from simulations.model import NOBODY

_FIRST, _SECOND, _GOLDEN = np.uint64(FIRST_FACTOR), np.uint64(SECOND_FACTOR), np.uint64(GOLDEN)
_11, _27, _30, _31 = (np.uint64(bits) for bits in (11, 27, 30, 31))


@njit(cache=True, inline="always")
def _mix(bits):
    bits = (bits ^ (bits >> _30)) * _FIRST
    bits = (bits ^ (bits >> _27)) * _SECOND
    return bits ^ (bits >> _31)


@njit(cache=True, inline="always")
def _uniform(key, patient, visit):
    bits = _mix(_mix(patient ^ key) + visit * _GOLDEN)
    return (np.float64(bits >> _11) + 0.5) * 2.0**-53


@njit(cache=True)
def _patient_keys(stream, count):
    found = np.empty(count, dtype=np.uint64)
    for number in range(count):
        found[number] = _mix(np.uint64(number) + stream)
    return found


def patient_keys(stream, count):
    """Return the keys of so many patients of a stream of arrivals."""
    return _patient_keys(np.uint64((stream * GOLDEN) & MASK), count)


@njit(cache=True)
def _uniforms(key, patients, visits):
    found = np.empty(len(patients))
    for row in range(len(patients)):
        found[row] = _uniform(key, patients[row], visits[row])
    return found


def uniforms(key, patients, visits):
    """Return one number in (0, 1) for each patient's visit."""
    return _uniforms(np.uint64(key), patients, visits)


@njit(cache=True)
def _near_quantile(u):
    found, is_far, far = np.empty(len(u)), np.empty(len(u), dtype=np.int64), 0
    for row in range(len(u)):
        q = u[row] - 0.5
        r = 0.180625 - q * q
        if r < 0:
            is_far[far] = row
            far += 1
            continue
        above, below = A[7], B[7]
        for place in range(6, -1, -1):
            above = above * r + A[place]
            below = below * r + B[place]
        found[row] = q * above / below
    return found, is_far[:far]


def normal_quantile(u):
    """Return the standard normal quantiles of *u*, numbers in (0, 1)."""
    found, far = _near_quantile(u)
    _far_quantile(u, far, np.sqrt(-np.log(np.minimum(u[far], 1.0 - u[far]))), found)
    return found


@njit(cache=True, inline="always")
def _ratio(above, below, x):
    over, under = above[7], below[7]
    for place in range(6, -1, -1):
        over = over * x + above[place]
        under = under * x + below[place]
    return over / under


@njit(cache=True)
def _far_quantile(u, far, r, found):
    for number in range(len(far)):
        z = _ratio(E, F, r[number] - 5.0) if r[number] > 5.0 else _ratio(C, D, r[number] - 1.6)
        found[far[number]] = -z if u[far[number]] < 0.5 else z


@njit(cache=True)
def _shared_out(key, patients, shares):
    found, last = np.zeros(len(patients), dtype=np.int64), shares[-1]
    for row in range(len(patients)):
        found[row] = np.searchsorted(shares, _uniform(key, patients[row], np.uint64(0)) * last, side="right")
    return found


def shared_out(key, patients, shares):
    """Return to which of several each patient belongs, by their cumulative *shares*."""
    return _shared_out(np.uint64(key), patients, shares)


@njit(cache=True)
def lay(column, at, values):
    """Write the values at these rows of the column."""
    for row in range(len(at)):
        column[at[row]] = values[row]


@njit(cache=True)
def _exits(key, patients, visits, phase, group, count, cumulative, into):
    way, to = np.zeros(len(phase), dtype=np.int64), np.empty(len(phase), dtype=np.int64)
    for row in range(len(phase)):
        at = phase[row]
        others = count[at] - 1
        if others > 0:
            u = _uniform(key, patients[row], visits[row])
            for place in range(others):
                way[row] += u >= cumulative[at, group[row], place]
        to[row] = into[at, way[row]]
    return way, to


def exits(key, patients, visits, phase, group, ways):
    """Return which exit of their phases the patients take, and where it leads."""
    return _exits(np.uint64(key), patients, visits, phase, group, ways.count, ways.cumulative, ways.to)


@njit(cache=True)
def onward(who, to, episode, step, back, earliest, until):
    """Return who goes on by *until*: who, to which phase, in which episode and step of it, and when at the earliest."""
    number, whole = 0, len(who)
    found = np.empty((4, whole), dtype=np.int64)
    at = np.empty(whole)
    for row in range(whole):
        if to[row] != NOBODY and earliest[row] <= until:
            found[0, number], found[1, number] = who[row], to[row]
            found[2, number], found[3, number] = episode[row] + back[row], 0 if back[row] else step[row] + 1
            at[number] = earliest[row]
            number += 1
    return found[0, :number], found[1, :number], found[2, :number], found[3, :number], at[:number]


@njit(cache=True)
def looked_up(table, rows, columns):
    """Return the table's numbers at these rows and columns."""
    found = np.empty(len(rows), dtype=table.dtype)
    for number in range(len(rows)):
        found[number] = table[rows[number], columns[number]]
    return found


@njit(cache=True)
def overlaps(of, begin, end, low, high, count):
    """Return by what they are *of* how long intervals last between *low* and *high*; of nothing (-1) is left out."""
    found = np.zeros(count)
    for row in range(len(of)):
        if of[row] >= 0:
            days = min(end[row], high) - max(begin[row], low)
            if days > 0:
                found[of[row]] += days
    return found


@njit(cache=True)
def ended(of, begin, end, low, high, count):
    """Return by what they are *of* how many intervals end between *low* and *high*, and how long these last in all."""
    number, days = np.zeros(count), np.zeros(count)
    for row in range(len(of)):
        if of[row] >= 0 and low <= end[row] <= high:
            number[of[row]] += 1.0
            days[of[row]] += end[row] - begin[row]
    return number, days


@njit(cache=True)
def begun_by_bucket(of, at, count, width, until, buckets):
    """Return [of, bucket] how many instants lie in each bucket, and the sum of what is left of it after each."""
    number, part = np.zeros((count, buckets + 1)), np.zeros((count, buckets + 1))
    for row in range(len(of)):
        if of[row] >= 0:
            place = min(at[row], until) / width
            bucket = int(place)
            number[of[row], bucket] += 1.0
            part[of[row], bucket] += 1.0 - (place - bucket)
    return number, part
