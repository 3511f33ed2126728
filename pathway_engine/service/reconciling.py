"""Rows from a fold: what the lists need of each task, whose lists it is on, and what has vanished."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pathway_engine.domain.definition import Severity
from pathway_engine.domain.directory import MESSAGE_RESPONSIBLE, Organisation
from pathway_engine.domain.episode import Rules
from pathway_engine.domain.raising import checklist_of, step_of
from pathway_engine.domain.tasks import Task, TaskStatus
from pathway_engine.service.context import Context
from pathway_engine.service.episode_codec import decode_task, encode_task
from pathway_engine.storage.rows import TaskRow

RANK = {severity: rank for rank, severity in enumerate(Severity)}
PEOPLE_DID = frozenset({"claimed", "given-back", "assigned", "deferred", "answered"})
"""Codes of a task's history that a person's act leaves, also when it changes nothing else."""
Audience = tuple[tuple[str, str, bool], ...]


def task_row(context: Context, rules: Rules, patient_id: str, episode_id: str, task: Task) -> TaskRow:
    """Return the row of *task*; its version is set by `changed_rows`."""
    step = step_of(rules, task)
    checklist = checklist_of(rules, task)
    unit = _unit(context, task)
    asked = {item.id for item in checklist.items} if checklist else set()
    assert step is not None, task.step
    return TaskRow(
        id=context.task_id(patient_id, task.key), episode_id=episode_id, patient_id=patient_id, key=task.key,
        pathway=task.pathway, step=task.step, status=task.status.value, business_status=task.business_status,
        severity=step.severity.value, severity_rank=RANK[step.severity], hard=step.hard, verified=step.verified,
        owner_role=task.owner, unit=unit.id if unit else None, performer=task.performer,
        raised_at=task.raised_at, opens_at=task.opens_at, due_at=task.due_at, deferred_until=task.deferred_until,
        ended_at=task.ended_at, answered=len(asked & set(task.answers)), questions=len(asked),
        title_nb=step.title.nb, title_en=step.title.en, waits_for=task.waits_for, cause=task.cause,
        rule_lines=f"{step.lines[0]}-{step.lines[1]}", version=0, body=encode_task(task),
        audience=_audience(context, task, unit),
    )  # fmt: skip


def _unit(context: Context, task: Task) -> Organisation | None:
    directory = context.directories.at(task.ended_at)
    return directory.organisations.get(task.unit or "") or directory.unit_for(task.owner, task.place)


def _audience(context: Context, task: Task, unit: Organisation | None) -> Audience:
    """On whose lists it stands; what no unit owns is on the message responsible's."""
    directory = context.directories.at(task.ended_at)
    lists = {(unit.id, task.owner): False} if unit else {}
    for role in task.escalated:
        higher = directory.unit_for(role, task.place)
        if higher is not None:
            lists.setdefault((higher.id, role), True)
    fallback = None if unit else directory.message_responsible(task.place)
    if fallback is not None:
        lists.setdefault((fallback.id, MESSAGE_RESPONSIBLE), False)
    return tuple((unit_id, role, escalated) for (unit_id, role), escalated in sorted(lists.items()))


def changed_rows(old: dict[str, TaskRow], new: list[TaskRow], now: datetime) -> list[TaskRow]:
    """Return the rows to save: new, changed, and those that the log no longer gives a reason for."""
    changed = [_next(old.get(row.key), row) for row in new]
    known = {row.key for row in new}
    gone = [_withdrawn(row, now) for key, row in sorted(old.items()) if key not in known and _counts(row)]
    return [row for row in changed if row != old.get(row.key)] + gone


def _counts(row: TaskRow) -> bool:
    return row.status != TaskStatus.ENTERED_IN_ERROR.value


def _next(before: TaskRow | None, row: TaskRow) -> TaskRow:
    """A version counts what people must know before they write: not that time has passed."""
    if before is None:
        return replace(row, version=1)
    same = _written(before) == _written(row)
    return replace(row, version=before.version if same else before.version + 1)


def _written(row: TaskRow) -> tuple[object, ...]:
    task = decode_task(row.body)
    return (
        row.status,
        row.unit,
        task.performer,
        task.answers,
        task.deferred_until,
        task.comments,
        row.episode_id,
        sum(note.what in PEOPLE_DID for note in task.history),
    )


def _withdrawn(row: TaskRow, now: datetime) -> TaskRow:
    """A task whose cause was corrected away: closed, kept, and off every list."""
    task = decode_task(row.body)
    corrected = replace(
        task, status=TaskStatus.ENTERED_IN_ERROR, business_status="corrected", ended_at=task.ended_at or now
    ).noted(now, "entered-in-error", "its cause was corrected")
    return replace(
        row, status=corrected.status.value, business_status="corrected", ended_at=corrected.ended_at,
        version=row.version + 1, body=encode_task(corrected), audience=(),
    )  # fmt: skip
