"""What time it is now: the only place in the program that looks at a clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Something that answers with the present instant, aware and in UTC."""


def now() -> datetime:
    """Return the present instant, aware and in UTC."""
    return datetime.now(UTC)
