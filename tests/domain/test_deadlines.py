"""Deadlines follow the calendar and the clock on the patient's wall."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from pathway_engine.domain.deadlines import (
    after,
    cap,
    deadline,
    end_of,
    local_instant,
    parse_duration,
    recurrence,
    window_opens,
)
from pathway_engine.domain.definition import Duration, Unit
from pathway_engine.domain.errors import DefinitionError
from pathway_engine.domain.work_calendar import WorkCalendar

OSLO = "Europe/Oslo"
CALENDAR = WorkCalendar(
    closed=frozenset(
        date.fromisoformat(day)
        for day in (
            *("2026-12-24", "2026-12-25", "2026-12-26", "2027-01-01"),
            *("2027-03-25", "2027-03-26", "2027-03-28", "2027-03-29", "2027-05-17"),
        )
    )
)


def at(text: str) -> datetime:
    """The UTC instant of an ISO text, in Oslo where it has no offset."""
    instant = datetime.fromisoformat(text)
    return (instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(OSLO))).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 days", Duration(3, Unit.DAYS)),
        ("1 day", Duration(1, Unit.DAYS)),
        ("3 working days", Duration(3, Unit.WORKING_DAYS)),
        ("1 working day at 15:00", Duration(1, Unit.WORKING_DAYS, time(15, 0))),
        ("4 weeks", Duration(4, Unit.WEEKS)),
        ("same day", Duration(0, Unit.DAYS)),
        ("same day at 15:00", Duration(0, Unit.DAYS, time(15, 0))),
        ("0 hours", Duration(0, Unit.HOURS)),
        ("2 working hours", Duration(2, Unit.WORKING_HOURS)),
    ],
)
def test_a_duration_is_read_as_it_is_written(text: str, expected: Duration) -> None:
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "three days",
            "3",
            "days",
            "-1 days",
            "3 months",
            "3  days",
            " 3 days",
            "3 days\n",
            "99999 days",
        ),
        *("3 hours at 15:00", "2 working hours at 08:00", "same day at 25:00", "3 days at 15.00"),
        *("3 working weeks", "same week", "٣ days"),
    ],
)
def test_another_duration_is_refused(text: str) -> None:
    with pytest.raises(DefinitionError):
        parse_duration(text)


def test_a_refused_duration_is_told_what_would_be_right() -> None:
    with pytest.raises(DefinitionError, match=r"'3 dager' found; write e\.g\. `3 days`"):
        parse_duration("3 dager")
    with pytest.raises(DefinitionError, match="leave `at 15:00` out"):
        parse_duration("3 hours at 15:00")


@pytest.mark.parametrize(
    ("start", "due", "expected"),
    [
        pytest.param("2026-11-17T13:30", "3 days", "2026-11-20T23:59:59", id="days-end-at-midnight"),
        pytest.param("2026-11-20T15:45", "3 days", "2026-11-23T23:59:59", id="days-count-the-weekend"),
        pytest.param("2026-11-20T23:30Z", "3 days", "2026-11-24T23:59:59", id="late-evening-is-next-day-in-oslo"),
        pytest.param("2026-11-20T00:15", "3 days", "2026-11-23T23:59:59", id="just-after-midnight"),
        pytest.param("2026-03-27T13:00", "3 days", "2026-03-30T23:59:59", id="into-summer-time"),
        pytest.param("2026-10-23T12:00", "3 days", "2026-10-26T23:59:59", id="out-of-summer-time"),
        pytest.param("2028-02-28T12:00", "1 day", "2028-02-29T23:59:59", id="leap-day"),
        pytest.param("2026-12-30T12:00", "3 days", "2027-01-02T23:59:59", id="over-new-year"),
        pytest.param("2026-11-17T13:30", "4 weeks", "2026-12-15T23:59:59", id="weeks"),
        pytest.param("2026-11-17T13:30", "same day", "2026-11-17T23:59:59", id="same-day"),
        pytest.param("2026-11-17T13:30", "1 day at 15:00", "2026-11-18T15:00", id="another-hour"),
        pytest.param("2026-03-28T12:00", "1 day at 02:30", "2026-03-29T03:00", id="hour-in-the-gap"),
        pytest.param("2026-10-24T12:00", "1 day at 02:30", "2026-10-25T02:30+02:00", id="hour-that-comes-twice"),
        pytest.param("2026-11-20T15:45", "1 working day", "2026-11-23T23:59:59", id="friday-afternoon"),
        pytest.param("2026-11-21T12:00", "1 working day", "2026-11-23T23:59:59", id="from-a-saturday"),
        pytest.param("2026-12-23T12:00", "1 working day", "2026-12-28T23:59:59", id="from-23-december"),
        pytest.param("2026-12-23T12:00", "4 working days", "2026-12-31T23:59:59", id="between-holidays"),
        pytest.param("2027-03-24T12:00", "2 working days", "2027-03-31T23:59:59", id="over-easter-2027"),
        pytest.param("2026-10-25T02:30+02:00", "3 hours", "2026-10-25T04:30", id="hours-elapse-in-autumn"),
        pytest.param("2026-03-29T01:30", "3 hours", "2026-03-29T05:30", id="hours-elapse-in-spring"),
        pytest.param("2026-11-17T09:00", "2 working hours", "2026-11-17T11:00", id="in-opening-hours"),
        pytest.param("2026-11-17T13:30", "2 working hours", "2026-11-17T15:30", id="until-closing"),
        pytest.param("2026-11-17T14:30", "2 working hours", "2026-11-18T09:00", id="over-night"),
        pytest.param("2026-11-20T14:30", "2 working hours", "2026-11-23T09:00", id="over-the-weekend"),
        pytest.param("2026-11-17T05:00", "2 working hours", "2026-11-17T10:00", id="before-opening"),
        pytest.param("2026-11-17T22:00", "2 working hours", "2026-11-18T10:00", id="after-closing"),
        pytest.param("2026-11-21T10:00", "2 working hours", "2026-11-23T10:00", id="on-a-saturday"),
        pytest.param("2026-11-17T08:00", "16 working hours", "2026-11-19T09:00", id="over-two-nights"),
        pytest.param("2027-03-24T14:30", "2 working hours", "2027-03-30T09:00", id="over-easter"),
    ],
)
def test_a_deadline_follows_the_calendar(start: str, due: str, expected: str) -> None:
    assert deadline(at(start), parse_duration(due), CALENDAR) == at(expected)


@pytest.mark.parametrize(
    ("day", "wall", "expected"),
    [
        pytest.param("2026-03-29", "02:00", "2026-03-29T01:00Z", id="the-gap-begins"),
        pytest.param("2026-03-29", "02:30", "2026-03-29T01:00Z", id="in-the-gap"),
        pytest.param("2026-03-29", "02:59:59", "2026-03-29T01:00Z", id="the-gap-ends"),
        pytest.param("2026-03-29", "03:00", "2026-03-29T01:00Z", id="after-the-gap"),
        pytest.param("2026-03-29", "01:59:59", "2026-03-29T00:59:59Z", id="before-the-gap"),
        pytest.param("2026-10-25", "02:30", "2026-10-25T00:30Z", id="the-first-of-two"),
        pytest.param("2026-10-25", "03:00", "2026-10-25T02:00Z", id="after-both"),
        pytest.param("2026-06-15", "12:00", "2026-06-15T10:00Z", id="summer"),
    ],
)
def test_every_wall_time_has_one_instant(day: str, wall: str, expected: str) -> None:
    instant = local_instant(date.fromisoformat(day), time.fromisoformat(wall), OSLO)
    assert instant == at(expected)
    assert instant.tzinfo is UTC


def test_a_gap_of_half_an_hour_ends_where_the_zone_says() -> None:
    instant = local_instant(date(2026, 10, 4), time(2, 15), "Australia/Lord_Howe")
    assert instant == at("2026-10-03T15:30Z")


def test_a_day_ends_one_second_before_midnight_or_at_its_hour() -> None:
    assert end_of(date(2026, 11, 20), None, OSLO) == at("2026-11-20T23:59:59")
    assert end_of(date(2026, 11, 20), time(0, 0), OSLO) == at("2026-11-20T00:00")


@pytest.mark.parametrize(
    ("not_before", "expected"),
    [
        ("14 days", "2026-12-01T00:00"),
        ("2 weeks", "2026-12-01T00:00"),
        ("14 days at 08:00", "2026-12-01T08:00"),
        ("4 working days", "2026-11-23T00:00"),
        ("5 hours", "2026-11-17T18:30"),
        ("3 working hours", "2026-11-18T09:00"),
    ],
)
def test_a_window_of_days_opens_at_midnight(not_before: str, expected: str) -> None:
    assert window_opens(at("2026-11-17T13:30"), parse_duration(not_before), CALENDAR) == at(expected)


@pytest.mark.parametrize(
    ("instant", "wait", "expected"),
    [
        pytest.param("2026-11-20T23:59:59", "0 hours", "2026-11-20T23:59:59", id="at-once"),
        pytest.param("2026-11-20T23:59:59", "1 day", "2026-11-21T23:59:59", id="a-day"),
        pytest.param("2026-11-20T12:00", "1 working day", "2026-11-23T12:00", id="a-working-day"),
        pytest.param("2026-10-24T12:00", "1 day", "2026-10-25T12:00", id="same-wall-time-in-autumn"),
        pytest.param("2026-10-24T12:00", "24 hours", "2026-10-25T11:00", id="elapsed-hours-in-autumn"),
        pytest.param("2026-03-28T02:30", "1 day", "2026-03-29T03:00", id="into-the-gap"),
        pytest.param("2026-11-20T12:00", "1 day at 08:00", "2026-11-21T08:00", id="another-hour"),
    ],
)
def test_an_escalation_waits_in_wall_time(instant: str, wait: str, expected: str) -> None:
    assert after(at(instant), parse_duration(wait), CALENDAR) == at(expected)


@pytest.mark.parametrize(
    ("every", "n", "expected"),
    [
        pytest.param("1 day", 0, "2026-11-20T13:30", id="daily-begins-on-entry"),
        pytest.param("1 day", 1, "2026-11-21T00:00", id="daily-goes-on-at-midnight"),
        pytest.param("1 day", 10, "2026-11-30T00:00", id="daily-the-tenth"),
        pytest.param("1 day at 06:00", 1, "2026-11-21T06:00", id="daily-at-an-hour"),
        pytest.param("7 days", 0, "2026-11-27T00:00", id="longer-begins-after-the-first-period"),
        pytest.param("26 weeks", 0, "2027-05-21T00:00", id="half-a-year"),
        pytest.param("1 week", 1, "2026-12-04T00:00", id="the-second-week"),
        pytest.param("1 working day", 0, "2026-11-20T13:30", id="working-daily-begins-on-entry"),
        pytest.param("1 working day", 1, "2026-11-23T00:00", id="working-daily-skips-the-weekend"),
        pytest.param("3 working days", 0, "2026-11-25T00:00", id="working-days"),
        pytest.param("4 hours", 0, "2026-11-20T17:30", id="hours"),
        pytest.param("4 hours", 2, "2026-11-21T01:30", id="hours-elapse"),
        pytest.param("2 working hours", 1, "2026-11-23T10:00", id="working-hours"),
    ],
)
def test_what_recurs_falls_at_known_instants(every: str, n: int, expected: str) -> None:
    entered = at("2026-11-20T13:30")
    assert recurrence(entered, parse_duration(every), n, CALENDAR) == at(expected)


def test_what_recurs_on_working_days_waits_for_the_first_one() -> None:
    entered = at("2026-11-21T13:30")
    found = [recurrence(entered, parse_duration("1 working day"), n, CALENDAR) for n in range(2)]
    assert found == [at("2026-11-23T00:00"), at("2026-11-24T00:00")]


def test_a_cap_only_ever_moves_a_deadline_forward() -> None:
    due = at("2026-11-20T23:59:59")
    assert cap(due, date(2026, 11, 18), CALENDAR) == at("2026-11-18T23:59:59")
    assert cap(due, date(2026, 11, 18), CALENDAR, time(12, 0)) == at("2026-11-18T12:00")
    assert cap(due, date(2026, 11, 25), CALENDAR) == due


def test_another_time_zone_has_its_own_midnight() -> None:
    calendar = WorkCalendar(time_zone="America/New_York")
    found = deadline(at("2026-11-17T13:30"), parse_duration("same day"), calendar)
    assert found == at("2026-11-17T23:59:59-05:00")
