"""Who is who in a health community: hospitals, wards, municipalities, units, people, senders, routes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from pathway_engine.domain.events import Demographics
from pathway_engine.domain.norway import TIME_ZONE
from pathway_engine.domain.tasks import Place

MESSAGE_RESPONSIBLE = "message_responsible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A hospital, ward, municipality or unit; `parent` is the organisation that it is part of.

    `roles` are the owner roles whose tasks it does. `municipality` is the four-digit number that
    it serves, `districts` and `wards` the parts of it (empty: all of it). `her_id` is its address in
    the health sector's address register: that of a service when its parent has one too. Messages to
    it are received here when it, or what it is part of, is `ours`. `services` are its service types, as
    code system and code (``8663/KP02``): which messages it gets.
    """

    id: str
    name: str
    kind: str
    parent: str | None = None
    roles: tuple[str, ...] = ()
    municipality: str | None = None
    districts: tuple[str, ...] = ()
    wards: tuple[str, ...] = ()
    her_id: str | None = None
    ours: bool = False
    services: tuple[str, ...] = ()

    def serves(self, place: Place) -> bool:
        """Whether patients of *place* are among those that it serves."""
        if self.municipality is not None and self.municipality != place.municipality:
            return False
        if self.districts and place.district not in self.districts:
            return False
        return not self.wards or place.ward in self.wards

    @property
    def particularity(self) -> int:
        """How much it says of whom it serves; who says most goes first."""
        return 4 * bool(self.wards) + 2 * bool(self.districts) + bool(self.municipality)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who works: a seat is a role in a unit. `login` is how an issuer's claim names him or her."""

    id: str
    name: str
    seats: tuple[tuple[str, str], ...]
    login: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """A system that sends messages, as it names itself; its habits are settings, not guesses.

    One that names itself by its HER-id has the application ``her`` and the HER-id as its facility.
    `acknowledge` is ``applied`` (default) or ``stored``. `destinations` maps its discharge codes.
    `rules` maps rules for its messages to ``reject``, ``warn`` or ``off``, where they are agreed otherwise.
    """

    id: str
    application: str
    facility: str
    organisation: str
    charset: str = "UTF-8"
    time_zone: str = TIME_ZONE
    acknowledge: str = "applied"
    accept_test: bool = False
    destinations: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaks:
    """A partner takes a standard (``plo``, ``dialog``, ``epikrise``) in this version from that day on."""

    standard: str
    version: str
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """With whom messages are exchanged: the upper level's organisation, and what is agreed with it.

    `services` maps message types to the service type that gets them where it is not the standard's.
    `versions` says what it takes from when; a standard that is not in it is taken in the usual version.
    """

    organisation: str
    services: Mapping[str, str] = field(default_factory=dict)
    versions: tuple[Speaks, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A municipality's working day beyond weekends and public holidays."""

    closing_days: tuple[date, ...] = ()
    opens: time = time(8)
    closes: time = time(15, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """One import; `routes` maps the start of a postal code to a municipality, `parts` to the part of it."""

    organisations: Mapping[str, Organisation] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    senders: Mapping[tuple[str, str], Sender] = field(default_factory=dict)
    routes: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    openings: Mapping[str, Opening] = field(default_factory=dict)
    partners: Mapping[str, Partner] = field(default_factory=dict)

    def unit_for(self, role: str, place: Place) -> Organisation | None:
        """The unit whose work *role* is for a patient of *place*; the most particular one wins."""
        fitting = [unit for unit in self.organisations.values() if role in unit.roles and unit.serves(place)]
        return min(fitting, key=lambda unit: (-unit.particularity, unit.id), default=None)

    def message_responsible(self, place: Place) -> Organisation | None:
        """Who sees what nobody owns: of the municipality, else of the whole community."""
        near = self.unit_for(MESSAGE_RESPONSIBLE, place)
        everywhere = Place(municipality=None)
        return near or self.unit_for(MESSAGE_RESPONSIBLE, everywhere)

    def person_of_login(self, said: str) -> Person | None:
        """The person whom an issuer's claim names, by `login`, else by id where no `login` is given."""
        known = next((person for person in self.people.values() if person.login == said), None)
        by_id = self.people.get(said)
        return known or (by_id if by_id is not None and by_id.login is None else None)

    def sender(self, application: str, facility: str) -> Sender | None:
        """The sender that names itself so."""
        return self.senders.get((application, facility))

    def own_addresses(self) -> frozenset[str]:
        """The HER-ids at which messages are received here, of organisations and of their services."""
        return frozenset(each.her_id for each in self.organisations.values() if each.her_id and self.is_ours(each.id))

    def is_ours(self, organisation: str) -> bool:
        """Whether it, or what it is part of, is ours."""
        seen: set[str] = set()
        each = self.organisations.get(organisation)
        while each is not None and each.id not in seen:
            if each.ours:
                return True
            seen.add(each.id)
            each = self.organisations.get(each.parent or "")
        return False

    def municipality_of(self, demographics: Demographics) -> str | None:
        """The municipality by what a message says, else by the longest matching postal route."""
        if demographics.municipality:
            return demographics.municipality
        start = self._route_of(demographics)
        return None if start is None else self.routes[start]

    def district_of(self, demographics: Demographics) -> str | None:
        """The part of the municipality by what a message says, else by the postal route, if that leads to the same."""
        start = self._route_of(demographics)
        if demographics.district or start is None or self.routes[start] != self.municipality_of(demographics):
            return demographics.district
        return self.parts.get(start)

    def place_of(self, demographics: Demographics) -> Place:
        """Where the patient belongs, by what a message says and the postal routes."""
        return Place(municipality=self.municipality_of(demographics), district=self.district_of(demographics))

    def _route_of(self, demographics: Demographics) -> str | None:
        code = demographics.postal_code or ""
        return max((start for start in self.routes if code and code.startswith(start)), key=len, default=None)

    def colleagues(self, unit: str, role: str) -> tuple[Person, ...]:
        """The people who have a seat of *role* in *unit*, by name."""
        sitting = [person for person in self.people.values() if (unit, role) in person.seats]
        return tuple(sorted(sitting, key=lambda person: (person.name, person.id)))


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
