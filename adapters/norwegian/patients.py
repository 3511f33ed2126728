"""Who a message is about: identifiers, best first, and what it says of the person."""

from __future__ import annotations

from adapters.norwegian.head import Head
from adapters.norwegian.people import Ident, Organisation, Person
from adapters.norwegian.rules.rule import organisation_of, readable
from pathway_engine.domain.events import Demographics, Identifier
from pathway_engine.domain.identifier_systems import best_first, recognised

GENDERS = {"0": "unknown", "1": "male", "2": "female", "9": "other"}
"""Code system 3101 to FHIR's administrative gender."""

PHONE_SCHEMES = ("tel:", "callto:")


def sender_name(head: Head) -> str:
    """The sending organisation as one word: its HER-id, else its first identifier (``her:59``), or empty."""
    return name_of(organisation_of(head.sender))


def name_of(organisation: Organisation | None) -> str:
    """An organisation as one word, ``her:59``; empty when it has no identifier."""
    known = main_ident(organisation.idents) if organisation else None
    return f"{known.kind.value.lower()}:{known.id.strip()}" if known and known.kind else ""


def main_ident(idents: tuple[Ident, ...]) -> Ident | None:
    """The HER-id among *idents*, else the first that says anything."""
    told = [each for each in idents if each.id.strip() and each.kind and each.kind.value]
    return next((each for each in told if each.kind and each.kind.value == "HER"), told[0] if told else None)


def identifiers_of(person: Person, assigner: str) -> tuple[tuple[Identifier, ...], list[str]]:
    """Return the identifiers of *person*, national ones first, and notes on those that are not right.

    A filler where a national number belongs (``00000000000``, ``g18``) is left out: it would join strangers.
    """
    found, notes = [], []
    for each in person.idents:
        if each.id.strip():
            known = recognised(each.kind.value if each.kind else "", each.id, assigner)
            if known.doubt is None or _may_be_a_slip(each.id):
                found.append(known.identifier)
            if known.doubt is not None:
                notes.append(known.doubt.en)
    return best_first(tuple(found)), notes


def _may_be_a_slip(value: str) -> bool:
    """Whether a wrong number still names somebody: eleven digits, not a filler that stands for many people."""
    digits = "".join(value.split())
    return len(digits) == 11 and digits.isascii() and digits.isdigit() and len(set(digits)) > 2


def demographics_of(person: Person) -> Demographics:
    """Return what *person* tells of itself; a birth date that is no day is left out."""
    address = person.address
    given = " ".join(part for part in (person.given_name.strip(), person.middle_name.strip()) if part)
    return Demographics(
        family=person.family_name.strip() or None,
        given=given or None,
        birth_date=person.birth_date.day() if person.birth_date and readable(person.birth_date) else None,
        gender=GENDERS.get(person.sex.value) if person.sex else None,
        address=(address.street.strip() or address.postbox.strip() or None) if address else None,
        postal_code=(address.postal_code.strip() or None) if address else None,
        city=(address.city.strip() or None) if address else None,
        phone=_phone(person),
    )


def _phone(person: Person) -> str | None:
    for each in person.telecoms:
        scheme = next((scheme for scheme in PHONE_SCHEMES if each.address.lower().startswith(scheme)), None)
        if scheme and each.address[len(scheme) :].strip():
            return each.address[len(scheme) :].strip()
    return None
