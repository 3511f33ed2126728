"""ServiceRequest: the hospital's request for municipal services, as the events of a stay tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from adapters.fhir.canonicals import logical_id
from adapters.fhir.envelope import Standing
from adapters.fhir.outcome import Json
from adapters.fhir.systems import code_system
from adapters.fhir.terminology import SERVICE_REQUESTS
from pathway_engine.domain.tasks import Place
from pathway_engine.fhir.exchange import Exchange, Found, Served, instant, never_written, with_meta
from pathway_engine.fhir.held_tasks import patient_asked, tasks_near
from pathway_engine.fhir.known_stays import KnownStay, known_stay
from pathway_engine.fhir.parameters import Kind
from pathway_engine.fhir.rows import Nearness
from pathway_engine.fhir.standard_parameters import standard
from pathway_engine.service.relations import OFFICE
from pathway_engine.storage.patients import public_id_of_stay

TYPE = "ServiceRequest"
STATUSES: Mapping[str, str] = {
    "need_reported": "active", "discharge_ready": "active", "discharge_ready_withdrawn": "on-hold",
    "discharged": "completed", "died": "revoked",
}  # fmt: skip
"""What the last of these events makes of the request."""
INSTEAD = (
    "The request follows from what the ward tells. Would be right: an Encounter with the stay's planned end, or with "
    "the extension discharge-ready; the municipality answers by completing the Task with code ANSWER."
)
PLANNED = "expected_discharge"


def read(exchange: Exchange, id: str) -> Found | None:
    """The request of the stay whose Encounter has that id, if the caller is near to the patient."""
    named = exchange.records.stay_of_public_id(id)
    if named is None or not Nearness(exchange).sees(named[1]):
        return None
    return found(exchange, known_stay(exchange.records, *named))


def found(exchange: Exchange, known: KnownStay) -> Found | None:
    """What a stay asks for as a resource; None when it asks for nothing, or no more."""
    events = [each for each in known.before.standing if each.name in STATUSES]
    asks = [each for each in events if each.name in SERVICE_REQUESTS]
    if not asks or known.updated is None:
        return None
    resource = _rendered(exchange, known, asks, STATUSES[events[-1].name])
    version = f"{known.last_seq}"
    return Found(
        resource=with_meta(resource, version, known.updated), version=version, updated=known.updated,
        patient_id=known.patient_id,
    )  # fmt: skip


def _rendered(exchange: Exchange, known: KnownStay, asks: list[Standing], status: str) -> Json:
    id, last = public_id_of_stay(exchange.context.store.tenant, known.stay), asks[-1]
    words = SERVICE_REQUESTS[last.name].nb
    coding: Json = {"system": code_system("service-request"), "code": last.name, "display": words}
    told: Json = {
        "resourceType": TYPE, "id": id, "status": status, "intent": "order", "priority": "routine",
        "code": {"coding": [coding], "text": words},
        "subject": {"reference": f"Patient/{known.patient_id}"}, "encounter": {"reference": f"Encounter/{id}"},
        "authoredOn": instant(asks[0].at),
    }  # fmt: skip
    planned = known.before.facts.get(PLANNED)
    office = _office(exchange, known.patient_id)
    return told | ({"occurrenceDateTime": planned} if planned else {}) | ({"performer": [office]} if office else {})


def _office(exchange: Exchange, patient_id: str) -> Json | None:
    """The unit that answers for the patient's municipality."""
    patient = exchange.records.patient(patient_id)
    place = Place(patient.municipality, patient.district) if patient else Place()
    unit = exchange.context.directory.unit_for(OFFICE, place)
    return {"reference": f"Organization/{logical_id(unit.id)}", "display": unit.name} if unit else None


def every(exchange: Exchange) -> Iterator[Found]:
    """The requests of the patients whom the caller has tasks of, or of the one who is asked for."""
    asked, near = patient_asked(exchange), Nearness(exchange)
    patients = [asked] if asked else sorted({held.row.patient_id for held in tasks_near(exchange)})
    for patient_id in patients:
        stays = _stays(exchange, patient_id) if near.sees(patient_id) else []
        requests = (found(exchange, known_stay(exchange.records, stay, patient_id)) for stay in stays)
        yield from (each for each in requests if each is not None)


def _stays(exchange: Exchange, patient_id: str) -> list[str]:
    entries = (row.entry for row in exchange.records.log(patient_id))
    named = (getattr(entry, "stay", None) for entry in entries if getattr(entry, "name", "") in SERVICE_REQUESTS)
    return list(dict.fromkeys(stay for stay in named if stay))


SERVICE_REQUEST = Served(
    type=TYPE, read=read, every=every,
    parameters=(
        standard("patient", Kind.REFERENCE, "subject", "clinical-patient", ("Patient",)),
        standard("subject", Kind.REFERENCE, "subject", "ServiceRequest-subject", ("Patient",)),
        standard("encounter", Kind.REFERENCE, "encounter", "clinical-encounter", ("Encounter",)),
        standard("performer", Kind.REFERENCE, "performer", "ServiceRequest-performer", ("Organization",)),
        standard("status", Kind.TOKEN, "status", "ServiceRequest-status"),
        standard("code", Kind.TOKEN, "code", "clinical-code"),
        standard("authored", Kind.DATE, "authoredOn", "ServiceRequest-authored"),
        standard("occurrence", Kind.DATE, "occurrenceDateTime", "ServiceRequest-occurrence"),
    ),
    instead=never_written(INSTEAD),
    about="The hospital's request that the municipality receives a patient, one for each stay, under the Encounter's "
    "id. It follows from what the ward tells.",
)  # fmt: skip
