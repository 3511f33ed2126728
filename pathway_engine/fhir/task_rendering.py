"""A Task as FHIR tells it, from its row's columns alone: a list of a thousand must cost little more than its text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache

from adapters.fhir.canonicals import activity_canonical, logical_id, questionnaire_canonical
from adapters.fhir.outcome import Json
from adapters.fhir.systems import OURS, code_system, profile
from pathway_engine.domain.definition import Pathway
from pathway_engine.domain.errors import DefinitionError
from pathway_engine.fhir.exchange import Exchange, Found
from pathway_engine.service.stopped import STOPPED
from pathway_engine.storage.errors import IncompatibleLog
from pathway_engine.storage.patients import public_id_of_stay
from pathway_engine.storage.searching import TaskLine

PROFILE = profile("pathway-task")
STEP, ROLE, BUSINESS_STATUS = code_system("step"), code_system("role"), code_system("task-business-status")
KEY, EPISODE = f"{OURS}/task-key", f"{OURS}/episode"
"""The systems of a task's own key, and of the episode that joins tasks to a group."""
URGENT, ROUTINE = "urgent", "routine"
_META = [PROFILE]
_public_id = lru_cache(4096)(public_id_of_stay)


class Words:
    """What the pathway versions say of their steps, each asked once."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._pathways: dict[str, Pathway | None] = {}
        self._steps: dict[tuple[str, str], Json] = {}

    def of_step(self, definition: str, step: str) -> Json:
        """What every task of a step has: the ActivityDefinition, and the Questionnaire to answer."""
        key = (definition, step)
        if key not in self._steps:
            self._steps[key] = self._told(self.pathway(definition), step)
        return self._steps[key]

    def pathway(self, definition: str) -> Pathway | None:
        """The pathway version of that hash, if it is kept and can be read."""
        if definition not in self._pathways:
            catalogue = self._exchange.context.catalogue
            try:
                self._pathways[definition] = catalogue.rules(definition, self._exchange.records).pathway
            except (DefinitionError, IncompatibleLog):  # a version that nobody kept, or for another program
                self._pathways[definition] = None
        return self._pathways[definition]

    def _told(self, pathway: Pathway | None, step: str) -> Json:
        known = pathway.steps.get(step) if pathway is not None else None
        if pathway is None or known is None or step == STOPPED:
            return {}
        told: Json = {"instantiatesCanonical": activity_canonical(pathway.id, step, pathway.version)}
        if known.checklist is None:
            return told
        questionnaire = questionnaire_canonical(pathway.id, known.checklist, pathway.version)
        return {**told, "input": [{"type": {"text": "Questionnaire"}, "valueCanonical": questionnaire}]}


def tasks_found(exchange: Exchange, lines: Sequence[TaskLine]) -> list[Found]:
    """Return the Tasks of *lines*."""
    words, tenant = Words(exchange), exchange.context.store.tenant
    return [_found(line, words, tenant) for line in lines]


def _found(line: TaskLine, words: Words, tenant: str) -> Found:
    return Found(
        resource=_rendered(line, words.of_step(line.definition_hash, line.step), tenant), version=str(line.version),
        updated=line.changed_at, patient_id=line.patient_id,
    )  # fmt: skip


def _rendered(line: TaskLine, of_step: Json, tenant: str) -> Json:
    changed, raised = _instant(line.changed_at), _instant(line.raised_at)
    plan = {"reference": f"CarePlan/{line.episode_id}"}
    resource: Json = {
        "resourceType": "Task", "id": line.id,
        "meta": {"versionId": str(line.version), "lastUpdated": changed, "profile": _META},
        "identifier": [{"system": KEY, "value": line.key}], **of_step, "basedOn": [plan],
        "groupIdentifier": {"system": EPISODE, "value": line.episode_id},
        "status": line.status, "intent": "order", "priority": URGENT if line.hard else ROUTINE,
        "code": {"coding": [{"system": STEP, "code": line.step, "display": line.title_nb}]},
        "description": line.title_nb, "focus": plan, "for": {"reference": f"Patient/{line.patient_id}"},
        "executionPeriod": _period(line.opens_at or line.raised_at, line.ended_at),
        "authoredOn": raised, "lastModified": max(changed, raised),
        "performerType": [{"coding": [{"system": ROLE, "code": line.owner_role}]}],
    }  # fmt: skip
    if line.business_status:
        resource["businessStatus"] = {"coding": [{"system": BUSINESS_STATUS, "code": line.business_status}]}
    if line.stay is not None:
        resource["encounter"] = {"reference": f"Encounter/{_public_id(tenant, line.stay)}"}
    if line.performer is not None:
        resource["owner"] = {"reference": f"Practitioner/{logical_id(line.performer)}"}
    elif line.unit is not None:
        resource["owner"] = {"reference": f"Organization/{logical_id(line.unit)}"}
    window = _window(line.deferred_until, line.due_at)
    if window:
        resource["restriction"] = {"period": window}
    if line.answered:
        answers = {"reference": f"QuestionnaireResponse/{line.id}"}
        resource["output"] = [{"type": {"text": "QuestionnaireResponse"}, "valueReference": answers}]
    return resource


def _window(start: datetime | None, end: datetime | None) -> Json:
    """From when it was deferred to, until it is due; a deadline that was moved before that counts alone."""
    told: Json = {} if start is None or (end is not None and start > end) else {"start": _instant(start)}
    return told if end is None else {**told, "end": _instant(end)}


def _instant(at: datetime) -> str:
    """As `exchange.instant`, for instants that are in UTC already."""
    return (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(timespec="milliseconds")[:-6] + "Z"


def _period(start: datetime, end: datetime | None) -> Json:
    """From when work may begin; what ended before that took no time."""
    return {"start": _instant(start)} if end is None else {"start": _instant(min(start, end)), "end": _instant(end)}
