"""Between the items of a QuestionnaireResponse and the answers of a checklist, both ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

from adapters.fhir.outcome import FhirRefusal, Issue, Json
from adapters.fhir.questionnaires import YES_NO
from adapters.fhir.systems import code_system
from pathway_engine.domain.definition import Checklist, ChecklistItem
from pathway_engine.domain.events import FactValue

RIGHT = {
    "yes_no": "valueCoding or valueBoolean", "choice": "valueCoding", "number": "valueDecimal, valueInteger or "
    "valueQuantity", "date": "valueDate with year, month and day", "text": "valueString",
}  # fmt: skip
"""How each type of question is answered."""
DEEPEST = 8


def answers_in(checklist: Checklist | None, items: object, path: str = "QuestionnaireResponse") -> dict[str, FactValue]:
    """Return the answers by item id; a question without an answer is left out.

    Raises FhirRefusal (422) with an issue for each item that is not the checklist's or is answered in another type.
    """
    known = {item.id: item for item in checklist.items} if checklist else {}
    answers: dict[str, FactValue] = {}
    issues: list[Issue] = []
    for link, told in _flat(items, path, 0):
        read = _answer(known.get(link), link, told, path)
        if isinstance(read, Issue):
            issues.append(read)
        elif read is not None:
            answers[link] = read
    if issues:
        raise FhirRefusal(422, *issues)
    return answers


def _flat(items: object, path: str, depth: int) -> Iterator[tuple[str, Json]]:
    """Every item that has answers, also those inside a group."""
    if depth > DEEPEST or not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        raise FhirRefusal(422, Issue("structure", "Items are a list of objects, not nested deeply.", f"{path}.item"))
    for each in items:
        if "item" in each:
            yield from _flat(each["item"], path, depth + 1)
        if "answer" in each or "item" not in each:
            yield str(each.get("linkId", "")), each


def _answer(item: ChecklistItem | None, link: str, told: Json, path: str) -> FactValue | Issue | None:
    if item is None:
        return Issue("code-invalid", "The checklist has no item with this linkId.", f"{path}.item.linkId")
    answers = told.get("answer", [])
    if not isinstance(answers, list) or len(answers) > 1 or not all(isinstance(each, dict) for each in answers):
        return Issue("structure", f"{link}: at most one answer would be right.", item_path(link, path))
    return value_in(item, answers[0], item_path(link, path)) if answers else None


def item_path(link: str, path: str = "QuestionnaireResponse") -> str:
    """A FHIRPath to the answer of an item."""
    return f"{path}.item.where(linkId='{link}').answer"


def value_in(item: ChecklistItem, told: Json, path: str) -> FactValue | Issue:
    """The answer that *told* holds in its ``value[x]``, or what would be right."""
    read = _READERS[item.type](told)
    if read is not None:
        return read
    return Issue("value", f"{item.id}: would be right: {RIGHT[item.type]}{_codes(item)}.", path)


def _codes(item: ChecklistItem) -> str:
    codes = YES_NO if item.type == "yes_no" else item.choices
    return f" with one of {', '.join(codes)}" if codes else ""


def _code(told: Json) -> str | None:
    coding = told.get("valueCoding")
    code = coding.get("code") if isinstance(coding, dict) else told.get("valueString")
    return code if isinstance(code, str) else None


def _yes_no(told: Json) -> str | None:
    said = told.get("valueBoolean")
    if isinstance(said, bool):
        return "yes" if said else "no"
    return _code(told)


def _number(told: Json) -> float | int | None:
    quantity = told.get("valueQuantity")
    value = quantity.get("value") if isinstance(quantity, dict) else told.get("valueDecimal", told.get("valueInteger"))
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return int(value) if value == int(value) else float(value)


def _date(told: Json) -> date | None:
    text = told.get("valueDate")
    try:
        return date.fromisoformat(text) if isinstance(text, str) and len(text) == len("2026-11-16") else None
    except ValueError:
        return None


def _text(told: Json) -> str | None:
    text = told.get("valueString")
    return text if isinstance(text, str) else None


_READERS = {"yes_no": _yes_no, "choice": _code, "number": _number, "date": _date, "text": _text}


def items_of(checklist: Checklist | None, answers: Mapping[str, FactValue]) -> list[Json]:
    """Return the items that are answered, in the order of the checklist."""
    items = checklist.items if checklist else ()
    return [
        {"linkId": item.id, "text": item.text.nb, "answer": [_value(item, answers[item.id])]}
        for item in items
        if answers.get(item.id) not in (None, "")
    ]


def _value(item: ChecklistItem, answer: FactValue) -> Json:
    match item.type:
        case "yes_no":
            code = str(answer)
            return {"valueCoding": {"system": code_system("answer"), "code": code, "display": YES_NO[code].nb}}
        case "choice":
            code = str(answer)
            return {"valueCoding": {"code": code, "display": item.choices[code].nb}}
        case "number":
            return {"valueDecimal": answer}
        case "date":
            return {"valueDate": answer.isoformat() if isinstance(answer, date) else str(answer)}
        case _:
            return {"valueString": str(answer)}
