"""CarePlan: one patient's way through one pathway, with the tasks that the caller has a part in."""

from __future__ import annotations

from pathway_engine.fhir import fields
from pathway_engine.fhir.episode_rendering import PLAN_PROFILE, plans_found
from pathway_engine.fhir.exchange import Exchange, Found, Served
from pathway_engine.fhir.matching import IMPLIED
from pathway_engine.fhir.parameters import Kind, Parameter
from pathway_engine.fhir.rows import Rows
from pathway_engine.fhir.searching import searcher

STANDARD = "http://hl7.org/fhir/SearchParameter/"
PARAMETERS = (
    Parameter(
        name="patient", kind=Kind.REFERENCE, path="subject", definition=f"{STANDARD}clinical-patient",
        targets=("Patient",),
    ),
    Parameter(
        name="subject", kind=Kind.REFERENCE, path="subject", definition=f"{STANDARD}CarePlan-subject",
        targets=("Patient",),
    ),
    Parameter(name="status", kind=Kind.TOKEN, path="status", definition=f"{STANDARD}CarePlan-status"),
    Parameter(name="date", kind=Kind.DATE, path="period", definition=f"{STANDARD}clinical-date"),
    Parameter(
        name="instantiates-canonical", kind=Kind.REFERENCE, path="instantiatesCanonical",
        definition=f"{STANDARD}CarePlan-instantiates-canonical", targets=("PlanDefinition",),
    ),
    Parameter(
        name="encounter", kind=Kind.REFERENCE, path="encounter", definition=f"{STANDARD}CarePlan-encounter",
        targets=("Encounter",),
    ),
)  # fmt: skip
_PATIENT = fields.Link({"Patient": fields.of_patient})
ROWS = Rows(
    fields={
        "_id": fields.ID, "_lastUpdated": fields.Instant("changed_at"), "patient": _PATIENT, "subject": _PATIENT,
        "status": fields.Code("plan_status", IMPLIED["CarePlan.status"], implied=True),
        "date": fields.Span("opened_at", "closed_at"),
        "encounter": fields.Link({"Encounter": fields.of_patient_of_stay}, exact=False),
    },
    sorts={
        "_id": "id", "_lastUpdated": "changed_at", "date": "opened_at", "status": "plan_status",
        "patient": "patient_id", "subject": "patient_id",
    },
    find=lambda exchange, wanted: exchange.records.search_episodes(wanted), render=plans_found,
)  # fmt: skip


def read(exchange: Exchange, id: str) -> Found | None:
    """The plan, if the caller may see the patient."""
    row = exchange.records.episode(id)
    return None if row is None else plans_found(exchange, [row])[0]


CARE_PLAN = Served(
    type="CarePlan", profile=PLAN_PROFILE, read=read, find=searcher(ROWS), parameters=PARAMETERS,
    includes=("CarePlan:patient", "CarePlan:subject", "CarePlan:encounter"),
    revincludes=("Task:based-on", "Task:focus"),
    about="One patient's way through one pathway. Of its tasks those are named that are on the caller's lists.",
)  # fmt: skip
