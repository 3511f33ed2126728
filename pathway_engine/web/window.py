"""A task's window in words, and the section of the day that it belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pathway_engine.domain.norway import OSLO
from pathway_engine.service.views import TaskView
from pathway_engine.web.language import Language, local_day

_NUMBERED = re.compile(r"(.*?)\s+(\d{1,5})\s*(\S*)")

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


def by_patient(tasks: Iterable[TaskView], say: Language) -> list[Group]:
    """Return one group a patient, the one with the most urgent task first: all of a visit stands together."""
    found: dict[str, list[TaskView]] = {}
    for task in sorted(tasks, key=_urgency):
        found.setdefault(task.patient_id or task.id, []).append(task)
    return [Group("patient", _person(group[0], say), tuple(group)) for group in found.values()]


def by_route(tasks: Iterable[TaskView], say: Language) -> list[Group]:
    """Return one group a route, in the order of its addresses, so that what is near is done in one round."""
    ordered = sorted(tasks, key=lambda task: (_street(task.address), _urgency(task)))
    routes = sorted({route_of(task) for task in ordered}, key=lambda route: (not route, route))
    return [
        Group("route", route_name(route, ordered, say), tuple(t for t in ordered if route_of(t) == route))
        for route in routes
    ]


def route_of(task: TaskView) -> str:
    """Return the code of the route that the patient lives on: the district, else the postal code."""
    return task.district or task.area.partition(" ")[0]


def route_name(route: str, tasks: Iterable[TaskView], say: Language) -> str:
    """Return what people call the route: its places, with the district's code where there is one."""
    if not route:
        return say("list.no_address")
    areas = sorted({task.area for task in tasks if route_of(task) == route and task.area})
    named = ", ".join(areas) or route
    return say("day.district", code=route, places=named) if route not in named else named


def _street(address: str) -> tuple[bool, str, int, str]:
    """Nardovegen 4 before Nardovegen 14; without an address last."""
    found = _NUMBERED.fullmatch(address.strip())
    if found is None:
        return (not address, address.casefold(), 0, "")
    return (False, found[1].casefold(), int(found[2]), found[3].casefold())


def _person(task: TaskView, say: Language) -> str:
    age = "" if task.age is None else f", {say('age', age=task.age)}"
    return f"{task.patient_name}{age}" + (f" · {task.address}" if task.address else "")


def window_text(task: TaskView, now: datetime, say: Language) -> str:
    """Return when *task* can be done, e.g. ``kan gjøres 17.–20. nov.``."""
    if task.due_at is None:
        if not task.waits_for:
            return say("window.none")
        return say("window.waits", event=say.pick(task.waits_for_words))
    if task.overdue:
        return _was(task.due_at, say)
    opens = max(task.opens_at or task.raised_at, task.raised_at)
    last = local_day(_last_day(task.due_at))
    if local_day(opens) < last != local_day(now):
        return say("window.span", days=say.days(opens, _last_day(task.due_at)), until=_until(task.due_at, say))
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


def _until(due_at: datetime, say: Language) -> str:
    return "" if _whole_day(due_at) else say("window.until", time=say.time(due_at))


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
