"""Whom a resource is about: the identifiers and demographics of a Patient, of its subject, and what a Patient tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime

from adapters.fhir import patient_words as words
from adapters.fhir.assigners import OID, assigner_of
from adapters.fhir.elements import instant, table, tables, text
from adapters.fhir.envelope import Envelope
from adapters.fhir.outcome import Json, refusal
from pathway_engine.domain.events import Demographics, Happened, Identifier, Reading, Voided
from pathway_engine.domain.identifier_systems import (
    LOCAL,
    NATIONAL,
    best_first,
    recognised,
    system_by_digits,
    system_of,
)

PATIENT = "Patient"
H_NUMBER = "HNR"
"""The system that no-basis gives to every hospital's own help numbers: whose it is, the assigner says."""
GENDERS = ("male", "female", "other", "unknown")
ADDRESS = ("postal_code", "municipality", "district")
"""What says where the patient belongs, which is what the owning unit is looked up by."""


def read_patient(patient: Json, envelope: Envelope) -> Reading:
    """Return what a written Patient tells of the person. Raises FhirRefusal."""
    notes: list[str] = []
    told = demographics_of(patient, notes)
    return Reading(
        message_type=PATIENT, identifiers=_of_record(patient, envelope, notes),
        entries=_entries(patient, told, envelope), demographics=told, sender=envelope.sender,
        notes=tuple(dict.fromkeys(notes)), recorded_at=envelope.at,
    )  # fmt: skip


def _of_record(patient: Json, envelope: Envelope, notes: list[str]) -> tuple[Identifier, ...]:
    """The identifiers told and those of the address; of a new record without any, one named after the message."""
    told = identifiers_of(patient, envelope.sender, "Patient", notes)
    if patient.get("link"):
        notes.append("Links to other records are kept; records are merged by a message A40.")
    found = best_first((*told, *envelope.patient))
    return found or (Identifier(system=f"{LOCAL}{envelope.sender}", value=envelope.message_id),)


def whom(resource: Json, envelope: Envelope) -> tuple[tuple[Identifier, ...], Demographics]:
    """Return whom the subject of *resource* is, and what is said of the person. Raises FhirRefusal.

    By whom the reference leads to, which the envelope knows; else by the reference's identifier, or by the
    Patient that the resource contains.
    """
    path = f"{text(resource.get('resourceType'))}.subject"
    subject, notes = table(resource.get("subject")), list[str]()
    if envelope.patient:
        return envelope.patient, Demographics()
    if text(table(subject.get("identifier")).get("value")):
        return (
            identifier_of(table(subject["identifier"]), envelope.sender, f"{path}.identifier", notes),
        ), Demographics()
    told = text(subject.get("reference"))
    inner = next((each for each in tables(resource.get("contained")) if f"#{each.get('id')}" == told), None)
    if inner is not None and inner.get("resourceType") == PATIENT:
        found = identifiers_of(inner, envelope.sender, "Patient", notes)
        if found:
            return found, demographics_of(inner, notes)
    right = "Would be right: Patient/ and the id that this server gave, or subject.identifier with system and value."
    raise refusal(422, "not-found", f"The subject leads to no patient who is known here. {right}", path)


# -- identifiers


def identifiers_of(patient: Mapping[str, object], facility: str, path: str, notes: list[str]) -> tuple[Identifier, ...]:
    """Return the identifiers that have a value, national ones first. Raises FhirRefusal."""
    found = [
        identifier_of(each, facility, f"{path}.identifier[{number}]", notes)
        for number, each in enumerate(tables(patient.get("identifier")))
        if text(each.get("value")) and text(each.get("use")) != "old"
    ]
    return best_first(tuple(found))


