"""Every day of seven years, with the nights when the clock changes, counted here anew by the EU's rule."""

from __future__ import annotations

import time as system_time
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest

from pathway_engine.domain.deadlines import after, deadline, local_instant, parse_duration, recurrence
from pathway_engine.domain.work_calendar import WorkCalendar

OSLO = "Europe/Oslo"
CALENDAR = WorkCalendar()
FIRST, LAST = date(2024, 1, 1), date(2030, 12, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
ONE_HOUR = timedelta(hours=1)
STARTS = (time(0, 59), time(12, 0), time(22, 30))


@pytest.fixture(autouse=True)
def machine() -> Iterator[None]:
    """A machine that stands elsewhere in the world: its own time zone must not matter."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", "America/New_York")
        system_time.tzset()
        yield
    system_time.tzset()


def last_sunday(year: int, month: int) -> date:
    """The Sunday on or after the 25th: both months have 31 days."""
    day = date(year, month, 25)
    return day + timedelta(days=6 - day.weekday())


def ahead_of_utc(instant: datetime) -> timedelta:
    """By directive 2000/84/EC: two hours from 01:00 UTC on the last Sunday of March to that of October."""
    begins, ends = (
        datetime.combine(last_sunday(instant.year, month), time(1), tzinfo=UTC) for month in (3, 10)
    )  # fmt: skip
    return 2 * ONE_HOUR if begins <= instant < ends else ONE_HOUR


def expected(day: date, wall: time) -> datetime:
    """The instant of a wall time: the earlier of two, and the end of the gap for one that there is not."""
    told = datetime.combine(day, wall, tzinfo=UTC)
    fitting = [told - ahead for ahead in (2 * ONE_HOUR, ONE_HOUR) if ahead_of_utc(told - ahead) == ahead]
    return min(fitting) if fitting else datetime.combine(day, time(1), tzinfo=UTC)


def local_day(instant: datetime) -> date:
    return (instant + ahead_of_utc(instant)).date()


@pytest.mark.parametrize(("due", "days"), [("3 days", 3), ("4 weeks", 28)])
def test_days_and_weeks_end_when_the_wall_calendar_says(due: str, days: int) -> None:
    """Mutant: three days are 72 hours."""
    duration = parse_duration(due)
    wrong = [
        start
        for day in DAYS
        for wall in STARTS
        if deadline(start := datetime.combine(day, wall, tzinfo=UTC), duration, CALENDAR)
        != expected(local_day(start) + timedelta(days=days), time(23, 59, 59))
    ]
    assert wrong == []


@pytest.mark.parametrize("wall", [time(1, 59, 59), time(2), time(2, 30), time(3)])
def test_every_wall_time_of_every_day_has_the_instant_that_the_rule_gives(wall: time) -> None:
    assert [day for day in DAYS if local_instant(day, wall, OSLO) != expected(day, wall)] == []


def test_what_recurs_daily_comes_at_every_local_midnight_once() -> None:
    entered = datetime.combine(FIRST, time(12), tzinfo=UTC)
    daily = parse_duration("1 day")
    found = [recurrence(entered, daily, n, CALENDAR) for n in range(1, len(DAYS))]
    assert found == [expected(day, time(0)) for day in DAYS[1:]]


def test_an_escalation_a_day_after_the_deadline_keeps_its_wall_time() -> None:
    a_day = parse_duration("1 day")
    ends = [(day, expected(day, time(23, 59, 59))) for day in DAYS]
    wrong = [
        day for day, at in ends if after(at, a_day, CALENDAR) != expected(day + timedelta(days=1), time(23, 59, 59))
    ]
    assert wrong == []


def test_there_are_two_nights_a_year_when_the_clock_changes() -> None:
    """Or the rule above is not one that could find anything."""
    lengths = [expected(day + timedelta(days=1), time(0)) - expected(day, time(0)) for day in DAYS]
    assert [length for length in lengths if length != 24 * ONE_HOUR] == [23 * ONE_HOUR, 25 * ONE_HOUR] * 7
