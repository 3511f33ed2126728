"""A task's window: from when it can be done, by when it must, and what the clock waits for."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from pathway_engine.domain.deadlines import after, cap, deadline, window_opens
from pathway_engine.domain.definition import Step
from pathway_engine.domain.episode import Anchor, Episode, Rules
from pathway_engine.domain.records import replace
from pathway_engine.domain.tasks import OPEN, WORKABLE, Task

PHASE = "phase:"


def local_day(at: datetime, time_zone: str) -> date:
    """The calendar day that *at* falls on where the patient lives."""
    return at.astimezone(ZoneInfo(time_zone)).date()


def with_window(rules: Rules, episode: Episode, step: Step, task: Task) -> Task:
    """Set or correct the window of *task*; a moved deadline is noted with the old one."""
    if task.status not in OPEN or task.remaining is not None:
        return task
    anchor = _anchor(episode, step, task)
    if anchor is None:
        return task.with_values(waits_for=step.due_from or "", due_at=None, opens_at=None)
    calendar = rules.calendar(episode)
    opens_at = None if step.not_before is None else window_opens(anchor.at, step.not_before, calendar)
    due_at = task.due_at if step.due is None else deadline(anchor.at, step.due, calendar)  # a follow-up's own
    capped = _cap(rules, episode, step, task, due_at)
    placed = task.with_values(
        anchor_at=anchor.at, waits_for="", opens_at=opens_at, due_at=capped or due_at,
        capped_by=step.no_later_than or "" if capped else "",
    )  # fmt: skip
    return _noted_if_moved(task, placed)


def _anchor(episode: Episode, step: Step, task: Task) -> Anchor | None:
    if step.due_from is None:
        return Anchor(task.anchor_at or task.raised_at, task.cause)
    entered = episode.anchors.get(PHASE + step.due_from)
    if entered is not None:
        return entered
    happened = episode.anchors.get(step.due_from)
    return happened if happened is not None and happened.at >= task.raised_at else None


def _cap(rules: Rules, episode: Episode, step: Step, task: Task, due_at: datetime | None) -> datetime | None:
    """The earlier deadline that a date fact sets; a date before the task's own day says nothing."""
    latest = episode.facts.get(step.no_later_than or "")
    calendar = rules.calendar(episode)
    if due_at is None or not isinstance(latest, date) or latest < local_day(task.raised_at, calendar.time_zone):
        return None
    capped = cap(due_at, latest, calendar, step.due.at if step.due else None)
    return capped if capped < due_at else None


def _noted_if_moved(old: Task, new: Task) -> Task:
    if old.due_at is None or old.due_at == new.due_at:
        return new
    moved = replace(new, overdue_noted=False, escalated=())
    return moved.noted(
        new.anchor_at or old.raised_at, "deadline-moved", f"{old.due_at.isoformat()} -> {_iso(new.due_at)}"
    )


def _iso(at: datetime | None) -> str:
    return "none" if at is None else at.isoformat()


def escalations(rules: Rules, episode: Episode, step: Step | None, task: Task) -> list[tuple[datetime, str]]:
    """The instants at which time alone changes *task*, with the role it rises to ("" is overdue)."""
    if task.due_at is None or task.status not in WORKABLE:
        return []
    calendar, due_at = rules.calendar(episode), task.due_at
    rises = [] if step is None else [rise for rise in step.escalate if rise.to not in task.escalated]
    pending = [(after(due_at, rise.after, calendar), rise.to) for rise in rises]
    return pending if task.overdue_noted else [(due_at, ""), *pending]
