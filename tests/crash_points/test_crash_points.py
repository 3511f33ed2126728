"""Whenever the process dies, nothing acknowledged is lost, nothing is half done, and the end is the same.

Here at the points that tell most; at every point there is: ``python -m tests.crash_points``.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crash_points.databases import PostgresqlServer, sqlite_in_memory
from tests.crash_points.points import Points
from tests.crash_points.scenarios import SCENARIOS, Scenario
from tests.crash_points.trial import Calm, Stage, calm, crashed, telling_points

each_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name.replace(" ", "-"))
CALM: dict[tuple[str, str], Calm] = {}


@pytest.fixture(scope="module")
def sqlite() -> Iterator[Stage]:
    with sqlite_in_memory() as databases:
        yield Stage(databases)


@pytest.fixture(scope="module")
def postgresql(postgres_server: str) -> Stage:
    return Stage(PostgresqlServer(postgres_server))


def run_of(stage: Stage, scenario: Scenario) -> Calm:
    """The run without a crash, made once."""
    key = (stage.databases.name, scenario.name)
    if key not in CALM:
        CALM[key] = calm(stage, scenario)
    return CALM[key]


@each_scenario
def test_a_crash_changes_nothing(sqlite: Stage, scenario: Scenario) -> None:
    """Mutants: a part of a transaction in a transaction of its own; no transactions at all."""
    run = run_of(sqlite, scenario)
    assert [word for point in telling_points(run, 4) for word in crashed(sqlite, run, point)] == []


@each_scenario
def test_the_death_of_a_real_process_changes_nothing(sqlite: Stage, scenario: Scenario) -> None:
    run = run_of(sqlite, scenario)
    assert crashed(sqlite, run, len(run.points) * 7 // 8, in_child=True) == []


@each_scenario
def test_a_crash_changes_nothing_in_postgresql(postgresql: Stage, scenario: Scenario) -> None:
    run = run_of(postgresql, scenario)
    assert crashed(postgresql, run, telling_points(run, 3)[-1]) == []


def test_a_second_crash_while_going_on_after_the_first_changes_nothing(sqlite: Stage) -> None:
    (whole,) = [scenario for scenario in SCENARIOS if scenario.name == "a whole stay"]
    run = run_of(sqlite, whole)
    first = telling_points(run, 3)[-2]
    assert [word for second in range(9, 60, 13) for word in crashed(sqlite, run, first, second)] == []


@pytest.mark.parametrize(
    ("scenario", "table", "column", "values"),
    [
        pytest.param("bad content and unreadable content", "inbox", "disposition", {"rejected", "applied"}, id="bad"),
        pytest.param("a stay of somebody else run again", "inbox_history", "disposition", {"unplaced"}, id="stay"),
        pytest.param(
            "an unknown sender run again when known", "inbox_history", "disposition", {"unplaced"}, id="sender"
        ),
        pytest.param("a dead message run again after a fix", "inbox_history", "disposition", {"dead"}, id="dead"),
        pytest.param("the same id with other content", "inbox", "conflict", {True, False}, id="conflict"),
        pytest.param("two patients become one", "patient", "survivor_id", {None, "patient-1"}, id="merge"),
        pytest.param(
            "told and then taken back", "episode", "status", {"entered-in-error"}, id="voided"
        ),
        pytest.param(
            "a task done that sends a message", "outbox", "message", {"HELSEOPPLYSNINGER_LEGE"}, id="something-to-send"
        ),
        pytest.param("a fall and time that passes", "task_audience", "escalated", {True, False}, id="escalation"),
        pytest.param("a directory import and a key", "directory", "tenant", {"default"}, id="directory"),
    ],
)  # fmt: skip
def test_the_scenarios_do_what_they_are_named_for(
    sqlite: Stage, scenario: str, table: str, column: str, values: set[object]
) -> None:
    (named,) = [each for each in SCENARIOS if each.name == scenario]
    assert {row[column] for row in run_of(sqlite, named).end[table]} == values


def test_the_scenario_of_a_stopped_clock_stops_one(sqlite: Stage) -> None:
    (named,) = [each for each in SCENARIOS if each.name == "an episode that cannot go on"]
    assert "STOPPED" in {row["step"] for row in run_of(sqlite, named).end["task"]}


def test_no_kind_of_transaction_is_left_out(sqlite: Stage) -> None:
    """What the engine writes anywhere, some scenario writes: a new table asks for a new scenario."""
    filled = {table for scenario in SCENARIOS for table, rows in run_of(sqlite, scenario).end.items() if rows}
    known = {table for scenario in SCENARIOS for table in run_of(sqlite, scenario).end}
    elsewhere = {
        "account", "calendar_feed", "emergency_access", "failed_try", "free_places", "sign_on", "web_session",
        "kept_resource", "subscription", "subscription_event",
    }  # fmt: skip
    sealed_behind = {"audit_seal"}
    left = known - filled - elsewhere - sealed_behind
    assert left == {"result", "notice_seat"}, "an act on a notice, and a notice that a unit sees to"


def test_a_point_is_counted_around_every_statement_commit_and_answer() -> None:
    points = Points()
    with points.counted(), points.around("ANSWER"):
        pass
    assert points.passed == ["before ANSWER", "after ANSWER"]
