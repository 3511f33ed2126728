"""Who a message is about: identifiers, best first, and what it says of the person."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from adapters.hl7v2.refusal import Hl7Refusal
from adapters.hl7v2.segments import Composite, Segment
from adapters.hl7v2.sender import SenderSettings
from pathway_engine.domain.errors import InvalidIdentityNumber
from pathway_engine.domain.events import Demographics, Identifier
from pathway_engine.domain.identifiers import DNR, FHN, FNR, NationalIdentityNumber

NATIONAL = (FNR, DNR, FHN)
TYPE_CODES = {"NNNOR": FNR, "FNR": FNR, "DNR": DNR, "FHN": FHN}
"""Codes of CX-5 that say a national number by themselves."""

GENDERS = {"F": "female", "M": "male", "O": "other", "A": "other", "U": "unknown"}
"""HL7 table 0001 to FHIR's administrative gender."""


def identifiers_of(
    segment: Segment, number: int, facility: str, settings: SenderSettings
) -> tuple[tuple[Identifier, ...], list[str]]:
    """Return the identifiers of a CX field, national ones first, and notes on those that are not right."""
    found: list[Identifier] = []
    notes: list[str] = []
    for each in segment.composites(number):
        if each.part(1):
            found.append(_identifier(each, facility, settings, notes, f"{segment.name}-{number}"))
    return tuple(sorted(dict.fromkeys(found), key=_rank)), notes


def demographics_of(pid: Segment, zone: ZoneInfo, notes: list[str]) -> Demographics:
    """Return what PID says of the person; raises `Hl7Refusal` when PID-7 is no date."""
    name, address = _first(pid.cut(5)), _first(pid.cut(11))
    return Demographics(
        family=name.part(1) or None,
        given=" ".join(part for part in (name.part(2), name.part(3)) if part) or None,
        birth_date=_birth_date(pid, zone, notes),
        gender=_gender(pid, notes),
        address=_joined(address, 1, 2),
        postal_code=address.part(5) or None,
        city=address.part(3) or None,
        municipality=_municipality(address, notes),
        district=address.part(10) or None,
        phone=_phone(pid.cut(13)),
    )


def _first(found: tuple[Composite, ...]) -> Composite:
    return found[0] if found else Composite({})


def _rank(identifier: Identifier) -> int:
    return NATIONAL.index(identifier.system) if identifier.system in NATIONAL else len(NATIONAL)


def _identifier(each: Composite, facility: str, settings: SenderSettings, notes: list[str], where: str) -> Identifier:
    value, assigner = each.part(1), _assigner(each, facility)
    system = _national_system(each) or _agreed_system(each, settings)
    if system in NATIONAL:
        digits = "".join(value.split())
        true_system = _system_by_digits(digits)
        if true_system is None:
            notes.append(f"{where} has a number said to be national whose digits are wrong; kept as a local one.")
            return Identifier(system=f"local:{assigner}", value=value)
        return Identifier(system=true_system, value=digits)
    return Identifier(system=system or f"local:{assigner}", value=value)


def _assigner(each: Composite, facility: str) -> str:
    return each.part(4) or each.part(4, 2) or each.part(6) or facility


def _national_system(each: Composite) -> str | None:
    """By the assigner's OID, which may stand in its name's place; by the type code when there is none."""
    for oid in (each.part(4, 2), each.part(4)):
        system = f"urn:oid:{oid.removeprefix('urn:oid:')}"
        if system in NATIONAL:
            return system
    return TYPE_CODES.get(each.part(5).upper())


def _agreed_system(each: Composite, settings: SenderSettings) -> str | None:
    names = (each.part(4), each.part(4, 2), each.part(5))
    return next((settings.id_systems[name] for name in names if name and name in settings.id_systems), None)


def _system_by_digits(digits: str) -> str | None:
    try:
        return NationalIdentityNumber(digits).system
    except InvalidIdentityNumber:
        return None


def _birth_date(pid: Segment, zone: ZoneInfo, notes: list[str]) -> date | None:
    sent = pid.text(7)
    if re.fullmatch("[0-9]{4}|[0-9]{6}", sent) and pid.instant(7, zone):
        notes.append("PID-7 tells the year but not the day; no birth date was kept.")
        return None
    return pid.day(7, zone)


def _gender(pid: Segment, notes: list[str]) -> str | None:
    code = pid.text(8).upper()
    if code and code not in GENDERS:
        notes.append("PID-8 has a code that is not in table 0001.")
    return GENDERS.get(code)


def _municipality(address: Composite, notes: list[str]) -> str | None:
    code = address.part(9)
    if code and not re.fullmatch("[0-9]{4}", code):
        notes.append("PID-11.9 is not a municipality number of four digits.")
        return None
    return code or None


def _joined(each: Composite, *components: int) -> str | None:
    return ", ".join(part for part in (each.part(number) for number in components) if part) or None


def _phone(numbers: Iterable[Composite]) -> str | None:
    """The first telephone number: XTN-1, or area code and number of XTN-6 and XTN-7, or XTN-12."""
    for each in numbers:
        found = each.part(1) or each.part(12) or f"{each.part(6)}{each.part(7)}"
        if found:
            return found
    return None


def required(found: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    """Return *found* unless it is empty, which no message may be."""
    if not found:
        raise Hl7Refusal("101", "PID^1^3", "PID-3 has no identifier; a patient is known by at least one.")
    return found
