"""Quality figures: what is counted, of what, month by month; pure functions over tasks and stays.

Every figure is made of observations: a local day, a unit and a number. A share is the mean of ones and zeros, a sum
their sum, a median their median. What each counts stands in `MEASURES` and on the page that shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median

from pathway_engine.domain.norway import OSLO
from pathway_engine.domain.quality_measures import FOUR_LISTS, LISTS, MEASURES, Kind, Measure

HOMECOMING = "HPH2"
"""The step that is raised when a patient comes home: one of them is one homecoming."""

REVIEW = "HPH5"
THREE_DAYS, FOUR_WEEKS, THIRTY_DAYS = timedelta(days=3), timedelta(days=28), timedelta(days=30)
ONE_DAY = timedelta(days=1)
FEWEST = 5
"""Of fewer than so many nothing is shown."""

LEFT_OUT = ("cancelled", "entered-in-error")
NOT_APPLICABLE = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTask:
    """A checklist that was to be done for a patient of *unit*; instants are aware and in UTC, the status is FHIR's."""

    episode: str
    unit: str
    step: str
    raised_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    status: str

    def done_by(self, at: datetime | None) -> bool:
        """Whether it was completed, and by *at* if that is given."""
        if self.status != "completed" or self.ended_at is None:
            return False
        return at is None or self.ended_at <= at


@dataclass(frozen=True, slots=True, kw_only=True)
class HospitalStay:
    """A hospital stay of a patient of *unit*; `waits` are its times of readiness, None while one lasts.

    `again_at` is when the patient was next admitted to hospital, `letter_at` when the first letter or patient
    information came.
    """

    unit: str
    waits: tuple[tuple[datetime, datetime | None], ...] = ()
    left_at: datetime | None = None
    died: bool = False
    letter_at: datetime | None = None
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """One that counts: on which local day, in which unit, and how much."""

    day: date
    unit: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A measure over some time: how many it counts, of how many, and its value.

    `value` is a share from 0 to 1, a sum, or a median; None where nothing counts or too few to show.
    `is_suppressed` says that there were some, and too few; then the two numbers are None as well.
    """

    measure: str
    of: str
    numerator: float | None
    denominator: int | None
    value: float | None
    is_suppressed: bool = False


Observed = Mapping[str, Sequence[Observation]]


def observed(tasks: Iterable[ListTask], stays: Iterable[HospitalStay], now: datetime) -> Observed:
    """Return the observations of every measure; what time has not decided by *now* is not counted yet."""
    known, told = list(tasks), list(stays)
    found: dict[str, list[Observation]] = {measure.id: [] for measure in MEASURES}
    for task in known:
        for measure, observation in _of_task(task, now):
            found[measure].append(observation)
    for stay in told:
        for measure, observation in _of_stay(stay, now):
            found[measure].append(observation)
    found["three_of_four"] += _homecomings(known, now)
    return found


def _of_task(task: ListTask, now: datetime) -> Iterator[tuple[str, Observation]]:
    if task.status in LEFT_OUT:
        return
    if task.due_at is not None and task.due_at <= now:
        day = _day(task.due_at - timedelta(seconds=1))
        if task.step in LISTS:
            yield "not_applicable", Observation(day, task.unit, task.status == NOT_APPLICABLE)
        if task.step in LISTS and task.status != NOT_APPLICABLE:
            yield f"done_{task.step}", Observation(day, task.unit, task.done_by(None))
            yield f"in_time_{task.step}", Observation(day, task.unit, task.done_by(task.due_at))
    if task.step == HOMECOMING and task.status != NOT_APPLICABLE:
        last = end_of_day(_day(task.raised_at) + THREE_DAYS)
        if last <= now:
            yield "three_days", Observation(_day(task.raised_at), task.unit, task.done_by(last))


def _homecomings(tasks: Sequence[ListTask], now: datetime) -> Iterator[Observation]:
    """One for each homecoming whose four weeks have passed, and were not broken off."""
    for own in _by_episode(tasks).values():
        homes = sorted(task.raised_at for task in own if task.step == HOMECOMING)
        for place, home in enumerate(homes):
            before = homes[place - 1] if place else None
            after = homes[place + 1] if place + 1 < len(homes) else None
            lists = [task for task in own if _belongs(task, before, home, after)]
            if home + FOUR_WEEKS <= now and not _was_broken_off(lists):
                done = {task.step for task in lists if task.step in FOUR_LISTS and task.done_by(None)}
                yield Observation(_day(home), own[0].unit, len(done) >= 3)


def _by_episode(tasks: Iterable[ListTask]) -> dict[str, list[ListTask]]:
    found: dict[str, list[ListTask]] = {}
    for task in tasks:
        found.setdefault(task.episode, []).append(task)
    return found


def _belongs(task: ListTask, before: datetime | None, home: datetime, after: datetime | None) -> bool:
    """The hospital's list is of the homecoming that follows it, the others of the one that they follow."""
    if task.step == "HPH0":
        return (before is None or task.raised_at > before) and task.raised_at <= home
    return task.raised_at >= home and (after is None or task.raised_at < after)


