"""The arithmetic of a deadline is told in words a nurse can check against a wall calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from pathway_engine.domain.deadlines import (
    cap,
    deadline,
    explain,
    format_day,
    format_duration,
    format_instant,
    parse_duration,
)
from pathway_engine.domain.definition import Text
from pathway_engine.domain.work_calendar import WorkCalendar

CALENDAR = WorkCalendar(closed=frozenset({date(2026, 12, 24), date(2026, 12, 25)}))
TUESDAY = datetime(2026, 11, 17, 12, 30, tzinfo=UTC)
FRIDAY = datetime(2026, 11, 20, 13, 30, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 21, 9, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 22, 9, tzinfo=UTC)
LITTLE_CHRISTMAS_EVE = datetime(2026, 12, 23, 9, tzinfo=UTC)


def explained(start: datetime, due: str, **names: Text) -> Text:
    """The arithmetic of a deadline counted here."""
    duration = parse_duration(due)
    return explain(start, duration, deadline(start, duration, CALENDAR), CALENDAR, **names)


def test_days_are_told_in_both_languages() -> None:
    assert explained(TUESDAY, "3 days") == Text(
        "3 dager fra tirsdag 17. november 2026 kl. 13.30 → fredag 20. november 2026 kl. 23.59",
        "3 days from Tuesday 17 November 2026 at 13:30 → Friday 20 November 2026 at 23:59",
    )


@pytest.mark.parametrize(
    ("start", "due", "ending"),
    [
        pytest.param(FRIDAY, "1 working day", "; 2 stengte dager hoppet over", id="a-weekend"),
        pytest.param(FRIDAY, "2 working hours", "; 2 stengte dager hoppet over", id="a-weekend-in-hours"),
        pytest.param(SATURDAY, "2 working hours", "; 2 stengte dager hoppet over", id="from-a-saturday"),
        pytest.param(SUNDAY, "1 working hour", "; 1 stengt dag hoppet over", id="from-a-sunday"),
        pytest.param(LITTLE_CHRISTMAS_EVE, "1 working day", "; 4 stengte dager hoppet over", id="christmas"),
        pytest.param(FRIDAY, "3 days", "kl. 23.59", id="calendar-days-skip-nothing"),
        pytest.param(TUESDAY, "1 working day", "kl. 23.59", id="nothing-skipped"),
    ],
)
def test_closed_days_that_were_skipped_are_counted(start: datetime, due: str, ending: str) -> None:
    assert explained(start, due).nb.endswith(ending)


def test_an_anchor_is_named() -> None:
    told = explained(TUESDAY, "same day at 15:00", anchor=Text("utskrevet", "discharged"))
    assert told == Text(
        "samme dag som utskrevet, tirsdag 17. november 2026 kl. 13.30 → tirsdag 17. november 2026 kl. 15.00",
        "same day as discharged, Tuesday 17 November 2026 at 13:30 → Tuesday 17 November 2026 at 15:00",
    )


def test_a_cap_is_named_and_its_day_is_the_result() -> None:
    duration = parse_duration("3 days")
    capped = cap(deadline(TUESDAY, duration, CALENDAR), date(2026, 11, 18), CALENDAR)
    told = explain(TUESDAY, duration, capped, CALENDAR, capped_by=Text("forventet utskrivelse", "expected discharge"))
    assert told.nb.endswith("→ onsdag 18. november 2026 kl. 23.59; ikke senere enn forventet utskrivelse")
    assert told.en.endswith("→ Wednesday 18 November 2026 at 23:59; no later than expected discharge")


def test_the_wall_time_is_the_patients() -> None:
    midsummer = datetime(2026, 6, 23, 22, 5, tzinfo=UTC)
    assert format_instant(midsummer, "Europe/Oslo", "nb") == "onsdag 24. juni 2026 kl. 00.05"
    assert format_instant(midsummer, "Europe/Oslo", "en") == "Wednesday 24 June 2026 at 00:05"
    assert format_day(date(2028, 2, 29), "nb") == "tirsdag 29. februar 2028"


@pytest.mark.parametrize(
    ("written", "nb", "en"),
    [
        ("1 day", "1 dag", "1 day"),
        ("3 working days at 15:00", "3 virkedager kl. 15.00", "3 working days at 15:00"),
        ("1 week", "1 uke", "1 week"),
        ("0 hours", "0 timer", "0 hours"),
        ("1 working hour", "1 time i åpningstiden", "1 working hour"),
        ("same day", "samme dag", "same day"),
    ],
)
def test_a_duration_has_words_and_the_english_ones_can_be_read_again(written: str, nb: str, en: str) -> None:
    duration = parse_duration(written)
    assert format_duration(duration) == Text(nb, en)
    assert parse_duration(en) == duration
