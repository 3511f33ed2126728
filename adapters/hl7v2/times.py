"""Dates and times of HL7 v2: how exact they are is told by how many digits they have."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

DTM = re.compile(
    r"(?P<year>\d{4})(?:(?P<month>\d\d)(?:(?P<day>\d\d)"
    r"(?:(?P<hour>\d\d)(?:(?P<minute>\d\d)(?:(?P<second>\d\d)(?:\.(?P<fraction>\d{1,6}))?)?)?)?)?)?"
    r"(?P<offset>[+-]\d{4})?",
    re.ASCII,
)


def instant(text: str, zone: ZoneInfo) -> datetime:
    """Return the first instant that *text* (``YYYY[MM[DD[HH[MM[SS[.S]]]]]][+ZZZZ]``) covers, in UTC.

    Without an offset the time is on the wall in *zone*: one that is skipped when summer time begins
    is the first instant after the gap, one that comes twice is the first of the two.
    Raises ValueError when *text* is no such time.
    """
    parts = DTM.fullmatch(text)
    if parts is None:
        raise ValueError("not an HL7 time")
    wall = _wall(parts)
    try:
        if parts["offset"]:
            return wall.replace(tzinfo=_offset(parts["offset"])).astimezone(UTC)
        return _from_wall(wall, zone)
    except OverflowError as wrong:
        raise ValueError("outside the calendar") from wrong


def day(text: str, zone: ZoneInfo) -> date:
    """Return the day of *text* in *zone*; raises ValueError when *text* does not tell the day."""
    if not re.match(r"[0-9]{8}", text):
        raise ValueError("not an HL7 date")
    return instant(text, zone).astimezone(zone).date()


def minute(moment: datetime) -> str:
    """Return *moment* to the minute, as it stands in a cause: ``2026-11-16T09:00Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")


def _wall(parts: re.Match[str]) -> datetime:
    return datetime(  # noqa: DTZ001 - on the wall; the zone or the offset is put on afterwards
        int(parts["year"]),
        int(parts["month"] or 1),
        int(parts["day"] or 1),
        int(parts["hour"] or 0),
        int(parts["minute"] or 0),
        int(parts["second"] or 0),
        int((parts["fraction"] or "0").ljust(6, "0")),
    )


def _offset(text: str) -> timezone:
    hours, minutes = int(text[1:3]), int(text[3:])
    if hours > 14 or minutes > 59:
        raise ValueError("not an offset")
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if text[0] == "-" else ahead)


def _from_wall(wall: datetime, zone: ZoneInfo) -> datetime:
    local = wall.replace(tzinfo=zone)
    found = local.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    return _end_of_gap(local.replace(fold=1).astimezone(UTC), found, zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first second in (*before*, *after*] at which *zone* has its new offset."""
    new = after.astimezone(zone).utcoffset()
    seconds = int((after - before).total_seconds())
    low, high = 0, seconds
    while high - low > 1:
        middle = (low + high) // 2
        is_new = (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == new
        low, high = (low, middle) if is_new else (middle, high)
    return (before + timedelta(seconds=high)).replace(microsecond=0)
