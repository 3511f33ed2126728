"""Hours of the week: when something is open, and when it opens next."""

from __future__ import annotations

import math
from typing import Any

HOURS = 168
A_MOMENT = 1e-9
"""Hours by which an instant may miss the full hour that it means."""


def next_open(time: float, week: Any) -> float:
    """Return the first instant from *time* (days since a Monday) at which *week* is open; never if it is never."""
    hour = math.floor(time * 24.0 + A_MOMENT)
    if week[hour % 168]:
        return time
    for later in range(hour + 1, hour + 169):
        if week[later % 168]:
            return later / 24.0
    return math.inf
