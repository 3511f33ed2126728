"""Who is who in a health community: hospitals, wards, municipalities, units, people, senders, routes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from pathway_engine.domain.events import Demographics
from pathway_engine.domain.tasks import Place

MESSAGE_RESPONSIBLE = "message_responsible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A hospital, ward, municipality or unit; `parent` is the organisation that it is part of.

    `roles` are the owner roles whose tasks it does. `municipality` is the four-digit number that
    it serves, `districts` and `wards` the parts of it (empty: all of it).
    """

    id: str
    name: str
    kind: str
    parent: str | None = None
    roles: tuple[str, ...] = ()
    municipality: str | None = None
    districts: tuple[str, ...] = ()
    wards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who works: a seat is a role in a unit."""

    id: str
    name: str
    seats: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A system that sends messages, as it names itself; its habits are settings, not guesses.

    `acknowledge` is ``applied`` (default) or ``stored``. `destinations` maps its discharge codes.
    """

    id: str
    application: str
    facility: str
    organisation: str
    charset: str = "UTF-8"
    time_zone: str = "Europe/Oslo"
    acknowledge: str = "applied"
    accept_test: bool = False
    destinations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A municipality's working day beyond weekends and public holidays."""

    closing_days: tuple[date, ...] = ()
    opens: time = time(8)
    closes: time = time(15, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """One import of the directory; `routes` maps the start of a postal code to a municipality."""

    organisations: Mapping[str, Organisation] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    senders: Mapping[tuple[str, str], Sender] = field(default_factory=dict)
    routes: Mapping[str, str] = field(default_factory=dict)
    openings: Mapping[str, Opening] = field(default_factory=dict)

    def unit_for(self, role: str, place: Place) -> Organisation | None:
        """The unit whose work *role* is for a patient of *place*; the most particular one wins."""
        fitting = [unit for unit in self.organisations.values() if role in unit.roles and _serves(unit, place)]
        return min(fitting, key=lambda unit: (-_particularity(unit), unit.id), default=None)

    def message_responsible(self, place: Place) -> Organisation | None:
        """Who sees what nobody owns: of the municipality, else of the whole community."""
        near = self.unit_for(MESSAGE_RESPONSIBLE, place)
        everywhere = Place(municipality=None)
        return near or self.unit_for(MESSAGE_RESPONSIBLE, everywhere)

    def sender(self, application: str, facility: str) -> Sender | None:
        """The sender that names itself so."""
        return self.senders.get((application, facility))

    def municipality_of(self, demographics: Demographics) -> str | None:
        """The municipality by what a message says, else by the longest matching postal route."""
        if demographics.municipality:
            return demographics.municipality
        code = demographics.postal_code or ""
        starts = [start for start in self.routes if code.startswith(start)]
        return self.routes[max(starts, key=len)] if code and starts else None

    def colleagues(self, unit: str, role: str) -> tuple[Person, ...]:
        """The people who have a seat of *role* in *unit*, by name."""
        sitting = [person for person in self.people.values() if (unit, role) in person.seats]
        return tuple(sorted(sitting, key=lambda person: (person.name, person.id)))


def _serves(unit: Organisation, place: Place) -> bool:
    if unit.municipality is not None and unit.municipality != place.municipality:
        return False
    if unit.districts and place.district not in unit.districts:
        return False
    return not unit.wards or place.ward in unit.wards


def _particularity(unit: Organisation) -> int:
    return 4 * bool(unit.wards) + 2 * bool(unit.districts) + bool(unit.municipality)


@dataclass(frozen=True, slots=True)
class Directories:
    """All imports, oldest first: a task that has ended keeps the unit that it had then."""

    imports: tuple[tuple[datetime, Directory], ...] = ()

    @property
    def current(self) -> Directory:
        """The newest import, or an empty one."""
        return self.imports[-1][1] if self.imports else Directory()

    def at(self, instant: datetime | None) -> Directory:
        """The import that held at *instant*; before the first one, the first one."""
        if instant is None or not self.imports:
            return self.current
        held = [directory for valid_from, directory in self.imports if valid_from <= instant]
        return held[-1] if held else self.imports[0][1]
