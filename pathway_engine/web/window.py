"""A task's window in words, and the section of the day that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pathway_engine.service.views import TaskView
from pathway_engine.web.language import OSLO, Language, local_day

SECTIONS = ("overdue", "today", "week", "later", "waiting")


@dataclass(frozen=True, slots=True)
class Group:
    """Tasks that stand together under `heading`; `tone` colours their edge."""

    name: str
    heading: str
    tasks: tuple[TaskView, ...]


def section_of(task: TaskView, now: datetime) -> str:
    """Return the section of *task*; the week ends on Sunday, and a wish date goes before the deadline."""
    if task.overdue:
        return "overdue"
    planned = task.deferred_until or task.due_at
    if planned is None:
        return "waiting"
    today, day = local_day(now), local_day(_last_day(planned))
    if day <= today:
        return "today"
    return "week" if day <= today + timedelta(days=6 - today.weekday()) else "later"


def by_time(tasks: Iterable[TaskView], now: datetime, say: Language) -> list[Group]:
    """Return the sections that hold something, most urgent first."""
    ordered = sorted(tasks, key=_urgency)
    groups = [(name, tuple(task for task in ordered if section_of(task, now) == name)) for name in SECTIONS]
    return [Group(name, say(f"section.{name}"), found) for name, found in groups if found]


def by_place(tasks: Iterable[TaskView], say: Language) -> list[Group]:
    """Return one group an address, in alphabetical order, so that what is near is done in one visit."""
    ordered = sorted(tasks, key=_urgency)
    places = sorted({task.address for task in ordered}, key=lambda place: (not place, place.casefold()))
    return [
        Group("place", place or say("list.no_address"), tuple(t for t in ordered if t.address == place))
        for place in places
    ]


def window_text(task: TaskView, now: datetime, say: Language) -> str:
    """Return when *task* can be done, e.g. ``fra tir. 17. nov. til fre. 20. nov.``."""
    if task.due_at is None:
        if not task.waits_for:
            return say("window.none")
        return say("window.waits", event=say.pick(task.waits_for_words))
    if task.overdue:
        return _was(task.due_at, say)
    opens = max(task.opens_at or task.raised_at, task.raised_at)
    last = local_day(_last_day(task.due_at))
    if local_day(opens) < last != local_day(now):
        return say("window.span", start=say.day(opens), end=_end(task.due_at, say))
    return _single(task.due_at, now, say)


def left_text(task: TaskView, now: datetime, say: Language) -> str:
    """Return how much time is left or past, in one or two words."""
    if task.due_at is None:
        return say("left.waiting")
    if task.overdue:
        return _over(now - task.due_at, say)
    days = (local_day(_last_day(task.due_at)) - local_day(now)).days
    if days <= 0:
        return say("left.today") if _whole_day(task.due_at) else say("left.at", time=say.time(task.due_at))
    return say("left.day") if days == 1 else say("left.days", count=days)


def _urgency(task: TaskView) -> tuple[bool, float, str, str]:
    planned = task.due_at if task.overdue else (task.deferred_until or task.due_at)
    return (planned is None, planned.timestamp() if planned else 0.0, task.address, task.id)


def _whole_day(due_at: datetime) -> bool:
    local = due_at.astimezone(OSLO)
    return (local.hour, local.minute) in {(23, 59), (0, 0)}


def _last_day(due_at: datetime) -> datetime:
    """A deadline at midnight ends the day before."""
    return due_at - timedelta(seconds=1)


def _end(due_at: datetime, say: Language) -> str:
    return say.day(_last_day(due_at)) if _whole_day(due_at) else say.moment(due_at)


def _was(due_at: datetime, say: Language) -> str:
    if _whole_day(due_at):
        return say("window.was", day=say.day(_last_day(due_at)))
    return say("window.was_time", day=say.day(due_at), time=say.time(due_at))


def _single(due_at: datetime, now: datetime, say: Language) -> str:
    kind = "today" if local_day(_last_day(due_at)) == local_day(now) else "single"
    if _whole_day(due_at):
        return say(f"window.{kind}", day=say.day(_last_day(due_at)))
    return say(f"window.{kind}_until", day=say.day(due_at), time=say.time(due_at))


def _over(past: timedelta, say: Language) -> str:
    if past >= timedelta(days=1):
        return say("over.day") if past.days == 1 else say("over.days", count=past.days)
    hours = int(past.total_seconds() // 3600)
    return say("over.hours", count=hours) if hours else say("over.minutes")
