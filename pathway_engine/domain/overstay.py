"""The account of a hospital stay: payable waiting days and amount, or why nothing is payable.

FOR-2011-11-18-1115 §§ 8 to 13 as far as they are known (docs/reference/ukp-account.md): payment runs from the day
on which the patient is ready and the municipality knows it, to the day on which it says that it can receive or on
which waiting ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from pathway_engine.domain.overstay_reasons import Reason, Why
from pathway_engine.domain.overstay_rules import Policy, Rate, RateTable, UkpRules
from pathway_engine.domain.stay_facts import Answer, Ended, Readiness, Reply, Sector, StayFacts

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WaitingDay:
    """A local day of waiting: whether it is payable, why, the rate (None where there is none), and who pays."""

    day: date
    payable: bool
    why: Why
    rate: Rate | None = None
    payer: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """The account of one stay.

    `reasons` say why nothing is payable; `remarks` what was taken for granted or is missing. `days` are all days of
    waiting in order, each once. `amount_ore` is in øre, None when a payable day has no rate or nothing is payable.
    """

    facts: StayFacts
    policy: Policy | None
    days: tuple[WaitingDay, ...] = ()
    reasons: tuple[Reason, ...] = ()
    remarks: tuple[Reason, ...] = ()

    @property
    def payable(self) -> tuple[WaitingDay, ...]:
        """The days to pay for."""
        return tuple(day for day in self.days if day.payable)

    @property
    def amount_ore(self) -> int | None:
        """What the payable days cost together, in øre."""
        rates = [day.rate for day in self.payable]
        known = [rate.ore for rate in rates if rate is not None]
        return sum(known) if rates and len(known) == len(rates) else None

    @property
    def status(self) -> str:
        """``payable``, ``not_priced`` (payable, but a rate is missing) or ``not_payable``."""
        if not self.payable:
            return "not_payable"
        return "not_priced" if self.amount_ore is None else "payable"


def account(facts: StayFacts, rules: UkpRules, now: datetime) -> Account:
    """Return the account of a stay as it stands at *now*; of the present day nothing is counted yet."""
    if not facts.readiness:
        return Account(facts, None, reasons=(Reason("never_ready"),))
    policy = _policy(facts, rules)
    if policy is None:
        return Account(facts, None, reasons=(Reason("no_policy"),))
    blocks = tuple(_blocks(facts, policy))
    found = Account(facts, policy, tuple(_days(facts, policy, rules.rates, now)), blocks)
    if not found.payable:
        was_told = any(each.notified_at is not None for each in facts.readiness)
        return replace(found, reasons=(*(_nothing_to_pay(found.days) if was_told else ()), *blocks))
    if blocks:
        days = tuple(replace(day, payable=False, why=Why.BLOCKED) for day in found.days)
        return replace(found, days=days)
    return replace(found, remarks=tuple(_remarks(found, policy)))


def within(found: Account, first: date, last: date) -> Account:
    """Return the account with the days from *first* to *last* (both in) alone; parts of a period add up."""
    days = tuple(day for day in found.days if first <= day.day <= last)
    cut = replace(found, days=days)
    if cut.policy is None or not found.payable:
        return cut
    if not cut.payable:
        return replace(cut, reasons=_nothing_to_pay(days), remarks=())
    return replace(cut, remarks=tuple(_remarks(cut, cut.policy)))


def _policy(facts: StayFacts, rules: UkpRules) -> Policy | None:
    """By the UTC day first, since the policy has the zone; then by its own day."""
    ready_at = facts.readiness[0].ready_at
    found = rules.policy(ready_at.date(), facts.resides_in)
    return found and rules.policy(found.local(ready_at).date(), facts.resides_in)


# -- conditions


def _blocks(facts: StayFacts, policy: Policy) -> Iterator[Reason]:
    """What keeps the whole stay from being paid for."""
    yield from _notice_blocks(facts, policy)
    if all(each.notified_at is None for each in facts.readiness):
        yield Reason("readiness_not_notified")
    if facts.criteria_complete is False:
        yield Reason("criteria_incomplete")
    if facts.criteria_complete is None and policy.unknown_criteria_block:
        yield Reason("criteria_unknown")
    if facts.sector in (Sector.PHV, Sector.TSB) and facts.follow_up_begun is False:
        yield Reason("follow_up_not_begun")
    has_gone_home = facts.discharged_at is not None and facts.died_at is None
    if policy.asks_for_information and has_gone_home and facts.information_sent_at is None:
        yield Reason("information_missing")


def _notice_blocks(facts: StayFacts, policy: Policy) -> Iterator[Reason]:
    notice_at = _notice_at(facts, policy)
    if notice_at is None:
        yield Reason("early_notice_missing")
    elif policy.late_notice_blocks and _is_late(facts, policy, notice_at):
        yield Reason("early_notice_late")


def _notice_at(facts: StayFacts, policy: Policy) -> datetime | None:
    told = (facts.early_notice_at, None if policy.asks_for_early_notice else facts.notified_admission_at)
    return min((at for at in told if at is not None), default=None)


def _is_late(facts: StayFacts, policy: Policy, notice_at: datetime) -> bool:
    """Counted from the admission, or from when the need was known if that was later."""
    if facts.admitted_at is None:
        return False
    since = max(facts.admitted_at, facts.need_known_at or facts.admitted_at)
    return notice_at > since + timedelta(hours=policy.early_notice_within)


# -- days


def _days(facts: StayFacts, policy: Policy, rates: RateTable, now: datetime) -> Iterator[WaitingDay]:
    """Each local day of each time of readiness, once, also where one ends and the next begins on it."""
    next_day, before = date.min, None
    for each in facts.readiness:
        answers = [answer for answer in facts.answers if before is None or answer.at >= before]
        first, end = _first_day(each, policy), _end_day(each, facts, policy, now)
        day = max(first, next_day)
        while day < end:
            why = Why.NOT_NOTIFIED if each.notified_at is None else _why(day, answers, facts, policy)
            yield _waited(day, why, facts, policy, rates)
            day += ONE_DAY
        next_day, before = max(next_day, day), each.ended_at


def _first_day(each: Readiness, policy: Policy) -> date:
    """The day of readiness and notice, whichever is later, as the policy counts it."""
    starts = policy.local(max(each.ready_at, each.notified_at or each.ready_at))
    after_hours = policy.cut_off is not None and starts.time() >= policy.cut_off
    return starts.date() + ONE_DAY * (policy.grace_days + after_hours + (not policy.include_first_day))


def _end_day(each: Readiness, facts: StayFacts, policy: Policy, now: datetime) -> date:
    """The first day that is no longer waited: that on which waiting ended, or today."""
    ends = [at for at in (each.ended_at, facts.left_at, now) if at is not None]
    end = policy.local(min(ends)).date()
    has_left = facts.left_at is not None and facts.left_at == min(ends)
    return end + ONE_DAY * (has_left and policy.include_collection_day)


def _why(day: date, answers: list[Answer], facts: StayFacts, policy: Policy) -> Why:
    """What holds at the end of *day*: the day on which an offer is said to be ready is not paid for."""
    starts = policy.sectors.get(facts.sector or Sector.SOMATIC)
    if starts is None or day < starts:
        return Why.SECTOR
    given = [answer for answer in answers if policy.local(answer.at).date() <= day]
    if not given:
        return Why.SILENCE if policy.silence_counts_as_cannot else Why.NOT_ANSWERED
    return _by_answer(day, given[-1], policy)


def _by_answer(day: date, answer: Answer, policy: Policy) -> Why:
    match answer.reply:
        case Reply.NOW:
            return Why.OFFER_READY
        case Reply.CANNOT:
            return Why.CANNOT
        case Reply.FROM_DATE:
            has_come = answer.ready_on is not None and answer.ready_on <= day
            return Why.OFFER_READY if has_come and policy.dated_offer_counts else Why.OFFER_LATER


def _waited(day: date, why: Why, facts: StayFacts, policy: Policy, rates: RateTable) -> WaitingDay:
    payable = why in (Why.CANNOT, Why.SILENCE, Why.OFFER_LATER)
    by_stay = day >= policy.stay_municipality_pays_from
    payer = facts.resides_in if by_stay else facts.registered_municipality
    return WaitingDay(day, payable, why, rates.on(day), payer)


# -- what else to say


def _nothing_to_pay(days: tuple[WaitingDay, ...]) -> tuple[Reason, ...]:
    """Why none of *days* is payable, whether or not the stay fulfils the conditions."""
    whys = {day.why for day in days}
    codes = {Why.SECTOR: "sector_not_covered", Why.NOT_ANSWERED: "not_answered"}
    found = tuple(Reason(code) for why, code in codes.items() if why in whys)
    return found or (Reason("received_in_time"),)


def _remarks(found: Account, policy: Policy) -> Iterator[Reason]:
    facts = found.facts
    yield from _rate_remarks(found)
    if not policy.verified:
        yield Reason("policy_unverified", f"{policy.id} {policy.version}")
    if facts.criteria_complete is None:
        yield Reason("criteria_assumed")
    if facts.sector is None:
        yield Reason("sector_assumed")
    elif facts.sector is not Sector.SOMATIC and facts.follow_up_begun is None:
        yield Reason("follow_up_assumed")
    if facts.admitted_at is None:
        yield Reason("admission_unknown")
    elif _is_late(facts, policy, _notice_at(facts, policy) or facts.admitted_at):
        yield Reason("early_notice_late")
    if any(day.payer is None for day in found.payable):
        yield Reason("payer_unknown")
    yield from _unfinished(facts, policy)


def _rate_remarks(found: Account) -> Iterator[Reason]:
    missing = sorted({str(day.day.year) for day in found.payable if day.rate is None})
    unverified = sorted({str(day.day.year) for day in found.payable if day.rate and not day.rate.verified})
    if missing:
        yield Reason("rate_missing", ", ".join(missing))
    if unverified:
        yield Reason("rate_unverified", ", ".join(unverified))


def _unfinished(facts: StayFacts, policy: Policy) -> Iterator[Reason]:
    if facts.left_at is not None:
        return
    if facts.readiness[-1].ended_by is not Ended.READMITTED:
        if facts.readiness[-1].ended_at is None:
            yield Reason("still_waiting")
        if policy.asks_for_information and facts.information_sent_at is None:
            yield Reason("information_awaited")
