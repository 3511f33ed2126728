"""Times of HL7 v2 become instants, also on the two nights when the clocks are turned."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.hl7v2.times import day, instant, minute

OSLO = ZoneInfo("Europe/Oslo")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("20261116100000+0100", "2026-11-16T09:00:00+00:00", id="with-offset"),
        pytest.param("20261116100000-0330", "2026-11-16T13:30:00+00:00", id="west-of-greenwich"),
        pytest.param("202611161000", "2026-11-16T09:00:00+00:00", id="winter-in-norway"),
        pytest.param("202607161000", "2026-07-16T08:00:00+00:00", id="summer-in-norway"),
        pytest.param("2026111610", "2026-11-16T09:00:00+00:00", id="to-the-hour"),
        pytest.param("20261116", "2026-11-15T23:00:00+00:00", id="a-day-begins-at-midnight-there"),
        pytest.param("202611", "2026-10-31T23:00:00+00:00", id="a-month"),
        pytest.param("2026", "2025-12-31T23:00:00+00:00", id="a-year"),
        pytest.param("20261116100000.1234", "2026-11-16T09:00:00.123400+00:00", id="fractions"),
        pytest.param("20260329023000", "2026-03-29T01:00:00+00:00", id="skipped-hour-is-the-first-after-it"),
        pytest.param("20260329020000", "2026-03-29T01:00:00+00:00", id="the-first-skipped-second"),
        pytest.param("20260329030000", "2026-03-29T01:00:00+00:00", id="the-first-after-the-gap"),
        pytest.param("20261025023000", "2026-10-25T00:30:00+00:00", id="of-two-the-first"),
    ],
)
def test_a_time_is_the_first_instant_that_it_covers(text: str, expected: str) -> None:
    """Mutants: naive local time; zoneinfo's own answer in the gap."""
    assert instant(text, OSLO).isoformat() == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "202", "2026-11-16", "٢٠٢٦١١١٦"),
        *("19501301", "20260230", "2026111625", "202611161060", "20261116100060", "20261116+9999"),
        *("00000101", "00010101000000+1400"),
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        instant(text, OSLO)


def test_a_day_is_the_day_in_norway() -> None:
    """Mutant: the day in UTC."""
    assert day("20261116233000+0000", OSLO) == date(2026, 11, 17)
    assert day("20261116", OSLO) == date(2026, 11, 16)


def test_a_month_is_not_a_day() -> None:
    with pytest.raises(ValueError, match="date"):
        day("202611", OSLO)


@settings(deadline=None)
@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2036, 1, 1)))  # noqa: DTZ001
def test_a_later_time_on_the_wall_is_never_an_earlier_instant_except_when_the_clock_goes_back(
    wall: datetime,
) -> None:
    whole = wall.replace(microsecond=0)
    found = instant(f"{whole:%Y%m%d%H%M%S}", OSLO)
    assert found.tzinfo is UTC
    assert found.astimezone(OSLO).replace(tzinfo=None) >= whole


def test_a_cause_names_the_minute() -> None:
    assert minute(datetime(2026, 11, 16, 9, 0, 59, tzinfo=UTC)) == "2026-11-16T09:00Z"
