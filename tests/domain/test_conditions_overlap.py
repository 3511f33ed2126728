"""Conditions that can hold at once are found, and those that never hold."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pathway_engine.domain.conditions import Truth, never_true, overlap, parse_condition
from pathway_engine.domain.events import FactValue
from pathway_engine.domain.facts import FactType

FACTS = {
    "alone": FactType("boolean"),
    "served": FactType("boolean"),
    "falls": FactType("integer"),
    "weight": FactType("number"),
    "height": FactType("number"),
    "destination": FactType("choice", ("home", "short_term", "nursing_home", "dead")),
    "next_stop": FactType("choice", ("home", "dead")),
    "arrived": FactType("date"),
    "left": FactType("date"),
    "ward_name": FactType("text"),
    **{f"choice_{n}": FactType("choice", ("a", "b", "c", "d", "e", "f", "g", "h")) for n in range(6)},
}
FIRST, SECOND = 'date("2026-01-01")', 'date("2026-01-02")'
NOW = datetime(2026, 11, 22, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param("destination == home", "destination == dead", False, id="two-choices"),
        pytest.param("destination == home", "destination in [home, dead]", True, id="a-choice-in-both"),
        pytest.param("destination != home", "destination not in [short_term, nursing_home, dead]", False,
                     id="every-choice-excluded"),
        pytest.param("alone", "not alone", False, id="a-fact-and-its-opposite"),
        pytest.param("alone", "served", True, id="two-facts"),
        pytest.param("known(alone)", "not known(alone)", False, id="known-and-not"),
        pytest.param("not known(alone)", "alone", False, id="missing-is-never-true"),
        pytest.param("not known(falls)", "falls > 1", False, id="a-missing-number-is-never-more"),
        pytest.param("falls < 3", "falls >= 3", False, id="numbers-that-meet"),
        pytest.param("falls <= 3", "falls >= 3", True, id="numbers-that-touch"),
        pytest.param("falls > 2", "falls < 3", False, id="no-whole-number-between"),
        pytest.param("falls > 2.2", "falls < 2.8", False, id="no-whole-number-between-fractions"),
        pytest.param("weight > 2", "weight < 3", True, id="a-fraction-between"),
        pytest.param("weight > 2.2", "weight < 2.3", True, id="a-fraction-between-fractions"),
        pytest.param("falls > 100", "falls != 101", True, id="far-above-the-constants"),
        pytest.param("age() >= 80", "age() < 80", False, id="ages"),
        pytest.param("age() >= 80", "age() < 81", True, id="one-age"),
        pytest.param("age() >= 80", "not known(birth_date)", False, id="age-needs-a-birth-date"),
        pytest.param("days_since(arrived) > 3", "days_since(arrived) < 3", False, id="days-since"),
        pytest.param(f"arrived < {SECOND}", f"arrived > {FIRST}", False, id="no-day-between"),
        pytest.param(f"arrived <= {SECOND}", f"arrived > {FIRST}", True, id="a-day-between"),
        pytest.param("arrived < left", "left < arrived", False, id="dates-of-two-facts"),
        pytest.param("arrived < left", 'left < date("2026-01-01")', True, id="a-date-before-another"),
        pytest.param("weight < height", "height < weight", False, id="numbers-of-two-facts"),
        pytest.param("weight < height and height < 2", "weight > 1", True, id="two-facts-between-constants"),
        pytest.param("destination == next_stop", "destination == short_term", False, id="two-choices"),
        pytest.param("weight > falls", "weight < falls", True, id="undecided-between-kinds-of-number"),
        pytest.param('ward_name == "A"', 'ward_name == "B"', False, id="two-texts"),
        pytest.param('ward_name != "A"', 'ward_name != "B"', True, id="a-third-text"),
    ],
)  # fmt: skip
def test_overlap_is_decided(first: str, second: str, expected: bool) -> None:
    one, other = parse_condition(first, FACTS), parse_condition(second, FACTS)
    assert overlap(one, other, FACTS) is expected
    assert overlap(other, one, FACTS) is expected


def test_no_condition_always_holds() -> None:
    assert overlap(None, None, FACTS)
    assert overlap(None, parse_condition("alone", FACTS), FACTS)
    assert not overlap(parse_condition("alone and not alone", FACTS), None, FACTS)
    assert not never_true(None, FACTS)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("destination == home and destination == dead", True),
        ("falls > 3 and falls < 2", True),
        ("alone and not alone", True),
        ("false", True),
        ("alone or not alone", False),
        ("falls > 3 and falls < 5", False),
        ("not known(alone)", False),
    ],
)
def test_what_never_holds_is_found(source: str, expected: bool) -> None:
    assert never_true(parse_condition(source, FACTS), FACTS) is expected


def test_what_cannot_be_decided_in_time_counts_as_overlap() -> None:
    anything = " and ".join(f"(choice_{n} == a or choice_{n} != a)" for n in range(5))
    never = "choice_5 == a and choice_5 == b"
    assert not overlap(parse_condition(f"{never} and {anything}", FACTS), None, FACTS)
    assert overlap(parse_condition(f"{anything} and {never}", FACTS), None, FACTS)


def test_very_many_facts_are_not_tried() -> None:
    many = {f"fact_{n}": FactType("boolean") for n in range(150)}
    one = parse_condition(" or ".join(many), many)
    assert overlap(one, parse_condition("not (" + " or ".join(many) + ")", many), many)


DATES: list[FactValue | None] = [None, *(date(2026, 1, day) for day in range(1, 5))]
GRID: dict[str, list[FactValue | None]] = {
    "alone": [None, True, False],
    "destination": [None, "home", "short_term", "nursing_home", "dead"],
    "falls": [None, *range(-2, 6)],
    "arrived": DATES,
    "left": DATES,
}
PARTS = (
    *("alone", "not alone", "known(alone)", "destination == home", "destination in [home, dead]"),
    *(
        "destination not in [home, short_term]",
        "not known(destination)",
        "falls < 1",
        "falls >= 1",
        "falls == 3",
    ),
    *("falls > 0.5", "falls != 2", "arrived < left", "left <= arrived", 'arrived == date("2026-01-02")'),
    *('left > date("2026-01-02")', "known(left)"),
)
conditions = st.recursive(
    st.sampled_from(PARTS),
    lambda part: st.one_of(
        st.tuples(part, part).map(lambda two: f"({two[0]} and {two[1]})"),
        st.tuples(part, part).map(lambda two: f"({two[0]} or {two[1]})"),
        part.map(lambda one: f"not ({one})"),
    ),
    max_leaves=4,
)


@settings(deadline=None)
@given(conditions, conditions)
def test_overlap_agrees_with_trying_everything(first: str, second: str) -> None:
    both = parse_condition(f"{first} and {second}", FACTS)
    names = sorted(both.names)
    values_of: list[list[FactValue | None]] = [GRID[name] for name in names]
    tried = (dict(zip(names, values, strict=True)) for values in itertools.product(*values_of))
    present = ({name: value for name, value in facts.items() if value is not None} for facts in tried)
    possible = any(both.evaluate(facts, NOW) is Truth.TRUE for facts in present)
    assert overlap(parse_condition(first, FACTS), parse_condition(second, FACTS), FACTS) is possible
