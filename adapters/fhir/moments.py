"""FHIR's dates and times, as exact as they are told: the first and the last instant that each may mean."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

DATE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?", re.ASCII)
INSTANT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)T(?P<time>\d\d:\d\d:\d\d)(?P<fraction>\.\d{1,9})?(?P<zone>Z|[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00)",
    re.ASCII,
)
EARLIEST, LATEST = timezone(timedelta(hours=14)), timezone(-timedelta(hours=12))
"""Where on earth a day begins first and ends last."""


@dataclass(frozen=True, slots=True)
class Span:
    """From `first` to `last`, both aware when a zone was told and both naive when only a date was."""

    first: datetime
    last: datetime


def span(text: str) -> Span:
    """Return what a ``date``, ``dateTime`` or ``instant`` may mean. Raises ValueError for what is none."""
    found = DATE.fullmatch(text)
    if found is None:
        moment = instant(text)
        return Span(moment, moment)
    year, month, day = (int(part) if part else 0 for part in found.group("year", "month", "day"))
    last_month = month or 12
    first = date(year, month or 1, day or 1)
    last = date(year, last_month, day or monthrange(year, last_month)[1])
    return Span(datetime.combine(first, time.min), datetime.combine(last, time.max))


def instant(text: str) -> datetime:
    """Return the instant that *text* tells, aware. A leap second is the second before it. Raises ValueError."""
    found = INSTANT.fullmatch(text)
    if found is None:
        raise ValueError("no instant")
    clock = re.sub(":60$", ":59", found["time"])
    fraction = (found["fraction"] or "")[:7]
    return datetime.fromisoformat(f"{found['day']}T{clock}{fraction}{found['zone'].replace('Z', '+00:00')}")


def in_order(start: str, end: str) -> bool:
    """False when *start* is after *end* however both are understood. Raises ValueError for what is no time."""
    one, other = span(start), span(end)
    first, last = one.first, other.last
    if (first.tzinfo is None) != (last.tzinfo is None):
        first = first if first.tzinfo else first.replace(tzinfo=EARLIEST)
        last = last if last.tzinfo else last.replace(tzinfo=LATEST)
    return first <= last
