"""Whether conditions can hold at once: tried on every assignment that could make a difference."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import cast

from pathway_engine.domain.conditions_expression import (
    Compares,
    Expression,
    Known,
    Literal,
    Read,
    Term,
    Truth,
    comparisons_of,
    terms_of,
)
from pathway_engine.domain.events import FactValue

Assignment = Mapping[Term, FactValue | None]

MOST_TRIES = 4096
MOST_VARIABLES = 60


def can_be_true(*expressions: Expression) -> bool:
    """Return whether one assignment makes all *expressions* true; True when there are too many to try.

    Exact for facts against fixed values and facts against facts of one kind. Functions of the same
    date count as independent, so the answer errs only towards True.
    """
    terms = tuple(dict.fromkeys(term for expression in expressions for term in terms_of(expression)))
    variables = tuple(dict.fromkeys(_variable(term) for term in terms))
    if len(variables) > MOST_VARIABLES or any(left.kind != right.kind for left, right in _meetings(expressions)):
        return True
    asked = {term.name for term in terms if isinstance(term, Known)}
    candidates = [
        (*([None] if variable.name in asked else []), *_candidates(variable, variables, expressions))
        for variable in variables
    ]  # only `known()` can be fulfilled by what is missing
    tries = itertools.count(1)

    def possible(assignment: Assignment) -> bool:
        truths = {expression.truth(_reader(assignment)) for expression in expressions}
        if Truth.FALSE in truths or not _is_consistent(assignment):
            return False  # what is false of a part of the facts stays false of all of them
        if Truth.UNKNOWN not in truths or next(tries) > MOST_TRIES:
            return True
        position = len(assignment)
        return position < len(variables) and any(
            possible({**assignment, variables[position]: value}) for value in candidates[position]
        )

    return possible({})


def _variable(term: Term) -> Term:
    return term.fact if isinstance(term, Known) else term


def _reader(assignment: Assignment) -> Read:
    def read(term: Term) -> FactValue | None:
        if not isinstance(term, Known):
            return assignment.get(term)
        return assignment[term.fact] is not None if term.fact in assignment else None

    return read


def _is_consistent(assignment: Assignment) -> bool:
    """Return whether no fact is both missing and known."""
    present = {(term.name, value is not None) for term, value in assignment.items()}
    return len(present) == len({name for name, _ in present})


def _candidates(variable: Term, variables: Sequence[Term], expressions: Sequence[Expression]) -> Sequence[FactValue]:
    """Return the values of *variable* that can make a difference."""
    literals = _literals(variable.kind, expressions)
    alike = sum(_family(other.kind) == _family(variable.kind) for other in variables)
    rooms = alike if _meetings(expressions) else 1
    match variable.kind:
        case "boolean":
            return (True, False)
        case "choice":
            return variable.choices
        case "text":
            texts = [str(value) for value in literals]
            return [*texts, *(f"another text {n} than " + "".join(texts) for n in range(rooms))]
        case "date":
            return _dates([cast(date, value) for value in literals], rooms)
        case "integer":
            return _whole_numbers([cast(float, value) for value in literals], rooms)
        case _:
            return _numbers([cast(float, value) for value in literals], rooms)


def _literals(kind: str, expressions: Sequence[Expression]) -> list[FactValue]:
    sides = (side for expression in expressions for side in expression.sides() if isinstance(side, Literal))
    return list(dict.fromkeys(side.value for side in sides if _family(side.kind) == _family(kind)))


def _family(kind: str) -> str:
    return "number" if kind == "integer" else kind


def _meetings(expressions: Sequence[Expression]) -> list[tuple[Term, Term]]:
    """Return the pairs of terms that are compared with each other."""
    leaves = (leaf for expression in expressions for leaf in comparisons_of(expression))
    pairs = ((leaf.left, leaf.right) for leaf in leaves if isinstance(leaf, Compares))
    return [(left, right) for left, right in pairs if not isinstance(left, Literal) and not isinstance(right, Literal)]


def _dates(constants: list[date], rooms: int) -> list[date]:
    days = [day.toordinal() for day in constants] or [date(2000, 1, 1).toordinal()]
    around = {day + offset for day in days for offset in range(-rooms, rooms + 1)}
    first, last = date.min.toordinal(), date.max.toordinal()
    return [date.min + timedelta(days=day - first) for day in sorted(around) if first <= day <= last]


def _whole_numbers(constants: list[float], rooms: int) -> list[int]:
    near = {n for point in constants or [0] for n in (math.floor(point), math.ceil(point))}
    return sorted({n + offset for n in near for offset in range(-rooms, rooms + 1)})


def _numbers(constants: list[float], rooms: int) -> list[float]:
    """Return the constants and *rooms* numbers between, below and above them."""
    points = sorted(constants) or [0.0]
    outside = [points[0] - n for n in range(1, rooms + 1)] + [points[-1] + n for n in range(1, rooms + 1)]
    inside = [low + (high - low) * n / (rooms + 1) for low, high in itertools.pairwise(points)
              for n in range(1, rooms + 1)]  # fmt: skip
    return sorted({*points, *outside, *inside})
