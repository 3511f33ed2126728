"""What must hold after every step, looked up in the committed file for the patients that the step concerned."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from pathway_engine.domain.tasks import Task
from pathway_engine.service.episode_codec import decode_task
from tests.deterministic.community import UNITS_AFTER, UNITS_BEFORE, Units, unit_of
from tests.deterministic.ledger import Ledger, check
from tests.deterministic.letters import OSLO
from tests.deterministic.service import TENANT, Service

ENTERED_IN_ERROR = "entered-in-error"
WORKABLE = ("requested", "accepted", "in-progress")
KEPT_AT_THE_END = ("HPH0", "HPH6")
STANDS_IN = {
    "HPH0B": ("discharge_ready",), "HPH1": ("discharge_ready",), "HPH2": ("at_home",), "HPH5": ("at_home",),
    "DAILY": ("at_home",),
}  # fmt: skip
"""Steps whose open tasks belong to one phase: they are ended when the patient leaves it."""

RISES = {
    "HPH1": (("home_care_leader", 0),), "ANSWER": (("home_care_leader", 0),), "HPH4": (("home_care_leader", 0),),
    "HPH2": (("home_care_leader", 0), ("allocation_office", 25)),
}  # fmt: skip
"""To whom an overdue task rises, and after how many hours at the latest (a day may have 25)."""

_TASKS = """SELECT id, episode_id, key, step, status, version, raised_at, due_at, ended_at, audience,
    CASE WHEN ended_at IS NULL THEN body END FROM task WHERE tenant = ? AND patient_id = ?"""
_EPISODES = """SELECT id, ordinal, phase, status, version, next_wake_at FROM episode
    WHERE tenant = ? AND patient_id = ?"""


@dataclass(frozen=True, slots=True)
class Line:
    """A task as it is stored; `task` is decoded while it is open."""

    id: str
    episode_id: str
    key: str
    step: str
    status: str
    version: int
    raised_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    audience: str
    task: Task | None


@dataclass(frozen=True, slots=True)
class Stage:
    """An episode as it is stored."""

    id: str
    ordinal: int
    phase: str
    status: str
    version: int
    next_wake_at: datetime | None


@dataclass(frozen=True, slots=True)
class Patient:
    """All that is stored of a patient's way: episodes and tasks."""

    id: str
    stages: tuple[Stage, ...]
    lines: tuple[Line, ...]

    @property
    def open(self) -> list[tuple[Line, Task]]:
        """The open tasks."""
        return [(line, line.task) for line in self.lines if line.task is not None]


def instant(microseconds: int | None) -> datetime | None:
    """An instant as SQLite keeps it."""
    return None if microseconds is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)


def patient(service: Service, patient_id: str) -> Patient:
    """Read what is committed of a patient."""
    rows = service.looking.execute(_EPISODES, (TENANT, patient_id)).fetchall()
    stages = tuple(
        Stage(id_, ordinal, phase, status, version, instant(wakes))
        for id_, ordinal, phase, status, version, wakes in sorted(rows, key=lambda row: row[1])
    )
    tasks = service.looking.execute(_TASKS, (TENANT, patient_id)).fetchall()
    return Patient(patient_id, stages, tuple(_line(row) for row in tasks))


def _line(row: tuple[Any, ...]) -> Line:
    id_, episode_id, key, step, status, version, raised, due, ended, audience, body = row
    raised_at = instant(raised)
    assert raised_at is not None, key
    task = None if body is None else decode_task(body)
    return Line(
        id_, episode_id, key, step, status, version, raised_at, instant(due), instant(ended), audience, task
    )  # fmt: skip


def check_patient(found: Patient, ledger: Ledger, now: datetime, told_up_to: datetime, is_reorganised: bool) -> None:
    """Raise Broken when anything stored of a patient cannot be.

    *now* is what it was last brought up to by the service's clock, *told_up_to* the latest that a sender,
    whose clock is right, can have told of.
    """
    units = UNITS_AFTER if is_reorganised else UNITS_BEFORE
    _check_keys(found)
    _check_versions(found, ledger)
    for stage in found.stages:
        _check_wake_up(stage, [task for line, task in found.open if line.episode_id == stage.id], now, told_up_to)
    phases = {stage.id: stage for stage in found.stages}
    for line, task in found.open:
        _check_place_in_phase(line, phases[line.episode_id])
        _check_lists(line, task, units)
        _check_rises(line, task, now)
        check(line.due_at == task.due_at and line.status == task.status.value, "row and body agree", line.key)
    latest = ledger.at_most
    for line in found.lines:
        check(latest is not None and line.raised_at <= latest, "nothing happens before its time", line)


def _check_keys(found: Patient) -> None:
    keys = [line.key for line in found.lines if line.status != ENTERED_IN_ERROR]
    check(len(keys) == len(set(keys)), "no two tasks with one key", sorted(key for key in keys if keys.count(key) > 1))


def _check_versions(found: Patient, ledger: Ledger) -> None:
    rows: list[Stage | Line] = [*found.stages, *found.lines]
    for each in rows:
        before = ledger.versions.get(each.id, 0)
        check(each.version >= before, "versions only rise", each)
        ledger.versions[each.id] = each.version


