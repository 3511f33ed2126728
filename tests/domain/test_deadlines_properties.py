"""What is true of every deadline, whenever the clock starts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pathway_engine.domain.deadlines import (
    after,
    deadline,
    format_duration,
    local_instant,
    parse_duration,
    recurrence,
    window_opens,
)
from pathway_engine.domain.definition import Duration, Unit
from pathway_engine.domain.work_calendar import WorkCalendar

OSLO = ZoneInfo("Europe/Oslo")
CALENDAR = WorkCalendar(closed=frozenset({date(2026, 12, 25), date(2027, 3, 26), date(2027, 5, 17)}))
SECONDS_2026_TO_2028 = (1767225600, 1861919999)

instants = st.integers(*SECONDS_2026_TO_2028).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
amounts = st.integers(0, 60)
durations = st.builds(Duration, amounts, st.sampled_from(Unit))
periods = st.builds(Duration, st.integers(1, 30), st.sampled_from(Unit))
wall_times = st.times().map(lambda at: at.replace(microsecond=0))


@settings(deadline=None)
@given(instants, durations)
def test_a_deadline_is_never_before_its_start(start: datetime, due: Duration) -> None:
    assert deadline(start, due, CALENDAR) >= start


@settings(deadline=None)
@given(instants, instants, durations)
def test_who_starts_later_is_never_due_earlier(one: datetime, other: datetime, due: Duration) -> None:
    earlier, later = sorted((one, other))
    assert deadline(earlier, due, CALENDAR) <= deadline(later, due, CALENDAR)
    assert window_opens(earlier, due, CALENDAR) <= window_opens(later, due, CALENDAR)


@settings(deadline=None)
@given(instants, durations)
def test_more_of_a_unit_is_never_due_earlier(start: datetime, due: Duration) -> None:
    longer = Duration(due.amount + 1, due.unit)
    assert deadline(start, due, CALENDAR) <= deadline(start, longer, CALENDAR)


@settings(deadline=None)
@given(instants, st.integers(0, 400))
def test_days_end_on_the_wall_clock_that_many_local_days_later(start: datetime, amount: int) -> None:
    wall = deadline(start, Duration(amount, Unit.DAYS), CALENDAR).astimezone(OSLO)
    assert wall.time() == time(23, 59, 59)
    assert (wall.date() - start.astimezone(OSLO).date()).days == amount


@settings(deadline=None)
@given(instants, st.integers(1, 40))
def test_working_days_end_on_a_working_day_with_as_many_between(start: datetime, amount: int) -> None:
    first = CALENDAR.local_day(start)
    last = CALENDAR.local_day(deadline(start, Duration(amount, Unit.WORKING_DAYS), CALENDAR))
    days = [first + timedelta(days=n + 1) for n in range((last - first).days)]
    assert sum(CALENDAR.is_working_day(day) for day in days) == amount
    assert CALENDAR.is_working_day(last)


@settings(deadline=None)
@given(instants, st.integers(1, 40))
def test_working_hours_end_while_the_unit_is_open(start: datetime, amount: int) -> None:
    wall = deadline(start, Duration(amount, Unit.WORKING_HOURS), CALENDAR).astimezone(OSLO)
    assert CALENDAR.is_working_day(wall.date())
    assert CALENDAR.opens < wall.time() <= CALENDAR.closes


@settings(deadline=None)
@given(instants, st.integers(0, 20), st.integers(0, 20))
def test_working_hours_add_up(start: datetime, first: int, then: int) -> None:
    half_way = deadline(start, Duration(first, Unit.WORKING_HOURS), CALENDAR)
    at_once = deadline(start, Duration(first + then, Unit.WORKING_HOURS), CALENDAR)
    if then:
        assert deadline(half_way, Duration(then, Unit.WORKING_HOURS), CALENDAR) == at_once


@settings(deadline=None)
@given(instants, durations)
def test_waiting_goes_forward(instant: datetime, wait: Duration) -> None:
    # At the first of two equal wall times or in a gap the answer may lie within the same hour.
    assert after(instant, wait, CALENDAR) >= instant - timedelta(hours=1)
    if wait.amount:
        assert after(instant, wait, CALENDAR) > instant


@settings(deadline=None)
@given(instants, periods, st.integers(0, 20))
@example(datetime(2026, 11, 21, 12, tzinfo=UTC), Duration(1, Unit.WORKING_DAYS), 0)
def test_what_recurs_comes_after_entry_and_in_order(entered: datetime, every: Duration, n: int) -> None:
    assert recurrence(entered, every, 0, CALENDAR) >= entered
    assert recurrence(entered, every, n, CALENDAR) < recurrence(entered, every, n + 1, CALENDAR)


@settings(deadline=None)
@given(st.dates(date(1990, 1, 1), date(2035, 12, 31)), wall_times)
def test_a_wall_time_is_kept_or_moved_to_the_end_of_the_gap(day: date, wall: time) -> None:
    found = local_instant(day, wall, "Europe/Oslo").astimezone(OSLO)
    moved = (found.date(), found.time().replace(fold=0)) != (day, wall)
    assert not moved or (time(2, 0) <= wall < time(3, 0) and found.time() == time(3, 0))
    assert found.fold == 0


@settings(deadline=None)
@given(durations)
def test_the_english_words_of_a_duration_are_its_spelling(duration: Duration) -> None:
    read = parse_duration(format_duration(duration).en)
    assert read in (duration, Duration(0, Unit.DAYS))
    assert read == duration or duration.amount == 0
