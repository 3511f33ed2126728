"""A step of a pathway version as an ActivityDefinition: the Task that it asks for."""

from __future__ import annotations

from adapters.fhir.canonicals import ACTIVITY, activity_canonical, logical_id, questionnaire_canonical
from adapters.fhir.knowledge import Edition, elapsed, grounds, head, performers, step_code
from adapters.fhir.outcome import Json
from adapters.fhir.plan_definitions import step_rule
from adapters.fhir.systems import profile
from adapters.fhir.wording import without_empty
from pathway_engine.domain.definition import Step


def activity_definition(edition: Edition, step: Step) -> Json:
    """Return the ActivityDefinition of one step."""
    pathway = edition.pathway
    id = logical_id(pathway.id, step.id, *edition.suffix)
    url = activity_canonical(pathway.id, step.id)
    told = head(ACTIVITY, id, url, f"{pathway.id}_{step.id}", edition, step.title)
    artifacts = grounds(step)
    if step.checklist in pathway.checklists:
        asked = questionnaire_canonical(pathway.id, str(step.checklist), version=pathway.version)
        artifacts.append({"type": "depends-on", "resource": asked})
    return without_empty({
        **told, "extension": [step_rule(step)], "description": edition.said.get(step.id),
        "relatedArtifact": artifacts, "kind": "Task", "profile": profile("pathway-task"), "code": step_code(step),
        "intent": "order", "priority": "urgent" if step.hard else "routine", "timingDuration": elapsed(step.due),
        "participant": performers(step.owner, edition),
    })  # fmt: skip
