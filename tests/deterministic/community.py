"""The simulated health community: a hospital, a municipality of two districts, and its reorganisation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from pathway_engine.domain.directory import Directories, Directory, Organisation, Person, Sender

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
MUNICIPALITY = "5001"
HOME_CARE = ("home_care_nurse", "home_care_leader", "primary_contact")
OFFICE = ("allocation_office", "message_responsible")
WARDS = ("MED", "KIR")
DISTRICTS = ("01", "02")
HOSPITAL, JOURNAL = ("EPJ", "FJORDSYK"), ("JOURNAL", "KOMMUNE")

UNITS_BEFORE = {
    "east": (HOME_CARE, ("01",), ()), "west": (HOME_CARE, ("02",), ()), "office": (OFFICE, (), ()),
    "med": (("ward_nurse",), (), ("MED",)), "kir": (("ward_nurse",), (), ("KIR",)),
}  # fmt: skip
UNITS_AFTER = {
    "north": (HOME_CARE, ("01",), ()), "west": (HOME_CARE, ("02",), ()), "office": (OFFICE, (), ()),
    "med": (("ward_nurse",), (), ("MED",)),
}  # fmt: skip
"""A reorganisation: district 01 gets a new unit, and a ward closes, so nobody owns its tasks."""

Units = Mapping[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]]


def directory(units: Units) -> Directory:
    """Return the directory of these units, with two people on each seat."""
    home = Organisation(id=MUNICIPALITY, name="Fjordby", kind="municipality", municipality=MUNICIPALITY)
    made = [home, *(_unit(name, *told) for name, told in units.items())]
    people = [_person(unit, role, n) for unit, told in units.items() for role in told[0] for n in (1, 2)]
    senders = {
        HOSPITAL: Sender(id="hospital", application=HOSPITAL[0], facility=HOSPITAL[1], organisation="med"),
        JOURNAL: Sender(
            id="journal", application=JOURNAL[0], facility=JOURNAL[1], organisation=MUNICIPALITY, acknowledge="stored"
        ),
    }
    return Directory(
        organisations={each.id: each for each in made}, people={each.id: each for each in people}, senders=senders
    )


def _unit(name: str, roles: tuple[str, ...], districts: tuple[str, ...], wards: tuple[str, ...]) -> Organisation:
    municipality = None if wards else MUNICIPALITY
    return Organisation(
        id=name, name=name, kind="unit", roles=roles, municipality=municipality, districts=districts, wards=wards
    )


def _person(unit: str, role: str, number: int) -> Person:
    identifier = f"{unit}-{role}-{number}"
    return Person(id=identifier, name=identifier, seats=((unit, role),))


def directories(reorganised_at: datetime | None) -> Directories:
    """Return the imports so far: the first, and the reorganisation once it has been imported."""
    imports = [(LONG_AGO, directory(UNITS_BEFORE))]
    if reorganised_at is not None:
        imports.append((reorganised_at, directory(UNITS_AFTER)))
    return Directories(tuple(imports))


def seats_of(units: Units) -> list[tuple[str, str]]:
    """Every person of the directory with the role that he or she signs in by."""
    return [(f"{unit}-{role}-{n}", role) for unit, told in units.items() for role in told[0] for n in (1, 2)]


def unit_of(units: Units, role: str, district: str | None, ward: str | None) -> str | None:
    """Which unit does the tasks of *role* for a patient there: the directory's rule, told a second time."""
    for name, (roles, districts, wards) in units.items():
        fits = (not districts or district in districts) and (not wards or ward in wards)
        if role in roles and fits:
            return name
    return None
