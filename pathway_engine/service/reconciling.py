"""Rows from a fold: what the lists need of each task, whose lists it is on, and what has vanished."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pathway_engine.domain.definition import Severity
from pathway_engine.domain.directory import MESSAGE_RESPONSIBLE, Organisation
from pathway_engine.domain.episode import Episode, Rules
from pathway_engine.domain.raising import checklist_of, step_of
from pathway_engine.domain.records import replace
from pathway_engine.domain.tasks import Task, TaskStatus
from pathway_engine.service.context import Context
from pathway_engine.service.episode_codec import decode_task, encode_task
from pathway_engine.service.stopped import STOPPED, is_answered, runs_again
from pathway_engine.storage.rows import EpisodeRow, TaskRow

RANK = {severity: rank for rank, severity in enumerate(Severity)}
PEOPLE_DID = frozenset({"claimed", "given-back", "assigned", "deferred", "answered"})
"""Codes of a task's history that a person's act leaves, also when it changes nothing else."""
Audience = tuple[tuple[str, str, bool], ...]


def task_row(context: Context, rules: Rules, patient_id: str, episode_id: str, task: Task) -> TaskRow:
    """Return the row of *task*; its version is set by `changed_rows` or `rows_after`."""
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
        audience=_audience(context, task, unit), stay=task.stay,
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


# -- going on from the stored state


def rows_after(
    context: Context, rules: Rules, row: EpisodeRow, before: Episode, after: Episode, stored: Mapping[str, TaskRow]
) -> list[TaskRow]:
    """Return the rows to save when *before* went on to *after*: of tasks that changed, came, or changed lists.

    *stored* has the rows, by key, of all tasks without an end, of those withdrawn, and of those that changed.
    One that was withdrawn and is raised again goes on as the same row: who saw it before does not know it now.
    """
    rows = []
    for key, task in after.tasks.items():
        old, known = stored.get(key), before.tasks.get(key)
        if task is known and (old is None or not _has_moved(context, task, old)):
            continue
        made = task_row(context, rules, row.patient_id, row.id, task)
        if old is None:
            rows.append(replace(made, version=1))
        else:
            same = known is not None and _written(old, known) == _written(made, task)
            rows.append(replace(made, id=old.id, version=old.version + (not same)))
    return rows


def changed_keys(before: Episode, after: Episode) -> list[str]:
    """The keys of tasks that were there before and are not the same any more."""
    known = before.tasks
    return [key for key, task in after.tasks.items() if key in known and known[key] is not task]


def _has_moved(context: Context, task: Task, row: TaskRow) -> bool:
    """True when the directory in force puts an unchanged task on other lists than it stands on."""
    unit = _unit(context, task)
    return row.unit != (unit.id if unit else None) or row.audience != _audience(context, task, unit)


# -- after a new fold


def changed_rows(old: dict[str, TaskRow], new: list[TaskRow], now: datetime) -> list[TaskRow]:
    """Return the rows to save: new, changed, and those that the log no longer gives a reason for."""
    changed = [_next(old.get(row.key), row) for row in new]
    known = {row.key for row in new}
    gone = [_closed(row, now) for key, row in sorted(old.items()) if key not in known and _counts(row)]
    return [row for row in changed if row != old.get(row.key)] + gone


def _counts(row: TaskRow) -> bool:
    return row.status != TaskStatus.ENTERED_IN_ERROR.value and not is_answered(row)


def _closed(row: TaskRow, now: datetime) -> TaskRow:
    return runs_again(row, now) if row.step == STOPPED else _withdrawn(row, now)


def _next(before: TaskRow | None, row: TaskRow) -> TaskRow:
    """A version counts what people must know before they write: not that time has passed."""
    if before is None:
        return replace(row, version=1)
    if before.body == row.body and before.unit == row.unit and before.episode_id == row.episode_id:
        return replace(row, version=before.version)
    same = _written(before, decode_task(before.body)) == _written(row, decode_task(row.body))
    return replace(row, version=before.version if same else before.version + 1)


def _written(row: TaskRow, task: Task) -> tuple[object, ...]:
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
