"""What a condition says once it is read: a small tree that answers true, false or unknown."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pathway_engine.domain.events import FactValue


class Truth(Enum):
    """Kleene's three values; UNKNOWN means that a fact is missing."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


def truth_of(value: bool | None) -> Truth:
    """Return the truth of a Python value; None is unknown."""
    if value is None:
        return Truth.UNKNOWN
    return Truth.TRUE if value else Truth.FALSE


def truth_not(truth: Truth) -> Truth:
    """Return the opposite; the opposite of unknown is unknown."""
    return {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE}.get(truth, Truth.UNKNOWN)


def truth_and(truths: Iterable[Truth]) -> Truth:
    """Return FALSE if one is false, else UNKNOWN if one is unknown, else TRUE."""
    seen = set(truths)
    if Truth.FALSE in seen:
        return Truth.FALSE
    return Truth.UNKNOWN if Truth.UNKNOWN in seen else Truth.TRUE


def truth_or(truths: Iterable[Truth]) -> Truth:
    """Return TRUE if one is true, else UNKNOWN if one is unknown, else FALSE."""
    seen = set(truths)
    if Truth.TRUE in seen:
        return Truth.TRUE
    return Truth.UNKNOWN if Truth.UNKNOWN in seen else Truth.FALSE


@dataclass(frozen=True, slots=True)
class Fact:
    """A declared fact; missing when nobody has told it yet."""

    name: str
    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Age:
    """``age()``: whole years since the birth date."""

    name: str = "birth_date"
    kind: str = "integer"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DaysSince:
    """``days_since(fact)``: whole local days since a date fact; negative before it."""

    name: str
    kind: str = "integer"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """``known(fact)``: whether the fact has a value; never itself unknown."""

    fact: Fact
    kind: str = "boolean"
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the fact asked about."""
        return self.fact.name


@dataclass(frozen=True, slots=True)
class Literal:
    """A fixed value written in the condition."""

    value: FactValue
    kind: str


Term = Fact | Age | DaysSince | Known
"""What has a value that depends on the patient."""

Read = Callable[[Term], FactValue | None]
"""Finds the value of a term; None when it is missing."""

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


def _value(side: Term | Literal, read: Read) -> FactValue | None:
    return side.value if isinstance(side, Literal) else read(side)


@dataclass(frozen=True, slots=True)
class Holds:
    """A boolean that stands alone."""

    side: Term | Literal

    def truth(self, read: Read) -> Truth:
        """Return the value itself."""
        value = _value(self.side, read)
        return truth_of(None if value is None else bool(value))

    def sides(self) -> Iterator[Term | Literal]:
        """Yield the operand."""
        yield self.side


@dataclass(frozen=True, slots=True)
class Compares:
    """Two values side by side, of kinds that can be compared."""

    left: Term | Literal
    comparison: str
    right: Term | Literal

    def truth(self, read: Read) -> Truth:
        """Return the comparison's outcome, unknown when either side is missing."""
        left, right = _value(self.left, read), _value(self.right, read)
        if left is None or right is None:
            return Truth.UNKNOWN
        return truth_of(COMPARISONS[self.comparison](left, right))

    def sides(self) -> Iterator[Term | Literal]:
        """Yield both operands, left first."""
        yield self.left
        yield self.right


@dataclass(frozen=True, slots=True)
class IsIn:
    """A value in a written list."""

    left: Term
    items: tuple[Literal, ...]

    def truth(self, read: Read) -> Truth:
        """Return whether the list has the value, unknown when it is missing."""
        value = read(self.left)
        return truth_of(None if value is None else any(value == item.value for item in self.items))

    def sides(self) -> Iterator[Term | Literal]:
        """Yield the value and then the list."""
        yield self.left
        yield from self.items


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: Expression

    def truth(self, read: Read) -> Truth:
        """Return the opposite of the part."""
        return truth_not(self.part.truth(read))

    def sides(self) -> Iterator[Term | Literal]:
        """Yield the part's operands."""
        yield from self.part.sides()


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold."""

    parts: tuple[Expression, ...]

    def truth(self, read: Read) -> Truth:
        """Return whether all hold."""
        return truth_and(part.truth(read) for part in self.parts)

    def sides(self) -> Iterator[Term | Literal]:
        """Yield the parts' operands in order."""
        for part in self.parts:
            yield from part.sides()


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part holds."""

    parts: tuple[Expression, ...]

    def truth(self, read: Read) -> Truth:
        """Return whether one holds."""
        return truth_or(part.truth(read) for part in self.parts)

    def sides(self) -> Iterator[Term | Literal]:
        """Yield the parts' operands in order."""
        for part in self.parts:
            yield from part.sides()


Expression = Holds | Compares | IsIn | Not | And | Or


def comparisons_of(expression: Expression) -> Iterator[Holds | Compares | IsIn]:
    """Yield the leaves of *expression* from left to right."""
    match expression:
        case Not(part=part):
            yield from comparisons_of(part)
        case And(parts=parts) | Or(parts=parts):
            for part in parts:
                yield from comparisons_of(part)
        case leaf:
            yield leaf


def terms_of(expression: Expression) -> tuple[Term, ...]:
    """Return the terms of *expression*, each once, in order of appearance."""
    return tuple(dict.fromkeys(side for side in expression.sides() if not isinstance(side, Literal)))
