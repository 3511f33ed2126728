"""From a parameter to columns: how what is asked for becomes a condition that the database knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pathway_engine.fhir.exchange import Exchange
from pathway_engine.fhir.search_language import Criterion, Moment, Reference, Token, Value
from pathway_engine.storage.conditions import (
    EVERYTHING,
    NOTHING,
    All,
    AnyOf,
    Before,
    Condition,
    In,
    Missing,
    Not,
    Since,
    either,
)


class Field(Protocol):
    """What a parameter looks at; `exact` says whether no row too many is found by it."""

    @property
    def exact(self) -> bool: ...

    def like(self, exchange: Exchange, asked: Value) -> Condition: ...

    def empty(self) -> Condition: ...


def condition_of(exchange: Exchange, field: Field, criterion: Criterion) -> Condition:
    """The condition that *criterion* is; where the field is not exact, one that holds of every row that may do."""
    if criterion.modifier and not field.exact:
        return EVERYTHING  # what is not sure of a row is not sure of its opposite either
    if criterion.modifier == "missing":
        return field.empty() if criterion.values == ("true",) else Not(field.empty())
    asked = either(field.like(exchange, value) for value in criterion.values)
    return Not(asked) if criterion.modifier == "not" else asked


@dataclass(frozen=True, slots=True)
class Code:
    """A column of codes of one system; `implied` when a resource does not name it. An empty text is no code.

    `kept` says of a code which value of the column it is, where that is not the code itself.
    """

    column: str
    system: str
    implied: bool = False
    kept: Mapping[str, object] | None = None
    exact: bool = True

    def like(self, exchange: Exchange, asked: Value) -> Condition:
        """The rows with that code."""
        assert isinstance(asked, Token)
        if asked.system not in (None, self.system) and not (self.implied and asked.system == ""):
            return NOTHING
        if asked.code is None:
            return Not(self.empty())
        if self.kept is None:
            return In(self.column, (asked.code,)) if asked.code else NOTHING
        return In(self.column, (self.kept[asked.code],)) if asked.code in self.kept else NOTHING

    def empty(self) -> Condition:
        """The rows without a code."""
        return NOTHING if self.kept is not None else AnyOf((Missing(self.column), In(self.column, ("",))))


@dataclass(frozen=True, slots=True)
class Instant:
    """A column with an instant."""

    column: str
    exact: bool = True

    def like(self, exchange: Exchange, asked: Value) -> Condition:
        """The rows whose instant is so; one that is empty is no way at all."""
        assert isinstance(asked, Moment)
        return _compared(asked, self.column, self.column, exchange, ends=True)

    def empty(self) -> Condition:
        """The rows without it."""
        return Missing(self.column)


@dataclass(frozen=True, slots=True)
class Span:
    """Two columns with the instants at which something began and ended; without an end it goes on."""

    start: str
    end: str
    exact: bool = True

    def like(self, exchange: Exchange, asked: Value) -> Condition:
        """The rows whose period is so."""
        assert isinstance(asked, Moment)
        return _compared(asked, self.start, self.end, exchange, ends=False)

    def empty(self) -> Condition:
        """Each has begun."""
        return NOTHING


def _compared(asked: Moment, start: str, end: str, exchange: Exchange, *, ends: bool) -> Condition:
    """What the prefix says of the time between two columns; unless it *ends*, an empty end is never reached."""
    low, high = asked.asked.start, asked.asked.end
    going_on: tuple[Condition, ...] = () if ends else (Missing(end),)
    within = All((Since(start, low), Before(end, high)))
    above, below = either((Since(end, high), *going_on)), Before(start, low)
    match asked.prefix:
        case "eq":
            return within
        case "ne":
            return All((Not(Missing(start)), Not(within)))
        case "gt":
            return above
        case "lt":
            return below
        case "ge":
            return Since(start, low) if ends else AnyOf((above, within))
        case "le":
            return Before(end, high) if ends else AnyOf((below, within))
        case "sa":
            return Since(start, high)
        case "eb":
            return Before(end, low)
        case _:
            near = asked.asked.widened(exchange.now)
            return All((Before(start, near.end), AnyOf((Since(end, near.start), *going_on))))


Leads = Callable[[Exchange, str], Condition]
"""The rows that lead to the resource of an id."""


@dataclass(frozen=True, slots=True)
class Link:
    """References: by type, which rows lead to an id of it. `none` are the rows that lead nowhere."""

    leads: Mapping[str, Leads]
    none: Condition = NOTHING
    exact: bool = True

    def like(self, exchange: Exchange, asked: Value) -> Condition:
        """The rows that lead there."""
        assert isinstance(asked, Reference)
        if not asked.id:
            return NOTHING
        types = [asked.type] if asked.type else list(self.leads)
        return either(self.leads[type](exchange, asked.id) for type in types if type in self.leads)

    def empty(self) -> Condition:
        """The rows that lead nowhere."""
        return self.none


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What no column holds: every row may be one, and its resource is looked at."""

    exact: bool = field(default=False, init=False)

    def like(self, exchange: Exchange, asked: Value) -> Condition:
        """Any row."""
        return EVERYTHING

    def empty(self) -> Condition:
        """Any row."""
        return EVERYTHING


def having(column: str) -> Leads:
    """The rows with the id itself in *column*."""
    return lambda exchange, id: In(column, (id,))


def of_patient(exchange: Exchange, id: str) -> Condition:
    """The rows of a patient's surviving record."""
    row = exchange.records.patient(id)
    return In("patient_id", (row.survivor_id or row.id,)) if row is not None else NOTHING


def of_stay(column: str) -> Leads:
    """The rows of a stay that others call by *id*."""

    def leads(exchange: Exchange, id: str) -> Condition:
        found = exchange.records.stay_of_public_id(id)
        return All((In(column, (found[0],)), In("patient_id", (found[1],)))) if found else NOTHING

    return leads


def of_patient_of_stay(exchange: Exchange, id: str) -> Condition:
    """The rows of the patient whose stay others call by *id*."""
    found = exchange.records.stay_of_public_id(id)
    return In("patient_id", (found[1],)) if found else NOTHING


ID = Code("id", "", implied=True)
