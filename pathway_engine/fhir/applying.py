"""PlanDefinition/$apply: GET shows what a patient's CarePlan and Tasks would be now, POST takes the patient in."""

from __future__ import annotations

from adapters.fhir.canonicals import PLAN, plan_canonical
from adapters.fhir.knowledge import Edition
from adapters.fhir.outcome import Json, refusal
from adapters.fhir.plans_to_come import draft_bundle
from pathway_engine.fhir.exchange import Answer, Exchange, Operation, etag
from pathway_engine.fhir.library import editions, rendered
from pathway_engine.fhir.operation_input import body_of, referred, text
from pathway_engine.service.enrolling import Enrolment, enrol, previewed

CARE_PLAN = "CarePlan"


def apply(exchange: Exchange) -> Answer:
    """Show or do it. Raises FhirRefusal, UnknownPatient, NotPermitted or NotEnrolling."""
    body = body_of(exchange)
    edition = _plan(exchange, body)
    subject = text(exchange, body, "subject")
    if not subject:
        raise refusal(400, "required", "subject=Patient/[id] would be right: whom it is for.")
    patient_id = referred(exchange, subject, "Patient")
    if not edition.is_current:
        raise refusal(422, "business-rule", "This version is no longer in force; nobody is taken into it any more.")
    asked = (exchange.context, exchange.records, exchange.caller.who, edition.pathway.id, patient_id, exchange.now)
    if exchange.method == "GET":
        return _shown(exchange, edition, previewed(*asked))
    return _enrolled(exchange, enrol(*asked))


def _plan(exchange: Exchange, body: Json | None) -> Edition:
    """The pathway version that the address or a canonical names. Raises FhirRefusal 404."""
    url = "" if exchange.id else (text(exchange, body, "planDefinition") or text(exchange, body, "url"))
    if not exchange.id and not url:
        raise refusal(400, "required", "planDefinition=[canonical] would be right: which pathway.")
    for each in editions(exchange):
        if exchange.id == rendered(each)[PLAN][0].resource["id"] or (url and _is_named(each, url)):
            return each
    raise refusal(404, "not-found", "There is no such PlanDefinition.")


def _is_named(edition: Edition, url: str) -> bool:
    """Whether a canonical means this version; without a version it means the one in force."""
    canonical, _, version = url.partition("|")
    fits = edition.pathway.version == version if version else edition.is_current
    return canonical == plan_canonical(edition.pathway.id) and fits


def _shown(exchange: Exchange, edition: Edition, found: Enrolment) -> Answer:
    if found.episode is None:
        return _existing(exchange, found, 200)
    context, patient = exchange.context, found.patient.id
    bundle = draft_bundle(
        edition.pathway, found.episode, patient, found.episode_id, lambda key: context.task_id(patient, key)
    )
    return Answer(status=200, body=bundle)


def _enrolled(exchange: Exchange, found: Enrolment) -> Answer:
    return _existing(exchange, found, 201 if found.is_new else 200)


def _existing(exchange: Exchange, found: Enrolment, status: int) -> Answer:
    """The CarePlan as it is read, with where it stands; who may not read it whole is told where it is."""
    location = {"Location": exchange.address(CARE_PLAN, found.episode_id)}
    care_plan = exchange.served.get(CARE_PLAN)
    read = care_plan.read if care_plan else None
    plan = read(exchange, found.episode_id) if read else None
    if plan is None:
        return Answer(status=status, body=_where(found), headers=location)
    return Answer(status=status, body=plan.resource, headers={**location, "ETag": etag(plan.version)})


def _where(found: Enrolment) -> Json:
    told = f"{CARE_PLAN}/{found.episode_id}"
    return {"resourceType": "Parameters", "parameter": [{"name": "return", "valueReference": {"reference": told}}]}


APPLY = Operation(
    name="$apply", handler=apply, definition="http://hl7.org/fhir/OperationDefinition/PlanDefinition-apply",
    methods=("GET", "POST"), on_type=True, on_instance=True,
)  # fmt: skip
