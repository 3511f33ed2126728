"""A checklist as a form: what was typed becomes answers, and what does not fit is said at its question."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pathway_engine.domain.definition import Checklist, ChecklistItem
from pathway_engine.domain.events import FactValue
from pathway_engine.web.language import Language

YES_NO = ("yes", "no", "not_applicable")
TEXT_LIMIT = 4000
"""Characters in one free text."""


class Unfit(Exception):
    """What was typed does not fit the question; carries the text for the reader."""


@dataclass(frozen=True, slots=True)
class Question:
    """One row of the form: the item, its field's name, what stands in it, and what is wrong with it."""

    item: ChecklistItem
    name: str
    value: str
    stored: str
    problem: str = ""
    by: str = ""

    @property
    def deviates(self) -> bool:
        """Whether the answer is one that asks for a follow-up."""
        return self.value in self.item.deviation


def field_name(item: ChecklistItem) -> str:
    """Return the name of the item's form field."""
    return f"item.{item.id}"


def typed_answers(checklist: Checklist | None, form: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed, by item id; items that the form did not hold are left out."""
    items = checklist.items if checklist else ()
    return {item.id: form[field_name(item)].strip() for item in items if field_name(item) in form}


def as_typed(value: FactValue | None) -> str:
    """Return a stored answer the way it would be typed into its field."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else f"{value}"


def changed_answers(
    checklist: Checklist, typed: Mapping[str, str], stored: Mapping[str, FactValue], say: Language
) -> tuple[dict[str, FactValue], dict[str, str]]:
    """Return the answers that are new, and what is wrong with the others, both by item id."""
    answers: dict[str, FactValue] = {}
    problems: dict[str, str] = {}
    for item in checklist.items:
        text = typed.get(item.id, "")
        if text == as_typed(stored.get(item.id)) or not (text or item.type == "text"):
            continue
        try:
            answers[item.id] = read_answer(item, text, say)
        except Unfit as unfit:
            problems[item.id] = str(unfit)
    return answers, problems


def read_answer(item: ChecklistItem, text: str, say: Language) -> FactValue:
    """Return *text* as the item's type; raises Unfit with what would be right."""
    name = say.pick(item.text)
    match item.type:
        case "yes_no":
            return _one_of(YES_NO, name, text, say)
        case "choice":
            return _one_of(tuple(item.choices), name, text, say)
        case "number":
            return _number(item, name, text, say)
        case "date":
            return _date(name, text, say)
        case _ if len(text) > TEXT_LIMIT:
            raise Unfit(say("problem.too_long", item=name, limit=TEXT_LIMIT))
        case _:
            return text


def range_text(item: ChecklistItem, say: Language) -> str:
    """Return the numbers that the item takes, in words; empty when any number will do."""
    low, high = item.minimum, item.maximum
    if low is not None and high is not None:
        text = say("answer.range", minimum=say.number(low), maximum=say.number(high), unit=item.unit)
    elif low is not None:
        text = say("answer.at_least", minimum=say.number(low), unit=item.unit)
    elif high is not None:
        text = say("answer.at_most", maximum=say.number(high), unit=item.unit)
    else:
        text = item.unit
    return text.strip()


def shown_answer(item: ChecklistItem, value: str, say: Language) -> str:
    """Return an answer in the reader's words."""
    if not value:
        return say("task.not_answered")
    if item.type == "yes_no":
        return say.word("answer", value)
    if item.type == "choice" and value in item.choices:
        return say.pick(item.choices[value])
    if item.type == "date":
        return _shown_date(value, say)
    return f"{value} {item.unit}".strip()


def unanswered(checklist: Checklist, typed: Mapping[str, str]) -> tuple[ChecklistItem, ...]:
    """Return the items without an answer, in the order of the checklist."""
    return tuple(item for item in checklist.items if not typed.get(item.id))


def _one_of(codes: tuple[str, ...], name: str, text: str, say: Language) -> str:
    if text not in codes:
        raise Unfit(say("problem.choice", item=name))
    return text


def _number(item: ChecklistItem, name: str, text: str, say: Language) -> float:
    try:
        value = float(text.replace(" ", "").replace(",", "."))
    except ValueError:
        raise Unfit(say("problem.number", item=name, value=text[:40])) from None
    if not math.isfinite(value):
        raise Unfit(say("problem.number", item=name, value=text[:40]))
    low = -math.inf if item.minimum is None else item.minimum
    high = math.inf if item.maximum is None else item.maximum
    if not low <= value <= high:
        raise Unfit(say("problem.whole", item=name, value=say.number(value), range=range_text(item, say)))
    return int(value) if value.is_integer() else value


def _date(name: str, text: str, say: Language) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unfit(say("problem.date", item=name, value=text[:40])) from None


def _shown_date(value: str, say: Language) -> str:
    try:
        return say.date(date.fromisoformat(value))
    except ValueError:
        return value
