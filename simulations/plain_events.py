"""The event loop in plain Python, for where there is no compiler; the same as `fast_events.py` to the bit.

Events are (time, what, number); of those at one instant the lower comes first. Before them come changes of
capacity, after them arrivals.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush
from math import inf
from typing import Any

from simulations.model import AWAY, FIRST, LAST, LATER, OVERFLOWS, TRANSIT
from simulations.weeks import next_open

FREE, LEAVE, END, GO, ASK, SPILL, OPEN = 0, 1, 2, 3, 4, 5, 6
"""What an event is: a place is ready again, left after a transit, a service ends, the patient goes on after a
delay, asks after a time away, may spill over, a resource opens."""
SHIFT = 40
IDLE, WAITING, KEPT = 0, 1, 2


def run_events(
    until: float, placed: int, arrive: Sequence[float], first: Sequence[int], pool_of: Sequence[int],
    service: Sequence[float], flags: Sequence[int], delay: Sequence[float], away: Sequence[float],
    transit: Sequence[float], priority: Sequence[int], window_of: Sequence[int], row_of: Sequence[int],
    overflow_pool: Sequence[Sequence[int]], overflow_after: Sequence[Sequence[float]], capacity: list[int],
    limit: Sequence[int], turn_round: Sequence[float], receives: Sequence[int], windows: Sequence[Sequence[bool]],
    change_at: Sequence[float], change_pool: Sequence[int], change_to: Sequence[int], classes: int,
    held_until: Sequence[float],
) -> tuple[Any, ...]:  # fmt: skip
    """Return asked, got, ready, left, held by step; area, lost by pool; and the number of events."""
    steps, pools, width = len(pool_of), len(capacity), len(overflow_pool[0])
    asked, got, ready, left = (array("d", [inf]) * steps for _ in range(4))
    held, state = [-1] * steps, [IDLE] * steps
    busy, waiting, lost = [0] * pools, [0] * pools, [0] * pools
    area, is_opening = [0.0] * pools, [False] * pools
    queues: list[deque[int]] = [deque() for _ in range(pools * classes)]
    stays_on = [not flag & (LAST | AWAY) for flag in flags]
    follows = [not flag & FIRST and not before & AWAY for flag, before in zip(flags, [0, *flags], strict=False)]
    first_to_come = first[placed]
    lets_in = [window < 0 for window in receives]
    heap: list[tuple[float, int, int]] = [(inf, 0, 0)]
    todo: list[int] = []
    coming = changed = events = 0
    arrive, change_at = [*arrive, inf], [*change_at, inf]
    due, changes = -inf if placed else arrive[0], change_at[0]
    while True:
        gets = leaves = asks = -1
        time = heap[0][0]
        if time <= due and time < changes:
            if time > until or time == inf:
                break
            _, what, number = heappop(heap)
            if what in (END, GO):
                if what == END:
                    ready[number] = time
                    if flags[number] & LATER:
                        later = time + delay[number]
                        if held_until and held_until[number] > later:
                            later = held_until[number]
                        if window_of and window_of[number] >= 0:
                            later = next_open(later, windows[window_of[number]])
                        if later > time:
                            heappush(heap, (later, GO, number))
                            events += 1
                            continue
                if stays_on[number]:
                    asks = number + 1
                else:
                    leaves = number
                    if not flags[number] & LAST:
                        heappush(heap, (time + away[number], ASK, number + 1))
            elif what == ASK:
                asks = number
            elif what == LEAVE:
                leaves = number
            elif what == FREE:
                area[number] += time
                busy[number] -= 1
                todo.append(number)
            elif what == OPEN:
                is_opening[number] = False
                todo.append(number)
            else:
                step, place = divmod(number, width)
                pool = overflow_pool[row_of[step]][place]
                if state[step] == WAITING and not (follows[step] and held[step - 1] == pool):
                    queues[pool * classes + priority[step]].append(step)
                    waiting[pool] += 1
                    todo.append(pool)
        elif due < changes:
            time = arrive[coming]
            if time > until:
                break
            asks = first[coming]
            coming += 1
            due = arrive[coming] if coming >= placed else -inf
        else:
            time = changes
            if time > until or time == inf:
                break
            capacity[change_pool[changed]] = change_to[changed]
            todo.append(change_pool[changed])
            changed += 1
            changes = change_at[changed]
        events += 1
        if asks >= 0:
            asked[asks] = time
            pool = pool_of[asks]
            if pool < 0 or (asks < first_to_come and flags[asks] & FIRST):
                gets, takes = asks, pool
            elif follows[asks] and held[asks - 1] == pool:
                gets, takes = asks, pool
                state[asks] = KEPT
            elif not waiting[pool] and busy[pool] < capacity[pool] and lets_in[pool]:
                gets, takes = asks, pool
            elif flags[asks] & FIRST and 0 <= limit[pool] <= waiting[pool] and busy[pool] >= capacity[pool]:
                lost[pool] += 1
                left[asks] = time
            else:
                state[asks] = WAITING
                queues[pool * classes + priority[asks]].append(asks)
                waiting[pool] += 1
                todo.append(pool)
                if flags[asks] & OVERFLOWS:
                    row = row_of[asks]
                    for place in range(width):
                        if overflow_pool[row][place] >= 0:
                            heappush(heap, (time + overflow_after[row][place], SPILL, asks * width + place))
        while True:
            if gets >= 0:
                got[gets] = time
                held[gets] = takes
                if takes >= 0 and state[gets] != KEPT:
                    area[takes] -= time
                    busy[takes] += 1
                if flags[gets] & TRANSIT:
                    begins = time + transit[gets]
                    heappush(heap, (begins + service[gets], END, gets))
                    if follows[gets]:
                        heappush(heap, (begins, LEAVE, gets - 1))
                else:
                    heappush(heap, (time + service[gets], END, gets))
                    if follows[gets]:
                        leaves = gets - 1
                gets = -1
            if leaves >= 0:
                left[leaves] = time
                pool = held[leaves]
                if pool >= 0 and (not stays_on[leaves] or state[leaves + 1] != KEPT):
                    if turn_round[pool] > 0:
                        heappush(heap, (time + turn_round[pool], FREE, pool))
                    else:
                        area[pool] += time
                        busy[pool] -= 1
                        if waiting[pool]:
                            todo.append(pool)
                leaves = -1
            if not todo:
                break
            pool = todo[-1]
            if not waiting[pool] or busy[pool] >= capacity[pool]:
                todo.pop()
                continue
            if not lets_in[pool]:
                opens = next_open(time, windows[receives[pool]])
                if opens > time:
                    if not is_opening[pool]:
                        heappush(heap, (opens, OPEN, pool))
                        is_opening[pool] = True
                    todo.pop()
                    continue
            queue = pool * classes
            while not queues[queue]:
                queue += 1
            step = queues[queue].popleft()
            waiting[pool] -= 1
            if state[step] == WAITING:
                state[step] = IDLE
                gets, takes = step, pool
    for pool in range(pools):
        area[pool] += busy[pool] * until
    return asked, got, ready, left, held, area, lost, events
