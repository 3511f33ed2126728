"""Points in time: how exact they are, where they are on the clock, and which are none."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from adapters.norwegian import codes
from adapters.norwegian.values import Code, Moment, RichText


@pytest.mark.parametrize(
    ("text", "precision", "instant"),
    [
        ("2026", "year", datetime(2025, 12, 31, 23, tzinfo=UTC)),
        ("2026-07", "month", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2026-07-01", "day", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2026-07-01T12:00:00", "instant", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("2026-01-01T12:00:00", "instant", datetime(2026, 1, 1, 11, tzinfo=UTC)),
        ("2026-01-01T12:00:00Z", "instant", datetime(2026, 1, 1, 12, tzinfo=UTC)),
        ("2026-01-01T12:00:00-05:30", "instant", datetime(2026, 1, 1, 17, 30, tzinfo=UTC)),
        ("2026-01-01T12:00:00.1234567+01:00", "instant", datetime(2026, 1, 1, 11, 0, 0, 123456, tzinfo=UTC)),
        ("2026-10-25T02:30:00", "instant", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_understood(text: str, precision: str, instant: datetime) -> None:
    assert (Moment(text).precision, Moment(text).instant()) == (precision, instant)


@pytest.mark.parametrize(
    "text", ["", "i dag", "2026-13-01", "2026-02-30", "2026-01-01T25:00:00", "2026-01-01+15:00", "0001-01-01"]
)
def test_what_is_no_moment_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Moment(text).instant()


def test_where_the_calendar_ends_there_is_an_instant_but_no_day() -> None:
    moment = Moment("9999-12-31T23:59:59Z")
    assert moment.instant() == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    with pytest.raises(ValueError, match="no day"):
        moment.day()


def test_the_day_is_the_day_in_norway() -> None:
    assert Moment("2026-06-30T22:30:00Z").day() == date(2026, 7, 1)
    assert Moment("2026-07-01+02:00").day() == date(2026, 7, 1)
    with pytest.raises(ValueError, match="no day"):
        Moment("2026-07").day()


def test_a_moment_is_made_with_the_clock_in_norway() -> None:
    assert Moment.of(datetime(2026, 7, 1, 10, tzinfo=UTC)).text == "2026-07-01T12:00:00+02:00"
    assert Moment.of(date(2026, 7, 1)).text == "2026-07-01"
    assert Moment("2026-07-01T12:00:00+02:00").has_zone
    assert not Moment("2026-07-01T12:00:00").has_zone


def test_marked_up_text_is_read_plain() -> None:
    marked = '<p xmlns="http://www.w3.org/1999/xhtml" title="a>b">To &lt;3<br></br>linjer &amp; én</p>slutt'
    assert RichText(marked).plain == "To <3\nlinjer & én\nslutt"
    assert RichText.of("a<b> & 'c'\r").plain == "a<b> & 'c'\r"


def test_codes_carry_their_system_where_they_must() -> None:
    assert codes.EVENT.coded("3") == Code("3", "Pasient utskrivningsklar", "2.16.578.1.12.4.1.1.9121")
    assert codes.SEX.simple("2") == Code("2", "Kvinne")
    assert codes.known(codes.EVENT.coded("3"))
    assert not codes.known(Code("77", system=codes.EVENT.oid))
    assert not codes.known(Code("3", system="2.16.578.1.12.4.1.1.x"))
    assert len(codes.SYSTEMS) >= 25
