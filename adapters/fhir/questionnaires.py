"""A checklist of a pathway version as a Questionnaire: an item for an item, codes as our answers have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from adapters.fhir.canonicals import QUESTIONNAIRE, logical_id, questionnaire_canonical
from adapters.fhir.knowledge import Edition, head
from adapters.fhir.outcome import Json
from adapters.fhir.systems import code_system
from adapters.fhir.wording import both, coding, simple, without_empty
from pathway_engine.domain.definition import Checklist, ChecklistItem, Text

UNIT = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit"
LEAST = "http://hl7.org/fhir/StructureDefinition/minValue"
MOST = "http://hl7.org/fhir/StructureDefinition/maxValue"
YES_NO: Mapping[str, Text] = {
    "yes": Text("Ja", "Yes"), "no": Text("Nei", "No"), "not_applicable": Text("Ikke aktuelt", "Not applicable"),
}  # fmt: skip
"""The answers of a yes/no question; it is a choice, since it may also not apply."""
TYPES = {"yes_no": "choice", "choice": "choice", "number": "decimal", "date": "date", "text": "text"}


def questionnaire(edition: Edition, checklist: Checklist) -> Json:
    """Return the Questionnaire of a checklist."""
    pathway = edition.pathway
    id = logical_id(pathway.id, checklist.id, *edition.suffix)
    url = questionnaire_canonical(pathway.id, checklist.id)
    told = head(QUESTIONNAIRE, id, url, f"{pathway.id}_{checklist.id}", edition, checklist.title)
    return without_empty({
        **told, "subjectType": ["Patient"], "purpose": checklist.source,
        "item": [_item(item) for item in checklist.items],
    })  # fmt: skip


def _item(item: ChecklistItem) -> Json:
    return without_empty({
        "linkId": item.id, "extension": list(_bounds(item)), **both("text", item.text), "type": TYPES[item.type],
        "required": item.required, "answerOption": [{"valueCoding": each} for each in options(item)],
    })  # fmt: skip


def options(item: ChecklistItem) -> list[Json]:
    """Return the codings that answer a choice, in order; none for a question that is answered freely."""
    if item.type == "yes_no":
        return [coding(code, code_system("answer"), text) for code, text in YES_NO.items()]
    return [coding(code, display=text) for code, text in item.choices.items()]


def _bounds(item: ChecklistItem) -> Iterator[Json]:
    if item.unit:
        yield simple(UNIT, "Coding", {"display": item.unit})
    if item.minimum is not None:
        yield simple(LEAST, "Decimal", _number(item.minimum))
    if item.maximum is not None:
        yield simple(MOST, "Decimal", _number(item.maximum))


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value
