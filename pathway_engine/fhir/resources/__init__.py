"""Every resource type that is served, a file each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pathway_engine.fhir.exchange import Served, never_written
from pathway_engine.fhir.resources import task_writing
from pathway_engine.fhir.resources.activity_definition import ACTIVITY_DEFINITION
from pathway_engine.fhir.resources.audit_event import AUDIT_EVENT
from pathway_engine.fhir.resources.care_plan import CARE_PLAN
from pathway_engine.fhir.resources.communication import COMMUNICATION
from pathway_engine.fhir.resources.conformance import SEARCH_PARAMETER, STRUCTURE_DEFINITION
from pathway_engine.fhir.resources.directory import HEALTHCARE_SERVICE, ORGANIZATION, PRACTITIONER, PRACTITIONER_ROLE
from pathway_engine.fhir.resources.encounter import SERVED_ENCOUNTER
from pathway_engine.fhir.resources.episode_of_care import EPISODE_OF_CARE
from pathway_engine.fhir.resources.operations import with_operations
from pathway_engine.fhir.resources.patient import SERVED_PATIENT
from pathway_engine.fhir.resources.plan_definition import FILES, PLAN_DEFINITION
from pathway_engine.fhir.resources.provenance import PROVENANCE
from pathway_engine.fhir.resources.questionnaire import QUESTIONNAIRE
from pathway_engine.fhir.resources.questionnaire_response import QUESTIONNAIRE_RESPONSE
from pathway_engine.fhir.resources.service_request import SERVICE_REQUEST
from pathway_engine.fhir.resources.subscription import SUBSCRIPTION
from pathway_engine.fhir.resources.task import TASK
from pathway_engine.fhir.resources.terminology import CODE_SYSTEM, VALUE_SET

TASK_WRITTEN = replace(TASK, update=task_writing.update, patch=task_writing.patch, instead=task_writing.INSTEAD)

NEVER_WRITTEN: Mapping[str, str] = {
    "CarePlan": "A plan begins by PlanDefinition/[id]/$apply and by what is told of the patient; write its Tasks.",
    "EpisodeOfCare": "It begins by PlanDefinition/[id]/$apply and by what is told of the patient.",
    **dict.fromkeys(("ActivityDefinition", "Questionnaire"), FILES),
    **dict.fromkeys(
        ("CodeSystem", "SearchParameter", "StructureDefinition", "ValueSet"),
        "This is a part of the program and changes with it.",
    ),
    **dict.fromkeys(("AuditEvent", "Provenance"), "The program itself puts on record what happens; nobody else does."),
}
"""What would be right instead of writing types that are only read, where their own files do not say it."""


def _with_reason(served: Served) -> Served:
    reason = NEVER_WRITTEN.get(served.type)
    return replace(served, instead=never_written(reason)) if reason else served


SERVED: Mapping[str, Served] = {
    each.type: with_operations(_with_reason(each))
    for each in (
        CARE_PLAN, COMMUNICATION, SERVED_ENCOUNTER, EPISODE_OF_CARE, SERVED_PATIENT, TASK_WRITTEN,
        QUESTIONNAIRE_RESPONSE, SERVICE_REQUEST, PLAN_DEFINITION, ACTIVITY_DEFINITION, QUESTIONNAIRE, ORGANIZATION,
        HEALTHCARE_SERVICE, PRACTITIONER, PRACTITIONER_ROLE, CODE_SYSTEM, VALUE_SET, STRUCTURE_DEFINITION,
        SEARCH_PARAMETER, AUDIT_EVENT, PROVENANCE, SUBSCRIPTION,
    )
}  # fmt: skip
"""By type."""