def _was_broken_off(lists: Sequence[ListTask]) -> bool:
    return any(task.step in (HOMECOMING, REVIEW) and task.status in LEFT_OUT for task in lists)


def _of_stay(stay: HospitalStay, now: datetime) -> Iterator[tuple[str, Observation]]:
    for month, nights in _nights(stay, now).items():
        yield "overstay_days", Observation(month, stay.unit, nights)
    if stay.left_at is None:
        return
    day = _day(stay.left_at)
    if stay.waits:
        waited = stay.left_at - stay.waits[-1][0]
        yield "wait", Observation(day, stay.unit, max(0.0, waited / ONE_DAY))
    if stay.died:
        return
    if stay.left_at + ONE_DAY <= now:
        in_time = stay.letter_at is not None and stay.letter_at <= stay.left_at + ONE_DAY
        yield "letter", Observation(day, stay.unit, in_time)
    if stay.left_at + THIRTY_DAYS <= now:
        again = stay.again_at is not None and stay.again_at <= stay.left_at + THIRTY_DAYS
        yield "readmitted", Observation(day, stay.unit, again)


def _nights(stay: HospitalStay, now: datetime) -> dict[date, int]:
    """Nights that the patient lay ready in hospital, by the first day of the month that each began in."""
    found: dict[date, int] = {}
    for ready_at, until in stay.waits:
        day, last = _day(ready_at), _day(until or stay.left_at or now)
        while day < last:
            month = day.replace(day=1)
            found[month] = found.get(month, 0) + 1
            day += ONE_DAY
    return found


def _day(at: datetime) -> date:
    return at.astimezone(OSLO).date()


def end_of_day(day: date) -> datetime:
    """The midnight in Oslo that ends *day*."""
    return datetime.combine(day + ONE_DAY, time(), OSLO)


# -- figures


def figure(measure: Measure, of: str, counted: Sequence[Observation]) -> Figure:
    """What the observations come to; nothing is told of fewer than `FEWEST`."""
    if 0 < len(counted) < FEWEST:
        return Figure(measure=measure.id, of=of, numerator=None, denominator=None, value=None, is_suppressed=True)
    total = sum(each.value for each in counted)
    return Figure(
        measure=measure.id, of=of, numerator=total, denominator=len(counted), value=_value(measure, counted, total)
    )


def figures(measure: Measure, parts: Mapping[str, Sequence[Observation]]) -> list[Figure]:
    """The figures of parts that are shown beside their whole: one that is hidden takes the least other with it."""
    found = [figure(measure, of, counted) for of, counted in parts.items()]
    if sum(each.is_suppressed for each in found) != 1:
        return found
    shown = [each for each in found if each.denominator]
    least = min(shown, key=lambda each: (each.denominator or 0, each.of), default=None)
    return [hidden(each) if each is least else each for each in found]


def by_month(counted: Sequence[Observation], months: Sequence[date]) -> dict[str, list[Observation]]:
    """The observations of each month, by ``2026-11``."""
    parts: dict[str, list[Observation]] = {f"{month:%Y-%m}": [] for month in months}
    for each in counted:
        if f"{each.day:%Y-%m}" in parts:
            parts[f"{each.day:%Y-%m}"].append(each)
    return parts


def months_to(last: date, count: int) -> list[date]:
    """The first days of *count* months, the last of them that of *last*."""
    found = [last.replace(day=1)]
    while len(found) < count:
        found.append((found[-1] - ONE_DAY).replace(day=1))
    return found[::-1]


def hidden(each: Figure) -> Figure:
    """The same without its numbers."""
    return Figure(measure=each.measure, of=each.of, numerator=None, denominator=None, value=None, is_suppressed=True)


def _value(measure: Measure, counted: Sequence[Observation], total: float) -> float | None:
    match measure.kind:
        case Kind.SUM:
            return total
        case Kind.MEDIAN:
            return median(each.value for each in counted) if counted else None
        case Kind.SHARE:
            return total / len(counted) if counted else None
