"""What a Patient says, element by element, by no-basis: the published profile and the rewritten one alike."""

from __future__ import annotations

import re
from collections.abc import Mapping

from adapters.fhir.elements import table, tables, text
from adapters.fhir.outcome import Json

PUBLISHED = "http://hl7.no/fhir/StructureDefinition/no-basis-"
REWRITTEN = "http://hl7.no/fhir/ig/StructureDefinition/no-basis-"
PROFILE = f"{PUBLISHED}Patient"
MIDDLE_NAME, MUNICIPALITY, DISTRICT = "middlename", "municipalitycode", "urban-district"
MUNICIPALITIES = "https://register.geonorge.no/subregister/sosi-kodelister/kartverket/kommunenummer-alle"
DISTRICTS = "urn:oid:2.16.578.1.12.4.1.1.3403"


def basis(holder: Mapping[str, object], name: str) -> Json:
    """Return the no-basis extension of that name, by either canonical, or an empty one."""
    known = (f"{PUBLISHED}{name}", f"{REWRITTEN}{name}")
    return next((each for each in tables(holder.get("extension")) if each.get("url") in known), {})


def name_of(patient: Mapping[str, object]) -> Json:
    """Return the name that counts now: the official one, the usual one, else the first that is not an old one."""
    return _best(tables(patient.get("name")), ("official", "usual", ""), ("old", "maiden"))


def address_of(patient: Mapping[str, object]) -> Json:
    """Return the address that counts now: where the patient lives, else the first that is not an old one."""
    return _best(tables(patient.get("address")), ("home", ""), ("old", "billing"))


def _best(told: list[Json], uses: tuple[str, ...], never: tuple[str, ...]) -> Json:
    fitting = [each for each in told if text(each.get("use")) not in never]
    rank = {use: place for place, use in enumerate(uses)}
    return min(fitting, key=lambda each: rank.get(text(each.get("use")), len(rank)), default={})


def given(name: Mapping[str, object]) -> str:
    """Return given names and the middle name of no-basis."""
    names = name.get("given")
    told = [text(each) for each in names] if isinstance(names, list) else []
    return " ".join(part for part in (*told, text(basis(name, MIDDLE_NAME).get("valueString"))) if part)


def lines(address: Mapping[str, object]) -> list[str]:
    """Return the lines of a street address."""
    told = address.get("line")
    return [text(each) for each in told if text(each)] if isinstance(told, list) else []


def municipality(address: Mapping[str, object], notes: list[str]) -> str:
    """Return the municipality's number; anything but four digits is noted and left out."""
    code = text(table(basis(table(address.get("_district")), MUNICIPALITY).get("valueCoding")).get("code"))
    if code and not re.fullmatch("[0-9]{4}", code):
        notes.append("The municipality of the address is not a number of four digits.")
        return ""
    return code


def district(address: Mapping[str, object]) -> str:
    """Return the urban district's number."""
    return text(table(basis(address, DISTRICT).get("valueCoding")).get("code"))


def phone(patient: Mapping[str, object]) -> str:
    """Return the telephone number that counts now."""
    told = [each for each in tables(patient.get("telecom")) if text(each.get("system")) in ("phone", "sms")]
    return text(_best(told, ("mobile", "home", ""), ("old",)).get("value"))