def _check_place_in_phase(line: Line, stage: Stage) -> None:
    if stage.status == "finished":
        check(line.step in KEPT_AT_THE_END, "no open task after the end", (line.key, stage))
    check(stage.status != ENTERED_IN_ERROR, "no open task of an episode that never was", (line.key, stage))
    stands_in = STANDS_IN.get(line.step)
    check(stands_in is None or stage.phase in stands_in, "no open task of a phase that is over", (line.key, stage))


def _check_wake_up(stage: Stage, tasks: list[Task], now: datetime, told_up_to: datetime) -> None:
    """An episode must wake when time next changes it, and must not have slept over it."""
    if stage.status != "active":
        if stage.status == ENTERED_IN_ERROR:
            check(stage.next_wake_at is None, "what never was does not wake", stage)
        return
    ahead = [task.due_at for task in tasks if task.status.value in WORKABLE and task.due_at and not task.overdue_noted]
    if stage.phase == "at_home":
        ahead.append(_next_midnight(told_up_to) + timedelta(seconds=1))
    wakes = stage.next_wake_at
    check(not ahead or (wakes is not None and wakes <= min(ahead)), "wakes when time changes it", (stage, ahead))
    check(wakes is None or wakes > now, "nothing that is due is left", (stage, now))


def _next_midnight(now: datetime) -> datetime:
    tomorrow = now.astimezone(OSLO).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=OSLO).astimezone(UTC)


def _check_lists(line: Line, task: Task, units: Units) -> None:
    expected = expected_lists(task, units)
    found = {(unit, role): escalated for unit, role, escalated in json.loads(line.audience)}
    check(found == expected, "on the lists that the directory gives", (line.key, found, expected))


def expected_lists(task: Task, units: Units) -> dict[tuple[str, str], bool]:
    """On whose lists an open task stands, by escalation or not."""
    lists: dict[tuple[str, str], bool] = {}
    owner = unit_of(units, task.owner, task.place.district, task.place.ward)
    if owner is not None:
        lists[owner, task.owner] = False
    for role in task.escalated:
        higher = unit_of(units, role, task.place.district, task.place.ward)
        if higher is not None:
            lists.setdefault((higher, role), True)
    if owner is None:
        lists.setdefault(("office", "message_responsible"), False)
    return lists


def _check_rises(line: Line, task: Task, now: datetime) -> None:
    if task.due_at is None or task.status.value not in WORKABLE:
        return
    check(task.due_at > now or task.overdue_noted, "what is late is known to be late", (line.key, task.due_at, now))
    check(not task.overdue_noted or task.due_at <= now, "nothing is late before its time", (line.key, now))
    for role, hours in RISES.get(line.step, ()):
        is_due = task.due_at + timedelta(hours=hours) <= now
        check(not is_due or role in task.escalated, "what is late rises", (line.key, role, now))


def check_heartbeat(service: Service, now: datetime) -> None:
    """After a sweep nothing is due, nothing is parked, and no message that may be tried waits."""
    instant_now = (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    overdue = service.looking.execute(
        "SELECT count(*) FROM episode WHERE tenant = ? AND next_wake_at <= ? AND parked_reason IS NULL",
        (TENANT, instant_now),
    ).fetchone()[0]
    parked = service.looking.execute("SELECT count(*) FROM episode WHERE parked_reason IS NOT NULL").fetchone()[0]
    waiting = service.looking.execute(
        "SELECT count(*) FROM inbox WHERE tenant = ? AND disposition IS NULL"
        " AND (next_try_at IS NULL OR next_try_at <= ?)", (TENANT, instant_now),
    ).fetchone()[0]  # fmt: skip
    check((overdue, parked, waiting) == (0, 0, 0), "a sweep leaves nothing that is due", (overdue, parked, waiting))


def due_patients(service: Service, now: datetime) -> list[str]:
    """Whom a sweep at *now* will concern: those whose time has come, and those with a waiting message."""
    instant_now = (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    rows = service.looking.execute(
        "SELECT DISTINCT patient_id FROM episode WHERE tenant = ? AND next_wake_at <= ? AND parked_reason IS NULL",
        (TENANT, instant_now),
    ).fetchall()
    return sorted(row[0] for row in rows)


def patients_of_person(service: Service, national: str, locals_: Iterable[str]) -> list[str]:
    """The records that a person has: one, or two before a merge."""
    values = [national, *locals_]
    marks = ",".join("?" * len(values))
    rows = service.looking.execute(
        f"SELECT DISTINCT patient_id FROM identifier WHERE tenant = ? AND value IN ({marks})", (TENANT, *values)
    ).fetchall()
    return sorted(row[0] for row in rows)


def check_conservation(service: Service, ledger: Ledger) -> None:
    """What was received is the sum of the rows and of what was sent again."""
    rows, again = service.looking.execute("SELECT count(*), coalesce(sum(duplicates), 0) FROM inbox").fetchone()
    check(rows + again == ledger.stored, "received is the sum of what became of it", (rows, again, ledger.stored))
