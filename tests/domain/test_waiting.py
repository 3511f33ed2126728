"""How a stay stands for those who wait: the borders of the words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from pathway_engine.domain.overstay import Account, WaitingDay
from pathway_engine.domain.overstay_reasons import Why
from pathway_engine.domain.stay_facts import Answer, Ended, Readiness, Reply, StayFacts
from pathway_engine.domain.waiting import Standing, answer_now, darkness, figures, standing, waited

MONDAY = datetime(2026, 11, 15, 23, tzinfo=UTC)
"""Midnight in Oslo."""
NOW = MONDAY + timedelta(days=3)
HOUR = timedelta(hours=1)


def stay(*readiness: Readiness, **facts: object) -> StayFacts:
    return StayFacts(stay="S1", readiness=readiness, **facts)  # type: ignore[arg-type]


def at(days: float) -> datetime:
    return MONDAY + timedelta(days=days)


@pytest.mark.parametrize(
    ("facts", "stands", "wait"),
    [
        pytest.param(stay(admitted_at=at(0)), Standing.TOLD, 0, id="told"),
        pytest.param(stay(Readiness(at(1))), Standing.READY, 2, id="ready"),
        pytest.param(stay(Readiness(at(1), ended_at=at(2), ended_by=Ended.WITHDRAWN)), Standing.WITHDRAWN, 1,
                     id="withdrawn"),
        pytest.param(stay(Readiness(at(0), ended_at=at(1)), Readiness(at(2))), Standing.READY, 2, id="ready-again"),
        pytest.param(stay(Readiness(at(0)), discharged_at=at(1)), Standing.LEFT, 1, id="left"),
        pytest.param(stay(Readiness(at(0)), died_at=at(2)), Standing.LEFT, 2, id="died"),
        pytest.param(stay(Readiness(at(4))), Standing.READY, 0, id="ready-from-later"),
    ],
)  # fmt: skip
def test_standing_and_wait(facts: StayFacts, stands: Standing, wait: int) -> None:
    assert (standing(facts), waited(facts, NOW)) == (stands, timedelta(days=wait))


@pytest.mark.parametrize(("hours", "dark"), [(23.9, 0), (24, 1), (47.9, 1), (48, 2), (95.9, 2), (96, 4), (999, 4)])
def test_rows_are_darker_at_one_two_and_four_days(hours: float, dark: int) -> None:
    assert darkness(timedelta(hours=hours)) == dark


def test_the_last_answer_since_this_readiness_counts() -> None:
    old, new = Answer(at(0.5), Reply.NOW), Answer(at(2.5), Reply.CANNOT)
    first, second = Readiness(at(0), at(0), at(1), Ended.WITHDRAWN), Readiness(at(2), at(2))
    assert answer_now(stay(first, second, answers=(old,))) is None
    assert answer_now(stay(first, second, answers=(old, new))) == new
    assert answer_now(stay(Readiness(at(2)), answers=(new,))) is None  # nobody was told, so nobody could answer


def test_figures_of_nobody() -> None:
    found = figures([], date(2026, 11, 18), MONDAY, NOW)
    assert (found.ready_now, found.long_now, found.days_this_week, found.median_wait) == (0, 0, 0, None)


def test_the_present_day_and_the_rest_of_last_week_are_not_counted() -> None:
    """Today is Thursday the 19th; days from Monday the 9th to Sunday the 22nd."""
    days = tuple(WaitingDay(date(2026, 11, day), True, Why.SILENCE) for day in range(9, 23))
    found = figures([(stay(), Account(stay(), None, days))], date(2026, 11, 19), MONDAY, NOW)
    assert (found.days_this_week, found.days_last_week) == (3, 3)


def test_the_median_is_over_those_who_waited_this_week() -> None:
    over = stay(Readiness(at(-3)), discharged_at=at(-1))
    here = [stay(Readiness(NOW - hours * HOUR)) for hours in (10, 20, 60)]
    found = figures([(each, Account(each, None)) for each in (over, *here)], date(2026, 11, 18), MONDAY, NOW)
    assert (found.ready_now, found.long_now, found.median_wait) == (3, 1, 20 * HOUR)
