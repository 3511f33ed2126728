"""Of many who write to one version of a task exactly one wins, and a request that is sent again is done once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pathway_engine.domain.events import Act
from pathway_engine.service.acting import KeyUsedBefore
from pathway_engine.service.engine import Engine
from pathway_engine.service.views import TaskDetail
from tests.concurrency.contests import acts_of, contest, storm, tried
from tests.service.community import START, Community

WRITERS = 12
TOMORROW = START + timedelta(days=3)
WRITES = [
    pytest.param(Act.CLAIM, {}, id="claim"),
    pytest.param(Act.COMMENT, {"comment": "Ringte"}, id="comment"),
    pytest.param(Act.DEFER, {"until": TOMORROW, "reason": "patient_wish"}, id="defer"),
    pytest.param(Act.ASSIGN, {"assignee": "ola"}, id="assign"),
    pytest.param(Act.ANSWER, {"answers": {"what_matters": "Hagen"}}, id="answer"),
]


@pytest.mark.parametrize(("act", "told"), WRITES)
def test_of_many_who_saw_the_same_version_one_wins(
    home: Community, engines: list[Engine], act: Act, told: dict[str, Any]
) -> None:
    """Mutant: the version ignored. The second time the same is written over the same."""
    assert contest(home, engines, WRITERS, act, **told) == []
    if act is not Act.CLAIM:
        assert contest(home, engines, WRITERS, act, **told) == []


@pytest.mark.parametrize(("act", "told"), WRITES)
def test_a_storm_of_retries_is_one_act(home: Community, engines: list[Engine], act: Act, told: dict[str, Any]) -> None:
    """Mutants: the key ignored; keys known only to the program that took them."""
    assert storm(home, engines, WRITERS, act, **told) == []


def test_a_retry_after_others_have_gone_on_is_still_the_first_ones(home: Community, engines: list[Engine]) -> None:
    seen = home.list_of("kari")["HPH2"]
    first = {"task_id": seen.id, "version": seen.version, "key": "first"}
    assert isinstance(tried(home, engines[0], "kari", Act.CLAIM, **first), TaskDetail)
    assert contest(home, engines, 2, Act.COMMENT, comment="Ringte") == []
    before = acts_of(home)
    assert isinstance(tried(home, engines[1], "kari", Act.CLAIM, **first), TaskDetail)
    assert acts_of(home) == before


@pytest.mark.parametrize(
    ("act", "told"),
    [
        pytest.param(Act.COMMENT, {"comment": "Ringte ikke"}, id="another-comment"),
        pytest.param(Act.CLAIM, {}, id="another-act"),
        pytest.param(Act.ANSWER, {"answers": {"what_matters": "Hagen"}}, id="answers"),
    ],
)
def test_a_key_that_was_used_for_something_else_is_refused_not_swallowed(
    home: Community, act: Act, told: dict[str, Any]
) -> None:
    """A page that one went back to sends its old key; what is typed there must not vanish."""
    seen, before = home.list_of("kari")["HPH2"], acts_of(home)
    first = {"task_id": seen.id, "version": seen.version, "key": "key"}
    tried(home, home.engine, "kari", Act.COMMENT, comment="Ringte", **first)
    assert isinstance(tried(home, home.engine, "kari", act, **first, **told), KeyUsedBefore)
    assert acts_of(home) == before + 1


def test_answers_sent_again_without_those_that_are_stored_by_now_are_the_same_request(home: Community) -> None:
    """The pages send only answers that differ from the stored ones: of a retry, none."""
    seen = home.list_of("kari")["HPH2"]
    first = {"task_id": seen.id, "version": seen.version, "key": "key"}
    tried(home, home.engine, "kari", Act.ANSWER, answers={"what_matters": "Hagen"}, **first)
    assert isinstance(tried(home, home.engine, "kari", Act.ANSWER, answers={}, **first), TaskDetail)


def test_the_same_key_of_another_person_is_another_key(home: Community) -> None:
    assert contest(home, [home.engine], 1, Act.COMMENT, comment="Ringte") == []
    seen, before = home.list_of("ola")["HPH2"], acts_of(home)
    key = f"{Act.COMMENT}-{seen.version - 1}-0"
    told = {"task_id": seen.id, "version": seen.version, "key": key, "comment": "Ringte"}
    assert isinstance(tried(home, home.engine, "ola", Act.COMMENT, **told), TaskDetail)
    assert acts_of(home) == before + 1
