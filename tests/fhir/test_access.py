"""Nobody meets another's patient over FHIR: every served type, interaction and caller, with canaries in every field."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pathway_engine.fhir.resources import SERVED
from tests.access.keeping import lines_logged, world_in_memory
from tests.access.world import PATIENTS
from tests.fhir import matrix
from tests.fhir.matrix import NOBODY, PEOPLE, Face, Findings

FEWEST = 2_000
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def face() -> Iterator[Face]:
    with world_in_memory() as world:
        yield Face(world)


@pytest.fixture(scope="module")
def logged() -> Iterator[list[str]]:
    with lines_logged() as lines:
        yield lines


@pytest.fixture(scope="module")
def found(face: Face, logged: list[str]) -> Findings:
    return matrix.run(face)


def test_there_are_enough_questions(found: Findings) -> None:
    print(f"{found.probes} probes of {len(SERVED)} types, {len(found.foreign)} foreign, own {found.own}")
    assert found.probes >= FEWEST
    assert set(found.types) == set(SERVED)


def test_no_foreign_canary_is_met(found: Findings) -> None:
    assert found.foreign[:5] == []


def test_every_status_is_one_that_the_caller_may_be_given(found: Findings) -> None:
    """Nobody gets anything, a program without a scope is told so, and nothing fails."""
    assert found.wrong[:5] == []


def test_own_patients_are_met(found: Findings) -> None:
    """Guards the guard: a matrix in which nobody sees anything proves nothing."""
    for asker in ("kari", "ola", "liv", "program of ola"):
        assert found.statuses[asker, 200] > found.statuses["olga", 200], asker
    assert sum(found.statuses[asker, 200] for asker in PEOPLE) > 100
    assert sum(found.statuses[asker, 401] for asker in NOBODY) > 100


def test_no_canary_is_logged(found: Findings, logged: list[str]) -> None:
    canaries = [each for made in PATIENTS for each in made.canaries]
    assert [line for line in logged if any(each in line for each in canaries)] == []
