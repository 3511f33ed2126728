"""Episodes that time cannot be let pass in: set aside, on somebody's list, tried again, and let run."""

from __future__ import annotations

from datetime import datetime, timedelta

from pathway_engine.service.context import Context
from pathway_engine.service.stopped import STOPPED, runs_again, stopped_row
from pathway_engine.service.subscriptions.changes import keep_tasks
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import EpisodeRow, TaskRow

FIRST_RETRY, LAST_RETRY = timedelta(minutes=1), timedelta(hours=1)


def set_aside(context: Context, records: Records, row: EpisodeRow, fault: Exception, now: datetime) -> None:
    """Park an episode and say so on a list. It is tried again after as long again as it has stood, within bounds."""
    patient = records.patient(row.patient_id)
    assert patient is not None, row.patient_id
    stood = now - (row.parked_at or now)
    reason = f"{type(fault).__name__} while letting time pass; see the operator's log"
    records.park_episode(row.id, reason, now, now + min(max(stood, FIRST_RETRY), LAST_RETRY))
    task = _task(records, row)
    _save(context, records, task, stopped_row(context, row, patient, task, now), now)


def let_run(context: Context, records: Records, row: EpisodeRow, now: datetime) -> None:
    """Unpark an episode that time has passed in again, and close the task that said it had stopped."""
    if row.parked_reason is not None:
        records.unpark(row.id, now)
    task = _task(records, row)
    if task is not None and task.ended_at is None:
        _save(context, records, task, runs_again(task, now), now)


def _save(context: Context, records: Records, before: TaskRow | None, task: TaskRow, now: datetime) -> None:
    keep_tasks(context, records, {before.key: before} if before else {}, [task], now)
    records.save_tasks([task], now)


def _task(records: Records, row: EpisodeRow) -> TaskRow | None:
    return next((task for task in records.tasks_of_episode(row.id) if task.step == STOPPED), None)


def try_again(context: Context, now: datetime, episode_id: str | None = None, *, actor: str) -> int:
    """Let the next sweep try a parked episode, or all of them; on record; return how many."""

    def work(records: Records) -> int:
        found = records.retry_parked(now, episode_id)
        if found:
            records.write_audit(
                at=now, actor=actor, role="operator", action="try-again", patient_id=None, object_id=episode_id
            )  # fmt: skip
        return found

    return context.committed(work)
