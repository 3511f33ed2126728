"""What rows of a search must be like, as plain records: a small language of which this folder makes SQL.

Every condition is true or false of a row, never unknown: a column that is empty is like nothing, so `Not` is the
complement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, false, not_, or_, true

Columns = Mapping[str, ColumnElement[Any]]
Order = tuple[tuple[str, bool], ...]
"""Names of columns to sort by, first one first, each with whether it descends; empty values always come last."""
Position = Sequence[Any]
"""The values of a row in the columns of its order: where the next page goes on."""


@dataclass(frozen=True, slots=True)
class In:
    """The column has one of the values."""

    column: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Before:
    """The column's instant is before *at*."""

    column: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Since:
    """The column's instant is *at* or later."""

    column: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EndsIn:
    """The column's text ends in *end*."""

    column: str
    end: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The column is empty."""

    column: str


@dataclass(frozen=True, slots=True)
class Not:
    """The other does not hold."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Each of them holds; true of none."""

    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of them holds; false of none."""

    conditions: tuple[Condition, ...] = ()


Condition = In | Before | Since | EndsIn | Missing | Not | All | AnyOf
EVERYTHING = All()
NOTHING = AnyOf()


def either(conditions: Iterable[Condition]) -> Condition:
    """Return that one of *conditions* holds, as simply as can be: an index leads only where it is seen to."""
    parts = [part for each in conditions for part in (each.conditions if isinstance(each, AnyOf) else (each,))]
    values: dict[str, tuple[Any, ...]] = {}
    for part in parts:
        if isinstance(part, In):
            values[part.column] = (*values.get(part.column, ()), *part.values)
    simple: list[Condition] = [In(column, tuple(dict.fromkeys(of))) for column, of in values.items()]
    simple += [part for part in parts if not isinstance(part, In)]
    return simple[0] if len(simple) == 1 else AnyOf(tuple(simple))


def as_sql(condition: Condition, columns: Columns) -> ColumnElement[bool]:
    """Return *condition* of a row with these *columns*. Raises KeyError for a column that there is not."""
    match condition:
        case All(parts):
            return and_(true(), *(as_sql(part, columns) for part in parts))
        case AnyOf(parts):
            return or_(false(), *(as_sql(part, columns) for part in parts))
        case Not(part):
            return not_(as_sql(part, columns))
        case Missing(name):
            return columns[name].is_(None)
        case _:
            column = columns[condition.column]
            said = _compared(condition, column)
            return and_(column.is_not(None), said) if may_be_empty(column) else said


def _compared(condition: In | Before | Since | EndsIn, column: ColumnElement[Any]) -> Any:
    match condition:
        case In(_, (value,)):
            return column == value
        case In(_, values):
            return column.in_(values)
        case Before(_, at):
            return column < at
        case Since(_, at):
            return column >= at
        case EndsIn(_, end):
            return column.endswith(end, autoescape=True)


def may_be_empty(column: ColumnElement[Any]) -> bool:
    """Whether the column allows NULL; what is computed may be."""
    return bool(getattr(column, "nullable", True))


def in_order(order: Order, columns: Columns) -> list[ColumnElement[Any]]:
    """What to sort by; empty values last, whichever way."""
    by: list[ColumnElement[Any]] = []
    for name, descends in order:
        column = columns[name]
        by += [column.is_(None)] if may_be_empty(column) else []
        by.append(column.desc() if descends else column.asc())
    return by


def behind(order: Order, position: Position, columns: Columns) -> ColumnElement[bool]:
    """The rows that come after the one at *position*: further in one column, and like it in those before."""
    ways: list[ColumnElement[bool]] = []
    like: list[ColumnElement[bool]] = []
    for (name, descends), value in zip(order, position, strict=True):
        column = columns[name]
        if value is not None:
            further = column < value if descends else column > value
            ways.append(and_(*like, or_(further, column.is_(None)) if may_be_empty(column) else further))
        like.append(column.is_(None) if value is None else column == value)
    return or_(false(), *ways)
