"""What may be wrong: each check sees its own fault and no other, and says what would help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pathway_engine.service.health import CHECKS, WORK, State, is_well, told, wrong
from tests.service.community import START, Community

SPOILT: Mapping[str, Mapping[str, Any]] = {
    "no-heartbeat": {"heartbeat_seconds": {WORK: 31.0}},
    "time-is-behind": {"late_seconds": 31.0},
    "messages-not-applied": {"unapplied_seconds": 301.0},
    "audit-unsealed": {"audit_unsealed_seconds": 601.0},
    "clock-is-off": {"clock_off_seconds": -1.5},
    "episodes-parked": {"parked": 1},
    "dead-messages": {"messages": {"waiting": 0, "dead": 1, "unplaced": 0}},
    "unplaced-messages": {"messages": {"waiting": 0, "dead": 0, "unplaced": 1}},
    "no-way-out": {"outgoing": {"waiting": 1}, "has_way_out": False},
    "messages-not-sent": {"unsent_seconds": 3601.0, "has_way_out": True},
    "notices-wait": {"notices": 1},
    "notices-on-no-list": {"notices_on_no_list": 1},
    "subscriptions-in-error": {"subscriptions": {"error": 1}},
    "directory-empty": {"organisations": 0},
    "schema-differs": {"schema": "0001"},
}
STOPPING = {"no-heartbeat", "time-is-behind", "episodes-parked"}


@pytest.fixture
def sound(community: Community) -> State:
    community.engine.beat(WORK, START)
    return community.engine.state(START)


def test_every_check_is_tried_here() -> None:
    assert {check.id for check in CHECKS} == set(SPOILT)


def test_a_house_that_works_has_no_problem(sound: State) -> None:
    assert wrong(sound) == [] and is_well(sound)


@pytest.mark.parametrize("id", SPOILT)
def test_each_check_sees_its_own_fault_and_no_other(sound: State, id: str) -> None:
    spoilt = replace(sound, **SPOILT[id])
    (found,) = wrong(spoilt)
    assert found.id == id and len(found.said(spoilt)) > 20
    assert is_well(spoilt) is (id not in STOPPING)
    assert told(spoilt)["problems"] == [id]


@pytest.mark.parametrize(
    ("limit", "id"),
    [
        pytest.param({"late_seconds": 30.0}, "time-is-behind", id="late"),
        pytest.param({"audit_unsealed_seconds": 600.0}, "audit-unsealed", id="unsealed"),
        pytest.param({"clock_off_seconds": 1.0}, "clock-is-off", id="clock"),
        pytest.param({"unsent_seconds": 3600.0, "has_way_out": True}, "messages-not-sent", id="unsent"),
        pytest.param({"unapplied_seconds": 300.0}, "messages-not-applied", id="unapplied"),
    ],
)
def test_what_is_at_the_limit_is_not_wrong_yet(sound: State, limit: dict[str, Any], id: str) -> None:
    assert id not in [check.id for check in wrong(replace(sound, **limit))]


def test_due_and_late_are_counted(community: Community) -> None:
    community.brought_home()
    with community.engine.context.store.reading() as records:
        due = records.next_wake_at()
    assert due is not None
    state = community.engine.state(due + timedelta(seconds=40))
    assert state.due >= 1 and state.late_seconds == 40
    assert community.engine.state(due - timedelta(seconds=1)).due == 0
