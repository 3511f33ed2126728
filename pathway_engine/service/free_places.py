"""Free places: a municipality tells of its own units; everybody sees how old the word is and whose it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pathway_engine.domain.directory import Directory, Organisation
from pathway_engine.domain.errors import InvalidAnswer, NotPermitted
from pathway_engine.service.board_views import Places
from pathway_engine.service.context import Context
from pathway_engine.service.views import Principal
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import FreePlacesRow

INSTITUTION = "institution"
OFFICE = "allocation_office"
STALE = timedelta(hours=24)
MOST = 9999


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidPlaces:
    """What somebody says of a unit: so many free, of so many if that is known."""

    unit: str
    free: int
    total: int | None


class ImpossiblePlaces(InvalidAnswer):
    """The free places are a whole number from 0 to all places. Write 0 when none is free."""


def say_places(context: Context, who: Principal, said: SaidPlaces, now: datetime) -> None:
    """Keep it. Raises NotPermitted for a unit of somebody else's, ImpossiblePlaces."""
    unit = context.directory.organisations.get(said.unit)
    if unit is None or not _is_mine(context.directory, who, unit):
        raise NotPermitted("Only the municipality's own office tells of its places.")
    most = MOST if said.total is None else said.total
    if not 0 <= said.free <= most <= MOST:
        raise ImpossiblePlaces
    context.committed(lambda records: _kept(records, who, said, now))


def _kept(records: Records, who: Principal, said: SaidPlaces, now: datetime) -> None:
    records.say_free_places(said.unit, said.free, said.total, at=now, by=who.person)
    records.write_audit(
        at=now, actor=who.person, role=who.role, action="places told", patient_id=None, object_id=said.unit
    )


def places_seen_by(context: Context, records: Records, who: Principal, now: datetime) -> tuple[Places, ...]:
    """The institutions' places: an office sees its own municipality's, a ward those of all whom it sends home to."""
    said = {row.unit: row for row in records.free_places()}
    units = [each for each in context.directory.organisations.values() if each.kind == INSTITUTION]
    is_ward = any(role != OFFICE for _, role in who.seats)
    return tuple(
        _places(context, unit, said.get(unit.id), mine, now)
        for unit in sorted(units, key=lambda each: (each.municipality or "", each.name))
        if (mine := _is_mine(context.directory, who, unit)) or is_ward
    )


def _places(context: Context, unit: Organisation, row: FreePlacesRow | None, mine: bool, now: datetime) -> Places:
    municipality = context.directory.organisations.get(unit.parent or "")
    named = municipality.name if municipality else unit.municipality or ""
    if row is None:
        return Places(unit=unit.id, unit_name=unit.name, municipality=named, mine=mine)
    person = context.directory.people.get(row.by)
    return Places(
        unit=unit.id, unit_name=unit.name, municipality=named, free=row.free, total=row.total, at=row.at,
        by_name=person.name if person else row.by, is_stale=row.at < now - STALE, mine=mine,
    )  # fmt: skip


def _is_mine(directory: Directory, who: Principal, unit: Organisation) -> bool:
    """Whether an office of *who* serves the municipality that the institution belongs to."""
    offices = [directory.organisations.get(seat) for seat, role in who.seats if role == OFFICE]
    return unit.kind == INSTITUTION and any(
        office is not None and office.municipality == unit.municipality for office in offices
    )