def identifier_of(told: Mapping[str, object], facility: str, path: str, notes: list[str]) -> Identifier:
    """Return what an Identifier is kept as: by a Norwegian system, else as its assigner's own.

    Raises FhirRefusal for a national number whose digits are wrong; the text does not repeat it.
    """
    system, value, assigner = text(told.get("system")), text(told.get("value")), assigner_of(told, facility)
    if system == H_NUMBER:
        return recognised(H_NUMBER, value, _named(told) or facility).identifier
    if not system.startswith(OID) or system_of(system) is None:
        return Identifier(system=f"{LOCAL}{assigner}", value=value)
    number = "".join(value.split())
    if system in NATIONAL and system_by_digits(number) is None:
        wrong = "The number has wrong length, digits or check digits; eleven digits that fit would be right."
        raise refusal(422, "value", wrong, f"{path}.value")
    found = recognised(system, number, assigner)
    if found.doubt is not None:
        notes.append(found.doubt.en)
    return found.identifier


def _named(told: Mapping[str, object]) -> str:
    """Whom an Identifier names as its assigner."""
    assigner = table(told.get("assigner"))
    inner = text(table(assigner.get("identifier")).get("value"))
    return inner or text(assigner.get("display")) or text(assigner.get("reference"))


# -- demographics


def demographics_of(patient: Mapping[str, object], notes: list[str]) -> Demographics:
    """Return what a Patient says of the person. Raises FhirRefusal."""
    gender = text(patient.get("gender"))
    if gender and gender not in GENDERS:
        raise refusal(422, "code-invalid", f"Patient.gender: would be right: {', '.join(GENDERS)}.", "Patient.gender")
    name, address = words.name_of(patient), words.address_of(patient)
    told = {
        "family": text(name.get("family")), "given": words.given(name), "gender": gender,
        "address": ", ".join(words.lines(address)), "postal_code": text(address.get("postalCode")),
        "city": text(address.get("city")), "municipality": words.municipality(address, notes),
        "district": words.district(address), "phone": words.phone(patient),
    }  # fmt: skip
    known = {field.name: told.get(field.name) or None for field in fields(Demographics)}
    return Demographics(**{**known, "birth_date": _birth_date(patient, notes)})  # type: ignore[arg-type]


def _birth_date(patient: Mapping[str, object], notes: list[str]) -> date | None:
    told = text(patient.get("birthDate"))
    if told and len(told) < len("1941-03-02"):
        notes.append("Patient.birthDate tells the year but not the day; no birth date was kept.")
        return None
    try:
        return date.fromisoformat(told) if told else None
    except ValueError:
        right = "a day that exists, as 1941-03-02, would be right"
        raise refusal(422, "value", f"Patient.birthDate is no date; {right}.", "Patient.birthDate") from None


# -- what happened


def _entries(patient: Json, told: Demographics, envelope: Envelope) -> tuple[Happened | Voided, ...]:
    entries: list[Happened | Voided] = []
    if any(getattr(told, name) for name in ADDRESS):
        cause = f"person_updated/-/{envelope.message_id}"
        entries.append(_happened(envelope, 1, "person_updated", cause, envelope.at))
    return (*entries, *_death(patient, envelope, len(entries) + 1))


def _death(patient: Json, envelope: Envelope, number: int) -> tuple[Happened | Voided, ...]:
    """Told dead: once, unless at another time; told alive: a death that was told before did not happen."""
    at = instant(patient.get("deceasedDateTime"), "Patient.deceasedDateTime", envelope.at, begins=False)
    known, is_dead = envelope.before.last("died"), patient.get("deceasedBoolean")
    if is_dead is False and known is not None:
        cause, id = known.cause, f"{envelope.source}:{number}"
        return (Voided(id=id, cause=cause, recorded_at=envelope.recorded_at, source=envelope.source),)
    if (at is None and (is_dead is not True or known is not None)) or (known is not None and known.at == at):
        return ()
    died = _happened(envelope, number, "died", "died", at or envelope.at)
    return (died,)


def _happened(envelope: Envelope, number: int, name: str, cause: str, at: datetime) -> Happened:
    return Happened(
        id=f"{envelope.source}:{number}", name=name, cause=cause, occurred_at=at, recorded_at=envelope.recorded_at,
        facts={"deceased": True} if name == "died" else {}, source=envelope.source,
    )  # fmt: skip
