"""Facts and checklist answers as a journey writes them, each of the type that its pathway declares."""

from __future__ import annotations

import re
from datetime import date

from pathway_engine.domain.definition import Checklist, Pathway
from pathway_engine.domain.episode import RESERVED_FACTS
from pathway_engine.domain.events import FactValue
from pathway_engine.domain.facts import FactType
from pathway_engine.domain.raising import CLARIFY
from pathway_engine.language.findings import shown
from pathway_engine.language.form import NUMBER, Form, scalar
from pathway_engine.language.vocabulary import one_of
from pathway_engine.language.yaml_reader import Node, Scalar

YES_NO = FactType("choice", ("yes", "no", "not_applicable"))
RIGHT = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number, as 37.5",
    "date": "a date that exists, as 2026-01-31",
}


def facts_of(form: Form, key: str, pathway: Pathway) -> dict[str, FactValue]:
    """Return the facts under *key*, noting unknown names and values of another type."""
    return _values(form, key, {**RESERVED_FACTS, **pathway.facts}, "fact")


def answers_of(form: Form, pathway: Pathway, step: str) -> dict[str, FactValue]:
    """Return the answers to the checklist of *step*; a clarification is answered by fact names."""
    return _values(form, "answers", _item_types(pathway, step), "item")


def _item_types(pathway: Pathway, step: str) -> dict[str, FactType]:
    if step == CLARIFY:
        facts = {**RESERVED_FACTS, **pathway.facts}
        return {name: YES_NO if fact.kind == "boolean" else fact for name, fact in facts.items()}
    checklist = pathway.checklists.get(pathway.steps[step].checklist or "") if step in pathway.steps else None
    return _types_in(checklist) if checklist else {}


def _types_in(checklist: Checklist) -> dict[str, FactType]:
    types = {item.id: FactType(item.type, tuple(item.choices)) for item in checklist.items}
    return {name: YES_NO if each.kind == "yes_no" else each for name, each in types.items()}


def _values(form: Form, key: str, types: dict[str, FactType], what: str) -> dict[str, FactValue]:
    values: dict[str, FactValue] = {}
    for name, node in form.named(key):
        fact = types.get(name.text)
        if fact is None:
            form.report.add(name, f"the {what} {shown(name.text)}", one_of(types, name.text), f"unknown-{what}")
            continue
        value = _value(node, fact, form)
        if value is not None:
            values[name.text] = value
    return values


def _value(node: Node, fact: FactType, form: Form) -> FactValue | None:
    found = node.text if isinstance(node, Scalar) else ""
    right = one_of(fact.choices, found) if fact.choices else RIGHT.get(fact.kind, "a text")
    text = scalar(node, right, form.report)
    value = _typed(text, fact) if text else None
    if text and value is None:
        form.report.add(node, shown(text), right, "value")
    return value


def _typed(text: str, fact: FactType) -> FactValue | None:
    match fact.kind:
        case "boolean":
            return {"true": True, "false": False}.get(text)
        case "integer":
            return int(text) if re.fullmatch(r"-?[0-9]{1,12}", text) else None
        case "number":
            return float(text) if re.fullmatch(NUMBER, text) and text.isascii() else None
        case "date":
            return _day(text)
        case "choice":
            return text if text in fact.choices else None
        case _:
            return text


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        return None
