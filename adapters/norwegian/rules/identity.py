"""Rules for the patient: is the person identified well enough, and do the identifiers look right.

A wrong check digit is never a reason to reject: whoever has the number in a letter before them is
not helped by a message that does not come.
"""

from __future__ import annotations

from datetime import date

from adapters.norwegian.people import Ident, Person
from adapters.norwegian.rules.rule import Rule, Subject, readable, when
from adapters.norwegian.rules.types import SYSTEM
from pathway_engine.domain.identifiers import has_valid_check_digits

NATIONAL_KINDS = frozenset({"FNR", "DNR", "FHN"})
"""Kinds of code system 8116 that, with a name, identify a person."""

PERSON_SYSTEM = f"{SYSTEM}8116"
EARLIEST_BIRTH = date(1850, 1, 1)


def has_name(person: Person) -> bool:
    """Whether any name is given."""
    return bool(person.family_name.strip() or person.given_name.strip())


def kind_of(ident: Ident) -> str:
    """The kind of an identifier, or empty."""
    return ident.kind.value.strip().upper() if ident.kind else ""


def is_national(ident: Ident) -> bool:
    """Whether *ident* has the shape of a number that identifies a person: eleven digits of a national kind."""
    value = "".join(ident.id.split())
    return kind_of(ident) in NATIONAL_KINDS and len(value) == 11 and value.isascii() and value.isdigit()


def is_described(person: Person) -> bool:
    """Whether birth date and sex are given."""
    return readable(person.birth_date) and person.sex is not None and bool(person.sex.value)


def is_identified(person: Person | None) -> bool:
    """Whether E36 does not apply: a name, and a national number or birth date and sex."""
    if person is None or not has_name(person):
        return False
    return any(is_national(each) for each in person.idents) or is_described(person)


def _is_local_only(person: Person | None) -> bool:
    """Named, with an identifier of another kind: enough where that is agreed."""
    if person is None or not has_name(person) or is_identified(person):
        return False
    return any(each.id.strip() and kind_of(each) not in NATIONAL_KINDS for each in person.idents)


def _insufficient(subject: Subject) -> bool:
    person = subject.patient
    return person is not None and not is_identified(person) and not _is_local_only(person)


def _wrong_number(subject: Subject) -> bool:
    idents = subject.patient.idents if subject.patient else ()
    numbers = ["".join(each.id.split()) for each in idents if kind_of(each) in NATIONAL_KINDS]
    return any(number and not has_valid_check_digits(number) for number in numbers)


def _wrong_system(subject: Subject) -> bool:
    idents = subject.patient.idents if subject.patient else ()
    told = [each.kind.system for each in idents if each.kind and kind_of(each) in NATIONAL_KINDS | {"HNR", "DUF"}]
    return any(system not in ("", PERSON_SYSTEM) for system in told)


def _impossible_birth(subject: Subject) -> bool:
    born = subject.patient.birth_date if subject.patient else None
    if born is None or not born.text:
        return False
    day, written = when(born), subject.written
    return day is None or not EARLIEST_BIRTH <= day[0] <= (written[0] if written else date.max)


IDENTITY = (
    Rule(
        id="patient-missing", severity="reject", code="E36", source="HIS 80415, E36",
        nb="Meldingen har ingen pasient. Pasienten skal oppgis med navn og fødselsnummer.",
        en="The message has no patient. The patient must be given by name and national identity number.",
        is_broken=lambda subject: subject.patient is None,
    ),
    Rule(
        id="patient-insufficient", severity="reject", code="E36", source="HIS 80415, E36",
        nb="Pasienten er ikke tilstrekkelig identifisert. Oppgi navn og fødselsnummer, D-nummer eller felles "
           "hjelpenummer, eller navn, fødselsdato og kjønn.",
        en="The patient is insufficiently identified. Give the name and a national identity number, D-number or shared "
           "emergency number, or the name, birth date and sex.",
        of="patient", is_broken=_insufficient,
    ),
    Rule(
        id="patient-local-only", severity="reject", code="E36", source="HIS 80415, E36; reception test 16a and 16b",
        nb="Pasienten er bare identifisert med et lokalt nummer. Oppgi også fødselsdato og kjønn.",
        en="The patient is identified by a local number only. Give the birth date and the sex too.",
        of="patient", is_broken=lambda subject: _is_local_only(subject.patient),
    ),
    Rule(
        id="patient-number-wrong", severity="warn", code="E31", source="HIS 1001",
        nb="Pasientens fødselsnummer har feil lengde eller feil kontrollsiffer.",
        en="The patient's national identity number has the wrong length or wrong check digits.",
        of="patient", is_broken=_wrong_number,
    ),
    Rule(
        id="patient-number-system", severity="warn", code="X99", source="code system 8116",
        nb=f"Pasientens nummer er oppgitt under feil kodeverk. Det skal være {PERSON_SYSTEM}.",
        en=f"The patient's number is given under the wrong code system. It should be {PERSON_SYSTEM}.",
        of="patient", is_broken=_wrong_system,
    ),
    Rule(
        id="patient-name-missing", severity="warn", code="X99", source="HIS 80415, E32",
        nb="Pasientens etternavn eller fornavn mangler.",
        en="The patient's family name or given name is missing.",
        of="patient", is_broken=lambda subject: subject.patient is not None
        and not (subject.patient.family_name.strip() and subject.patient.given_name.strip()),
    ),
    Rule(
        id="patient-birth-date", severity="warn", code="X99", source="own rule",
        nb="Pasientens fødselsdato er ingen mulig dato, eller ligger etter at meldingen ble skrevet.",
        en="The patient's birth date is no possible date, or is after the message was written.",
        of="patient", is_broken=_impossible_birth,
    ),
)  # fmt: skip
