"""The page that tells what happened: one file, the same in every run, for eyes and for paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files as resources

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from pathway_engine.domain.definition import Text
from pathway_engine.domain.norway import OSLO
from pathway_engine.domain.overstay import Account
from pathway_engine.domain.quality import Figure
from pathway_engine.domain.quality_measures import Kind
from pathway_engine.service.accounts import StayAccount
from pathway_engine.service.quality import QualityReport
from pathway_engine.story.cast import patient
from pathway_engine.story.courses import KINDS, Course, Line, courses, is_in_time, lines
from pathway_engine.story.findings import Finding, account, checked, half_year
from pathway_engine.story.planning import Plan, plan
from pathway_engine.story.playing import Played
from pathway_engine.story.times import BEGINS
from pathway_engine.story.turns import Seen, Turn, holds, turns, window

QUANTILES = (0.1, 0.5, 0.9)
FORECAST_DAYS = (1, 3, 7, 14)


@dataclass(frozen=True, slots=True)
class Told:
    """A turn as the page tells it."""

    turn: Turn
    who: str
    holds: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the story in numbers."""

    first: date
    admitted: int
    ready: int
    left: int
    received: int
    sent: int
    done: int
    in_time: int


@dataclass(frozen=True, slots=True)
class Story:
    """All that is told when it is over."""

    played: Played
    turns: tuple[Told, ...]
    weeks: tuple[Week, ...]
    findings: tuple[Finding, ...]
    accounts: Sequence[StayAccount]
    report: QualityReport
    plan: Plan

    @property
    def is_well(self) -> bool:
        """Whether every turn went as it must and every finding holds."""
        return all([*(each.holds for each in self.turns), *(each.holds for each in self.findings)])


def story(played: Played) -> Story:
    """Look at everything that arose."""
    found, accounted = courses(played), account(played.world)
    by_family = {patient(number).family: number for number in found}
    numbers = _numbers(played, by_family)
    per = {number: [each.account for each in accounted if numbers.get(each.patient_id) == number] for number in found}
    told = tuple(_told(turn, played, found[turn.number], per[turn.number]) for turn in turns() if turn.number in found)
    report, status = half_year(played.world)
    planned = plan(played.world)
    findings = (*checked(played), *_figures(accounted, report, status, planned))
    return Story(played, told, tuple(_weeks(found, played.until)), findings, accounted, report, planned)


def _numbers(played: Played, by_family: dict[str, int]) -> dict[str, int]:
    with played.world.engine.context.store.reading() as records:
        rows = [records.patient(id) for id in records.patients_with_entries()]
    names = {row.id: (row.name or "").rpartition(" ")[2] for row in rows if row is not None}
    return {id: by_family[name] for id, name in names.items() if name in by_family}


def _told(turn: Turn, played: Played, course: Course, accounts: Sequence[Account]) -> Told:
    first, last = window(turn)
    who = patient(turn.number)
    is_so = holds(turn, Seen(course, accounts, played))
    return Told(turn, f"{who.given} {who.family}", is_so, tuple(lines(course, first, last, turn.steps)))


def _weeks(found: dict[int, Course], until: datetime) -> Iterator[Week]:
    monday = BEGINS.astimezone(OSLO).date() - timedelta(days=BEGINS.astimezone(OSLO).weekday())
    while monday <= until.astimezone(OSLO).date():
        yield _week(list(found.values()), monday)
        monday += timedelta(days=7)


def _week(found: Sequence[Course], monday: date) -> Week:
    def count(times: Iterator[datetime]) -> int:
        return sum(monday <= at.astimezone(OSLO).date() < monday + timedelta(days=7) for at in times)

    def events(name: str) -> int:
        return count(at for course in found for at in course.times(name))

    done = [task for course in found for _, task in course.tasks if task.status.value == "completed" and task.ended_at]
    return Week(
        monday, events("admitted"), events("discharge_ready"), events("discharged"),
        count(row.received_at for course in found for row in course.inbox),
        count(row.at for course in found for row in course.outbox),
        count(task.ended_at for task in done if task.ended_at),
        count(task.ended_at for task in done if task.ended_at and is_in_time(task)),
    )  # fmt: skip


# -- what the figures must show


