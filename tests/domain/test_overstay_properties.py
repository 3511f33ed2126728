"""The account of any stay: properties over stays that are made up around a New Year."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pathway_engine.domain.overstay import account, within
from pathway_engine.domain.overstay_rules import UkpRules
from pathway_engine.domain.stay_facts import Answer, Ended, Readiness, Reply, Sector, StayFacts
from tests.domain.test_overstay import NOW, POLICY, rules, stay

HOURS = st.integers(0, 60 * 24)
NEW_YEAR = datetime(2023, 12, 1, tzinfo=UTC)


def after_hours(hours: int) -> datetime:
    return NEW_YEAR + timedelta(hours=hours)


@st.composite
def stays(draw: st.DrawFn) -> StayFacts:
    """Up to three times of readiness and four answers around a New Year, in the order in which they come."""
    instants = [after_hours(hours) for hours in sorted(draw(st.lists(HOURS, min_size=6, max_size=6)))]
    pairs = list(zip(instants[::2], instants[1::2], strict=True))[: draw(st.integers(1, 3))]
    ends = st.sampled_from(Ended)
    readiness = [
        Readiness(start, start + timedelta(hours=draw(st.integers(0, 30))), end, draw(ends)) for start, end in pairs
    ]
    left_at = None
    if draw(st.booleans()):
        readiness[-1] = replace(readiness[-1], ended_at=None, ended_by=None)
        left_at = pairs[-1][1]
    replies = st.builds(
        Answer, HOURS.map(after_hours), st.sampled_from(Reply),
        st.none() | st.dates(date(2023, 12, 1), date(2024, 2, 1)),
    )  # fmt: skip
    answers = sorted(draw(st.lists(replies, max_size=4)), key=lambda answer: answer.at)
    return stay(
        admitted_at=NEW_YEAR, notified_admission_at=NEW_YEAR, readiness=tuple(readiness), answers=tuple(answers),
        discharged_at=left_at, sector=draw(st.sampled_from([None, *Sector])),
    )  # fmt: skip


policies = st.builds(
    lambda **changed: rules(**changed),
    grace_days=st.integers(0, 4), cut_off=st.none() | st.times(), include_first_day=st.booleans(),
    include_collection_day=st.booleans(), silence_counts_as_cannot=st.booleans(), dated_offer_counts=st.booleans(),
)  # fmt: skip


@settings(deadline=None)
@given(stays(), policies)
def test_no_day_is_counted_twice_or_outside_the_wait(facts: StayFacts, by: UkpRules) -> None:
    found = account(facts, by, NOW)
    counted = [day.day for day in found.days]
    assert counted == sorted(set(counted))
    last = max(each.ended_at or facts.left_at or NOW for each in facts.readiness)
    for day in counted:
        assert POLICY.local(facts.readiness[0].ready_at).date() <= day <= POLICY.local(last).date()
    assert (found.amount_ore or 0) >= 0 and len(found.payable) <= len(counted)


@settings(deadline=None)
@given(stays(), policies)
def test_years_add_up(facts: StayFacts, by: UkpRules) -> None:
    found = account(facts, by, NEW_YEAR + timedelta(days=62))
    parts = [within(found, date(year, 1, 1), date(year, 12, 31)) for year in (2023, 2024)]
    assert sum(len(part.payable) for part in parts) == len(found.payable)
    if found.amount_ore is not None:
        assert sum(part.amount_ore or 0 for part in parts) == found.amount_ore


@settings(deadline=None)
@given(stays(), policies, HOURS, st.integers(0, 400))
def test_a_later_word_that_it_can_receive_never_costs_less(
    facts: StayFacts, by: UkpRules, hours: int, later: int
) -> None:
    """Within one time of readiness: an answer does not outlive withdrawal, so it may come too early for the next."""
    by = replace(by, policies=(replace(by.policies[0], silence_counts_as_cannot=True),))
    facts = replace(facts, readiness=facts.readiness[:1])
    early, late = (replace(facts, answers=(Answer(after_hours(each), Reply.NOW),)) for each in (hours, hours + later))
    assert len(account(early, by, NOW).payable) <= len(account(late, by, NOW).payable)


@settings(deadline=None)
@given(stays(), policies, HOURS)
def test_readiness_told_later_never_costs_more(facts: StayFacts, by: UkpRules, hours: int) -> None:
    later = replace(facts, readiness=tuple(_notified_later(each, timedelta(hours=hours)) for each in facts.readiness))
    assert len(account(later, by, NOW).payable) <= len(account(facts, by, NOW).payable)


def _notified_later(each: Readiness, by: timedelta) -> Readiness:
    assert each.notified_at is not None
    return replace(each, notified_at=each.notified_at + by)
