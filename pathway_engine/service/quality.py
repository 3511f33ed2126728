"""Quality figures of a leader's own units by month, counted from the log and the tasks, without any patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pathway_engine.domain.directory import Directory
from pathway_engine.domain.errors import NotPermitted
from pathway_engine.domain.norway import OSLO
from pathway_engine.domain.quality import (
    Figure,
    HospitalStay,
    ListTask,
    Observation,
    Observed,
    by_month,
    end_of_day,
    figure,
    figures,
    hidden,
    months_to,
    observed,
)
from pathway_engine.domain.quality_measures import LISTS, MEASURES, Measure
from pathway_engine.domain.stay_facts import StayFacts
from pathway_engine.domain.stay_folding import stays_told
from pathway_engine.domain.tasks import Place
from pathway_engine.domain.variation import Variation, variation
from pathway_engine.service.context import Context
from pathway_engine.service.views import Principal
from pathway_engine.storage.records import Records

PATHWAY = "hph"
NURSES = "home_care_nurse"
LEADERS = ("home_care_leader", "allocation_office")
MONTHS = 12
TOGETHER = 200
ALL = "all"


@dataclass(frozen=True, slots=True)
class Series:
    """A measure: the whole time, each month, how the months vary, and each unit."""

    measure: Measure
    whole: Figure
    months: tuple[Figure, ...]
    variation: Variation
    units: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """The figures of *unit* (``all`` of the asker's own) from the first to the last day, both included.

    `units` are the asker's own, by id and name.
    """

    unit: str
    units: tuple[tuple[str, str], ...]
    first: date
    last: date
    series: tuple[Series, ...]

    def of(self, measure: str) -> Series:
        """The series of that measure."""
        return next(each for each in self.series if each.measure.id == measure)


def quality(
    context: Context, who: Principal, now: datetime, *, unit: str = ALL, first: date | None = None,
    months: int = MONTHS,
) -> QualityReport:  # fmt: skip
    """Return the figures of *months* months, from that of *first* or up to the present one; on record.

    Raises NotPermitted for a unit that is not the asker's own.
    """
    units = own_units(context.directory, who)
    if unit != ALL and unit not in units:
        raise NotPermitted
    last = now.astimezone(OSLO).date()
    shown = months_to(last, months) if first is None else _months_from(first, months)
    counted = context.committed(lambda records: _counted(context, records, who, units, shown[0], now))
    chosen = set(units) if unit == ALL else {unit}
    series = tuple(_series(measure, counted[measure.id], shown, units, chosen) for measure in MEASURES)
    ends = _months_from(shown[-1], 2)[1] - timedelta(days=1)
    return QualityReport(unit=unit, units=tuple(units.items()), first=shown[0], last=min(ends, last), series=series)


def own_units(directory: Directory, who: Principal) -> dict[str, str]:
    """The home care units that *who* leads or answers for, and those that are part of them, by id and name."""
    tops = {unit for unit, role in who.seats if role in LEADERS}
    return {
        each.id: each.name
        for each in sorted(directory.organisations.values(), key=lambda each: each.name)
        if NURSES in each.roles and not tops.isdisjoint(_line(directory, each.id))
    }


def _line(directory: Directory, organisation: str) -> Iterator[str]:
    """The organisation and those that it is part of."""
    seen: set[str] = set()
    each = directory.organisations.get(organisation)
    while each is not None and each.id not in seen:
        seen.add(each.id)
        yield each.id
        each = directory.organisations.get(each.parent or "")


def _months_from(first: date, count: int) -> list[date]:
    found = [first.replace(day=1)]
    while len(found) < count:
        found.append((found[-1] + timedelta(days=32)).replace(day=1))
    return found


def _series(
    measure: Measure, counted: Sequence[Observation], months: Sequence[date], units: Mapping[str, str],
    chosen: set[str],
) -> Series:  # fmt: skip
    """The series of the chosen units; beside it every unit that is the asker's own, over the same months."""
    known = {f"{month:%Y-%m}" for month in months}
    within = [each for each in counted if f"{each.day:%Y-%m}" in known]
    own = [each for each in within if each.unit in chosen]
    points = figures(measure, by_month(own, months))
    if len(chosen) < len(units):  # what is hidden of a unit must not be what the others leave of the whole
        out_of_sight = _hidden_months(measure, within, units, chosen)
        points = [hidden(point) if point.of in out_of_sight else point for point in points]
    by_unit = figures(measure, {unit: [each for each in within if each.unit == unit] for unit in units})
    return Series(measure, figure(measure, ALL, own), tuple(points), variation(measure, points), tuple(by_unit))


def _hidden_months(
    measure: Measure, within: Sequence[Observation], units: Mapping[str, str], chosen: set[str]
) -> set[str]:
    """The months in which the chosen units are hidden beside the others."""
    months: dict[str, dict[str, list[Observation]]] = {}
    for each in within:
        months.setdefault(f"{each.day:%Y-%m}", {unit: [] for unit in units})[each.unit].append(each)
    return {
        month
        for month, parts in months.items()
        if any(found.is_suppressed and found.of in chosen for found in figures(measure, parts))
    }


# -- counting


def _counted(
    context: Context, records: Records, who: Principal, units: Mapping[str, str], first: date, now: datetime
) -> Observed:
    organisations = context.directory.organisations
    municipalities = sorted({m for unit in units if (m := organisations[unit].municipality) is not None})
    since = end_of_day(first - timedelta(days=61))  # what was raised two months before may fall due in the first one
    unit_of = _Units(context.directory, units)
    found = observed(
        _tasks(records, unit_of, municipalities, since), _stays(records, unit_of, municipalities, since), now
    )
    records.write_audit(
        at=now, actor=who.person, role=who.role, action="quality read", patient_id=None, object_id=None,
        detail=" ".join(units),
    )  # fmt: skip
    return found


class _Units:
    """To which of the asker's units patients belong, by where they live."""

    def __init__(self, directory: Directory, own: Mapping[str, str]) -> None:
        self._directory, self._own = directory, own
        self._known: dict[tuple[str | None, str | None], str | None] = {}

    def of(self, municipality: str | None, district: str | None) -> str | None:
        place = municipality, district
        if place not in self._known:
            unit = self._directory.unit_for(NURSES, Place(municipality, district))
            self._known[place] = unit.id if unit and unit.id in self._own else None
        return self._known[place]


def _tasks(records: Records, units: _Units, municipalities: Sequence[str], since: datetime) -> Iterator[ListTask]:
    for episode, step, raised, due, ended, status, municipality, district in records.lists_raised(
        PATHWAY, list(LISTS), municipalities, since
    ):
        unit = units.of(municipality, district)
        if unit is not None:
            yield ListTask(
                episode=episode, unit=unit, step=step, raised_at=raised, due_at=due, ended_at=ended, status=status
            )


def _stays(records: Records, units: _Units, municipalities: Sequence[str], since: datetime) -> Iterator[HospitalStay]:
    followed = records.patients_followed(PATHWAY, municipalities, since)
    unit_of = {id: unit for id, *place in followed if (unit := units.of(*place)) is not None}
    ids = list(unit_of)
    for start in range(0, len(ids), TOGETHER):
        for id, rows in records.logs_of(ids[start : start + TOGETHER]).items():
            yield from stays_of(unit_of[id], stays_told(row.entry for row in rows))


def stays_of(unit: str, told: Sequence[StayFacts]) -> Iterator[HospitalStay]:
    """A patient's stays as they are counted, each with the admission that came after it."""
    admissions = sorted(each.admitted_at for each in told if each.admitted_at is not None)
    for facts in told:
        left = facts.left_at
        waits = tuple((each.ready_at, each.ended_at or left) for each in facts.readiness)
        yield HospitalStay(
            unit=unit, waits=waits, left_at=left, died=facts.died_at is not None and facts.died_at == left,
            letter_at=facts.information_sent_at,
            again_at=next((at for at in admissions if left is not None and at > left), None),
        )  # fmt: skip
