"""What time it is now: the only place in the program that looks at a clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Something that answers with the present instant, aware and in UTC."""


def now() -> datetime:
    """Return the present instant, aware and in UTC."""
    return datetime.now(UTC)


def ticks() -> float:
    """Return seconds that no setting of a clock moves; a machine's sleep counts where the system tells of it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
