"""A visit: what is due with one patient now, in the order in which it is done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pathway_engine.domain.tasks import WORKABLE
from pathway_engine.service.views import TaskView


def due_in_visit(tasks: Iterable[TaskView], now: datetime) -> tuple[TaskView, ...]:
    """Return those of *tasks* that can be done now: workable, begun to be open, not put off to another day."""
    return tuple(task for task in tasks if task.status in WORKABLE and not _is_later(task, now))


def _is_later(task: TaskView, now: datetime) -> bool:
    waits = task.due_at is None and bool(task.waits_for)
    return waits or any(at is not None and at > now for at in (task.opens_at, _put_off(task, now)))


def _put_off(task: TaskView, now: datetime) -> datetime | None:
    """The day that the task was put off to, when that is not today."""
    until = task.deferred_until
    return until if until is not None and (until - now).total_seconds() > 24 * 3600 else None
