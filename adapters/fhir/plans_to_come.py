"""What taking a patient into a pathway would give: a CarePlan in draft with the Tasks that would be raised now."""

from __future__ import annotations

from collections.abc import Callable

from adapters.fhir.canonicals import activity_canonical, plan_canonical
from adapters.fhir.outcome import Json
from adapters.fhir.systems import code_system
from adapters.fhir.wording import coding, concept, without_empty
from pathway_engine.domain.definition import Pathway, Text
from pathway_engine.domain.episode import Episode
from pathway_engine.domain.tasks import Task

DRAFT = "draft"


def draft_bundle(
    pathway: Pathway, episode: Episode, patient_id: str, plan_id: str, task_id: Callable[[str], str]
) -> Json:
    """Return a collection: the CarePlan first, then the open Tasks, oldest deadline first.

    Nothing of it is kept anywhere, so each has a ``urn:uuid`` as its address; `task_id` makes one of a task's key.
    """
    tasks = sorted(episode.open_tasks, key=lambda task: (task.due_at is None, task.due_at or task.raised_at, task.key))
    told = [(task_id(task.key), _task(pathway, task, patient_id, plan_id)) for task in tasks]
    entries = [(plan_id, _plan(pathway, episode, patient_id, [id for id, _ in told])), *told]
    return {
        "resourceType": "Bundle", "type": "collection",
        "entry": [{"fullUrl": f"urn:uuid:{id}", "resource": resource} for id, resource in entries],
    }  # fmt: skip


def _plan(pathway: Pathway, episode: Episode, patient_id: str, tasks: list[str]) -> Json:
    return without_empty({
        "resourceType": "CarePlan", "status": DRAFT, "intent": "proposal",
        "instantiatesCanonical": [plan_canonical(pathway.id, pathway.version)], "title": pathway.title.nb,
        "subject": {"reference": f"Patient/{patient_id}"},
        "period": {"start": episode.opened_at.isoformat(timespec="milliseconds")},
        "activity": [{"reference": {"reference": f"urn:uuid:{id}"}} for id in tasks],
    })  # fmt: skip


def _task(pathway: Pathway, task: Task, patient_id: str, plan_id: str) -> Json:
    step = pathway.steps.get(task.step)
    title = step.title if step else Text(task.step, task.step)
    due = {"period": {"end": task.due_at.isoformat(timespec="milliseconds")}} if task.due_at else None
    return without_empty({
        "resourceType": "Task", "status": DRAFT, "intent": "proposal",
        "instantiatesCanonical": activity_canonical(pathway.id, task.step, pathway.version) if step else "",
        "basedOn": [{"reference": f"urn:uuid:{plan_id}"}], "priority": "urgent" if step and step.hard else "routine",
        "code": concept(coding(task.step, code_system("step"), title)), "description": title.nb,
        "for": {"reference": f"Patient/{patient_id}"},
        "authoredOn": task.raised_at.isoformat(timespec="milliseconds"),
        "performerType": [concept(coding(task.owner, code_system("role")))], "restriction": due,
    })  # fmt: skip
