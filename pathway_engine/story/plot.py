"""What happens outside: who falls ill when, in which hospital, and where each goes. The rest is the engine's work."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pathway_engine.domain.norway import OSLO
from pathway_engine.story.times import BEGINS, ENDS, SEED, wall

ADT, PLO = "adt", "plo"
"""The hospital that tells by HL7 v2, and the one that tells by the Norwegian standards."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Something happens to a patient at a hospital, or a person does something that is not on a list.

    `number` is the patient's, from 1; `stay` tells the patient's hospital stays apart; `facts` are what is told.
    """

    at: datetime
    number: int
    what: str
    hospital: str
    stay: int = 1
    facts: Mapping[str, str] = field(default_factory=dict)


def _stay(
    number: int, hospital: str, admitted: str, ready: str, left: str, destination: str = "home", stay: int = 1
) -> tuple[Scene, ...]:
    """A whole stay: admitted, ready, left; times as a wall shows them."""
    return (
        Scene(wall(admitted), number, "admitted", hospital, stay),
        Scene(wall(ready), number, "ready", hospital, stay),
        Scene(wall(left), number, "left", hospital, stay, {"destination": destination}),
    )


def _one(number: int, hospital: str, what: str, at: str, stay: int = 1, **facts: str) -> tuple[Scene, ...]:
    return (Scene(wall(at), number, what, hospital, stay, facts),)


TOLD: tuple[tuple[Scene, ...], ...] = (
    # 1: admitted in the night in which summer time ends
    _stay(1, PLO, "2026-10-25T00:30", "2026-10-29T10:00", "2026-10-29T15:00"),
    # 2: ready, withdrawn, ready again
    _stay(2, ADT, "2026-10-26T11:00", "2026-10-30T09:40", "2026-11-04T13:00"),
    _one(2, ADT, "withdrawn", "2026-10-31T08:20"), _one(2, ADT, "ready", "2026-11-03T09:10"),
    # 3: a short-term stay before home
    _stay(3, ADT, "2026-10-26T16:30", "2026-11-02T10:15", "2026-11-04T12:00", "short_term"),
    _one(3, ADT, "came_home", "2026-11-20T11:30"),
    # 4: a fall at home
    _stay(4, ADT, "2026-10-27T09:00", "2026-11-02T11:00", "2026-11-03T12:30"),
    _one(4, ADT, "fell", "2026-11-09T08:40"),
    # 5: readmitted; the receipt for the report to the hospital is lost
    _stay(5, PLO, "2026-10-27T13:00", "2026-11-03T09:30", "2026-11-03T16:00"),
    _stay(5, PLO, "2026-11-16T10:20", "2026-11-23T10:00", "2026-11-24T13:00", stay=2),
    # 6: readmitted within thirty days
    _stay(6, ADT, "2026-10-28T12:00", "2026-11-04T10:00", "2026-11-05T12:00"),
    _stay(6, ADT, "2026-11-17T08:30", "2026-11-24T09:30", "2026-11-25T12:00", stay=2),
    # 7: readmitted, and dies in hospital; the general practitioner is told
    _stay(7, PLO, "2026-10-28T18:00", "2026-11-05T10:30", "2026-11-06T12:00"),
    _one(7, PLO, "admitted", "2026-12-01T14:00", 2), _one(7, PLO, "died", "2026-12-04T05:10", 2),
    # 8: dies in hospital while the municipality gets ready
    _one(8, ADT, "admitted", "2026-11-02T10:00"), _one(8, ADT, "ready", "2026-11-09T10:00"),
    _one(8, ADT, "left", "2026-11-10T04:20", destination="dead"),
    # 9: sent home on a Friday, which is taken back on the Saturday
    _stay(9, ADT, "2026-11-04T09:30", "2026-11-12T10:00", "2026-11-13T13:30"),
    _one(9, ADT, "left_cancelled", "2026-11-14T11:10"),
    _one(9, ADT, "left", "2026-11-17T12:00", destination="home"),
    # 10: admitted under a number of the hospital's own, and known only later
    _one(10, ADT, "admitted_nameless", "2026-11-07T23:50"), _one(10, ADT, "ready_nameless", "2026-11-16T09:00"),
    _one(10, ADT, "merged", "2026-11-16T10:30"), _one(10, ADT, "left", "2026-11-17T14:00", destination="home"),
    # 11: ready the day before Christmas Eve
    _one(11, PLO, "admitted", "2026-12-15T12:00"), _one(11, PLO, "ready", "2026-12-23T14:30"),
    # 12: the municipality cannot receive for a week
    _stay(12, PLO, "2026-11-17T10:00", "2026-11-24T09:00", "2026-12-01T12:30", "short_term"),
    _one(12, PLO, "came_home", "2026-12-14T10:30"),
    # 13: the nurse's visit is done without a network
    _stay(13, ADT, "2026-11-09T10:00", "2026-11-17T10:00", "2026-11-18T12:00"),
    # 14: readmitted while the nurse, without a network, writes down a visit that will not count
    _stay(14, ADT, "2026-11-10T14:00", "2026-11-17T11:00", "2026-11-18T13:00"),
    _stay(14, ADT, "2026-11-20T11:00", "2026-11-26T10:00", "2026-11-27T12:00", stay=2),
)  # fmt: skip
FIRST_OTHER = 15
MOST_READY = 3
"""Doctors judge most patients ready from Monday to Thursday."""


def scenes(patients: int = 30, until: datetime = ENDS) -> list[Scene]:
    """Everything that happens to the first *patients* before *until*, in order of time."""
    told = [scene for one in TOLD for scene in one] + list(_others())
    mine = [scene for scene in told if scene.number <= patients and scene.at < until]
    return sorted(mine, key=lambda scene: (scene.at, scene.number, scene.what))


def _others() -> Iterator[Scene]:
    """The stays of everybody whose story is like most: ready by day, home or to a short-term place a day later."""
    chance = random.Random(SEED)  # noqa: S311
    for number in range(FIRST_OTHER, 31):
        admitted = _at_hour(BEGINS + timedelta(days=chance.uniform(1, 46)), chance.uniform(8, 20))
        ready = _at_hour(admitted + timedelta(days=chance.uniform(3, 11)), chance.uniform(8.5, 13))
        ready += timedelta(days=max(0, 7 - ready.weekday()) if ready.weekday() > MOST_READY else 0)
        left = _at_hour(ready + timedelta(days=chance.choice((1, 1, 2))), chance.uniform(13.5, 17))
        hospital, where = chance.choice((ADT, ADT, PLO)), chance.choice(("home", "home", "home", "home", "short_term"))
        yield Scene(admitted, number, "admitted", hospital)
        yield Scene(ready, number, "ready", hospital)
        yield Scene(left, number, "left", hospital, 1, {"destination": where})
        if where == "short_term":
            home = _at_hour(left + timedelta(days=chance.uniform(8, 15)), 11)
            yield Scene(home, number, "came_home", hospital)


def _at_hour(day: datetime, hour: float) -> datetime:
    """That hour on the wall of the day, to the minute."""
    minutes = int(hour * 60)
    return wall(f"{day.astimezone(OSLO):%Y-%m-%d}T{minutes // 60:02}:{minutes % 60:02}")
