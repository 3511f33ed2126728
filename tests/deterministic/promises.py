"""A second, tiny opinion on a few promises of HPH, made from the letters alone, in a few lines each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from tests.deterministic.invariants import ENTERED_IN_ERROR, Line, Patient
from tests.deterministic.ledger import check
from tests.deterministic.letters import OSLO, Tell

LATE_KEPT = ("discharge_ready", "discharged", "admitted", "came_home", "leave_started", "leave_ended",
             "discharge_ready_withdrawn")  # fmt: skip
PLACES = frozenset(LATE_KEPT)


def standing(told: Iterable[Tell]) -> list[Tell]:
    """What counts of what was told: of each cause the last word, unless it was taken back later."""
    last: dict[str, Tell] = {}
    for tell in sorted(told, key=lambda tell: (tell.recorded, tell.void)):
        last[tell.cause] = tell
    return sorted(
        (tell for tell in last.values() if not tell.void), key=lambda tell: (tell.at, tell.recorded, tell.cause)
    )


def end_of_day(at: datetime, days: int) -> datetime:
    """The last second of the local day that lies *days* days after that of *at*."""
    day = at.astimezone(OSLO).date() + timedelta(days=days)
    return datetime.combine(day, time(23, 59, 59), tzinfo=OSLO).astimezone(UTC)


def check_promises(found: Patient, told: Iterable[Tell], now: datetime) -> int:
    """Raise Broken when a promise is not kept; return how many were looked at."""
    story = [tell for tell in standing(told) if tell.at <= now]
    if not found.stages or any(tell.name == "died" for tell in story):
        return _after_death(found, story)
    kept = _moved_house(found, story)
    for tell in story:
        if tell.name == "discharged" and tell.destination == "home" and _is_plain(tell, story):
            kept += _one(found, f"hph:HPH2:{tell.cause}", end_of_day(tell.at, 3), end_of_day(tell.at, 5))
            kept += _one(found, f"hph:HPH5:{tell.cause}", end_of_day(tell.at, 28))
        if tell.name == "admitted" and _has_services(tell, story, found) and _is_first_of_stay(tell, story):
            kept += _one(found, f"hph:HPH6:{tell.cause}", tell.at + timedelta(hours=3))
    return kept


def _moved_house(found: Patient, story: list[Tell]) -> int:
    """What is open goes along to the new district, when the move is the last that was told."""
    running = {stage.id for stage in found.stages if stage.status == "active"}
    if not story or story[-1].district is None:
        return 0
    left = [line.key for line, task in found.open if task.place.district != story[-1].district]
    check(not running or not left, "tasks move house with the patient", left)
    return len(running)


def _one(found: Patient, key: str, *dues: datetime) -> int:
    lines = [line for line in found.lines if line.key == key and line.status != ENTERED_IN_ERROR]
    check(
        len(lines) == 1,
        "what is promised is there once",
        (key, [line.status for line in found.lines if line.key == key]),
    )
    check(_due(lines[0]) in dues, "what is promised is due when promised", (key, lines[0].due_at, dues))
    return 1


def _due(line: Line) -> datetime | None:
    return line.due_at


def _is_plain(discharged: Tell, story: list[Tell]) -> bool:
    """The stay was announced ready, nothing lies between, and no other stay reaches into it."""
    own = [tell for tell in story if tell.stay == discharged.stay and tell.name in PLACES]
    names = [tell.name for tell in own]
    if names not in (["admitted", "discharge_ready", "discharged"], ["discharge_ready", "discharged"]):
        return False
    begin = own[0].at
    return not any(begin <= tell.at <= discharged.at for tell in story if tell.stay != discharged.stay)


def _is_first_of_stay(admitted: Tell, story: list[Tell]) -> bool:
    return next(tell for tell in story if tell.stay == admitted.stay) is admitted


def _has_services(admitted: Tell, story: list[Tell], found: Patient) -> bool:
    """Whether the letters alone say so: who has prepared a homecoming since may have said otherwise."""
    told = [tell for tell in story if tell.at < admitted.at and tell.name in ("services_granted", "services_ended")]
    if not told or told[-1].name != "services_granted":
        return False
    prepared = [line.ended_at for line in found.lines if line.step == "HPH1" and line.ended_at is not None]
    return not any(told[-1].at < at < admitted.at for at in prepared)


def _after_death(found: Patient, story: list[Tell]) -> int:
    """Nobody visits the dead, whatever was open."""
    if not story or story[-1].name != "died":
        return 0
    still_open = [line.key for line in found.lines if line.ended_at is None]
    check(not still_open, "nothing is open after death", still_open)
    return 1
