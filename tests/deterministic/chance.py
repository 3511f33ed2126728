"""Chance with an address: each thing that is left to chance has a stream of its own, named in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random


def stream(seed: int, *names: object) -> Random:
    """Return the stream of that name; taking away one thing leaves what the others draw as it was."""
    return Random("/".join(str(part) for part in (seed, *names)))


def minutes(chance: Random, low: float, high: float) -> timedelta:
    """Draw a whole number of minutes between *low* and *high* hours."""
    return timedelta(minutes=chance.randint(round(low * 60), round(high * 60)))


def days(chance: Random, low: float, high: float) -> timedelta:
    """Draw a whole number of minutes between *low* and *high* days."""
    return minutes(chance, low * 24, high * 24)


def shuffled_hours(chance: Random, begin: datetime, end: datetime, count: int) -> list[datetime]:
    """Draw *count* whole minutes between *begin* and *end*, sorted."""
    span = round((end - begin) / timedelta(minutes=1))
    return sorted(begin + timedelta(minutes=chance.randint(0, span)) for _ in range(count))
