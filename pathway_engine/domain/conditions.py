"""The small, safe language of `if:`: it answers true, false, or unknown when a fact is missing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, cast

from pathway_engine.domain.conditions_expression import (
    Age,
    DaysSince,
    Expression,
    Fact,
    Known,
    Read,
    Term,
    Truth,
    terms_of,
    truth_and,
    truth_not,
    truth_or,
)
from pathway_engine.domain.conditions_overlap import can_be_true
from pathway_engine.domain.conditions_reader import BIRTH_DATE, read_condition
from pathway_engine.domain.events import FactValue
from pathway_engine.domain.norway import OSLO

if TYPE_CHECKING:
    from pathway_engine.domain.facts import FactType

__all__ = [
    "BIRTH_DATE", "Condition", "Truth", "never_true", "overlap", "parse_condition",
    "truth_and", "truth_not", "truth_or",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition. Equal sources over equal names are equal conditions."""

    source: str
    names: frozenset[str]
    expression: Expression = field(compare=False, repr=False)

    def evaluate(self, facts: Mapping[str, FactValue], now: datetime) -> Truth:
        """Return whether the condition holds of *facts* at *now* (aware UTC).

        A fact that is absent, or whose value does not fit its declared type, is missing.
        """
        return self.expression.truth(_reader(facts, now.astimezone(OSLO).date()))

    def missing(self, facts: Mapping[str, FactValue]) -> tuple[str, ...]:
        """Return the names whose missing value can make the answer unknown, in order of appearance."""
        terms = (term for term in terms_of(self.expression) if not isinstance(term, Known))
        needed = {term.name: _as_fact(term) for term in terms}
        return tuple(name for name, fact in needed.items() if _fitting(fact, facts) is None)


def parse_condition(source: str, facts: Mapping[str, FactType]) -> Condition:
    """Return the condition that *source* says over the declared *facts*.

    Raise ConditionError, whose `column` is the 0-based place of what is wrong.
    """
    expression = read_condition(source, facts)
    return Condition(source, frozenset(term.name for term in terms_of(expression)), expression)


def overlap(first: Condition | None, second: Condition | None, facts: Mapping[str, FactType]) -> bool:
    """Return whether both can be true of one patient; None always holds. True when undecided."""
    del facts  # the types are part of the checked conditions
    return can_be_true(*(condition.expression for condition in (first, second) if condition is not None))


def never_true(condition: Condition | None, facts: Mapping[str, FactType]) -> bool:
    """Return whether no patient can fulfil *condition*. False when undecided."""
    return not overlap(condition, None, facts)


def _reader(facts: Mapping[str, FactValue], today: date) -> Read:
    def read(term: Term) -> FactValue | None:
        value = _fitting(_as_fact(term), facts)
        match term:
            case Known():
                return value is not None
            case Age() if isinstance(value, date):
                return _years_between(value, today)
            case DaysSince() if isinstance(value, date):
                return (today - value).days
            case _:
                return value

    return read


def _as_fact(term: Term) -> Fact:
    match term:
        case Fact():
            return term
        case Known(fact=fact):
            return fact
        case _:
            return Fact(term.name, "date")


def _years_between(birth_date: date, today: date) -> int:
    before_birthday = (today.month, today.day) < (birth_date.month, birth_date.day)
    return today.year - birth_date.year - before_birthday


def _fitting(fact: Fact, facts: Mapping[str, FactValue]) -> FactValue | None:
    """Return the fact's value, or None when it is absent or not of the declared type."""
    value = facts.get(fact.name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match fact.kind:
        case "boolean":
            fits = isinstance(value, bool)
        case "integer":
            fits = is_number and (isinstance(value, int) or cast(float, value).is_integer())
        case "number":
            fits = is_number and (isinstance(value, int) or math.isfinite(cast(float, value)))
        case "date":
            fits = isinstance(value, date) and not isinstance(value, datetime)
        case "choice":
            fits = value in fact.choices
        case _:
            fits = isinstance(value, str)
    return value if fits else None
