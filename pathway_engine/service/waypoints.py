"""Did they get it? The way of a readiness: told, sent, received, read, answered, and the limit of the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pathway_engine.domain.definition import Text
from pathway_engine.domain.delivery import ARRIVED, Delivery
from pathway_engine.domain.events import Happened
from pathway_engine.domain.legal_clocks import Kept, Verdict
from pathway_engine.domain.message_titles import title_of
from pathway_engine.domain.stay_facts import Readiness, StayFacts
from pathway_engine.domain.waiting import answer_now
from pathway_engine.service.board_views import Waypoint
from pathway_engine.service.context import Context
from pathway_engine.service.hindrances import ANSWERS, answers_hospital
from pathway_engine.service.receipts import given_at
from pathway_engine.service.telling import STATES
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import LogRow, OutgoingRow, TaskRow

READY, TOLD_BY = "discharge_ready", "LOG_UTSKRIVNINGSKLAR"
READING = ("task read", "patient read")
REPLIES = {
    "now": Text("kan ta imot nå", "can receive now"), "from_date": Text("kan ta imot fra en dato", "from a date"),
    "cannot": Text("kan ikke ta imot", "cannot receive"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What is known of a patient's messages and work: the log, what was sent, all tasks, and the clocks."""

    patient_id: str
    log: Sequence[LogRow]
    outgoing: Sequence[OutgoingRow]
    tasks: Sequence[TaskRow]
    clocks: Sequence[Verdict]


def way_of(context: Context, records: Records, facts: StayFacts, traffic: Traffic) -> tuple[Waypoint, ...]:
    """The points that are known, in the order of the way; nothing for a stay that is not ready."""
    if not facts.readiness:
        return ()
    last = facts.readiness[-1]
    ours = [row for row in traffic.outgoing if row.message == TOLD_BY and row.at >= last.ready_at]
    points = [Waypoint(code="told", at=last.notified_at or last.ready_at)]
    points += _sent(records, ours[-1]) if ours else _received(records, facts, last, traffic)
    points += _read(context, records, traffic)
    points += _answered(facts, traffic)
    return tuple([*points, *_limit(facts, last, traffic)])


def _sent(records: Records, row: OutgoingRow) -> Iterator[Waypoint]:
    """Of our own message: sent, and whether the receiver has said that it has it."""
    state = Delivery(row.status)
    yield Waypoint(code="sent", at=row.sent_at, said=STATES[state], good=None if row.sent_at else False)
    arrived = given_at(records, row.patient_id, row.message_id) or (row.settled_at if state in ARRIVED else None)
    yield Waypoint(code="received", at=arrived, good=state in ARRIVED or None)


def _received(records: Records, facts: StayFacts, last: Readiness, traffic: Traffic) -> Iterator[Waypoint]:
    """Of a message that came here: when it was received, and that it was receipted."""
    ids = [row.inbox_id for row in traffic.log if row.inbox_id is not None and _tells(row, facts, last)]
    for row in records.messages_with_ids(ids[:1]):
        yield Waypoint(code="received", at=row.received_at, said=title_of(row.message_type), good=True)


def _tells(row: LogRow, facts: StayFacts, last: Readiness) -> bool:
    entry = row.entry
    is_it = isinstance(entry, Happened) and entry.name == READY and entry.stay == facts.stay
    return is_it and isinstance(entry, Happened) and entry.occurred_at >= last.ready_at


def _read(context: Context, records: Records, traffic: Traffic) -> Iterator[Waypoint]:
    """When somebody of the municipality opened the step that answers."""
    steps = {row.id: row for row in traffic.tasks if answers_hospital(context, row)}
    if not steps:
        return
    since = max(row.raised_at for row in steps.values())
    looked = [
        row for row in records.audit(traffic.patient_id, limit=1000) if row.object_id in steps and row.at >= since
    ]
    at = min((row.at for row in looked if row.action.startswith("task ")), default=None)
    yield Waypoint(code="read", at=at)


def _answered(facts: StayFacts, traffic: Traffic) -> Iterator[Waypoint]:
    answer = answer_now(facts)
    if answer is None:
        yield Waypoint(code="answered", at=None)
        return
    yield Waypoint(code="answered", at=answer.at, said=REPLIES[answer.reply.value])
    sent = [row for row in traffic.outgoing if row.message == ANSWERS]
    if sent:
        yield answer_way(sent[-1])


def answer_way(row: OutgoingRow) -> Waypoint:
    """How far the municipality's own answer has come."""
    state = Delivery(row.status)
    bad = state in (Delivery.REFUSED, Delivery.DEAD, Delivery.TIMED_OUT)
    good = True if state in ARRIVED else False if bad else None
    return Waypoint(code="answer_sent", at=row.settled_at or row.sent_at, said=STATES[state], good=good)


def _limit(facts: StayFacts, last: Readiness, traffic: Traffic) -> Iterator[Waypoint]:
    since = last.notified_at
    for verdict in traffic.clocks:
        if verdict.clock.times == "answer" and verdict.span.since == since:
            good = {Kept.MET: True, Kept.MISSED: False}.get(verdict.kept)
            yield Waypoint(code="deadline", at=verdict.due_at, said=_limit_text(verdict), good=good)


def _limit_text(verdict: Verdict) -> Text:
    clock, hours = verdict.clock, int(verdict.by.total_seconds() // 3600)
    doubt = Text("", "") if clock.verified else Text("; regelen er ikke bekreftet", "; the rule is not verified")
    word = {
        Kept.MET: Text("holdt", "met"), Kept.OPEN: Text("åpen", "open"), Kept.LAPSED: Text("bortfalt", "lapsed"),
        Kept.MISSED: Text(f"brutt med {hours} t", f"missed by {hours} h"),
    }[verdict.kept]  # fmt: skip
    return Text(
        f"{word.nb}; {clock.says.nb}, {clock.basis}{doubt.nb}", f"{word.en}; {clock.says.en}, {clock.basis}{doubt.en}"
    )


def told_last(log: Sequence[LogRow], otherwise: datetime) -> datetime:
    """When anything was heard of the patient last."""
    return max((row.received_at for row in log), default=otherwise)
