"""The calendar of a Norwegian municipality knows the public holidays and its own closing days."""

from __future__ import annotations

from datetime import date, time

import pytest

from pathway_engine.holiday_calendar import norwegian_calendar


@pytest.mark.parametrize(
    "day",
    [
        pytest.param(date(2027, 3, 25), id="maundy-thursday"),
        pytest.param(date(2027, 3, 26), id="good-friday"),
        pytest.param(date(2027, 3, 29), id="easter-monday"),
        pytest.param(date(2026, 5, 1), id="labour-day"),
        pytest.param(date(2027, 5, 17), id="constitution-day"),
        pytest.param(date(2027, 5, 6), id="ascension-day"),
        pytest.param(date(2026, 5, 25), id="whit-monday"),
        pytest.param(date(2026, 12, 25), id="christmas-day"),
        pytest.param(date(2027, 1, 1), id="new-year"),
    ],
)
def test_public_holidays_are_closed(day: date) -> None:
    assert not norwegian_calendar(2026, 2027).is_working_day(day)


def test_christmas_eve_is_worked_unless_the_municipality_closes() -> None:
    christmas_eve = date(2026, 12, 24)
    assert norwegian_calendar(2026, 2026).is_working_day(christmas_eve)
    assert not norwegian_calendar(2026, 2026, [christmas_eve]).is_working_day(christmas_eve)


def test_ordinary_sundays_are_not_listed_as_holidays() -> None:
    assert date(2026, 11, 22) not in norwegian_calendar(2026, 2026).closed


def test_holidays_are_known_in_both_the_first_and_the_last_year() -> None:
    closed = norwegian_calendar(2026, 2028).closed
    assert {day.year for day in closed} == {2026, 2027, 2028}


def test_opening_hours_are_the_units_own() -> None:
    calendar = norwegian_calendar(2026, 2026, opens=time(7, 0), closes=time(22, 0))
    assert (calendar.opens, calendar.closes) == (time(7, 0), time(22, 0))
    assert calendar.time_zone == "Europe/Oslo"
