"""The queue of tasks, compiled; `work._serve_all` is the same in plain Python."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from __future__ import annotations

import numpy as np
from numba import njit

from simulations.fast_events import _pop, _push
from simulations.weeks import next_open

_next_open = njit(cache=True)(next_open)


@njit(cache=True)
def serve_all(
    order, could_open, takes, gone_first, queue, first_child, next_child, raised_in, task, until_row, over, got,
    allowed, patient_free, gone_in, after, nurses, weeks, until,
):  # fmt: skip
    """Return when each is begun, when it could be, the step that it was raised in, and when it falls away."""
    opens, gone, row = could_open.copy(), gone_first.copy(), raised_in.copy()
    free = np.zeros(nurses[-1])
    begun = np.full(len(opens), np.inf)
    room = len(opens) - len(order) + 1
    times, codes = np.empty(room), np.empty(room, dtype=np.int64)
    size, coming = 0, 0
    while coming < len(order) or size:
        comes = coming < len(order)
        if comes and size:
            at = opens[order[coming]]
            comes = at < times[0] or (at == times[0] and order[coming] < codes[0])
        if comes:
            number = order[coming]
            coming += 1
        else:
            number = codes[0]
            _pop(times, codes, size)
            size -= 1
        first, last = nurses[queue[number]], nurses[queue[number] + 1]
        if first == last:
            continue
        nurse = first
        for other in range(first + 1, last):
            if free[other] < free[nurse]:
                nurse = other
        begins = _next_open(max(opens[number], free[nurse]), weeks[queue[number]])
        if begins >= gone[number]:
            begun[number] = np.nan if gone[number] <= until else np.inf
            continue
        begun[number] = begins
        done = begins + takes[number]
        free[nurse] = done
        child = first_child[number] if done <= gone[number] and done <= until else -1
        if child < 0:
            continue
        now = row[number]
        while now + 1 < until_row[now] and got[now + 1] < done:
            now += 1
        is_over, late = over[now] < done, len(after) if patient_free[now] < done else 0
        while child >= 0:
            if after[task[child], now] if is_over else allowed[task[child], now]:
                row[child] = now
                opens[child] = done
                gone[child] = np.inf if is_over else gone_in[late + task[child], now]
                _push(times, codes, size, done, child)
                size += 1
            child = next_child[child]
    return begun, opens, row, gone
