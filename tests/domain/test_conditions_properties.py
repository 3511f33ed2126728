"""Random conditions answer as a second, plain reading of them does."""

from __future__ import annotations

import operator
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pathway_engine.domain.conditions import Truth, parse_condition
from pathway_engine.domain.errors import ConditionError
from pathway_engine.domain.facts import FactType

Tree = tuple[Any, ...]

BOOLEANS = ("alone", "served")
NUMBERS = ("falls", "weight")
CHOICES = ("home", "short_term", "dead")
FACTS = {
    "alone": FactType("boolean"),
    "served": FactType("boolean"),
    "falls": FactType("integer"),
    "weight": FactType("number"),
    "destination": FactType("choice", CHOICES),
    "arrived": FactType("date"),
}
SIGNS = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
         ">=": operator.ge}  # fmt: skip
NOW = datetime(2026, 11, 22, 11, tzinfo=UTC)
WORDS = (
    *(
        "and",
        "or",
        "not",
        "in",
        "(",
        ")",
        "[",
        "]",
        ",",
        "==",
        "<",
        "=",
        "alone",
        "falls",
        "destination",
        "home",
    ),
    *("1", "2.5", "true", "known(", "age()", '"x"', "date(", "arrived", " ", "é", "\\"),
)

dates = st.dates(date(2026, 11, 1), date(2026, 12, 31))
leaves: st.SearchStrategy[Tree] = st.one_of(
    st.tuples(st.just("holds"), st.sampled_from(BOOLEANS)),
    st.tuples(st.just("known"), st.sampled_from(sorted(FACTS))),
    st.tuples(st.just("number"), st.sampled_from(NUMBERS), st.sampled_from(sorted(SIGNS)), st.integers(-2, 3)),
    st.tuples(st.just("numbers"), st.sampled_from(sorted(SIGNS))),
    st.tuples(st.just("date"), st.sampled_from(sorted(SIGNS)), dates),
    st.tuples(st.just("choice"), st.sampled_from(("==", "!=")), st.sampled_from(CHOICES)),
    st.tuples(st.just("in"), st.booleans(), st.lists(st.sampled_from(CHOICES), min_size=1, max_size=3)),
)
trees = st.recursive(
    leaves,
    lambda part: st.one_of(
        st.tuples(st.just("not"), part),
        st.tuples(st.sampled_from(("and", "or")), st.lists(part, min_size=2, max_size=4)),
    ),
    max_leaves=25,
)
facts = st.fixed_dictionaries(
    {},
    optional={
        "alone": st.booleans(),
        "served": st.booleans(),
        "falls": st.integers(-3, 4),
        "weight": st.sampled_from([-2.5, -1.0, 0.0, 0.5, 1.0, 2.0, 3.5]),
        "destination": st.sampled_from(CHOICES),
        "arrived": dates,
    },
)


def written(tree: Tree) -> str:
    """The tree as a pathway designer would write it, with brackets only where they are needed."""
    match tree:
        case ("holds", name):
            return str(name)
        case ("known", name):
            return f"known({name})"
        case ("number", name, sign, value):
            return f"{name} {sign} {value}"
        case ("numbers", sign):
            return f"falls {sign} weight"
        case ("date", sign, day):
            return f'arrived {sign} date("{day}")'
        case ("choice", sign, choice):
            return f"destination {sign} {choice}"
        case ("in", negated, choices):
            return f"destination {'not in' if negated else 'in'} [{', '.join(choices)}]"
        case ("not", part):
            return f"not {bracketed(part, ('and', 'or'))}"
        case (word, parts):
            looser = ("or", "and") if word == "and" else ("or",)
            return f" {word} ".join(bracketed(part, looser) for part in parts)
        case _:
            raise AssertionError(tree)


def bracketed(tree: Tree, kinds: tuple[str, ...]) -> str:
    """The tree in brackets if it is of one of *kinds*."""
    return f"({written(tree)})" if tree[0] in kinds else written(tree)


def oracle(tree: Tree, known: dict[str, Any]) -> bool | None:
    """What the tree says, None being unknown, by the minimum and maximum of Kleene's order."""
    match tree:
        case ("holds", name):
            return known.get(name)
        case ("known", name):
            return name in known
        case ("number", name, sign, value):
            return SIGNS[sign](known[name], value) if name in known else None
        case ("numbers", sign):
            return SIGNS[sign](known["falls"], known["weight"]) if {"falls", "weight"} <= set(known) else None
        case ("date", sign, day):
            return SIGNS[sign](known["arrived"], day) if "arrived" in known else None
        case ("choice", sign, choice):
            return SIGNS[sign](known["destination"], choice) if "destination" in known else None
        case ("in", negated, choices):
            return (known["destination"] in choices) != negated if "destination" in known else None
        case ("not", part):
            answer = oracle(part, known)
            return None if answer is None else not answer
        case (word, parts):
            ranks = [{False: 0, None: 1, True: 2}[oracle(part, known)] for part in parts]
            return (False, None, True)[min(ranks) if word == "and" else max(ranks)]
        case _:
            raise AssertionError(tree)


@settings(deadline=None)
@given(trees, facts)
def test_a_condition_answers_as_kleene_would(tree: Tree, known: dict[str, Any]) -> None:
    expected = {True: Truth.TRUE, False: Truth.FALSE, None: Truth.UNKNOWN}[oracle(tree, known)]
    assert parse_condition(written(tree), FACTS).evaluate(known, NOW) is expected


@settings(deadline=None)
@given(trees, facts)
def test_an_answer_never_changes_when_more_becomes_known(tree: Tree, known: dict[str, Any]) -> None:
    if "known(" in written(tree):
        return
    condition = parse_condition(written(tree), FACTS)
    for left_out in known:
        less = {name: value for name, value in known.items() if name != left_out}
        assert condition.evaluate(less, NOW) in (Truth.UNKNOWN, condition.evaluate(known, NOW))


@settings(deadline=None)
@given(trees, facts)
def test_an_unknown_answer_always_names_a_missing_fact(tree: Tree, known: dict[str, Any]) -> None:
    condition = parse_condition(written(tree), FACTS)
    missing = condition.missing(known)
    assert missing or condition.evaluate(known, NOW) is not Truth.UNKNOWN
    assert not set(missing) & set(known)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join)))
def test_any_text_is_a_condition_or_a_condition_error(source: str) -> None:
    try:
        condition = parse_condition(source, FACTS)
    except ConditionError as error:
        assert 0 <= error.column <= len(source)
    else:
        assert condition.evaluate({}, NOW) in Truth
