"""Do the answers fit the checklist: types, choices, ranges, and what must be answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pathway_engine.domain.definition import Checklist, ChecklistItem
from pathway_engine.domain.errors import IncompleteChecklist, InvalidAnswer
from pathway_engine.domain.events import FactValue

YES_NO = ("yes", "no", "not_applicable")
LONGEST_TEXT = 4000


class WrongAnswers(InvalidAnswer):
    """Some answers do not fit their items. `fields` says what would be right, by item id."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{item}: {right}" for item, right in sorted(fields.items())))
        self.fields = dict(fields)


class Unanswered(IncompleteChecklist):
    """Required items are unanswered. `fields` are their ids."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(f"Required items are unanswered: {', '.join(fields)}.")
        self.fields = fields


def check_answers(checklist: Checklist | None, answers: Mapping[str, FactValue]) -> None:
    """Raise WrongAnswers naming every answer that does not fit its item."""
    items = {item.id: item for item in checklist.items} if checklist else {}
    wrong = {
        name: right
        for name, answer in answers.items()
        if (right := _right(items[name], answer) if name in items else "no such item in this checklist")
    }
    if wrong:
        raise WrongAnswers(wrong)


def check_complete(checklist: Checklist | None, answers: Mapping[str, FactValue]) -> None:
    """Raise Unanswered naming every required item without an answer."""
    items = checklist.items if checklist else ()
    open_items = tuple(item.id for item in items if item.required and answers.get(item.id) in (None, ""))
    if open_items:
        raise Unanswered(open_items)


def _right(item: ChecklistItem, answer: FactValue) -> str:
    """What would be right for *item*; empty when the answer is."""
    match item.type:
        case "yes_no":
            return "" if answer in YES_NO and isinstance(answer, str) else f"one of {', '.join(YES_NO)}"
        case "choice":
            return "" if answer in item.choices else f"one of {', '.join(item.choices)}"
        case "number":
            return _right_number(item, answer)
        case "date":
            return "" if isinstance(answer, date) else "a date"
        case _:
            fits = isinstance(answer, str) and len(answer) <= LONGEST_TEXT
            return "" if fits else f"a text of at most {LONGEST_TEXT} characters"


def _right_number(item: ChecklistItem, answer: FactValue) -> str:
    lowest = "" if item.minimum is None else f" from {item.minimum:g}"
    highest = "" if item.maximum is None else f" to {item.maximum:g}"
    right = f"a number{lowest}{highest} {item.unit}".strip()
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return right
    too_low = item.minimum is not None and answer < item.minimum
    too_high = item.maximum is not None and answer > item.maximum
    return right if too_low or too_high else ""
