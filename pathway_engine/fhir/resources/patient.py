"""Patient: a person as last told by whomever; writing one is a message about the person."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import msgspec

from adapters.fhir.outcome import FhirRefusal, Json, refusal
from adapters.fhir.patient_rendering import Record, overlaid, rendered
from adapters.fhir.patient_words import PROFILE
from adapters.fhir.patients import identifiers_of
from pathway_engine.domain.events import Demographics, Identifier
from pathway_engine.fhir.bodies import require_type
from pathway_engine.fhir.exchange import Answer, Exchange, Found, Served
from pathway_engine.fhir.known_stays import deaths_of, latest_death
from pathway_engine.fhir.patching import patched
from pathway_engine.fhir.people_searched import PATIENT_PARAMETERS, PATIENT_REVINCLUDES, patients
from pathway_engine.fhir.preconditions import require_match
from pathway_engine.fhir.preferences import written
from pathway_engine.fhir.road import (
    body_of,
    envelope_of,
    is_near,
    keep,
    known_patient,
    own_words,
    require_id,
    take,
    with_body,
    with_kept_meta,
)
from pathway_engine.storage.rows import KeptRow, PatientRow
from pathway_engine.storage.statements import values_of

PATIENT = "Patient"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DETAILS = tuple(field.name for field in fields(Demographics))


def read(exchange: Exchange, id: str) -> Found | None:
    """The person, if the caller is near to him or her; else what the caller's own sender wrote."""
    patient = known_patient(exchange, id)
    return None if patient is None else found(exchange, id, patient)


def found(exchange: Exchange, id: str, patient: PatientRow) -> Found:
    """A person as a resource; *id* may be that of a record that was merged into *patient*, and says so then.

    Who is not near to the patient sees the own words alone: to have written of somebody opens nobody's record.
    """
    kept = exchange.records.kept_resource(PATIENT, patient.id)
    updated = max(patient.updated_at, kept.at if kept else EPOCH)
    version = f"{(updated - EPOCH) // MICROSECOND}"
    own = None if is_near(exchange, patient) else own_words(exchange, PATIENT, patient.id)
    resource = _as_kept(own) if own else _resource(exchange, id, patient, kept)
    return Found(
        resource=with_kept_meta({**resource, "id": id}, version, updated, PROFILE), version=version, updated=updated,
        patient_id=patient.id,
    )  # fmt: skip


def _resource(exchange: Exchange, id: str, patient: PatientRow, kept: KeptRow | None) -> Json:
    record = _record(exchange, id, patient)
    if kept is None or id != patient.id:
        return rendered(record)
    return overlaid(_as_kept(kept), record, kept.sender, is_newer=patient.updated_at > kept.at)


def _as_kept(kept: KeptRow) -> Json:
    body: Json = msgspec.json.decode(kept.body)
    return body


def _record(exchange: Exchange, id: str, patient: PatientRow) -> Record:
    records = exchange.records
    died = deaths_of(row.entry for row in records.log(patient.id)).last("died")
    told = Demographics(**{name: value for name, value in values_of(patient).items() if name in DETAILS})
    links = [(each, "replaces") for each in sorted(records.merged_into(patient.id))]
    return Record(
        id=id, demographics=told, identifiers=records.identifiers_of_person(patient.id),
        died_at=died.at if died else None, is_active=id == patient.id,
        links=links if id == patient.id else [(patient.id, "replaced-by")],
    )  # fmt: skip


# -- writing


def create(exchange: Exchange) -> Answer:
    """Take what is said of a person: a new record, or the one that the identifiers name."""
    require_type(exchange.headers)
    known = exchange.records.find_patients(_identifiers(exchange))
    return _write(exchange, None, 200 if known else 201)


def _identifiers(exchange: Exchange) -> tuple[Identifier, ...]:
    try:
        return identifiers_of(body_of(exchange), exchange.caller.sender, PATIENT, [])
    except FhirRefusal:  # the reading says so again, and the message is kept
        return ()


def update(exchange: Exchange) -> Answer:
    """Take what is said of a person who is known."""
    require_type(exchange.headers)
    patient = _held(exchange)
    require_match(exchange, found(exchange, exchange.id, patient))
    require_id(exchange, body_of(exchange))
    return _write(exchange, patient, 200)


def patch(exchange: Exchange) -> Answer:
    """Take what changes of a person, as if the whole had been written."""
    patient = _held(exchange)
    current = found(exchange, exchange.id, patient)
    require_match(exchange, current)
    return _write(with_body(exchange, patched(exchange, current.resource)), patient, 200)


def _held(exchange: Exchange) -> PatientRow:
    """The person of the address, locked."""
    patient = known_patient(exchange, exchange.id)
    if patient is None:
        raise refusal(404, "not-found", "There is no such Patient for you; a POST makes one.")
    return exchange.records.lock_patient(patient.id)


def _write(exchange: Exchange, patient: PatientRow | None, status: int) -> Answer:
    records = exchange.records
    own = tuple(records.identifiers_of_person(patient.id)) if patient else ()
    log = [row.entry for row in records.log(patient.id)] if patient else []
    row = take(exchange, envelope_of(exchange, patient=own, before=deaths_of(log), after=latest_death(log)))
    assert row.patient_id is not None
    keep(exchange, row.patient_id, row, records.kept_resource(PATIENT, row.patient_id), stay=None, seq=0)
    written_row = records.patient(row.patient_id)
    assert written_row is not None
    return written(exchange, found(exchange, row.patient_id, written_row), status)


SERVED_PATIENT = Served(
    type=PATIENT, profile=PROFILE, read=read, find=patients(read), create=create, update=update, patch=patch,
    parameters=PATIENT_PARAMETERS, revincludes=PATIENT_REVINCLUDES,
    instead={"delete": "A person is not deleted; wrong records are merged by a message A40."},
    about="A person as last told. Writing one is a message about the person; identifiers say who it is.",
)  # fmt: skip
