"""Reading of a condition: its text becomes a tree whose names and types are known to fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NoReturn

from pathway_engine.domain.conditions_expression import (
    COMPARISONS,
    Age,
    And,
    Compares,
    DaysSince,
    Expression,
    Fact,
    Holds,
    IsIn,
    Known,
    Literal,
    Not,
    Or,
    Term,
)
from pathway_engine.domain.conditions_tokens import Token, close_to, refuse, suggestion, tokens_of

if TYPE_CHECKING:
    from pathway_engine.domain.facts import FactType

MOST_NODES = 200
DEEPEST = 20
LONGEST_NUMBER = 15
BIRTH_DATE = "birth_date"
KEYWORDS = frozenset({"and", "or", "not", "in", "true", "false"})
FUNCTIONS = ("age", "days_since", "known", "date")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHOWN = {"boolean": "yes or no", "integer": "a whole number", "number": "a number", "date": "a date",
          "text": "a text", "choice": "a choice"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Operand:
    """One side of a comparison; `side` is None for a bare word that is no fact."""

    token: Token
    side: Term | Literal | None


def read_condition(source: str, facts: Mapping[str, FactType]) -> Expression:
    """Return the checked tree of *source*; raise ConditionError with the column of what is wrong."""
    reader = _Reader(tokens_of(source), facts)
    if reader.next.kind == "end":
        refuse(0, "nothing found; write a condition such as `destination == home`, or leave `if` out")
    expression = reader.any_of()
    if reader.next.kind != "end":
        reader.refuse_next("`and`, `or` or the end")
    return expression


@dataclass
class _Reader:
    tokens: tuple[Token, ...]
    facts: Mapping[str, FactType]
    position: int = 0
    depth: int = 0
    nodes: int = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        token = self.next
        self.position += token.kind != "end"
        return token

    def sees(self, *texts: str) -> bool:
        return self.next.kind in ("word", "sign") and self.next.text in texts

    def takes(self, text: str) -> bool:
        seen = self.sees(text)
        self.position += seen
        return seen

    def expect(self, text: str) -> None:
        if not self.takes(text):
            self.refuse_next(f"`{text}`")

    def refuse_next(self, expected: str) -> NoReturn:
        close = close_to(self.next.text, sorted(KEYWORDS))
        more = f"; did you mean `{close[0]}`?" if close else ""
        refuse(self.next.column, f"{self.next.shown} found where {expected} should be{more}")

    def count(self) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            refuse(self.next.column, f"more than {MOST_NODES} parts found; split the step or the fact")

    def enter(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            refuse(self.next.column, f"more than {DEEPEST} levels of `not` and brackets found")

    # The grammar, loosest binding first.

    def any_of(self) -> Expression:
        parts = [self.all_of()]
        while self.takes("or"):
            parts.append(self.all_of())
        self.count()
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def all_of(self) -> Expression:
        parts = [self.negation()]
        while self.takes("and"):
            parts.append(self.negation())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def negation(self) -> Expression:
        if not self.sees("not"):
            return self.bracketed() if self.sees("(") else self.comparison()
        self.enter()
        self.count()
        self.take()
        part = self.negation()
        self.depth -= 1
        return Not(part)

    def bracketed(self) -> Expression:
        self.enter()
        self.expect("(")
        expression = self.any_of()
        self.expect(")")
        self.depth -= 1
        if self.sees(*COMPARISONS, "in"):
            refuse(self.next.column, f"{self.next.shown} found after brackets; leave the brackets out")
        return expression

    def comparison(self) -> Expression:
        left = self.operand()
        if self.sees("in") or self.sees("not"):
            return self.membership(left)
        if not self.sees(*COMPARISONS):
            return Holds(self.boolean(left))
        sign = self.take()
        compared = _compared(left, sign, self.operand(), self.facts)
        if self.sees(*COMPARISONS, "in"):
            refuse(self.next.column, f"{self.next.shown} found; write two comparisons joined by `and`")
        return compared

    def boolean(self, operand: _Operand) -> Term | Literal:
        side = operand.side if operand.side is not None else _refuse_name(operand.token, self.facts)
        if side.kind != "boolean":
            shown = _SHOWN[side.kind]
            refuse(operand.token.column, f"{operand.token.shown} is {shown}; compare it, e.g. with == or <")
        return side

    def membership(self, left: _Operand) -> Expression:
        negated = self.takes("not")
        self.expect("in")
        self.expect("[")
        items = [self.item(left)]
        while self.takes(","):
            items.append(self.item(left))
        self.expect("]")
        if left.side is None:
            _refuse_name(left.token, self.facts)
        if isinstance(left.side, Literal):
            refuse(left.token.column, f"{left.token.shown} is a fixed value; write a fact before `in`")
        found = IsIn(left.side, tuple(items))
        return Not(found) if negated else found

    def item(self, left: _Operand) -> Literal:
        operand = self.operand()
        if left.side is None:
            _refuse_name(left.token, self.facts)
        side = _resolved(operand, left.side, self.facts)
        if not isinstance(side, Literal):
            refuse(operand.token.column, f"{operand.token.shown} is a fact; a list has fixed values only")
        _must_compare(left, left.side, operand, side)
        return side

    def operand(self) -> _Operand:
        self.count()
        token = self.next
        match token.kind:
            case "number":
                return _Operand(self.take(), _number(token))
            case "string":
                return _Operand(self.take(), Literal(token.text[1:-1], "text"))
            case "word" if token.text not in KEYWORDS - {"true", "false"}:
                return self.word()
            case _:
                refuse(token.column, f"{token.shown} found where a fact or a fixed value should be")

    def word(self) -> _Operand:
        token = self.take()
        if self.sees("("):
            return _Operand(token, self.call(token))
        if token.text in ("true", "false"):
            return _Operand(token, Literal(token.text == "true", "boolean"))
        return _Operand(token, self.fact(token))

    def fact(self, token: Token) -> Fact | None:
        if token.text == BIRTH_DATE:
            return Fact(BIRTH_DATE, "date")
        declared = self.facts.get(token.text)
        return Fact(token.text, declared.kind, declared.choices) if declared is not None else None

    def call(self, function: Token) -> Term | Literal:
        self.expect("(")
        argument = None if self.sees(")") else self.take()
        self.expect(")")
        match function.text:
            case "age":
                return _age(argument)
            case "date":
                return _date(argument, function)
            case "days_since":
                return DaysSince(self.fact_named(argument, function, "date").name)
            case "known":
                return Known(self.fact_named(argument, function, None))
            case _:
                refuse(
                    function.column,
                    f"{function.shown} is no function; {suggestion(function.text, FUNCTIONS)}",
                )

    def fact_named(self, argument: Token | None, function: Token, kind: str | None) -> Fact:
        if argument is None or argument.kind != "word":
            name = function.text
            refuse(function.column, f"`{name}` needs the name of a fact, e.g. {name}(birth_date)")
        fact = self.fact(argument)
        if fact is None:
            _refuse_name(argument, self.facts)
        if kind is not None and fact.kind != kind:
            shown = _SHOWN[fact.kind]
            refuse(argument.column, f"{argument.shown} is {shown}; {function.text} needs {_SHOWN[kind]}")
        return fact


def _refuse_name(token: Token, facts: Mapping[str, FactType]) -> NoReturn:
    names = [token.text.lower()] if token.text.lower() in KEYWORDS else [*facts, BIRTH_DATE]
    refuse(token.column, f"{token.shown} is no declared fact; {suggestion(token.text, names)}")


def _age(argument: Token | None) -> Age:
    if argument is not None:
        refuse(argument.column, f"{argument.shown} found; write age() without anything in it")
    return Age()


def _number(token: Token) -> Literal:
    if len(token.text) > LONGEST_NUMBER:
        refuse(token.column, f"{token.shown} found; write a number of at most {LONGEST_NUMBER} characters")
    whole = "." not in token.text
    return Literal(int(token.text), "integer") if whole else Literal(float(token.text), "number")


def _date(argument: Token | None, function: Token) -> Literal:
    if argument is None or argument.kind != "string" or not _DATE.fullmatch(argument.text[1:-1]):
        refuse(function.column, 'write a date as date("2026-01-31")')
    try:
        return Literal(date.fromisoformat(argument.text[1:-1]), "date")
    except ValueError:
        refuse(argument.column, f'{argument.shown} is no day of the calendar; write e.g. "2026-01-31"')


def _compared(left: _Operand, sign: Token, right: _Operand, facts: Mapping[str, FactType]) -> Expression:
    first = _resolved(left, right.side, facts)
    second = _resolved(right, left.side, facts)
    if isinstance(first, Literal) and isinstance(second, Literal):
        refuse(left.token.column, f"two fixed values found around `{sign.text}`; compare a fact with one")
    _must_compare(left, first, right, second)
    if sign.text not in ("==", "!=") and _family(first.kind) not in ("number", "date"):
        refuse(sign.column, f"`{sign.text}` found for {_SHOWN[first.kind]}, which has no order; use == or !=")
    return Compares(first, sign.text, second)


def _resolved(operand: _Operand, other: Term | Literal | None, facts: Mapping[str, FactType]) -> Term | Literal:
    """Return what *operand* means beside *other*: a choice's word wins over a fact of that name."""
    choices = other.choices if isinstance(other, Fact) and other.kind == "choice" else ()
    quoted = operand.token.kind == "string"
    word = operand.token.text[1:-1] if quoted else operand.token.text
    is_choice = operand.side is None or isinstance(operand.side, Fact) or quoted
    if is_choice and word in choices:
        return Literal(word, "choice")
    if choices and (operand.side is None or quoted):
        refuse(operand.token.column, f"{operand.token.shown} is no choice of it; {suggestion(word, choices)}")
    if operand.side is None:
        _refuse_name(operand.token, facts)
    return operand.side


def _family(kind: str) -> str:
    return "number" if kind == "integer" else kind


def _must_compare(left: _Operand, first: Term | Literal, right: _Operand, second: Term | Literal) -> None:
    if _family(first.kind) != _family(second.kind):
        kinds = f"{left.token.shown} is {_SHOWN[first.kind]} and {right.token.shown} is {_SHOWN[second.kind]}"
        refuse(right.token.column, f"{kinds}; compare values of one kind")
