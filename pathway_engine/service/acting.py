"""What a person does to a task: checked against what he or she may, and what the task allows, then logged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pathway_engine.domain.definition import Checklist
from pathway_engine.domain.directory import Directory
from pathway_engine.domain.episode import Rules
from pathway_engine.domain.errors import (
    IllegalTransition,
    InvalidAnswer,
    NotPermitted,
    OutsideWindow,
    TaskError,
    UnknownTask,
    VersionConflict,
)
from pathway_engine.domain.events import Act, Acted, Entry, FactValue
from pathway_engine.domain.raising import checklist_of
from pathway_engine.domain.tasks import DEFER_REASONS, NOT_APPLICABLE_REASONS, Task, TaskStatus, next_status
from pathway_engine.service.answers import check_answers, check_complete
from pathway_engine.service.applying import apply
from pathway_engine.service.context import Context
from pathway_engine.service.episode_codec import decode_task
from pathway_engine.service.explaining import last_change
from pathway_engine.service.stopped import STOPPED
from pathway_engine.service.views import Principal
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import TaskRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a person asks to do; `key` makes it safe to send again, `version` is what was seen."""

    task_id: str
    act: Act
    version: int
    key: str
    answers: Mapping[str, FactValue] = field(default_factory=dict)
    reason: str = ""
    comment: str = ""
    until: datetime | None = None
    assignee: str | None = None


class UnknownReason(TaskError):
    """The reason is not in the list of codes."""


class ClosesByItself(NotPermitted):
    """This task closes by itself when the patient's clock runs again. Tell those who run the program."""


class KeyUsedBefore(VersionConflict):
    """The key was used for another act. Read the task again, then decide."""


def act(context: Context, records: Records, who: Principal, request: Request, now: datetime) -> None:
    """Do it once, however often it is sent. Raises the TaskError that says what would be right."""
    patient = records.lock_patient_of_task(request.task_id)
    if patient is None:
        raise UnknownTask
    records.episodes(patient.id), records.live_tasks_of_patient(patient.id)  # read once, under the lock
    row = visible_task(records, who, request.task_id)
    entry_id = f"act:{who.person}:{request.key}"
    first = records.entry(entry_id)
    if first is not None:
        _require_same(first, row, request)
        return
    if row.step == STOPPED:
        raise ClosesByItself
    task, rules = decode_task(row.body), rules_of(context, records, row)
    _check(context, rules, who, row, task, request, now)
    apply(
        context,
        records,
        row.patient_id,
        [_entry(entry_id, who, task, request, now)],
        received_at=now,
        inbox_id=None,
    )
    records.write_audit(
        at=now, actor=who.person, role=who.role, action=f"task {request.act}", patient_id=row.patient_id,
        object_id=row.id,
    )  # fmt: skip


def _require_same(first: Entry, row: TaskRow, request: Request) -> None:
    """Raise KeyUsedBefore when the key's first request was another one, or had not all of these answers."""
    assert isinstance(first, Acted), first.id
    before = (first.task, first.act, first.reason, first.comment, first.until, first.assignee)
    now = (row.key, request.act, request.reason, request.comment, request.until, request.assignee)
    if before != now or request.answers.items() - first.answers.items():
        raise KeyUsedBefore


def visible_task(records: Records, who: Principal, task_id: str) -> TaskRow:
    """Return the task if it stands on a list of *who*; a foreign one looks like a missing one."""
    row = records.task(task_id)
    if row is None or not any((unit, role) in who.seats for unit, role, _ in row.audience):
        raise UnknownTask
    return row


def rules_of(context: Context, records: Records, row: TaskRow) -> Rules:
    """The rules of the pathway version that the task's episode keeps to."""
    episode = records.episode(row.episode_id)
    assert episode is not None, row.id
    return context.catalogue.rules(episode.definition_hash, records)


def _entry(entry_id: str, who: Principal, task: Task, request: Request, now: datetime) -> Acted:
    return Acted(
        id=entry_id, task=task.key, act=request.act, occurred_at=now, recorded_at=now, performer=who.person,
        assignee=request.assignee, answers=request.answers, until=request.until, reason=request.reason,
        comment=request.comment, source="person",
    )  # fmt: skip


def _check(
    context: Context, rules: Rules, who: Principal, row: TaskRow, task: Task, request: Request, now: datetime
) -> None:
    if request.version != row.version:
        raise VersionConflict(changed_by(context.directory, task))
    check_holder(who, task, request)
    next_status(task.status, request.act.value)
    checklist = checklist_of(rules, task)
    check_answers(checklist, request.answers)
    match request.act:
        case Act.COMPLETE:
            check_complete(checklist, {**task.answers, **request.answers})
        case Act.DEFER:
            _check_deferral(task, request, now)
        case Act.NOT_APPLICABLE:
            _check_reason(request.reason, NOT_APPLICABLE_REASONS)
        case Act.ASSIGN:
            _check_assignee(context, row, request)
        case Act.FOLLOW_UP:
            _check_follow_up(checklist, task, request, now)
        case _:
            pass


def changed_by(directory: Directory, task: Task) -> str:
    """Who was first, for the one who was not."""
    change = last_change(directory, task)
    winner = f" The last change: {change[1]}, {change[0]:%Y-%m-%d %H:%M} UTC." if change else ""
    return f"Somebody else changed the task in the meantime.{winner} Read it again, then decide."


def check_holder(who: Principal, task: Task, request: Request) -> None:
    """Raise unless the task is free to be claimed, or the asker's own to be given back."""
    if request.act is Act.CLAIM and task.performer is not None and task.status is not TaskStatus.REQUESTED:
        taken = "you" if task.performer == who.person else "a colleague"
        raise IllegalTransition(f"The task is already taken by {taken}.")
    if request.act is Act.GIVE_BACK and task.performer != who.person:
        raise NotPermitted("Only the one who has taken the task can give it back; assign it instead.")


def _check_follow_up(checklist: Checklist | None, task: Task, request: Request, now: datetime) -> None:
    """Raise unless the item's answer deviates and somebody said by when."""
    items = {item.id: item for item in checklist.items} if checklist else {}
    item = items.get(request.reason)
    if item is None or task.answers.get(item.id) not in item.deviation:
        raise InvalidAnswer("Only an answer that deviates, and is saved, can be followed up.")
    if request.until is None or request.until <= now:
        raise OutsideWindow("A follow-up is due some time after now.")


def _check_reason(reason: str, known: Mapping[str, object]) -> None:
    if reason not in known:
        raise UnknownReason(f"Found the reason {reason!r}; would be right: one of {', '.join(known)}.")


def _check_deferral(task: Task, request: Request, now: datetime) -> None:
    _check_reason(request.reason, DEFER_REASONS)
    until = request.until
    if until is None or until <= now or (task.due_at is not None and until > task.due_at):
        raise OutsideWindow


def _check_assignee(context: Context, row: TaskRow, request: Request) -> None:
    seats = {(unit, role) for unit, role, _ in row.audience}
    person = context.directory.people.get(request.assignee or "")
    if person is None or seats.isdisjoint(person.seats):
        raise NotPermitted("The task can be given only to a colleague who has it on his or her list.")
