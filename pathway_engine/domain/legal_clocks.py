"""Time limits of law and agreement, held against a stay: met, missed by how much, or open until when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pathway_engine.domain.deadlines import deadline
from pathway_engine.domain.overstay_rules import LegalClock
from pathway_engine.domain.stay_facts import StayFacts
from pathway_engine.domain.work_calendar import WorkCalendar


@dataclass(frozen=True, slots=True)
class Span:
    """Something that a limit runs on: since when, when it was done, and when it was no longer asked for."""

    since: datetime
    done_at: datetime | None = None
    lapsed_at: datetime | None = None


class Kept(StrEnum):
    """How a limit stands: met, missed, still open within it, or no longer asked for before it ran out."""

    MET = "met"
    MISSED = "missed"
    OPEN = "open"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one span stands against its clock; `by` is how long past `due_at` it was or, now, is missed."""

    clock: LegalClock
    span: Span
    due_at: datetime
    kept: Kept
    by: timedelta = timedelta(0)


def verdicts(
    clocks: Iterable[LegalClock],
    facts: StayFacts,
    calendar: WorkCalendar,
    now: datetime,
    others: Mapping[str, Iterable[Span]] | None = None,
) -> tuple[Verdict, ...]:
    """Hold every clock against the stay, in the clocks' order.

    *others* are spans that a stay's facts do not have: requests and application receipts, by name.
    """
    told = others or {}
    return tuple(
        _verdict(clock, span, calendar, now)
        for clock in clocks
        for span in (*SPANS.get(clock.times, _nothing)(facts), *told.get(clock.times, ()))
    )


def _verdict(clock: LegalClock, span: Span, calendar: WorkCalendar, now: datetime) -> Verdict:
    due_at = deadline(span.since, clock.within, calendar)
    if span.done_at is not None:
        kept = Kept.MET if span.done_at <= due_at else Kept.MISSED
    elif span.lapsed_at is not None and span.lapsed_at <= due_at:
        kept = Kept.LAPSED
    else:
        kept = Kept.OPEN if now <= due_at and span.lapsed_at is None else Kept.MISSED
    late = (span.done_at or span.lapsed_at or now) - due_at
    return Verdict(clock, span, due_at, kept, late if kept is Kept.MISSED else timedelta(0))


def _early_notice(facts: StayFacts) -> Iterator[Span]:
    if facts.admitted_at is not None:
        since = max(facts.admitted_at, facts.need_known_at or facts.admitted_at)
        yield Span(since, facts.early_notice_at or facts.notified_admission_at, facts.left_at)


def _answer(facts: StayFacts) -> Iterator[Span]:
    """One span for each time of readiness; silence is judged here and counts as cannot in the account."""
    before: datetime | None = None
    for each in facts.readiness:
        given = (answer.at for answer in facts.answers if before is None or answer.at >= before)
        lapsed_at = min((at for at in (each.ended_at, facts.left_at) if at is not None), default=None)
        first = next((at for at in given if lapsed_at is None or at <= lapsed_at), None)
        if each.notified_at is not None:
            yield Span(each.notified_at, first, lapsed_at)
        before = each.ended_at


def _admission_report(facts: StayFacts) -> Iterator[Span]:
    since = facts.notified_admission_at or facts.admitted_at
    if since is not None:
        yield Span(since, facts.admission_report_at, facts.left_at)


def _discharge_report(facts: StayFacts) -> Iterator[Span]:
    if facts.discharged_at is not None and facts.died_at is None:
        yield Span(facts.discharged_at, facts.discharge_report_at)


def _nothing(_: StayFacts) -> Iterator[Span]:
    return iter(())


SPANS: Mapping[str, Callable[[StayFacts], Iterator[Span]]] = {
    "early_notice": _early_notice,
    "answer": _answer,
    "admission_report": _admission_report,
    "discharge_report": _discharge_report,
    "request": _nothing,
    "application_receipt": _nothing,
}
"""What a clock may time. Requests and receipts are told by whoever knows them: a stay's log does not."""
