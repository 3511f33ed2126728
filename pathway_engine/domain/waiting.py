"""How a patient's stay stands for those who wait: status, how long, how dark, and figures over many stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import median

from pathway_engine.domain.overstay import Account
from pathway_engine.domain.stay_facts import Answer, Readiness, StayFacts

DARKER = (4, 2, 1)
"""After so many days of waiting a row is darker."""
LONG = timedelta(hours=48)
ONE_WEEK = timedelta(days=7)


class Standing(StrEnum):
    """Told and not ready, ready, withdrawn after it was ready, or gone."""

    TOLD = "told"
    READY = "ready"
    WITHDRAWN = "withdrawn"
    LEFT = "left"


def standing(facts: StayFacts) -> Standing:
    """How the stay stands by what was told last."""
    if facts.left_at is not None:
        return Standing.LEFT
    if not facts.readiness:
        return Standing.TOLD
    return Standing.READY if facts.readiness[-1].ended_at is None else Standing.WITHDRAWN


def waited(facts: StayFacts, now: datetime) -> timedelta:
    """How long the patient has waited ready, all times of readiness together, in exact time."""
    ends = [(each, _end(each, facts, now)) for each in facts.readiness]
    return sum((max(end - each.ready_at, timedelta(0)) for each, end in ends), timedelta(0))


def _end(each: Readiness, facts: StayFacts, now: datetime) -> datetime:
    return min(at for at in (each.ended_at, facts.left_at, now) if at is not None)


def darkness(wait: timedelta) -> int:
    """The highest of 1, 2 and 4 days that the wait has reached; 0 before the first."""
    return next((days for days in DARKER if wait >= timedelta(days=days)), 0)


def answer_now(facts: StayFacts) -> Answer | None:
    """The municipality's last answer to the readiness that stands; None while it has not answered."""
    if not facts.readiness or facts.readiness[-1].notified_at is None:
        return None
    since = facts.readiness[-2].ended_at if len(facts.readiness) > 1 else None
    given = [answer for answer in facts.answers if since is None or answer.at >= since]
    return given[-1] if given else None


@dataclass(frozen=True, slots=True)
class Figures:
    """A board's figures: days of waiting from Monday to yesterday, and the same days of last week."""

    ready_now: int
    long_now: int
    days_this_week: int
    days_last_week: int
    median_wait: timedelta | None


def figures(stays: Sequence[tuple[StayFacts, Account]], today: date, monday: datetime, now: datetime) -> Figures:
    """Count over *stays*; *monday* is when this week began. The median is over who waited this week, until now."""
    ready = [waited(facts, now) for facts, _ in stays if standing(facts) is Standing.READY]
    first = today - timedelta(days=today.weekday())
    waits = [waited(facts, now) for facts, _ in stays if _waited_since(facts, monday)]
    return Figures(
        ready_now=len(ready), long_now=sum(wait >= LONG for wait in ready),
        days_this_week=_days(stays, first, today), days_last_week=_days(stays, first - ONE_WEEK, today - ONE_WEEK),
        median_wait=timedelta(seconds=median(wait.total_seconds() for wait in waits)) if waits else None,
    )  # fmt: skip


def _waited_since(facts: StayFacts, monday: datetime) -> bool:
    ends = (min((at for at in (each.ended_at, facts.left_at) if at is not None), default=None)
            for each in facts.readiness)  # fmt: skip
    return any(end is None or end >= monday for end in ends)


def _days(stays: Iterable[tuple[StayFacts, Account]], first: date, until: date) -> int:
    return sum(first <= day.day < until for _, account in stays for day in account.days)
