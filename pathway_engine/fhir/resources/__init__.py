"""Every resource type that is served, a file each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

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
from pathway_engine.fhir.resources.plan_definition import PLAN_DEFINITION
from pathway_engine.fhir.resources.provenance import PROVENANCE
from pathway_engine.fhir.resources.questionnaire import QUESTIONNAIRE
from pathway_engine.fhir.resources.questionnaire_response import QUESTIONNAIRE_RESPONSE
from pathway_engine.fhir.resources.service_request import SERVICE_REQUEST
from pathway_engine.fhir.resources.subscription import SUBSCRIPTION
from pathway_engine.fhir.resources.task import TASK
from pathway_engine.fhir.resources.terminology import CODE_SYSTEM, VALUE_SET
from pathway_engine.fhir.served import Served

TASK_WRITTEN = replace(TASK, update=task_writing.update, patch=task_writing.patch, instead=task_writing.INSTEAD)

SERVED: Mapping[str, Served] = {
    each.type: with_operations(each)
    for each in (
        CARE_PLAN, COMMUNICATION, SERVED_ENCOUNTER, EPISODE_OF_CARE, SERVED_PATIENT, TASK_WRITTEN,
        QUESTIONNAIRE_RESPONSE, SERVICE_REQUEST, PLAN_DEFINITION, ACTIVITY_DEFINITION, QUESTIONNAIRE, ORGANIZATION,
        HEALTHCARE_SERVICE, PRACTITIONER, PRACTITIONER_ROLE, CODE_SYSTEM, VALUE_SET, STRUCTURE_DEFINITION,
        SEARCH_PARAMETER, AUDIT_EVENT, PROVENANCE, SUBSCRIPTION,
    )
}  # fmt: skip
"""By type."""
