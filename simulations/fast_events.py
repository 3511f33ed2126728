"""The event loop compiled by numba. `plain_events.py` is the same in plain Python; tests hold them equal to the bit.

Events are (time, what << 40 | number); of those at one instant the lower code comes first. Before them come
changes of capacity, after them arrivals.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from __future__ import annotations

import numpy as np
from numba import njit

from simulations.model import AWAY, FIRST, LAST, LATER, OVERFLOWS, TRANSIT
from simulations.plain_events import ASK, END, FREE, GO, IDLE, KEPT, LEAVE, OPEN, SHIFT, SPILL, WAITING
from simulations.weeks import next_open

_next_open = njit(cache=True)(next_open)


@njit(cache=True)
def _push(times, codes, size, time, code):
    place = size
    while place > 0:
        above = (place - 1) >> 1
        if times[above] < time or (times[above] == time and codes[above] <= code):
            break
        times[place], codes[place] = times[above], codes[above]
        place = above
    times[place], codes[place] = time, code


@njit(cache=True)
def _pop(times, codes, size):
    """Take the first event off a heap of *size* events; its place is filled by the last."""
    last = size - 1
    time, code = times[last], codes[last]
    place = 0
    while True:
        child = 2 * place + 1
        if child >= last:
            break
        other = child + 1
        if other < last and (
            times[other] < times[child] or (times[other] == times[child] and codes[other] < codes[child])
        ):
            child = other
        if time < times[child] or (time == times[child] and code <= codes[child]):
            break
        times[place], codes[place] = times[child], codes[child]
        place = child
    times[place], codes[place] = time, code


@njit(cache=True)
def run_events(
    until, placed, arrive, first, pool_of, service, flags, delay, away, transit, priority, window_of, row_of,
    overflow_pool, overflow_after, capacity_at_first, limit, turn_round, receives, windows,
    change_at, change_pool, change_to, classes, held_until,
):  # fmt: skip
    """Return asked, got, ready, left, held by step; area, lost by pool; and the number of events."""
    steps, pools, people, width = len(pool_of), len(capacity_at_first), len(arrive), overflow_pool.shape[1]
    inf = np.inf
    asked, got = np.full(steps, inf), np.full(steps, inf)
    ready, left = np.full(steps, inf), np.full(steps, inf)
    held = np.full(steps, -1, dtype=np.int32)
    state = np.zeros(steps, dtype=np.uint8)
    capacity, busy = capacity_at_first.copy(), np.zeros(pools, dtype=np.int64)
    waiting, lost = np.zeros(pools, dtype=np.int64), np.zeros(pools, dtype=np.int64)
    area = np.zeros(pools)
    is_opening = np.zeros(pools, dtype=np.uint8)
    head, tail = np.full(pools * classes, -1, dtype=np.int64), np.full(pools * classes, -1, dtype=np.int64)
    spilled, has_windows, is_held = len(row_of) > 0, len(window_of) > 0, len(held_until) > 0
    following = np.full(steps * (1 + width) if spilled else steps, -1, dtype=np.int64)
    room = 3 * people + pools + (steps * width if spilled else 0) + 8
    times, codes = np.empty(room), np.empty(room, dtype=np.int64)
    todo = np.empty(2 * people + pools + 8, dtype=np.int64)
    size, coming, changed, events = 0, 0, 0, 0
    while True:
        time = times[0] if size else inf
        what = -1
        if changed < len(change_at) and change_at[changed] <= time:
            time, what = change_at[changed], -2
        if coming < people and (arrive[coming] < time or coming < placed):
            time, what = arrive[coming], -3
        if time > until or time == inf:
            break
        events += 1
        left_at_last, asks, todo_size = -1, -1, 0
        if what == -3:
            asks = first[coming]
            coming += 1
        elif what == -2:
            capacity[change_pool[changed]] = change_to[changed]
            todo[0], todo_size = change_pool[changed], 1
            changed += 1
        else:
            what, number = codes[0] >> SHIFT, codes[0] & ((1 << SHIFT) - 1)
            _pop(times, codes, size)
            size -= 1
            if what in (END, GO):
                goes = True
                if what == END:
                    ready[number] = time
                    if flags[number] & LATER:
                        later = time + delay[number]
                        if is_held and held_until[number] > later:
                            later = held_until[number]
                        if has_windows and window_of[number] >= 0:
                            later = _next_open(later, windows[window_of[number]])
                        if later > time:
                            _push(times, codes, size, later, (GO << SHIFT) | number)
                            size += 1
                            goes = False
                if goes:
                    if flags[number] & (LAST | AWAY):
                        left_at_last = number
                        if flags[number] & LAST == 0:
                            _push(times, codes, size, time + away[number], (ASK << SHIFT) | (number + 1))
                            size += 1
                    else:
                        asks = number + 1
            elif what == ASK:
                asks = number
            elif what == LEAVE:
                left_at_last = number
            elif what == FREE:
                area[number] += time
                busy[number] -= 1
                todo[0], todo_size = number, 1
            elif what == OPEN:
                is_opening[number] = 0
                todo[0], todo_size = number, 1
            else:  # SPILL: this step may take a place of another pool from now on
                step, place = number // width, number % width
                pool = overflow_pool[row_of[step], place]
                is_there = flags[step] & FIRST == 0 and flags[step - 1] & AWAY == 0 and held[step - 1] == pool
                if state[step] == WAITING and not is_there:
                    queue = pool * classes + priority[step]
                    entry = steps + number
                    if tail[queue] < 0:
                        head[queue] = entry
                    else:
                        following[tail[queue]] = entry
                    tail[queue] = entry
                    waiting[pool] += 1
                    todo[0], todo_size = pool, 1
        gets = -1
        takes = -1
        if asks >= 0:
            asked[asks] = time
            pool = pool_of[asks]
            if pool < 0 or (coming <= placed and what == -3):
                gets, takes = asks, pool
            elif flags[asks] & FIRST == 0 and flags[asks - 1] & AWAY == 0 and held[asks - 1] == pool:
                gets, takes = asks, pool
                state[asks] = KEPT
            elif waiting[pool] == 0 and busy[pool] < capacity[pool] and receives[pool] < 0:
                gets, takes = asks, pool
            elif (
                flags[asks] & FIRST
                and limit[pool] >= 0
                and waiting[pool] >= limit[pool]
                and (busy[pool] >= capacity[pool])
            ):
                lost[pool] += 1
                left[asks] = time
            else:
                state[asks] = WAITING
                queue = pool * classes + priority[asks]
                if tail[queue] < 0:
                    head[queue] = asks
                else:
                    following[tail[queue]] = asks
                tail[queue] = asks
                waiting[pool] += 1
                todo[0], todo_size = pool, 1
                if flags[asks] & OVERFLOWS:
                    for place in range(width):
                        if overflow_pool[row_of[asks], place] >= 0:
                            code = (SPILL << SHIFT) | (asks * width + place)
                            _push(times, codes, size, time + overflow_after[row_of[asks], place], code)
                            size += 1
        while True:
            if gets >= 0:  # the place is taken, and the one before is left
                got[gets] = time
                held[gets] = takes
                if takes >= 0 and state[gets] != KEPT:
                    area[takes] -= time
                    busy[takes] += 1
                begins = time
                if flags[gets] & TRANSIT:
                    begins = time + transit[gets]
                _push(times, codes, size, begins + service[gets], (END << SHIFT) | gets)
                size += 1
                if flags[gets] & FIRST == 0 and flags[gets - 1] & AWAY == 0:
                    if flags[gets] & TRANSIT:
                        _push(times, codes, size, begins, (LEAVE << SHIFT) | (gets - 1))
                        size += 1
                    else:
                        left_at_last = gets - 1
                gets = -1
            if left_at_last >= 0:
                left[left_at_last] = time
                pool = held[left_at_last]
                goes_on = flags[left_at_last] & (LAST | AWAY) == 0
                if pool >= 0 and not (goes_on and state[left_at_last + 1] == KEPT):
                    if turn_round[pool] > 0:
                        _push(times, codes, size, time + turn_round[pool], (FREE << SHIFT) | pool)
                        size += 1
                    else:
                        area[pool] += time
                        busy[pool] -= 1
                        todo[todo_size] = pool
                        todo_size += 1
                left_at_last = -1
            if todo_size == 0:
                break
            pool = todo[todo_size - 1]
            if busy[pool] >= capacity[pool] or waiting[pool] == 0:
                todo_size -= 1
                continue
            if receives[pool] >= 0:
                opens = _next_open(time, windows[receives[pool]])
                if opens > time:
                    if is_opening[pool] == 0:
                        _push(times, codes, size, opens, (OPEN << SHIFT) | pool)
                        size += 1
                        is_opening[pool] = 1
                    todo_size -= 1
                    continue
            queue = pool * classes
            while head[queue] < 0:
                queue += 1
            entry = head[queue]
            head[queue] = following[entry]
            if head[queue] < 0:
                tail[queue] = -1
            waiting[pool] -= 1
            step = entry if entry < steps else (entry - steps) // width
            if state[step] == WAITING:
                state[step] = IDLE
                gets, takes = step, pool
    for pool in range(pools):
        area[pool] += busy[pool] * until
    return asked, got, ready, left, held, area, lost, events
