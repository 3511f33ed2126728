"""The turns of the story: what happened to whom, and what the engine must have done about it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files as resources
from typing import Any

from pathway_engine.domain.definition import Text
from pathway_engine.domain.overstay import Account
from pathway_engine.story.courses import Course, is_in_time
from pathway_engine.story.playing import Played
from pathway_engine.story.times import wall

ANSWER, REPORT, TO_DOCTOR = "DIALOG_HELSEFAGLIG/7", "INNLEGGELSESRAPPORT", "HELSEOPPLYSNINGER_LEGE"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a turn is judged by: the patient's course and accounts, and all that was played."""

    course: Course
    accounts: Sequence[Account]
    played: Played


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of the story: whose, between which days, of which steps, and what must be so afterwards."""

    number: int
    title: Text
    told: Text
    must: Text
    days: tuple[str, str]
    steps: tuple[str, ...]
    holds: Callable[[Seen], bool]


def _night(seen: Seen) -> bool:
    (task,) = seen.course.of_step("HPH6")
    (report,) = seen.course.sent(REPORT)
    due, done = wall("2026-10-25T02:30", again=True), wall("2026-10-25T02:15", again=True)
    return (task.due_at, task.ended_at) == (due, done) and is_in_time(task) and report.status == "acknowledged"


def _withdrawn(seen: Seen) -> bool:
    ready = [task.status.value for task in seen.course.of_step("HPH1")]
    return ready == ["cancelled", "completed"] and len(seen.course.sent(ANSWER)) == 2 and seen.course.phase == "at_home"


def _short_term(seen: Seen) -> bool:
    (task,) = seen.course.of_step("HPH2")
    return [task.raised_at] == seen.course.times("came_home") and is_in_time(task)


def _fall(seen: Seen) -> bool:
    (task,), (fell,) = seen.course.of_step("HPH4"), seen.course.times("fall_reported")
    told = [row for row in seen.course.sent(TO_DOCTOR) if row.at == task.ended_at]
    in_time = task.due_at == fell + timedelta(hours=4) and is_in_time(task)
    return in_time and [row.status for row in told] == ["acknowledged"]


def _lost(seen: Seen) -> bool:
    statuses = [row.status for row in seen.course.sent(REPORT)]
    asked = [each for worker in seen.played.workers.values() for each in worker.done if each.step == "UNDELIVERED"]
    with seen.played.world.engine.context.store.reading() as records:
        open_now, _ = records.notice_counts()
    return statuses == ["acknowledged", "late"] and [each.outcome for each in asked] == ["claim"] and not open_now


def _readmitted(seen: Seen) -> bool:
    (report,), visits = seen.course.of_step("HPH6"), seen.course.of_step("HPH2")
    return is_in_time(report) and len(visits) == 2 and len(seen.course.sent(REPORT)) == 1


def _died_readmitted(seen: Seen) -> bool:
    told = [row.status for row in seen.course.sent("LOG_DOD")]
    return told == ["acknowledged"] and _is_over(seen)


def _is_over(seen: Seen) -> bool:
    return seen.course.phase == "ended" and not any(task.is_open for _, task in seen.course.tasks)


def _late_cancel(seen: Seen) -> bool:
    left = wall("2026-11-17T12:00")
    (visit,) = [task for task in seen.course.of_step("HPH2") if task.status.value != "cancelled"]
    return seen.course.times("discharged") == [left] and visit.anchor_at == left and is_in_time(visit)


def _merged(seen: Seen) -> bool:
    (answer,) = seen.course.of_step("ANSWER")
    told = {"admitted", "discharge_ready", "discharged"} <= {each.name for each in seen.course.events}
    return told and answer.performer == "silje" and len(seen.course.sent(ANSWER)) == 1


def _christmas(seen: Seen) -> bool:
    (answer,) = seen.course.of_step("ANSWER")
    due = answer.due_at is not None and wall("2026-12-28T09:00") <= answer.due_at <= wall("2026-12-28T09:02")
    days = [day.day.isoformat()[5:] for account in seen.accounts for day in account.payable]
    return due and is_in_time(answer) and {"12-24", "12-25", "12-26"} <= set(days)


def _two_short(seen: Seen) -> bool:
    days = [day.day for account in seen.accounts for day in account.payable]
    return len(seen.course.sent(ANSWER)) == 2 and len(days) >= 5


def _offline(seen: Seen) -> bool:
    sent = seen.played.telephones["kari"].sent
    (visit,) = seen.course.of_step("HPH2")
    is_once = [note.what for note in visit.history].count("completed") == 1
    return [each.outcome for each in sent] == ["done"] and is_in_time(visit) and is_once


def _offline_closed(seen: Seen) -> bool:
    sent = [(each.act, each.outcome) for each in seen.played.telephones["ola"].sent]
    first = seen.course.of_step("HPH2")[0]
    return sent == [("complete", "closed"), ("comment", "done")] and len(first.comments) == 1


def window(turn: Turn) -> tuple[datetime, datetime]:
    """From when to when the turn goes."""
    return wall(f"{turn.days[0]}T00:00"), wall(f"{turn.days[1]}T23:59")


HOLDS: Mapping[int, Callable[[Seen], bool]] = {
    1: _night,
    2: _withdrawn,
    3: _short_term,
    4: _fall,
    5: _lost,
    6: _readmitted,
    7: _died_readmitted,
    8: _is_over,
    9: _late_cancel,
    10: _merged,
    11: _christmas,
    12: _two_short,
    13: _offline,
    14: _offline_closed,
}
"""What each turn is judged by."""


@cache
def turns() -> tuple[Turn, ...]:
    """The turns, in the order of the patients."""
    told = tomllib.loads((resources("pathway_engine.story") / "turns.toml").read_text("utf-8"))
    return tuple(_turn(each) for each in told["turn"])


def _turn(told: Mapping[str, Any]) -> Turn:
    first, last = told["days"]
    texts = {name: Text(told[name]["nb"], told[name]["en"]) for name in ("title", "told", "must")}
    return Turn(
        number=told["number"], days=(first, last), steps=tuple(told["steps"]), holds=HOLDS[told["number"]], **texts
    )


def holds(turn: Turn, seen: Seen) -> bool:
    """Whether what must be so is so; what cannot even be looked at is not."""
    try:
        return turn.holds(seen)
    except (ValueError, IndexError, KeyError):
        return False
