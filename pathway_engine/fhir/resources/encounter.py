"""Encounter: a stay, read from whatever told of it, and written by a ward as a message like any other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from adapters.fhir.elements import table, text
from adapters.fhir.encounter_rendering import overlaid, rendered
from adapters.fhir.encounter_words import visit
from adapters.fhir.encounters import stay_of
from adapters.fhir.envelope import FHIR, NOTHING, Before
from adapters.fhir.outcome import Json, refusal
from adapters.fhir.systems import profile
from pathway_engine.fhir.bodies import require_type
from pathway_engine.fhir.exchange import Answer, Exchange, Found, Served
from pathway_engine.fhir.known_stays import KnownStay, known_stay
from pathway_engine.fhir.patching import patched
from pathway_engine.fhir.people_searched import (
    ENCOUNTER_INCLUDES,
    ENCOUNTER_PARAMETERS,
    ENCOUNTER_REVINCLUDES,
    encounters,
)
from pathway_engine.fhir.preconditions import require_match
from pathway_engine.fhir.preferences import written
from pathway_engine.fhir.road import (
    body_of,
    envelope_of,
    keep,
    known_patient,
    referred,
    require_id,
    take,
    with_body,
    with_kept_meta,
    wrote,
)
from pathway_engine.storage.patients import public_id_of_stay
from pathway_engine.storage.rows import KeptRow, PatientRow

ENCOUNTER = "Encounter"
PROFILE = profile("pathway-encounter")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def read(exchange: Exchange, id: str) -> Found | None:
    """The stay, if the caller is near to its patient or wrote it."""
    known = _known(exchange, id)
    return None if known is None else found(exchange, id, known, exchange.records.kept_resource(ENCOUNTER, id))


def _known(exchange: Exchange, id: str) -> KnownStay | None:
    named = exchange.records.stay_of_public_id(id)
    if named is None:
        return None
    stay, patient_id = named
    if known_patient(exchange, patient_id) is None and not wrote(exchange, ENCOUNTER, id):
        return None
    return known_stay(exchange.records, stay, patient_id)


def found(exchange: Exchange, id: str, known: KnownStay, kept: KeptRow | None) -> Found:
    """A stay as a resource: as a client wrote it unless something newer was told, else as the log has it."""
    version = f"{known.last_seq}" if kept is None else f"{known.last_seq}.{kept.version}"
    updated = max(known.updated or LONG_AGO, kept.at if kept else LONG_AGO)
    resource = with_kept_meta(_resource(exchange, id, known, kept), version, updated, PROFILE)
    return Found(resource=resource, version=version, updated=updated, patient_id=known.patient_id)


def _resource(exchange: Exchange, id: str, known: KnownStay, kept: KeptRow | None) -> Json:
    made = rendered(id, known.patient_id, known.stay, known.before, _ward_unit(exchange, known.before))
    if kept is None:
        return made
    body: Json = msgspec.json.decode(kept.body)
    if known.last_seq > kept.last_seq:
        sender = exchange.context.directory.sender(FHIR, kept.sender)
        body = overlaid(body, made, known.before, kept.at, sender.destinations if sender else {})
    return {**body, "id": id, "subject": _subject(table(body.get("subject")), known.patient_id)}


def _subject(told: Mapping[str, object], patient_id: str) -> Json:
    """The reference as it was written, leading to the patient whose stay it now is."""
    inner = text(told.get("reference")).startswith("#")
    return {**told} if inner else {**told, "reference": f"Patient/{patient_id}"}


def _ward_unit(exchange: Exchange, known: Before) -> str:
    """The organisation whose patients those of the ward are."""
    ward = known.facts.get("ward", "")
    units = exchange.context.directory.organisations.values()
    return (
        next((each.id for each in units if each.kind == "ward" and ward in (each.id, *each.wards)), "") if ward else ""
    )


# -- writing


def create(exchange: Exchange) -> Answer:
    """Take a new stay; one whose visit number is known already is written to at its own address."""
    require_type(exchange.headers)
    body = body_of(exchange)
    stay = visit(body, exchange.caller.sender)
    if stay and exchange.records.patient_of_stay(stay) is not None:
        return _there_already(exchange, public_id_of_stay(exchange.context.store.tenant, stay))
    return _write(exchange, body, None, None, 201)


def _there_already(exchange: Exchange, id: str) -> Answer:
    """The very same sent again is answered again; anything else is to be written to its address."""
    kept, known = exchange.records.kept_resource(ENCOUNTER, id), _known(exchange, id)
    if kept is not None and known is not None and (kept.body, kept.sender) == (exchange.body, exchange.caller.sender):
        return written(exchange, found(exchange, id, known, kept))
    right = f"This visit is Encounter/{id} here; a PUT there would be right."
    raise refusal(409, "duplicate", right, "Encounter.identifier")


def update(exchange: Exchange) -> Answer:
    """Take what a ward writes of a stay that is known."""
    require_type(exchange.headers)
    known, kept = _held(exchange)
    require_match(exchange, found(exchange, exchange.id, known, kept))
    body = body_of(exchange)
    require_id(exchange, body)
    return _write(exchange, body, known, kept, 200)


def patch(exchange: Exchange) -> Answer:
    """Take what changes of a stay, as if the whole had been written."""
    known, kept = _held(exchange)
    current = found(exchange, exchange.id, known, kept)
    require_match(exchange, current)
    whole = with_body(exchange, patched(exchange, current.resource))
    return _write(whole, body_of(whole), known, kept, 200)


def _held(exchange: Exchange) -> tuple[KnownStay, KeptRow | None]:
    """The stay of the address, its patient locked."""
    named = exchange.records.stay_of_public_id(exchange.id)
    if named is not None:
        exchange.records.lock_patient(named[1])
    known = _known(exchange, exchange.id)
    if known is None:
        raise refusal(404, "not-found", "There is no such Encounter for you; a POST makes one.")
    return known, exchange.records.kept_resource(ENCOUNTER, exchange.id)


def _write(exchange: Exchange, body: Json, known: KnownStay | None, kept: KeptRow | None, status: int) -> Answer:
    patient = _patient(exchange, table(body.get("subject")), known)
    envelope = envelope_of(
        exchange, patient=tuple(exchange.records.identifiers_of_person(patient.id)) if patient else (),
        stay=known.stay if known else "", before=known.before if known else NOTHING,
        after=known.recorded_at if known else None,
    )  # fmt: skip
    row = take(exchange, envelope)
    stay = stay_of(body, envelope)
    assert row.patient_id is not None
    id, now = public_id_of_stay(exchange.context.store.tenant, stay), known_stay(exchange.records, stay, row.patient_id)
    newest = keep(exchange, id, row, kept, stay=stay, seq=now.last_seq)
    return written(exchange, found(exchange, id, now, newest), status)


def _patient(exchange: Exchange, subject: Mapping[str, object], known: KnownStay | None) -> PatientRow | None:
    """Whom the subject leads to: somebody the caller is near to, or the patient of the stay that is written."""
    told = text(subject.get("reference")).removeprefix(f"{exchange.base}/")
    if known is not None and told == f"Patient/{known.patient_id}":
        return exchange.records.patient(known.patient_id)
    return referred(exchange, subject)


SERVED_ENCOUNTER = Served(
    type=ENCOUNTER, profile=PROFILE, read=read, find=encounters(read), create=create, update=update, patch=patch,
    parameters=ENCOUNTER_PARAMETERS, includes=ENCOUNTER_INCLUDES, revincludes=ENCOUNTER_REVINCLUDES,
    instead={"delete": "A stay is not deleted; PUT it with the status entered-in-error."},
    about="A stay in hospital, whoever told of it. Writing one is a message of the ward, as an ADT message is.",
)  # fmt: skip
