"""Nobody meets another's patient: every route, asker, object, method and format, with canaries in every field."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.access import matrix
from tests.access.keeping import lines_logged, world_in_memory
from tests.access.matrix import Findings
from tests.access.world import EVERYBODY, MAY_SEE, NOW, World

FEWEST = 20_000
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with world_in_memory() as made:
        made.grant_keys()
        yield made


@pytest.fixture(scope="module")
def logged() -> Iterator[list[str]]:
    with lines_logged() as lines:
        yield lines


@pytest.fixture(scope="module")
def found(world: World, logged: list[str]) -> Findings:
    return matrix.run(world)


def test_there_are_enough_questions(found: Findings) -> None:
    print(f"{found.probes} probes, {len(found.foreign)} foreign canaries, statuses {dict(found.statuses)}")
    assert found.probes >= FEWEST


def test_no_foreign_canary_is_met(found: Findings) -> None:
    assert found.foreign[:5] == []


def test_every_status_is_one_that_the_asker_may_be_given(found: Findings) -> None:
    assert found.wrong[:5] == []


def test_own_canaries_are_met(found: Findings) -> None:
    """Guards the guard: a matrix in which nobody sees anything proves nothing."""
    assert found.own > 200
    assert found.statuses[200] > 250


def test_no_canary_is_logged(found: Findings, logged: list[str]) -> None:
    canaries = [each for made in EVERYBODY for each in made.canaries]
    assert [line for line in logged if any(each in line for each in canaries)] == []


def test_everybody_of_the_directory_is_asked(world: World) -> None:
    assert set(MAY_SEE) == set(world.north.context.directory.people)


def test_the_unit_s_nurses_see_their_patients(world: World) -> None:
    for person, made in (("kari", "asta"), ("ola", "bodil"), ("liv", "clara")):
        listed = {task.id for task in world.north.worklist(world.who(person), NOW)}
        assert listed & set(world.tasks[made]), person
