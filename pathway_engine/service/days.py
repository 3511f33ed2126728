"""A person's day: the lists as one reading on record, a patient's tasks in one visit, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pathway_engine.service import notices, worklists
from pathway_engine.service.acting import visible_task
from pathway_engine.service.context import Context
from pathway_engine.service.views import Principal, TaskView
from pathway_engine.storage.records import Records

Seats = frozenset[tuple[str, str]]
MANY = 200
"""Entries of the log after which it is not asked any more whose lists they concern: everybody's."""


@dataclass(frozen=True, slots=True)
class Day:
    """The open tasks, the colleagues whom they can be given to (id and name), and how far the log had come."""

    tasks: tuple[TaskView, ...]
    colleagues: tuple[tuple[str, str], ...] = ()
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """How far the log has come, and the seats on whose lists something may have changed; None means all."""

    seq: int
    seats: Seats | None = frozenset()

    def concern(self, who: Principal) -> bool:
        """Whether they may have changed a list of *who*."""
        return self.seats is None or not self.seats.isdisjoint(who.seats)


def day(context: Context, who: Principal, now: datetime, purpose: str) -> Day:
    """The lists of *who*, read in one transaction with the record that they were read and of whom they told."""
    read = context.committed(lambda records: _read(context, records, who, now, purpose))
    tasks = notices.with_notices(context, who, read.tasks, now)
    return Day(tuple(tasks), read.colleagues, read.seq)


def _read(context: Context, records: Records, who: Principal, now: datetime, purpose: str) -> Day:
    seq = records.last_seq()
    lines = records.worklist(who.seats)
    views = tuple(worklists.task_view(context, line.task, line.patient, line.escalated, now) for line in lines)
    shown = [view.patient_id for view in views]
    records.write_list_read(at=now, actor=who.person, role=who.role, shown=shown, action=purpose)
    return Day(views, _colleagues(context, who), seq)


def _colleagues(context: Context, who: Principal) -> tuple[tuple[str, str], ...]:
    directory = context.directory
    people = {each.id: each.name for seat in who.seats for each in directory.colleagues(*seat)}
    others = ((person, name) for person, name in people.items() if person != who.person)
    return tuple(sorted(others, key=lambda each: (each[1], each[0])))


def visit(context: Context, who: Principal, task_id: str, now: datetime) -> tuple[TaskView, ...]:
    """The open tasks of the patient of *task_id* on the lists of *who*, on record. Raises UnknownTask."""
    return context.committed(lambda records: _visit(context, records, who, task_id, now))


def _visit(context: Context, records: Records, who: Principal, task_id: str, now: datetime) -> tuple[TaskView, ...]:
    row = visible_task(records, who, task_id)
    lines = records.worklist(who.seats, patient_id=row.patient_id)
    records.write_audit(
        at=now, actor=who.person, role=who.role, action="visit read", patient_id=row.patient_id, object_id=row.id,
        detail=" ".join(line.task.id for line in lines),
    )  # fmt: skip
    return tuple(worklists.task_view(context, line.task, line.patient, line.escalated, now) for line in lines)


def changes(context: Context, since: int | None) -> Changes:
    """One look at the end of the log; only when it has grown, one more at whose lists that concerns."""
    with context.store.reading() as records:
        seq = records.last_seq()
        if since is None or seq == since:
            return Changes(seq)
        if seq < since or seq - since > MANY:
            return Changes(seq, None)
        return Changes(seq, _seats(records.seats_told_of(since)))


def _seats(found: Iterable[tuple[str, str]]) -> Seats:
    return frozenset(found)
