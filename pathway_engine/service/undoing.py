"""Taking back at once what one has just done: the act stays in the log and counts no more."""

from __future__ import annotations

from datetime import datetime

from pathway_engine.domain.errors import IllegalTransition, UnknownTask, VersionConflict
from pathway_engine.domain.events import Act, Acted
from pathway_engine.domain.settlement import sort_key, undone_by
from pathway_engine.domain.tasks import UNDO_WITHIN
from pathway_engine.service.acting import changed_by, visible_task
from pathway_engine.service.applying import apply
from pathway_engine.service.context import Context
from pathway_engine.service.episode_codec import decode_task
from pathway_engine.service.views import Principal
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import TaskRow


class TooLateToUndo(IllegalTransition):
    """What was done half a minute ago stands. Change the task instead, or write a comment."""


def undo(context: Context, records: Records, who: Principal, task_id: str, key: str, now: datetime) -> None:
    """Take back the act that *who* did under *key*, once, however often it is asked.

    Raises UnknownTask, TooLateToUndo, and VersionConflict when somebody has changed the task since.
    """
    patient = records.lock_patient_of_task(task_id)
    if patient is None:
        raise UnknownTask
    row = visible_task(records, who, task_id)
    done = _done(records, who, row, key)
    if records.entry(f"undo:{who.person}:{key}") is not None:
        return
    if now - done.occurred_at > UNDO_WITHIN:
        raise TooLateToUndo
    if _changed_since(records, row, done):
        raise VersionConflict(changed_by(context.directory, decode_task(row.body)))
    entry = Acted(
        id=f"undo:{who.person}:{key}", task=row.key, act=Act.UNDO, occurred_at=now, recorded_at=now,
        performer=who.person, reason=done.id, source="person",
    )  # fmt: skip
    apply(context, records, row.patient_id, [entry], received_at=now, inbox_id=None)
    records.write_audit(
        at=now, actor=who.person, role=who.role, action="task undo", patient_id=row.patient_id, object_id=row.id,
        detail=done.act.value,
    )  # fmt: skip


def _done(records: Records, who: Principal, row: TaskRow, key: str) -> Acted:
    entry = records.entry(f"act:{who.person}:{key}")
    if not isinstance(entry, Acted) or entry.task != row.key:
        raise UnknownTask
    return entry


def _changed_since(records: Records, row: TaskRow, done: Acted) -> bool:
    """Whether anybody did anything to the task after *done* that still counts."""
    told = [each.entry for each in records.log(row.patient_id)]
    undone = undone_by(told)
    acts = [entry for entry in told if isinstance(entry, Acted) and entry.task == row.key and entry.id not in undone]
    return any(entry.act is not Act.UNDO and sort_key(entry) > sort_key(done) for entry in acts)