def _figures(accounts: Sequence[StayAccount], report: QualityReport, status: int, found: Plan) -> Iterator[Finding]:
    days = sum(len(each.account.payable) for each in accounts)
    unsaid = sum(not (each.account.payable or each.account.reasons) for each in accounts)
    yield Finding(
        Text("Hvert opphold har betalbare døgn eller en grunn for at det ikke har det",
             "Each stay has payable days, or a reason for having none"),
        Text(f"{len(accounts)} opphold, {days} døgn betales", f"{len(accounts)} stays, {days} days are paid for"),
        bool(accounts) and days > 0 and not unsaid,
    )  # fmt: skip
    counted = sum(each.whole.value is not None for each in report.series)
    yield Finding(
        Text("Halvårsrapporten teller", "The half-year report counts"),
        Text(f"{counted} av {len(report.series)} mål", f"{counted} of {len(report.series)} measures"),
        status == 200 and counted >= 5,
    )  # fmt: skip
    yield Finding(
        Text("Loggen lærer planleggingen tilgang og veier", "The log teaches arrivals and ways"),
        Text(f"{len(found.learnt.rates)} rate, {len(found.learnt.chances)} veivalg",
             f"{len(found.learnt.rates)} rate, {len(found.learnt.chances)} choices of way"),
        bool(found.learnt.rates and found.learnt.chances) and not found.read.left_out,
    )  # fmt: skip
    yield Finding(
        Text("Prognosen begynner der pasientene er", "The forecast begins where the patients are"),
        Text(f"{len(found.census.there)} pasienter", f"{len(found.census.there)} patients"),
        bool(np.isfinite(found.forecast.paths).all()),
    )  # fmt: skip
    yield Finding(
        Text("To korttidsplasser til er sammenlignet på samme trekninger", "Two more beds compared on the same draws"),
        Text(f"{len(found.differences)} tall", f"{len(found.differences)} figures"), bool(found.differences),
    )  # fmt: skip


# -- the page


def page(told: Story) -> str:
    """Return the page, whole."""
    return _environment().get_template("story.html").render(
        story=told, style=_style(), kinds=KINDS, forecast=forecast_rows(told.plan), clock=clock, day=day,
        shown=shown, kroner=kroner, begins=BEGINS, number=number,
        paid=[each for each in told.accounts if each.account.payable], reasons=_reasons(told.accounts),
        name=_name_of(told.played),
    )  # fmt: skip


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("pathway_engine.story"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


def _style() -> str:
    return (resources("pathway_engine.story") / "templates" / "story.css").read_text("utf-8")


def _name_of(played: Played) -> dict[str, str]:
    families = {patient(number).family: number for number in range(1, played.patients + 1)}
    return {
        id: f"{patient(number).given} {patient(number).family}" for id, number in _numbers(played, families).items()
    }


def _reasons(accounts: Sequence[StayAccount]) -> list[tuple[Text, int]]:
    """Why nothing is payable, the commonest first."""
    counts: dict[str, tuple[Text, int]] = {}
    for each in accounts:
        for reason in each.account.reasons:
            counts[reason.code] = reason.text, counts.get(reason.code, (reason.text, 0))[1] + 1
    return sorted(counts.values(), key=lambda found: (-found[1], found[0].nb))


def forecast_rows(found: Plan) -> list[tuple[str, int, list[float]]]:
    """The series, how many days ahead, and its low, middle and high value."""
    values = found.forecast.quantiles(QUANTILES)
    return [
        (f"{name.what} {name.of}", ahead, [float(value) for value in values[:, place, ahead - 1]])
        for place, name in enumerate(found.forecast.names)
        if (name.what, name.of) in (("discharge_ready", "total"), ("occupied", "short_term"), ("queue", "short_term"))
        for ahead in FORECAST_DAYS
    ]


def clock(at: datetime | None) -> str:
    """An instant on the wall in Norway; in the hour that passes twice, with which of the two it is."""
    if at is None:
        return "–"
    wall = at.astimezone(OSLO)
    is_twice = wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()
    return f"{wall:%d.%m.%Y %H.%M}" + (f" ({wall:%Z})" if is_twice else "")


def day(at: date) -> str:
    """A day as people write it."""
    return f"{at:%d.%m.}"


def number(value: float) -> str:
    """A number with at most two digits after the comma."""
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def kroner(ore: int | None) -> str:
    """An amount, or that the year has no rate."""
    return "ikke priset" if ore is None else f"{ore // 100:,} kr".replace(",", " ")


def shown(figure: Figure, kind: Kind) -> str:
    """A figure of quality: a percentage, a number, or why there is none."""
    if figure.is_suppressed:
        return "for få til å vises"
    if figure.value is None:
        return "–"
    return f"{round(100 * figure.value)} %" if kind is Kind.SHARE else number(figure.value)
