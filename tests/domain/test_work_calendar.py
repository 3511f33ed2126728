"""A calendar knows which days are worked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from pathway_engine.domain.errors import DefinitionError
from pathway_engine.domain.work_calendar import WorkCalendar

CALENDAR = WorkCalendar(closed=frozenset({date(2026, 12, 25), date(2026, 12, 24)}))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2026, 11, 20), True, id="a-friday"),
        pytest.param(date(2026, 11, 21), False, id="a-saturday"),
        pytest.param(date(2026, 11, 22), False, id="a-sunday"),
        pytest.param(date(2026, 12, 24), False, id="a-closed-thursday"),
    ],
)
def test_weekends_and_closed_days_are_not_worked(day: date, expected: bool) -> None:
    assert CALENDAR.is_working_day(day) is expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2026, 11, 19), date(2026, 11, 20), id="the-day-after"),
        pytest.param(date(2026, 11, 20), date(2026, 11, 23), id="over-the-weekend"),
        pytest.param(date(2026, 12, 23), date(2026, 12, 28), id="over-closed-days-and-the-weekend"),
    ],
)
def test_the_next_working_day_lies_after_the_day(day: date, expected: date) -> None:
    assert CALENDAR.next_working_day(day) == expected


def test_no_working_days_after_a_closed_day_is_the_next_open_one() -> None:
    assert CALENDAR.working_days_after(date(2026, 11, 21), 0) == date(2026, 11, 23)
    assert CALENDAR.working_days_after(date(2026, 11, 20), 0) == date(2026, 11, 20)


def test_closed_days_are_counted_after_the_first_and_through_the_last() -> None:
    assert CALENDAR.closed_days_between(date(2026, 11, 20), date(2026, 11, 23)) == 2
    assert CALENDAR.closed_days_between(date(2026, 11, 21), date(2026, 11, 22)) == 1
    assert CALENDAR.closed_days_between(date(2026, 11, 23), date(2026, 11, 20)) == 0


def test_late_evening_in_greenwich_is_the_next_day_in_oslo() -> None:
    assert CALENDAR.local_day(datetime(2026, 11, 20, 23, 30, tzinfo=UTC)) == date(2026, 11, 21)


def test_a_unit_that_closes_before_it_opens_is_refused() -> None:
    with pytest.raises(DefinitionError, match=r"opens at 16:00 and closes at 08:00"):
        WorkCalendar(opens=time(16, 0), closes=time(8, 0))


@pytest.mark.parametrize("name", ["Europe/Olso", "", "../../etc/passwd", "Europe"])
def test_an_unknown_time_zone_is_refused(name: str) -> None:
    with pytest.raises(DefinitionError, match="Europe/Oslo"):
        WorkCalendar(time_zone=name)
