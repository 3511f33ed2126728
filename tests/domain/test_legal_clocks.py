"""Time limits of law and agreement against a stay: met, missed by how much, open, or no longer asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pathway_engine.domain.legal_clocks import SPANS, Kept, Span, verdicts
from pathway_engine.domain.stay_facts import Answer, Ended, Readiness, Reply, StayFacts
from pathway_engine.domain.work_calendar import WorkCalendar
from pathway_engine.language.ukp_rules import load_ukp_rules

CLOCKS = {clock.id: clock for clock in load_ukp_rules().clocks}
CALENDAR = WorkCalendar()
START = datetime(2024, 6, 3, 8, 0, tzinfo=UTC)  # a Monday, ten o'clock in Oslo
LATER = START + timedelta(days=30)


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


FACTS = StayFacts(stay="VN1", admitted_at=hour(0), notified_admission_at=hour(0))


@pytest.mark.parametrize(
    ("clock", "changed", "now", "kept", "by"),
    [
        pytest.param("early_notice", {"early_notice_at": hour(24)}, 30, Kept.MET, 0, id="notice-on-the-stroke"),
        pytest.param("early_notice", {"early_notice_at": hour(25)}, 30, Kept.MISSED, 1, id="notice-an-hour-late"),
        pytest.param(
            "early_notice", {"early_notice_at": hour(30), "need_known_at": hour(10)}, 31, Kept.MET, 0, id="later-need"
        ),
        pytest.param("admission_report", {}, 23, Kept.OPEN, 0, id="report-not-due-yet"),
        pytest.param("admission_report", {}, 26, Kept.MISSED, 2, id="report-missing-since"),
        pytest.param("admission_report_local", {"admission_report_at": hour(4)}, 9, Kept.MISSED, 1, id="three-hours"),
        pytest.param("admission_report", {"admission_report_at": hour(4)}, 9, Kept.MET, 0, id="twenty-four-hours"),
        pytest.param("admission_report", {"discharged_at": hour(5)}, 99, Kept.LAPSED, 0, id="left-before-the-limit"),
        pytest.param("admission_report", {"discharged_at": hour(25)}, 99, Kept.MISSED, 1, id="left-after-the-limit"),
        pytest.param(
            "discharge_report", {"discharged_at": hour(5), "discharge_report_at": hour(13)}, 99, Kept.MET, 0,
            id="report-the-same-day",
        ),
        pytest.param("discharge_report", {"discharged_at": hour(5)}, 6, Kept.OPEN, 0, id="report-open-today"),
    ],
)  # fmt: skip
def test_a_limit_is_held_against_the_stay(
    clock: str, changed: dict[str, datetime], now: float, kept: Kept, by: float
) -> None:
    facts = replace(FACTS, **changed)  # type: ignore[arg-type]
    (verdict,) = verdicts([CLOCKS[clock]], facts, CALENDAR, hour(now))
    assert (verdict.kept, verdict.by) == (kept, timedelta(hours=by))


def test_each_time_of_readiness_is_answered_for_itself() -> None:
    facts = replace(
        FACTS,
        readiness=(
            Readiness(hour(0), hour(0), hour(1), Ended.WITHDRAWN),
            Readiness(hour(24), hour(24), hour(48), Ended.WITHDRAWN),
            Readiness(hour(72), hour(72)),
        ),
        answers=(Answer(hour(27), Reply.CANNOT), Answer(hour(73), Reply.NOW)),
    )
    found = verdicts([CLOCKS["answer"]], facts, CALENDAR, LATER)
    assert [each.kept for each in found] == [Kept.LAPSED, Kept.MISSED, Kept.MET]
    assert found[1].by == timedelta(hours=1) and found[1].due_at == hour(26)


def test_working_hours_stand_still_at_night() -> None:
    facts = replace(FACTS, readiness=(Readiness(hour(5), hour(5)),))
    (verdict,) = verdicts([CLOCKS["answer"]], facts, CALENDAR, hour(6))
    assert (verdict.kept, verdict.due_at) == (Kept.OPEN, hour(23.5))


def test_requests_and_receipts_are_told_by_whoever_knows_them() -> None:
    spans = {"request": [Span(hour(0), hour(100))], "application_receipt": [Span(hour(0))]}
    chosen = [CLOCKS["request"], CLOCKS["application_receipt"]]
    late, open_still = verdicts(chosen, FACTS, CALENDAR, hour(96), spans)
    assert (late.kept, open_still.kept) == (Kept.MISSED, Kept.OPEN)
    assert verdicts(chosen, FACTS, CALENDAR, LATER) == ()


def test_what_has_not_begun_is_not_judged() -> None:
    assert verdicts(CLOCKS.values(), StayFacts(stay="VN1"), CALENDAR, LATER) == ()
    died = StayFacts(stay="VN1", discharged_at=hour(5), died_at=hour(5))
    assert verdicts([CLOCKS["discharge_report"]], died, CALENDAR, LATER) == ()


def test_every_clock_that_ships_times_something_and_says_whether_it_was_verified() -> None:
    assert {clock.times for clock in CLOCKS.values()} == set(SPANS)
    assert [clock.id for clock in CLOCKS.values() if not clock.verified] == ["answer"]
