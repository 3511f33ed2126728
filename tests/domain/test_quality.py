"""Quality figures over worlds that are small enough to count by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from pathway_engine.domain.quality import (
    Figure,
    HospitalStay,
    ListTask,
    Observation,
    by_month,
    figure,
    figures,
    months_to,
    observed,
)
from pathway_engine.domain.quality_measures import MEASURE_OF, MEASURES
from pathway_engine.domain.variation import variation

HOME = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def task(step: str, done_after: float | None = None, episode: str = "e1", **changed: object) -> ListTask:
    """A list raised at the homecoming, due three days after it, and done so many days after it."""
    told: dict[str, object] = {
        "episode": episode, "unit": "east", "step": step, "raised_at": HOME, "due_at": HOME + 3 * DAY,
        "ended_at": None if done_after is None else HOME + done_after * DAY,
        "status": "requested" if done_after is None else "completed",
    }  # fmt: skip
    return ListTask(**{**told, **changed})  # type: ignore[arg-type]


def stay(**told: object) -> HospitalStay:
    return HospitalStay(unit="east", **told)  # type: ignore[arg-type]


def values(
    measure: str, tasks: Sequence[ListTask] = (), stays: Sequence[HospitalStay] = (), now: datetime = NOW
) -> list[float]:
    return [float(each.value) for each in observed(tasks, stays, now)[measure]]


def test_a_list_is_done_late_or_in_time_or_not() -> None:
    lists = [task("HPH2", 2), task("HPH2", 5, "e2"), task("HPH2", None, "e3"), task("HPH2", 1, "e4", status="failed")]
    assert values("done_HPH2", lists) == [1, 1, 0, 0]
    assert values("in_time_HPH2", lists) == [1, 0, 0, 0]


def test_what_was_cancelled_counts_nowhere_and_what_is_not_applicable_beside() -> None:
    lists = [task("HPH2", 1, status="cancelled"), task("HPH2", 1, status="rejected"), task("HPH2", 1)]
    assert values("done_HPH2", lists) == [1]
    assert values("not_applicable", lists) == [1, 0]


def test_what_is_not_due_yet_is_not_counted() -> None:
    open_list = task("HPH3", due_at=NOW + DAY)
    assert values("done_HPH3", [open_list, task("HPH3", due_at=None)]) == []
    assert values("done_HPH3", [open_list], now=NOW + 2 * DAY) == [0]


def test_a_deadline_at_midnight_belongs_to_the_month_that_it_ends() -> None:
    midnight = datetime(2026, 3, 31, 22, 0, tzinfo=UTC)  # in Oslo, summer time
    (found,) = observed([task("HPH3", 1, due_at=midnight)], [], NOW)["done_HPH3"]
    assert found.day == date(2026, 3, 31)


@pytest.mark.parametrize(("after", "counts"), [(0.5, 1), (3.4, 1), (3.6, 0)])
def test_three_days_end_at_midnight_in_oslo(after: float, counts: int) -> None:
    assert values("three_days", [task("HPH2", after)]) == [counts]


def test_before_the_three_days_have_gone_nobody_is_counted() -> None:
    assert values("three_days", [task("HPH2")], now=HOME + 3 * DAY) == []
    assert values("three_days", [task("HPH2")], now=HOME + 4 * DAY) == [0]


def test_three_of_four_are_counted_for_each_homecoming() -> None:
    before = HOME - 2 * DAY
    three = [task("HPH0", -1, raised_at=before), task("HPH2", 1), task("HPH3", 40), task("HPH5")]
    two = [task("HPH2", 1, "e2"), task("HPH3", 9, "e2"), task("HPH1", 1, "e2")]
    assert values("three_of_four", [*three, *two]) == [1, 0]


def test_lists_of_a_second_homecoming_are_its_own() -> None:
    second = HOME + 40 * DAY
    first = [task("HPH2", 1), task("HPH3", 9), task("HPH5", 20)]
    again = [task("HPH0", 39, raised_at=second - DAY), task("HPH2", 41, raised_at=second)]
    assert values("three_of_four", [*first, *again]) == [1, 0]


def test_a_homecoming_that_was_broken_off_or_is_young_is_not_counted() -> None:
    broken = [task("HPH2", 1), task("HPH5", 9, status="cancelled")]
    assert values("three_of_four", broken) == []
    assert values("three_of_four", [task("HPH2", 1)], now=HOME + 27 * DAY) == []
    assert values("three_of_four", [task("HPH2", 1)], now=HOME + 28 * DAY) == [0]


def test_nights_are_counted_in_the_month_in_which_they_begin() -> None:
    ready = datetime(2026, 3, 29, 10, 0, tzinfo=UTC)
    waits = ((ready - 9 * DAY, ready - 8 * DAY), (ready, None))
    found = observed([], [stay(waits=waits, left_at=ready + 5 * DAY)], NOW)["overstay_days"]
    assert [(each.day, each.value) for each in found] == [(date(2026, 3, 1), 4), (date(2026, 4, 1), 2)]


def test_a_wait_is_from_the_last_readiness_to_the_discharge() -> None:
    waits = ((HOME - 9 * DAY, HOME - 8 * DAY), (HOME - 1.5 * DAY, HOME))
    assert values("wait", stays=[stay(waits=waits, left_at=HOME)]) == [1.5]


def test_a_letter_within_a_day_and_an_admission_within_thirty() -> None:
    stays = [
        stay(left_at=HOME, letter_at=HOME + DAY, again_at=HOME + 30 * DAY),
        stay(left_at=HOME, letter_at=HOME + 1.1 * DAY, again_at=HOME + 31 * DAY),
        stay(left_at=HOME),
        stay(left_at=HOME, died=True),
        stay(left_at=NOW - DAY / 2),
    ]
    assert values("letter", stays=stays) == [1, 0, 0]
    assert values("readmitted", stays=stays) == [1, 0, 0]


# -- small numbers


def counted(*ones: int, unit: str = "east") -> list[Observation]:
    return [Observation(date(2026, 3, 1), unit, one) for one in ones]


DONE = MEASURE_OF["done_HPH2"]


def test_of_fewer_than_five_nothing_is_told() -> None:
    few = figure(DONE, "x", counted(1, 1, 1, 1))
    assert (few.numerator, few.denominator, few.value, few.is_suppressed) == (None, None, None, True)
    five = figure(DONE, "x", counted(1, 1, 1, 1, 0))
    assert (five.numerator, five.denominator, five.value, five.is_suppressed) == (4, 5, 0.8, False)
    assert figure(DONE, "x", []) == Figure(measure="done_HPH2", of="x", numerator=0, denominator=0, value=None)


def test_one_hidden_number_is_not_what_the_others_leave_of_the_whole() -> None:
    found = figures(DONE, {"a": counted(1), "b": counted(*[1] * 9), "c": counted(*[1] * 7), "d": []})
    assert [each.denominator for each in found] == [None, 9, None, 0]
    two = figures(DONE, {"a": counted(1), "b": counted(1), "c": counted(*[1] * 7)})
    assert [each.denominator for each in two] == [None, None, 7]


def test_sums_and_medians() -> None:
    days = counted(1, 2, 3, 4, 10)
    assert figure(MEASURE_OF["overstay_days"], "x", days).value == 20
    assert figure(MEASURE_OF["wait"], "x", days).value == 3


def test_months_run_to_the_last_one() -> None:
    months = months_to(date(2026, 2, 28), 3)
    assert months == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
    parts = by_month([Observation(date(2026, 1, 31), "east", 1), Observation(date(2025, 11, 30), "east", 1)], months)
    assert {month: len(found) for month, found in parts.items()} == {"2025-12": 0, "2026-01": 1, "2026-02": 0}


# -- variation


def points(*shares: float | None, of: int = 100) -> list[Figure]:
    return [
        Figure(
            measure="done_HPH2", of=f"{place}", numerator=None if share is None else share * of, denominator=of,
            value=share,
        )
        for place, share in enumerate(shares)
    ]  # fmt: skip


def test_six_on_one_side_are_a_shift_and_five_are_not() -> None:
    low, high = (0.2, 0.3), (0.6, 0.7, 0.8, 0.6, 0.7, 0.8)
    shifted = variation(DONE, points(*low * 3, 0.5, *high)).shifted
    assert shifted == (0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12)
    assert variation(DONE, points(0.2, 0.3, 0.2, 0.3, 0.2, 0.6, 0.7, 0.8, 0.6, 0.7)).shifted == ()


def test_months_on_the_line_and_without_a_value_break_no_row() -> None:
    found = variation(DONE, points(0.1, 0.1, 0.1, 0.5, None, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9))
    assert found.middle == 0.5 and {0, 1, 2, 5, 6, 7} <= set(found.shifted) and 3 not in found.shifted


def test_limits_of_shares_are_those_of_a_p_chart_from_eight_months_on() -> None:
    assert variation(DONE, points(*[0.5] * 7)).lower == (None,) * 7
    found = variation(DONE, points(*[0.5] * 7, 0.9))
    centre = (7 * 50 + 90) / 800
    width = 3 * (centre * (1 - centre) / 100) ** 0.5
    assert found.upper[0] == pytest.approx(centre + width) and found.lower[0] == pytest.approx(centre - width)
    assert found.beyond == (7,)


def test_limits_of_other_figures_are_those_of_an_individuals_chart() -> None:
    days = [10.0, 12, 10, 12, 10, 12, 10, 30]
    series = [
        Figure(measure="overstay_days", of=f"{place}", numerator=each, denominator=9, value=each)
        for place, each in enumerate(days)
    ]
    found = variation(MEASURE_OF["overstay_days"], series)
    width = 2.66 * (6 * 2 + 20) / 7
    assert found.upper[0] == pytest.approx(13.25 + width) and found.lower[0] == pytest.approx(13.25 - width)
    assert found.beyond == (7,)


def test_every_measure_is_counted_and_told_in_both_languages() -> None:
    assert set(observed([], [], NOW)) == {measure.id for measure in MEASURES}
    told = [text for each in MEASURES for text in (each.title, each.numerator, each.denominator, each.source)]
    assert all(text.nb and text.en and text.nb != text.en for text in told)
