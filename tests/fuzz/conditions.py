"""A second, plain reading of conditions: Python's own parser and Kleene's three values."""

from __future__ import annotations

import ast
import operator
import re
import warnings
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from pathway_engine.domain.conditions import Truth, never_true, parse_condition
from pathway_engine.domain.events import FactValue
from pathway_engine.domain.facts import FactType

CHOICES = ("home", "short_term", "dead")
FACTS = {
    "alone": FactType("boolean"), "served": FactType("boolean"), "falls": FactType("integer"),
    "weight": FactType("number"), "destination": FactType("choice", CHOICES), "arrived": FactType("date"),
    "note": FactType("text"),
}  # fmt: skip
NOW = datetime(2026, 11, 22, 11, tzinfo=UTC)
TODAY = date(2026, 11, 22)
SIGNS = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip
CLAUSES = (
    "alone", "not alone and served", "falls > 2 or weight <= 2.5", "destination == home", "destination != dead",
    "destination in [home, short_term]", "destination not in [dead]", 'arrived >= date("2026-11-16")',
    "days_since(arrived) < 3 and age() >= 80", "known(falls) and not (falls == 0 or alone)",
    "(alone or served) and (falls > 0 or known(destination))", 'note == "x" or note in ["y", "z"]',
    "birth_date < arrived", "falls == weight", "not not alone", "true and falls > -1",
    "age() == days_since(arrived)",
)  # fmt: skip


def _joined(chance: Random) -> str:
    """Several clauses as one condition, some of them in brackets."""
    parts = chance.sample(CLAUSES, chance.randrange(1, 5))
    return chance.choice((" and ", " or ")).join(f"not ({part})" if chance.random() < 0.3 else part for part in parts)


CONDITION_SEEDS = tuple(_joined(Random(number)).encode() for number in range(400))


class Disagrees(AssertionError):
    """The condition answers otherwise than its plain reading."""


def checked_condition(source: str) -> bool:
    """Read *source* and compare its answers with the plain reading's. Raises ConditionError when it is refused."""
    condition = parse_condition(source, FACTS)
    impossible = never_true(condition, FACTS)
    chance = Random(sha256(source.encode("utf-8", "surrogatepass")).digest())
    for _ in range(3):
        known = some_facts(chance)
        found = condition.evaluate(known, NOW)
        if impossible and found is Truth.TRUE:
            raise Disagrees(f"said never to hold, and holds of {known}")
        if found is Truth.UNKNOWN and not condition.missing(known):
            raise Disagrees(f"unknown, and nothing is missing of {known}")
        expected = plainly(source, known)
        if expected is not found:
            raise Disagrees(f"{found} instead of {expected} of {known}")
    return True


def some_facts(chance: Random) -> dict[str, FactValue]:
    """Some of the facts, with values near those that conditions ask about."""
    day = TODAY - timedelta(days=chance.randrange(-2, 12))
    every: dict[str, FactValue] = {
    "alone": chance.random() < 0.5, "served": chance.random() < 0.5, "falls": chance.randrange(-2, 4),
    "weight": chance.choice((-1.0, 0.0, 1.0, 2.5, 3.0)), "destination": chance.choice(CHOICES), "arrived": day,
    "note": chance.choice(("x", "y", "")), "birth_date": date(chance.choice((1936, 1946, 2026)), 11, 22),
    }  # fmt: skip
    return {name: value for name, value in every.items() if chance.random() < 0.7}


def plainly(source: str, known: Mapping[str, FactValue]) -> Truth:
    """The answer by Python's grammar, which the language's own is a part of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(f"({_without_leading_zeros(source)}\n)", mode="eval").body
    answer = _answer(tree, known)
    return Truth.UNKNOWN if answer is None else Truth.TRUE if answer else Truth.FALSE


def _without_leading_zeros(source: str) -> str:
    """Python knows no 007; what stands in quotes stays."""
    parts = re.split(r"""("[^"]*"|'[^']*')""", source)
    return "".join(part if place % 2 else re.sub(r"(?<![\w.])0+(?=\d)", "", part) for place, part in enumerate(parts))


def _answer(tree: ast.expr, known: Mapping[str, FactValue]) -> bool | None:
    match tree:
        case ast.BoolOp(op=ast.And(), values=parts):
            return _ranked(min, parts, known)
        case ast.BoolOp(values=parts):
            return _ranked(max, parts, known)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            answer = _answer(part, known)
            return None if answer is None else not answer
        case ast.Compare(left=left, ops=[sign], comparators=[right]):
            return _compared(left, sign, right, known)
        case _:
            value = _value(tree, known)
            return None if value is None else bool(value)


def _ranked(choose: Any, parts: list[ast.expr], known: Mapping[str, FactValue]) -> bool | None:
    ranks = [{False: 0, None: 1, True: 2}[_answer(part, known)] for part in parts]
    return (False, None, True)[choose(ranks)]


def _compared(left: ast.expr, sign: ast.cmpop, right: ast.expr, known: Mapping[str, FactValue]) -> bool | None:
    first = _choice(left) if _is_destination(right) else _value(left, known)
    if isinstance(right, ast.List):
        items = [_choice(item) if _is_destination(left) else _value(item, known) for item in right.elts]
        return None if first is None else (first in items) != isinstance(sign, ast.NotIn)
    second = _choice(right) if _is_destination(left) else _value(right, known)
    if _is_destination(left):
        first = known.get("destination")
    if _is_destination(right):
        second = known.get("destination")
    return None if first is None or second is None else bool(SIGNS[type(sign)](first, second))


def _is_destination(tree: ast.expr) -> bool:
    return isinstance(tree, ast.Name) and tree.id == "destination"


def _choice(tree: ast.expr) -> Any:
    """A word beside the destination is one of its choices."""
    return tree.id if isinstance(tree, ast.Name) else ast.literal_eval(tree)


def _value(tree: ast.expr, known: Mapping[str, FactValue]) -> Any:
    match tree:
        case ast.Name(id="true"):
            return True
        case ast.Name(id="false"):
            return False
        case ast.Name(id=name):
            return known.get(name)
        case ast.Call(func=ast.Name(id="known"), args=[ast.Name(id=name)]):
            return name in known
        case ast.Call(func=ast.Name(id="date"), args=[ast.Constant(value=str(day))]):
            return date.fromisoformat(day)
        case ast.Call(func=ast.Name(id="age")):
            born = known.get("birth_date")
            return None if not isinstance(born, date) else _age(born)
        case ast.Call(func=ast.Name(id="days_since"), args=[ast.Name(id=name)]):
            told = known.get(name)
            return None if not isinstance(told, date) else (TODAY - told).days
        case _:
            return ast.literal_eval(tree)


def _age(born: date) -> int:
    return TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))
