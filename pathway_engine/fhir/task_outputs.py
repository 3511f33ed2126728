"""Answers that come with a Task: in a contained QuestionnaireResponse, or each as an output of its own."""

from __future__ import annotations

from adapters.fhir.answers import answers_in, value_in
from adapters.fhir.outcome import FhirRefusal, Issue, Json, refusal
from pathway_engine.domain.definition import Checklist
from pathway_engine.domain.events import FactValue
from pathway_engine.fhir.task_changes import Changes

RESPONSE = "QuestionnaireResponse"


def answers_with(changes: Changes, checklist: Checklist | None, task_id: str) -> dict[str, FactValue]:
    """Return the answers in *changes*. Raises FhirRefusal (422) for an output that answers no item."""
    answers: dict[str, FactValue] = {}
    for number, output in enumerate(changes.outputs):
        reference = output.get("valueReference")
        if isinstance(reference, dict):
            answers |= _referred(changes, checklist, str(reference.get("reference", "")), task_id, number)
        else:
            answers |= _single(checklist, output, number)
    return answers


def _referred(
    changes: Changes, checklist: Checklist | None, reference: str, task_id: str, number: int
) -> dict[str, FactValue]:
    if reference.endswith(f"{RESPONSE}/{task_id}"):
        return {}
    for place, each in enumerate(changes.contained):
        if reference == f"#{each.get('id')}" and each.get("resourceType") == RESPONSE:
            return answers_in(checklist, each.get("item", []), f"Task.contained[{place}]")
    right = f"Would be right: a contained {RESPONSE}, or {RESPONSE}/{task_id}, which is written at its own address."
    raise refusal(422, "not-found", right, f"Task.output[{number}].valueReference")


def _single(checklist: Checklist | None, output: Json, number: int) -> dict[str, FactValue]:
    """An output whose type names an item by its linkId."""
    items = {item.id: item for item in checklist.items} if checklist else {}
    item = next((items[name] for name in _names(output.get("type")) if name in items), None)
    path = f"Task.output[{number}]"
    if item is None:
        raise refusal(
            422, "code-invalid", "Would be right: the linkId of an item of the Questionnaire.", f"{path}.type"
        )
    read = value_in(item, output, path)
    if isinstance(read, Issue):
        raise FhirRefusal(422, read)
    return {item.id: read}


def _names(type: object) -> list[str]:
    if not isinstance(type, dict):
        return []
    codings = type.get("coding", [])
    codes = [each.get("code") for each in codings if isinstance(each, dict)] if isinstance(codings, list) else []
    return [name for name in (*codes, type.get("text")) if isinstance(name, str)]
