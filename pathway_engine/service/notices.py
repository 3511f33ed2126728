"""What went wrong beside the pathways and needs a person: on whose list it stands, and what one may do to it.

A notice looks like a task on the lists, but no log gives a reason for it: it is raised when a message
cannot be delivered or applied, in the transaction that says so, and ends when somebody completes it or
when what was wrong comes right.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pathway_engine.domain.definition import Severity, Text
from pathway_engine.domain.errors import IllegalTransition, UnknownTask, VersionConflict
from pathway_engine.domain.events import Act, Acted
from pathway_engine.domain.tasks import Task, allowed_acts
from pathway_engine.service.acting import Request, check_holder
from pathway_engine.service.concerns import KINDS, PREFIX, save_notice_task
from pathway_engine.service.context import Context
from pathway_engine.service.episode_codec import decode_task
from pathway_engine.service.reconciling import RANK
from pathway_engine.service.views import Principal, TaskDetail, TaskView, Why
from pathway_engine.service.worklists import age, commented, short_name
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import NoticeRow

ACTS = (Act.CLAIM, Act.GIVE_BACK, Act.COMMENT, Act.COMPLETE)


# -- lists


def is_notice(task_id: str) -> bool:
    """Whether the id on a list is a notice's."""
    return task_id.startswith(PREFIX)


def with_notices(context: Context, who: Principal, tasks: Iterable[TaskView], now: datetime) -> list[TaskView]:
    """The worklist with the notices in their places; whose they are is put on record."""

    def read(records: Records) -> list[TaskView]:
        views = [_view(context, records, row, now) for row in records.notices_of(who.seats)]
        records.write_list_read(at=now, actor=who.person, role=who.role, shown=(view.patient_id for view in views))
        return views

    with context.store.reading() as records:
        is_any = bool(records.notices_of(who.seats, limit=1))
    return sorted([*tasks, *context.committed(read)], key=_order) if is_any else list(tasks)


def _order(view: TaskView) -> tuple[bool, float, int, str, str]:
    due = view.due_at.timestamp() if view.due_at else 0.0
    return (view.due_at is None, due, RANK[Severity(view.severity)], view.step, view.id)


def notice_detail(context: Context, who: Principal, task_id: str, now: datetime) -> TaskDetail:
    """One notice with everything about it; that it was read is put on record. Raises UnknownTask."""
    return context.committed(lambda records: _detail(context, records, who, task_id, now))


def _detail(context: Context, records: Records, who: Principal, task_id: str, now: datetime) -> TaskDetail:
    row = _visible(who, records.notice(task_id))
    patient = records.patient(row.patient_id) if row.patient_id else None
    task, directory = decode_task(row.body), context.directory
    records.write_audit(
        at=now, actor=who.person, role=who.role, action="notice read", patient_id=row.patient_id, object_id=row.id
    )  # fmt: skip
    allowed = allowed_acts(task.status)
    return TaskDetail(
        task=_view(context, records, row, now), checklist=None, answers={}, comments=commented(directory, task),
        allowed=tuple(act.value for act in ACTS if act.value in allowed), colleagues=(), why=_why(task),
        birth_date=patient.birth_date if patient else None,
    )  # fmt: skip


def _visible(who: Principal, row: NoticeRow | None) -> NoticeRow:
    if row is None or set(row.audience).isdisjoint(who.seats):
        raise UnknownTask
    return row


def _view(context: Context, records: Records, row: NoticeRow, now: datetime) -> TaskView:
    task, directory, kind = decode_task(row.body), context.directory, KINDS[row.kind]
    patient = records.patient(row.patient_id) if row.patient_id else None
    unit, performer = directory.organisations.get(task.unit or ""), directory.people.get(task.performer or "")
    return TaskView(
        id=row.id, key=task.key, step=task.step, title=kind.title, pathway="", status=task.status.value,
        business_status=task.business_status, severity=Severity.LOCAL.value, verified=True, owner_role=task.owner,
        unit=task.unit, unit_name=unit.name if unit else "", performer=task.performer,
        performer_name=performer.name if performer else task.performer or "", raised_at=task.raised_at,
        opens_at=None, due_at=task.due_at, waits_for="", waits_for_words=Text("", ""), deferred_until=None,
        overdue=task.is_overdue(now), escalated=False, answered=0, questions=0, version=row.version,
        patient_id=patient.id if patient else "", patient_name=short_name(patient) if patient else "–",
        age=age(patient.birth_date, now) if patient else None, address=(patient.address or "") if patient else "",
    )  # fmt: skip


def _why(task: Task) -> Why:
    words = Text(KINDS[task.step].title.nb, KINDS[task.step].title.en)
    return Why(
        pathway="", pathway_version="", definition_hash="", file="", lines=(0, 0), rule=KINDS[task.step].rule,
        basis="", event=task.event, event_words=words, event_occurred_at=task.raised_at,
        cause=f"{task.cause}: {task.event}", message="", message_received_at=None, arithmetic=None,
        history=tuple((note.at, f"{note.what} {note.detail}".strip()) for note in task.history),
    )  # fmt: skip


# -- what people do


def act_on_notice(context: Context, who: Principal, request: Request, now: datetime) -> None:
    """Do it once, however often it is sent. Raises the TaskError that says what would be right."""
    context.committed(lambda records: _act(records, who, request, now))


def _act(records: Records, who: Principal, request: Request, now: datetime) -> None:
    row = _visible(who, records.lock_notice(request.task_id))
    key = f"notice:{who.person}:{request.key}"
    if records.result(key) is not None:
        return
    task = decode_task(row.body)
    _check(who, row, task, request)
    acted = Acted(
        id=key, task=task.key, act=request.act, occurred_at=now, recorded_at=now, performer=who.person,
        comment=request.comment,
    )  # fmt: skip
    save_notice_task(records, row, task.after(acted), now)
    records.put_result(key, b"", now)
    records.write_audit(
        at=now, actor=who.person, role=who.role, action=f"notice {request.act}", patient_id=row.patient_id,
        object_id=row.id,
    )  # fmt: skip


def _check(who: Principal, row: NoticeRow, task: Task, request: Request) -> None:
    if request.version != row.version:
        raise VersionConflict
    if request.act not in ACTS:
        raise IllegalTransition(f"A notice does not allow {request.act}. Allowed: {', '.join(ACTS)}.")
    check_holder(who, task, request)
