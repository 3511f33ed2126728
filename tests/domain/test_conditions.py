"""A condition is read exactly, answers with three values, and says what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from pathway_engine.domain.conditions import Truth, parse_condition
from pathway_engine.domain.errors import ConditionError
from pathway_engine.domain.events import FactValue
from pathway_engine.domain.facts import FactType

FACTS = {
    "receives_services": FactType("boolean"),
    "lives_alone": FactType("boolean"),
    "falls": FactType("integer"),
    "weight": FactType("number"),
    "expected_discharge": FactType("date"),
    "came_home_on": FactType("date"),
    "ward_name": FactType("text"),
    "destination": FactType("choice", ("home", "short_term", "nursing_home", "dead", "falls")),
    "home": FactType("boolean"),
}
NOON = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
TRUE, FALSE, UNKNOWN = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


def truth(source: str, facts: Mapping[str, FactValue], now: datetime = NOON) -> Truth:
    """What *source* says of *facts*."""
    return parse_condition(source, FACTS).evaluate(facts, now)


@pytest.mark.parametrize(
    ("source", "facts", "expected"),
    [
        ("destination == home", {"destination": "home"}, TRUE),
        ("destination == home", {"destination": "dead"}, FALSE),
        ("destination != home", {"destination": "dead"}, TRUE),
        ('destination == "home"', {"destination": "home"}, TRUE),
        ("home == destination", {"destination": "home"}, TRUE),
        ("destination in [short_term, nursing_home]", {"destination": "nursing_home"}, TRUE),
        ("destination in [short_term, nursing_home]", {"destination": "home"}, FALSE),
        ("destination not in [short_term, 'dead']", {"destination": "dead"}, FALSE),
        ("receives_services", {"receives_services": True}, TRUE),
        ("receives_services == false", {"receives_services": False}, TRUE),
        ("not receives_services", {"receives_services": True}, FALSE),
        ("falls < 2", {"falls": 2}, FALSE),
        ("falls <= 2", {"falls": 2}, TRUE),
        ("falls > 2", {"falls": 2}, FALSE),
        ("falls >= 2", {"falls": 2}, TRUE),
        ("2 < falls", {"falls": 3}, TRUE),
        ("falls > -1", {"falls": 0}, TRUE),
        ("falls in [1, 2]", {"falls": 2}, TRUE),
        ("falls >= 2", {"falls": 2.0}, TRUE),
        ("weight < 50.5", {"weight": 50}, TRUE),
        ("weight > falls", {"weight": 2.5, "falls": 2}, TRUE),
        ('ward_name == "A2 øst"', {"ward_name": "A2 øst"}, TRUE),
        ('expected_discharge < date("2026-12-01")', {"expected_discharge": date(2026, 11, 30)}, TRUE),
        ("expected_discharge < came_home_on",
         {"expected_discharge": date(2026, 11, 30), "came_home_on": date(2026, 11, 30)}, FALSE),
        ("known(falls)", {"falls": 0}, TRUE),
        ("known(falls)", {}, FALSE),
        ("not known(birth_date)", {}, TRUE),
        ("true or falls > 1", {}, TRUE),
    ],
)  # fmt: skip
def test_a_condition_means_what_it_says(source: str, facts: Mapping[str, FactValue], expected: Truth) -> None:
    assert truth(source, facts) is expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("lives_alone and receives_services or home", TRUE, id="and-binds-before-or"),
        pytest.param("lives_alone and (receives_services or home)", FALSE, id="brackets-bind-first"),
        pytest.param("home or receives_services and lives_alone", TRUE, id="and-binds-before-or-on-the-right"),
        pytest.param("not lives_alone and receives_services", TRUE, id="not-binds-before-and"),
        pytest.param("not (lives_alone and receives_services)", TRUE, id="not-of-brackets"),
        pytest.param("not lives_alone == true", TRUE, id="comparison-binds-before-not"),
        pytest.param("not not lives_alone", FALSE, id="twice-not"),
        pytest.param("(\n  home\n\tand receives_services\n)", TRUE, id="over-several-lines"),
    ],
)
def test_words_bind_as_in_python(source: str, expected: Truth) -> None:
    assert truth(source, {"lives_alone": False, "receives_services": True, "home": True}) is expected


@pytest.mark.parametrize(
    ("source", "facts", "expected"),
    [
        pytest.param("falls < 1", {}, UNKNOWN, id="a-missing-number-is-not-nought"),
        pytest.param("falls != 1", {}, UNKNOWN, id="a-missing-number-is-not-another"),
        pytest.param("not receives_services", {}, UNKNOWN, id="not-unknown-is-unknown"),
        pytest.param("destination not in [home]", {}, UNKNOWN, id="not-in-a-list-of-unknown"),
        pytest.param("home and falls > 1", {"home": False}, FALSE, id="false-decides-and"),
        pytest.param("falls > 1 and home", {"home": True}, UNKNOWN, id="true-does-not"),
        pytest.param("falls > 1 or home", {"home": True}, TRUE, id="true-decides-or"),
        pytest.param("falls > 1 or home", {"home": False}, UNKNOWN, id="false-does-not"),
        pytest.param("age() > 80", {}, UNKNOWN, id="age-without-birth-date"),
        pytest.param("days_since(came_home_on) > 1", {}, UNKNOWN, id="days-since-nothing"),
    ],
)  # fmt: skip
def test_a_missing_fact_makes_unknown_what_depends_on_it(
    source: str, facts: Mapping[str, FactValue], expected: Truth
) -> None:
    assert truth(source, facts) is expected


@pytest.mark.parametrize(
    ("source", "facts"),
    [
        pytest.param("falls == 1", {"falls": "1"}, id="digits-are-no-number"),
        pytest.param("falls == 1", {"falls": True}, id="true-is-not-one"),
        pytest.param("falls < 2", {"falls": 1.5}, id="a-fraction-is-not-whole"),
        pytest.param("weight < 100", {"weight": float("nan")}, id="not-a-number"),
        pytest.param("weight < 100", {"weight": float("-inf")}, id="infinity"),
        pytest.param("receives_services", {"receives_services": 1}, id="one-is-not-true"),
        pytest.param("receives_services", {"receives_services": "false"}, id="a-word-is-not-true"),
        pytest.param("destination != home", {"destination": "hospice"}, id="a-choice-nobody-declared"),
        pytest.param("days_since(came_home_on) > -9", {"came_home_on": "2026-11-22"}, id="a-text-date"),
        pytest.param("days_since(came_home_on) > -9", {"came_home_on": NOON}, id="an-instant"),
        pytest.param('ward_name == "1"', {"ward_name": 1}, id="a-number-is-no-text"),
    ],
)  # fmt: skip
def test_a_value_of_another_type_counts_as_missing(source: str, facts: Mapping[str, FactValue]) -> None:
    condition = parse_condition(source, FACTS)
    assert condition.evaluate(facts, NOON) is UNKNOWN
    assert condition.missing(facts) == tuple(facts)


def test_missing_facts_are_named_in_order_and_once() -> None:
    condition = parse_condition("falls > 1 and age() > 80 or lives_alone and falls < 9 or known(weight)", FACTS)
    assert condition.missing({}) == ("falls", "birth_date", "lives_alone")
    assert condition.missing({"falls": 3, "lives_alone": True}) == ("birth_date",)
    assert condition.names == {"falls", "birth_date", "lives_alone", "weight"}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2026-11-21T22:59Z", FALSE, id="the-evening-before"),
        pytest.param("2026-11-21T23:00Z", TRUE, id="midnight-in-oslo"),
        pytest.param("2026-11-22T12:00Z", TRUE, id="on-the-birthday"),
    ],
)
def test_a_person_grows_older_at_midnight_in_oslo(now: str, expected: Truth) -> None:
    born = {"birth_date": date(1946, 11, 22)}
    assert truth("age() >= 80", born, datetime.fromisoformat(now)) is expected


def test_who_was_born_on_leap_day_grows_older_on_the_first_of_march() -> None:
    born = {"birth_date": date(1944, 2, 29)}
    assert truth("age() == 82", born, datetime(2026, 2, 28, 12, tzinfo=UTC)) is FALSE
    assert truth("age() == 83", born, datetime(2027, 3, 1, 12, tzinfo=UTC)) is TRUE


@pytest.mark.parametrize(
    ("now", "days"),
    [
        pytest.param("2026-10-24T21:59Z", 0, id="the-last-minute-of-the-day"),
        pytest.param("2026-10-24T22:00Z", 1, id="midnight-in-oslo"),
        pytest.param("2026-10-25T22:59Z", 1, id="a-day-of-25-hours"),
        pytest.param("2026-10-25T23:00Z", 2, id="the-midnight-after-it"),
        pytest.param("2026-10-23T12:00Z", -1, id="the-day-before"),
    ],
)
def test_days_since_counts_local_days(now: str, days: int) -> None:
    home = {"came_home_on": date(2026, 10, 24)}
    assert truth(f"days_since(came_home_on) == {days}", home, datetime.fromisoformat(now)) is TRUE


def test_equal_conditions_are_equal_and_can_be_looked_up() -> None:
    one, same = (parse_condition("destination == home", FACTS) for _ in range(2))
    assert {one: 1}[same] == 1
    assert one != parse_condition("destination != home", FACTS)


@pytest.mark.parametrize(
    ("source", "column", "words"),
    [
        ("destination == hoem", 15, "`hoem` is no choice of it; did you mean `home`?"),
        ("destination in [home, shortterm]", 22, "did you mean `short_term`?"),
        ("destnation == home", 0, "`destnation` is no declared fact; did you mean `destination`?"),
        ("dest in [home]", 0, "did you mean `destination`?"),
        ("known(fals)", 6, "did you mean `falls`"),
        ("ages() > 80", 0, "`ages` is no function; did you mean `age`?"),
        ("falls", 0, "is a whole number; compare it"),
        ("falls == true", 9, "`falls` is a whole number and `true` is yes or no"),
        ("destination == 3", 15, "is a choice and `3` is a whole number"),
        ("falls in [1, '2']", 13, "compare values of one kind"),
        ("destination < home", 12, "has no order; use == or !="),
        ("lives_alone < home", 12, "has no order; use == or !="),
        ("falls = 3", 6, "write == to compare"),
        ("home && lives_alone", 5, "write `and`"),
        ("home || lives_alone", 5, "write `or`"),
        ("home And lives_alone", 5, "did you mean `and`?"),
        ("NOT home", 0, "did you mean `not`?"),
        ("1 < falls < 3", 10, "write two comparisons joined by `and`"),
        ("(falls) > 2", 1, "compare it"),
        ("(home) == true", 7, "leave the brackets out"),
        ("1 == 1", 0, "compare a fact with one"),
        ("expected_discharge > 3 days", 21, "is a date and `3` is a whole number"),
        ("days_since(falls) > 1", 11, "`falls` is a whole number; days_since needs a date"),
        ("days_since() > 1", 0, "needs the name of a fact"),
        ('date("2026-02-30") > came_home_on', 5, "is no day of the calendar"),
        ('date("20260230") > came_home_on', 0, 'write a date as date("2026-01-31")'),
        ("age(80)", 4, "write age() without anything in it"),
        ("destination in home", 15, "`home` found where `[` should be"),
        ("destination in []", 16, "`]` found where a fact or a fixed value should be"),
        ("destination in [home", 20, "the end found where `]` should be"),
        ("falls in [falls]", 10, "a list has fixed values only"),
        ("home or", 7, "the end found"),
        ("(home", 5, "the end found where `)` should be"),
        ("home)", 4, "`)` found where `and`, `or` or the end should be"),
        ("", 0, "nothing found; write a condition such as"),
        ("  \n", 0, "nothing found"),
        ('ward_name == "A2', 13, "begins and ends with the same quotation mark"),
        ("falls > 1e9", 8, "write a number as 3 or 2.5"),
        ("falls > 1234567890123456", 8, "at most 15"),
    ],
)
def test_a_wrong_condition_is_told_where_and_what_would_be_right(source: str, column: int, words: str) -> None:
    with pytest.raises(ConditionError) as refused:
        parse_condition(source, FACTS)
    assert words in str(refused.value)
    assert refused.value.column == column


def test_without_facts_the_error_still_helps() -> None:
    with pytest.raises(ConditionError, match="known here: birth_date"):
        parse_condition("zzz", {})


ATTACKS = (
    *("__class__", "falls.__class__", "falls.real", "().__class__.__bases__[0]", "falls.__class__.__mro__"),
    *("__import__('os')", "open('/etc/passwd')", "eval('1')", "exec('1')", "getattr(falls, 'real')"),
    *("lambda: true", "(lambda x: x)(home)", "[x for x in [1]]", "{x: 1}", "{1}", "(x for x in y)"),
    *("f'{falls}'", 'f"{home}"', "b'1'", "r'1' == ward_name", "'a' 'b' == ward_name", "'\\x41' == ward_name"),
    *("(x := home)", "x = 1", "home; home", "home # note", "await home", "yield home", "import os"),
    *("home if home else home", "home if home", "falls[0]", "falls[:]", "*falls", "**falls", "..."),
    *(
        "None",
        "falls is None",
        "print(1)",
        "home or 1",
        "1 or home",
        "'x' or home",
        "home == 'true'",
        "!home",
    ),
    *('ward_name == "a" * 10**9', "falls == 9**9**9", "falls == 1 << 9", "falls + 1 == 2", "-falls == 1"),
    *("~falls == 1", "falls @ 1", "falls == 0x10", "falls == 1_000", "falls == 1j", "falls == 1e999"),
    *("falls == .5", "home and", "and home", "home home", "not", "in [home]", "destination in [[home]]"),
    *("destination in (home,)", "date(date('2026-01-01'))", "known(known(falls))", "known('falls')"),
    *("age(age())", "date()", "known()", "days_since(date('2026-01-01')) > 1", "known(falls, home)"),
    *("age", "known", "date == came_home_on", "not " * 21 + "home", "(" * 21 + "home" + ")" * 21),
    *("(" * 1999, "not " * 499, "home or (" * 60, "home" + " and home" * 200),
    *("falls in [" + "1," * 250 + "1]", "x" * 2001, " " * 2001, "9" * 1999, "\x00", "home\x00"),
    *('ward_name == "A\x00"', "ward_name == 'A\t'", 'ward_name == "\x7f"'),
    *("\u202ehome", "home\u00a0and home", "ｈome", "falls == ١", "falls ≥ 1", "`home`", "$home"),
    *("{{ home }}", "${home}", "%(home)s", "known(", "known(falls", "date(", "age("),
)


@pytest.mark.parametrize("source", ATTACKS, ids=lambda source: repr(source[:30]))
def test_what_is_not_in_the_language_is_refused_at_load(source: str) -> None:
    with pytest.raises(ConditionError):
        parse_condition(source, FACTS)


def test_the_largest_conditions_allowed_are_read() -> None:
    assert truth("not " * 20 + "home", {"home": True}) is TRUE
    assert truth("(" * 20 + "home" + ")" * 20, {"home": True}) is TRUE
    assert truth("home" + " and home" * 198, {"home": True}) is TRUE
    assert truth("home".ljust(2000), {"home": True}) is TRUE
