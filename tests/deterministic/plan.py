"""Everything that is decided before a run: who lives there, what goes wrong and when, all from one seed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from random import Random

from tests.deterministic.chance import days, minutes, shuffled_hours, stream
from tests.deterministic.letters import Letter
from tests.deterministic.stories import Person, person

SUMMER_TIME = (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))
OUTAGES_A_MONTH = {"crash": 12.0, "clock": 2.0, "pause": 1.0}
LETTER_FAULTS = ("drop", "lost-answer", "duplicate", "delay", "batch", "id-reused")
ONCE = ("reorganisation", "new-version")
FAULTS = (*OUTAGES_A_MONTH, *LETTER_FAULTS, *ONCE, "stale-version", "act-again")


class Kind(StrEnum):
    """What may come up at an instant, in the order in which it is taken when several do."""

    LETTER = "letter"
    APPLY = "apply"
    SWEEP = "sweep"
    CRASH = "crash"
    CLOCK = "clock"
    PAUSE = "pause"
    REORGANISATION = "reorganisation"
    NEW_VERSION = "new-version"
    ACT = "act"
    OPERATOR = "operator"
    CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True)
class Moment:
    """Something planned: what, when, and its number among those of its kind."""

    at: datetime
    kind: Kind
    number: int


@dataclass(frozen=True, slots=True)
class Size:
    """How much is simulated: patients, days, and which of them and of the faults are kept when shortening."""

    patients: int = 3
    days: int = 45
    only: tuple[int, ...] | None = None
    faults: tuple[str, ...] = FAULTS

    @property
    def numbers(self) -> tuple[int, ...]:
        """The patients that are there."""
        return tuple(range(self.patients)) if self.only is None else self.only


@dataclass(frozen=True, slots=True)
class Plan:
    """One simulated world and its troubles."""

    seed: int
    size: Size
    begin: datetime
    end: datetime
    people: tuple[Person, ...]
    moments: tuple[Moment, ...]

    @property
    def letters(self) -> list[Letter]:
        """All letters in the order in which they are sent."""
        return sorted(
            (letter for each in self.people for letter in each.letters), key=lambda each: (each.sent_at, each.id)
        )

    @property
    def patient_years(self) -> float:
        """The time that all patients are present, in years of 365 days."""
        present = sum((each.end - each.begin for each in self.people), timedelta())
        return present / timedelta(days=365)

    @property
    def stays(self) -> int:
        """Hospital stays that have a letter."""
        return len({tell.stay for each in self.people for one in each.letters for tell in one.tells if tell.stay})


def plan(seed: int, size: Size) -> Plan:
    """Return the world of *seed*: a short one lies around a change of summer time, a long one holds both."""
    chance = stream(seed, "plan")
    begin = _begin(chance, size.days)
    end = begin + timedelta(days=size.days)
    people = tuple(person(seed, number, begin, end) for number in size.numbers)
    return Plan(seed, size, begin, end, people, _moments(seed, size, begin, end))


def _begin(chance: Random, length: int) -> datetime:
    if length > 240:
        return datetime(2026, 1, 5, tzinfo=UTC) + days(chance, 0, 40)
    return chance.choice(SUMMER_TIME) - days(chance, min(5, length / 3), max(6, length - 5))


def _moments(seed: int, size: Size, begin: datetime, end: datetime) -> tuple[Moment, ...]:
    months, found = size.days / 30, Counter[Kind]()
    moments: list[Moment] = []

    def add(kind: Kind, instants: list[datetime]) -> None:
        for at in instants:
            moments.append(Moment(at, kind, found[kind]))
            found[kind] += 1

    for name, a_month in OUTAGES_A_MONTH.items():
        if name in size.faults:
            chance = stream(seed, name)
            add(Kind(name), shuffled_hours(chance, begin, end, round(a_month * months)))
    for name in ONCE:
        chance = stream(seed, name)
        if name in size.faults and chance.random() < 0.5:
            add(Kind(name), [begin + (end - begin) * chance.uniform(0.2, 0.8)])
    add(Kind.SWEEP, _sweeps(stream(seed, "sweep"), begin, end))
    acts = round(size.days * len(size.numbers) * 0.3)
    add(Kind.ACT, shuffled_hours(stream(seed, "acts"), begin, end, acts))
    add(Kind.OPERATOR, [begin + timedelta(days=day, hours=9) for day in range(0, size.days, 3)])
    add(Kind.CHECKPOINT, [begin + timedelta(days=day) for day in range(7, size.days + 1, 7)])
    return tuple(sorted(moments, key=lambda moment: (moment.at, list(Kind).index(moment.kind), moment.number)))


def _sweeps(chance: Random, begin: datetime, end: datetime) -> list[datetime]:
    """The heartbeats that are simulated: some a minute after another, most hours apart."""
    instants, at = [], begin
    while at < end:
        at += minutes(chance, *chance.choice(((0.02, 0.5), (1, 10), (8, 40))))
        instants.append(at)
    return instants
