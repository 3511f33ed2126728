"""Deadlines of tasks, counted in the hours and days of the patient's home."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pathway_engine.domain.deadlines_text import explain, format_day, format_duration, format_instant
from pathway_engine.domain.definition import Duration, Unit
from pathway_engine.domain.errors import DefinitionError
from pathway_engine.domain.work_calendar import ONE_DAY, WorkCalendar

__all__ = [
    "after", "cap", "deadline", "end_of", "explain", "format_day", "format_duration", "format_instant",
    "local_instant", "parse_duration", "recurrence", "window_opens",
]  # fmt: skip

END_OF_DAY = time(23, 59, 59)
START_OF_DAY = time(0, 0)
_DAYS_OF = {Unit.DAYS: 1, Unit.WEEKS: 7}
_UNITS = {
    "hour": Unit.HOURS,
    "working hour": Unit.WORKING_HOURS,
    "day": Unit.DAYS,
    "working day": Unit.WORKING_DAYS,
    "week": Unit.WEEKS,
}
_DURATION = re.compile(
    r"(?:(?P<same>same day)|(?P<amount>[0-9]{1,4}) (?P<unit>(?:working )?(?:hour|day)|week)s?)"
    r"(?: at (?P<at>(?:[01][0-9]|2[0-3]):[0-5][0-9]))?"
)


def parse_duration(text: str) -> Duration:
    """Return the duration that *text* says, e.g. ``3 days``, ``same day at 15:00``; raise DefinitionError."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise DefinitionError(
            f"{text[:40]!r} found; write e.g. `3 days`, `2 working days`, `4 weeks`, `same day`, `3 hours`, "
            "`2 working hours`, and after days or weeks a local hour as ` at 15:00`"
        )
    at = time.fromisoformat(match["at"]) if match["at"] else None
    if match["same"]:
        return Duration(0, Unit.DAYS, at)
    unit = _UNITS[match["unit"]]
    if at is not None and unit in (Unit.HOURS, Unit.WORKING_HOURS):
        raise DefinitionError(f"{text!r} found; hours are counted exactly, so leave `at {match['at']}` out")
    return Duration(int(match["amount"]), unit, at)


@lru_cache(maxsize=4096)
def local_instant(day: date, at: time, time_zone: str) -> datetime:
    """Return the UTC instant of a local wall time.

    A wall time that summer time skips is the first instant after the gap; one that comes twice
    is the first of the two.
    """
    zone = ZoneInfo(time_zone)
    wall = datetime.combine(day, at)
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    return _end_of_gap(wall.replace(tzinfo=zone, fold=1).astimezone(UTC), instant, zone)


def _end_of_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first whole second in (*before*, *after*] at which the zone has its new offset."""
    early, late = int(before.timestamp()), int(after.timestamp())
    new_offset = after.astimezone(zone).utcoffset()
    while late - early > 1:
        middle = (early + late) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == new_offset:
            late = middle
        else:
            early = middle
    return datetime.fromtimestamp(late, UTC)


def end_of(day: date, at: time | None, time_zone: str) -> datetime:
    """Return the UTC instant at which the local *day* ends, or of its hour *at*."""
    return local_instant(day, at or END_OF_DAY, time_zone)


def deadline(start: datetime, due: Duration, calendar: WorkCalendar) -> datetime:
    """Return the UTC instant by which a task that began at *start* must be done."""
    if due.unit is Unit.HOURS:
        return start + timedelta(hours=due.amount)
    if due.unit is Unit.WORKING_HOURS:
        return _working_hours_after(start, due.amount, calendar)
    return end_of(_day_after(start, due, due.amount, calendar), due.at, calendar.time_zone)


def window_opens(start: datetime, not_before: Duration, calendar: WorkCalendar) -> datetime:
    """Return the UTC instant before which the task need not be begun: a local midnight for days."""
    if not_before.unit in (Unit.HOURS, Unit.WORKING_HOURS):
        return deadline(start, not_before, calendar)
    day = _day_after(start, not_before, not_before.amount, calendar)
    return local_instant(day, not_before.at or START_OF_DAY, calendar.time_zone)


def after(instant: datetime, wait: Duration, calendar: WorkCalendar) -> datetime:
    """Return the UTC instant *wait* after *instant*: for days the same wall time, or the hour `wait.at`."""
    if wait.unit in (Unit.HOURS, Unit.WORKING_HOURS):
        return deadline(instant, wait, calendar)
    wall = wait.at or instant.astimezone(ZoneInfo(calendar.time_zone)).time()
    return local_instant(_day_after(instant, wait, wait.amount, calendar), wall, calendar.time_zone)


def recurrence(entered: datetime, every: Duration, n: int, calendar: WorkCalendar) -> datetime:
    """Return the UTC instant of the *n*-th occurrence (from 0) of what recurs since *entered*.

    A period of one day falls first on entry, then at the start of each local day; a longer one
    falls first when the first period has passed. Hours are counted from entry.
    """
    assert every.amount > 0, "what recurs needs a period"
    if every.unit in (Unit.HOURS, Unit.WORKING_HOURS):
        return deadline(entered, Duration((n + 1) * every.amount, every.unit), calendar)
    if every.amount > 1 or every.unit is Unit.WEEKS:
        day = _day_after(entered, every, (n + 1) * every.amount, calendar)
    elif every.unit is Unit.DAYS:
        day = calendar.local_day(entered) + n * ONE_DAY
    else:
        first = calendar.working_days_after(calendar.local_day(entered), 0)
        day = calendar.working_days_after(first, n)
    if day == calendar.local_day(entered):
        return entered
    return local_instant(day, every.at or START_OF_DAY, calendar.time_zone)


def cap(due: datetime, no_later_than: date, calendar: WorkCalendar, at: time | None = None) -> datetime:
    """Return the earlier of *due* and the end of the local day *no_later_than* (or its hour *at*)."""
    return min(due, end_of(no_later_than, at, calendar.time_zone))


def _day_after(start: datetime, wait: Duration, amount: int, calendar: WorkCalendar) -> date:
    """Return the local day that lies *amount* of the wait's unit after *start*."""
    day = calendar.local_day(start)
    if wait.unit is Unit.WORKING_DAYS:
        return calendar.working_days_after(day, amount)
    return day + amount * _DAYS_OF[wait.unit] * ONE_DAY


def _working_hours_after(start: datetime, hours: int, calendar: WorkCalendar) -> datetime:
    left = timedelta(hours=hours)
    for opens, closes in _opening_hours(start, calendar):
        begin = max(start, opens)
        if begin + left <= closes:
            return begin + left
        left -= max(closes - begin, timedelta())
    raise AssertionError("opening hours never end")


def _opening_hours(start: datetime, calendar: WorkCalendar) -> Iterator[tuple[datetime, datetime]]:
    """Yield the UTC opening and closing of each working day from *start*'s local day on."""
    day = calendar.working_days_after(calendar.local_day(start), 0)
    while True:
        opens = local_instant(day, calendar.opens, calendar.time_zone)
        yield opens, local_instant(day, calendar.closes, calendar.time_zone)
        day = calendar.next_working_day(day)
