"""Dates of searches: how long each is, and what the prefixes say, against arithmetic on plain numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pathway_engine.fhir.dates import PREFIXES, Stretch, compare, stretch

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
NOW = EPOCH + timedelta(milliseconds=1000)


@pytest.mark.parametrize(
    ("text", "start", "hours"),
    [
        ("2026", "2025-12-31T23:00:00", 8760),
        ("2026-10", "2026-09-30T22:00:00", 745),
        ("2026-10-25", "2026-10-24T22:00:00", 25),
        ("2026-03-29", "2026-03-28T23:00:00", 23),
        ("2026-11-20", "2026-11-19T23:00:00", 24),
        ("2026-12-31", "2026-12-30T23:00:00", 24),
    ],
)
def test_a_vague_date_is_as_long_as_it_is_in_norway(text: str, start: str, hours: int) -> None:
    found = stretch(text)
    assert found.start == datetime.fromisoformat(f"{start}+00:00")
    assert found.end - found.start == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("text", "start", "length"),
    [
        ("2026-11-20T10:00", "2026-11-20T09:00:00", timedelta(minutes=1)),
        ("2026-11-20T10:00:00", "2026-11-20T09:00:00", timedelta(seconds=1)),
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00", timedelta(seconds=1)),
        ("2026-11-20T10:00:00+02:00", "2026-11-20T08:00:00", timedelta(seconds=1)),
        ("2026-11-20T10:00:00 02:00", "2026-11-20T08:00:00", timedelta(seconds=1)),
        ("2026-11-20T10:00:00.5Z", "2026-11-20T10:00:00.500", timedelta(milliseconds=100)),
        ("2026-11-20T10:00:00.123456Z", "2026-11-20T10:00:00.123", timedelta(milliseconds=1)),
    ],
)
def test_an_instant_is_as_long_as_it_is_vague(text: str, start: str, length: timedelta) -> None:
    found = stretch(text)
    assert found == Stretch(datetime.fromisoformat(f"{start}+00:00"), found.start + length)


@pytest.mark.parametrize(
    "text",
    ["", "26", "2026-13", "2026-02-30", "2026-11-20T25:00Z", "2026-11-20T10", "2026-11-20T10:00:60Z", "0000",
     "2026-11-20T10:00+15:00", "0001-01-01T00:00+14:00", "9999-12-31T23:59:59-14:00", "٢٠٢٦", "today"],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|zone|month|day|hour|second|year"):
        stretch(text)


@pytest.mark.parametrize("text", ["9999", "9999-12", "9999-12-31", "0001-01-02"])
def test_the_ends_of_the_calendar_are_dates(text: str) -> None:
    assert stretch(text).start < stretch(text).end


def plainly(prefix: str, low: int, high: int, first: int, last: int) -> bool:
    """The standard's table on the milliseconds from *low* and before *high*, and from *first* to *last*."""
    said, told = set(range(low, high)), set(range(first, last + 1))
    inside, beyond, short_of = told <= said, max(told) >= high, min(told) < low
    return {
        "eq": inside, "ne": not inside, "gt": beyond, "lt": short_of, "ge": beyond or inside, "le": short_of or inside,
        "sa": min(told) >= high, "eb": max(told) < low,
    }[prefix]  # fmt: skip


def at(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


SMALL = st.integers(0, 12)


@given(st.sampled_from([each for each in PREFIXES if each != "ap"]), SMALL, SMALL, SMALL, SMALL)
def test_prefixes_say_what_the_standard_says(prefix: str, low: int, length: int, first: int, more: int) -> None:
    asked = Stretch(at(low), at(low + length + 1))
    target = Stretch(at(first), at(first + more + 1))
    assert compare(prefix, asked, target, NOW) is plainly(prefix, low, low + length + 1, first, first + more)


def test_what_is_approximately_then_is_a_tenth_of_how_long_ago() -> None:
    asked = Stretch(at(0), at(1))
    near, far = Stretch(at(99), at(100)), Stretch(at(102), at(103))
    assert (compare("ap", asked, near, NOW), compare("ap", asked, far, NOW)) == (True, False)
