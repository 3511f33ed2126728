"""Dates of searches and of resources as stretches of time, and what the prefixes say of two of them.

A date is as long as it is vague: ``2026`` is a year, ``2026-11-20`` a day in Norway, ``...T09:30Z`` a minute. What is
finer than a millisecond is not asked for: that is as fine as instants are shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from pathway_engine.domain.norway import OSLO

"""Where a day begins that names no zone."""
MILLISECOND = timedelta(milliseconds=1)
PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap")
BEGINNING, END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
"""What an open period begins and ends with."""

_DATE = re.compile(
    r"(?P<year>\d{4})(-(?P<month>\d\d)(-(?P<day>\d\d)"
    r"(T(?P<hour>\d\d):(?P<minute>\d\d)(:(?P<second>\d\d)(\.(?P<part>\d{1,9}))?)?(?P<zone>Z|[+ -]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
APPROXIMATELY = 10
"""``ap`` widens a date by a tenth of how far away it is."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From *start* up to but not with *end*, both in UTC."""

    start: datetime
    end: datetime

    def widened(self, now: datetime) -> Stretch:
        """What is approximately this, seen from *now*; to the millisecond."""
        more = abs(now - self.start) // APPROXIMATELY
        more -= more % MILLISECOND
        return Stretch(max(self.start, BEGINNING + more) - more, min(self.end, END - more) + more)


def stretch(text: str) -> Stretch:
    """Return the time that a FHIR date, dateTime or instant covers. Raises ValueError for what is none.

    A blank before the zone is taken for the plus that it was before an address was decoded.
    """
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError("no date")
    try:
        return _covered(found)
    except OverflowError:
        raise ValueError("a date outside of all calendars") from None


def _covered(found: re.Match[str]) -> Stretch:
    part = found.groupdict()
    year, month, day = int(part["year"]), int(part["month"] or 1), int(part["day"] or 1)
    if part["hour"] is None:
        start = datetime(year, month, day, tzinfo=OSLO)
        return Stretch(start.astimezone(UTC), _next_day(part, year, month, day))
    fine = int((part["part"] or "").ljust(3, "0")[:3]) * 1000
    clock = int(part["hour"]), int(part["minute"]), int(part["second"] or 0), fine
    start = datetime(year, month, day, *clock, tzinfo=_zone(part["zone"]))
    in_utc = start.astimezone(UTC)
    return Stretch(in_utc, in_utc + _length(part))


def _next_day(part: dict[str, str | None], year: int, month: int, day: int) -> datetime:
    """When the year, month or day is over."""
    if part["month"] is None:
        year += 1
    elif part["day"] is None:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    else:
        if (year, month, day) == (9999, 12, 31):
            return END
        following = datetime(year, month, day) + timedelta(days=1)  # noqa: DTZ001 - a day of the calendar
        year, month, day = following.year, following.month, following.day
    return END if year > 9999 else datetime(year, month, day, tzinfo=OSLO).astimezone(UTC)


def _length(part: dict[str, str | None]) -> timedelta:
    if part["second"] is None:
        return timedelta(minutes=1)
    return timedelta(seconds=1) if part["part"] is None else timedelta(milliseconds=10 ** max(0, 3 - len(part["part"])))


def _zone(text: str | None) -> tzinfo:
    if text is None:
        return OSLO
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 14 or minutes > 59:
        raise ValueError("no zone")
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


def compare(prefix: str, asked: Stretch, target: Stretch, now: datetime) -> bool:
    """Say whether *target* is what *prefix* and *asked* ask for, as the standard's table says it."""
    match prefix:
        case "eq":
            return asked.start <= target.start and target.end <= asked.end
        case "ne":
            return not compare("eq", asked, target, now)
        case "gt":
            return target.end > asked.end
        case "lt":
            return target.start < asked.start
        case "ge":
            return compare("gt", asked, target, now) or compare("eq", asked, target, now)
        case "le":
            return compare("lt", asked, target, now) or compare("eq", asked, target, now)
        case "sa":
            return target.start >= asked.end
        case "eb":
            return target.end <= asked.start
        case _:
            near = asked.widened(now)
            return target.start < near.end and target.end > near.start
