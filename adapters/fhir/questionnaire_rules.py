"""Invariants of R4 that hold of a Questionnaire and of each of its items."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from adapters.fhir.outcome import Json
from adapters.fhir.rules import Invariant, not_both

WITH_ANSWERS = frozenset({
    "choice", "open-choice", "decimal", "integer", "date", "dateTime", "time", "string", "quantity",
})  # fmt: skip
WITH_LENGTH = frozenset({"boolean", "decimal", "integer", "string", "text", "url", "open-choice"})


def _only_of(types: frozenset[str], *names: str) -> Callable[[Json], bool]:
    return lambda value: value["type"] in types or not value.keys() & set(names)


def _not_of(types: frozenset[str], *names: str) -> Callable[[Json], bool]:
    return lambda value: value["type"] not in types or not value.keys() & set(names)


def _items_fit(value: Json) -> bool:
    return value["type"] not in ("group", "display") or ("item" in value) == (value["type"] == "group")


def _number(value: Json, name: str) -> int:
    listed = value.get(name)
    return len(listed) if isinstance(listed, list) else 0


def _link_ids_are_unique(value: Json) -> bool:
    found = list(_link_ids(value))
    return len(set(found)) == len(found)


def _link_ids(value: Json) -> Iterator[str]:
    items = value.get("item")
    for each in items if isinstance(items, list) else []:
        yield str(each["linkId"])
        yield from _link_ids(each)


def _asks_whether_answered(value: Json) -> bool:
    return value["operator"] != "exists" or "answerBoolean" in value


DISPLAY = frozenset({"display"})

QUESTIONNAIRES: Mapping[str, tuple[Invariant, ...]] = {
    "Questionnaire": (Invariant("que-2", "each linkId once would be right", _link_ids_are_unique),),
    "QuestionnaireItem": (
        Invariant("que-1", "items in a group and none in a display would be right", _items_fit),
        Invariant("que-3", "a display without a code would be right", _not_of(DISPLAY, "code")),
        Invariant(
            "que-4", "answerOption or answerValueSet would be right", not_both("answerOption", "answerValueSet"),
        ),
        Invariant(
            "que-5", "answers to choose from in a question of choice would be right",
            _only_of(WITH_ANSWERS, "answerOption", "answerValueSet"),
        ),
        Invariant("que-6", "a display is not required and not repeated", _not_of(DISPLAY, "required", "repeats")),
        Invariant("que-8", "a group or display has no initial value", _not_of(DISPLAY | {"group"}, "initial")),
        Invariant("que-9", "a display is not readOnly", _not_of(DISPLAY, "readOnly")),
        Invariant("que-10", "maxLength of a text or number would be right", _only_of(WITH_LENGTH, "maxLength")),
        Invariant("que-11", "answerOption or initial would be right", not_both("answerOption", "initial")),
        Invariant(
            "que-12", "enableBehavior beside several enableWhen would be right",
            lambda value: _number(value, "enableWhen") <= 2 or "enableBehavior" in value,
        ),
        Invariant(
            "que-13", "several initial values of what repeats would be right",
            lambda value: value.get("repeats") is True or _number(value, "initial") <= 1,
        ),
    ),
    "QuestionnaireItemEnableWhen": (
        Invariant("que-7", "answerBoolean beside exists would be right", _asks_whether_answered),
    ),
}  # fmt: skip
"""By the name of the type or part."""
