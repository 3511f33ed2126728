"""A person's day: the lists as one reading on record, and a patient's tasks in one visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pathway_engine.service import notices, worklists
from pathway_engine.service.acting import visible_task
from pathway_engine.service.context import Context
from pathway_engine.service.views import Principal, TaskView
from pathway_engine.storage.records import Records


@dataclass(frozen=True, slots=True)
class Day:
    """The open tasks, the colleagues whom they can be given to (id and name), and how far the log had come."""

    tasks: tuple[TaskView, ...]
    colleagues: tuple[tuple[str, str], ...] = ()
    seq: int = 0


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
