"""An event loop written by hand in numba for the benchmark model alone: what generality is measured against."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from __future__ import annotations

import numpy as np
from numba import njit

from simulations.model import AWAY, FIRST, LAST


@njit(cache=True)
def run(until, arrive, first, pool_of, service, flags, away, capacity):
    """Return asked, got, ready, left: first come, first served; who is ready keeps the place; the away come back."""
    steps, people = len(pool_of), len(arrive)
    asked, got = np.full(steps, np.inf), np.full(steps, np.inf)
    ready, left = np.full(steps, np.inf), np.full(steps, np.inf)
    free = capacity.copy()
    head, tail = np.full(len(free), -1), np.full(len(free), -1)
    following = np.full(steps, -1)
    times, codes = np.empty(people + 8), np.empty(people + 8, dtype=np.int64)
    size, coming = 0, 0
    while True:
        asks, leaves = -1, -1
        if coming < people and (size == 0 or arrive[coming] < times[0]):
            time = arrive[coming]
            if time > until:
                break
            asks = first[coming]
            coming += 1
        else:
            if size == 0 or times[0] > until:
                break
            time, code = times[0], codes[0]
            size -= 1
            last_time, last_code, place = times[size], codes[size], 0
            while True:
                child = 2 * place + 1
                if child >= size:
                    break
                if child + 1 < size and times[child + 1] < times[child]:
                    child += 1
                if last_time <= times[child]:
                    break
                times[place], codes[place] = times[child], codes[child]
                place = child
            times[place], codes[place] = last_time, last_code
            step = code >> 1
            if code & 1:
                asks = step
            else:
                ready[step] = time
                if flags[step] & (LAST | AWAY):
                    leaves = step
                else:
                    asks = step + 1
        gets = -1
        if asks >= 0:
            asked[asks] = time
            pool = pool_of[asks]
            if free[pool] > 0:
                free[pool] -= 1
                gets = asks
            elif tail[pool] < 0:
                head[pool] = tail[pool] = asks
            else:
                following[tail[pool]] = asks
                tail[pool] = asks
        while gets >= 0 or leaves >= 0:
            push_time, push_code = 0.0, -1
            if gets >= 0:
                got[gets] = time
                push_time, push_code = time + service[gets], gets << 1
                if flags[gets] & FIRST == 0 and flags[gets - 1] & AWAY == 0:
                    leaves = gets - 1
                gets = -1
            elif leaves >= 0:
                left[leaves] = time
                pool = pool_of[leaves]
                if flags[leaves] & LAST == 0 and flags[leaves] & AWAY:
                    push_time, push_code = time + away[leaves], ((leaves + 1) << 1) | 1
                leaves = -1
                if head[pool] >= 0:
                    gets = head[pool]
                    head[pool] = following[gets]
                    if head[pool] < 0:
                        tail[pool] = -1
                else:
                    free[pool] += 1
            if push_code >= 0:
                place = size
                size += 1
                while place > 0:
                    above = (place - 1) >> 1
                    if times[above] <= push_time:
                        break
                    times[place], codes[place] = times[above], codes[above]
                    place = above
                times[place], codes[place] = push_time, push_code
    return asked, got, ready, left
