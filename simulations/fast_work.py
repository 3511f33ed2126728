"""The queue of tasks, compiled; `work._serve_all` is the same in plain Python."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call,untyped-decorator"
from __future__ import annotations

import numpy as np
from numba import njit

from simulations.weeks import next_open

_next_open = njit(cache=True)(next_open)


@njit(cache=True)
def serve_all(raised, takes, gone, nurses, week):
    """Return when each task is begun, NaN for one that fell away."""
    free = np.zeros(nurses)
    begun = np.empty(len(raised))
    for number in range(len(raised)):
        nurse = 0
        for other in range(1, nurses):
            if free[other] < free[nurse]:
                nurse = other
        begins = _next_open(max(raised[number], free[nurse]), week)
        if begins >= gone[number]:
            begun[number] = np.nan
        else:
            begun[number] = begins
            free[nurse] = begins + takes[number]
    return begun
