"""A person's record as a Patient of no-basis: made of what is known, or laid over what a client wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from adapters.fhir import patient_words as words
from adapters.fhir.assigners import numbered
from adapters.fhir.elements import tables
from adapters.fhir.outcome import Json
from adapters.fhir.patients import demographics_of, identifier_of
from pathway_engine.domain.events import Demographics, Identifier
from pathway_engine.domain.identifier_systems import LOCAL

TYPE_CODE = "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of a person; `links` are other records: their ids, each with FHIR's word for what they are."""

    id: str
    demographics: Demographics
    identifiers: Sequence[Identifier] = ()
    died_at: datetime | None = None
    is_active: bool = True
    links: Sequence[tuple[str, str]] = ()


def rendered(record: Record) -> Json:
    """Return the record as a Patient, without `meta`."""
    told = record.demographics
    parts: Json = {
        "identifier": [_identifier(each) for each in record.identifiers], "active": record.is_active,
        "name": _name(told), "telecom": [{"system": "phone", "value": told.phone}] if told.phone else [],
        "gender": told.gender, "birthDate": told.birth_date.isoformat() if told.birth_date else None,
        "deceasedDateTime": _instant(record.died_at) if record.died_at else None, "address": _address(told),
    }  # fmt: skip
    known = {name: part for name, part in parts.items() if part not in (None, [])}
    return {"resourceType": "Patient", "id": record.id, **known, **_of_links(record)}


def overlaid(kept: Json, record: Record, facility: str, *, is_newer: bool) -> Json:
    """Return what a client of *facility* wrote, with what stands of the person's death and links to other records.

    Where something newer was told, what says something else is replaced, element by element.
    """
    result = {**(_with_news(kept, record, facility) if is_newer else kept), **_of_links(record)}
    said_dead = "deceasedDateTime" in kept or kept.get("deceasedBoolean") is True
    if said_dead != (record.died_at is not None):
        result = {name: value for name, value in result.items() if not name.startswith("deceased")}
        result |= {"deceasedDateTime": _instant(record.died_at)} if record.died_at else {"deceasedBoolean": False}
    return result


def _with_news(kept: Json, record: Record, facility: str) -> Json:
    made = rendered(record)
    before, now = demographics_of(kept, []), record.demographics
    changed = {field.name for field in fields(Demographics) if getattr(before, field.name) != getattr(now, field.name)}
    news = {element: made[element] for element, names in ELEMENTS.items() if element in made and changed & names}
    identifiers = _identifiers(kept, record, facility)
    return {**kept, **news, **({"identifier": identifiers} if identifiers else {})}


def _of_links(record: Record) -> Json:
    links = [{"other": {"reference": f"Patient/{id}"}, "type": kind} for id, kind in record.links]
    return {"link": links, "active": record.is_active} if links else {}


ELEMENTS = {
    "name": {"family", "given"}, "gender": {"gender"}, "birthDate": {"birth_date"}, "telecom": {"phone"},
    "address": {"address", "postal_code", "city", "municipality", "district"},
}  # fmt: skip
"""What of a person's details stands in which element."""


def _identifiers(kept: Json, record: Record, facility: str) -> list[Json]:
    """What the client wrote, and what others have told."""
    told = tables(kept.get("identifier"))
    known = {identifier_of(each, facility, "", []) for each in told if each.get("value")}
    return [*told, *(_identifier(each) for each in record.identifiers if each not in known)]


def _identifier(identifier: Identifier) -> Json:
    if not identifier.system.startswith(LOCAL):
        return {"system": identifier.system, "value": identifier.value}
    assigner, _, kind = identifier.system.removeprefix(LOCAL).partition(TYPE_CODE)
    return {**({"type": {"text": kind}} if kind else {}), **numbered(assigner, identifier.value)}


def _name(told: Demographics) -> list[Json]:
    name: Json = {"family": told.family, "given": [told.given] if told.given else None}
    found = {part: value for part, value in name.items() if value}
    return [found] if found else []


def _address(told: Demographics) -> list[Json]:
    parts: Json = {
        "line": [told.address] if told.address else None, "city": told.city, "postalCode": told.postal_code,
        "extension": [_coded(words.DISTRICT, words.DISTRICTS, told.district)] if told.district else None,
        "_district": {"extension": [_coded(words.MUNICIPALITY, words.MUNICIPALITIES, told.municipality)]}
        if told.municipality
        else None,
    }  # fmt: skip
    found = {name: part for name, part in parts.items() if part}
    return [{"use": "home", **found}] if found else []


def _coded(name: str, system: str, code: str) -> Json:
    return {"url": f"{words.PUBLISHED}{name}", "valueCoding": {"system": system, "code": code}}


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
