"""A small share of `make fuzz`: fixed seeds, our own samples, every target."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.feeding import Figures, fed, feed_share, input_of
from tests.fuzz.targets import TARGETS, Broken

INPUTS = {
    "hl7": 2000,
    "frames": 12_000,
    "conditions": 4000,
    "pathway": 500,
    "directory": 500,
    "journey": 800,
    "receive": 200,
    "norwegian": 1000,
    "take_norwegian": 150,
    "fhir": 1500,
}


@pytest.fixture(autouse=True)
def own_material_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PATHWAY_REFERENCE_DATA", raising=False)


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_whatever_comes_is_taken_or_refused(target: str, tmp_path: Path) -> None:
    figures = feed_share(target, 7, range(INPUTS[target]), tmp_path)
    assert figures.faults == []
    assert figures.accepted + figures.refused == figures.inputs == INPUTS[target]
    assert figures.accepted and figures.refused, "an input that is always refused tries nothing"


def test_the_same_seed_makes_the_same_inputs() -> None:
    assert [input_of("hl7", 7, number) for number in range(50)] == [input_of("hl7", 7, number) for number in range(50)]
    assert input_of("hl7", 7, 1) != input_of("hl7", 8, 1)


def test_a_fault_is_kept_for_a_replay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutant: a target that swallows what it finds."""

    def breaks(data: bytes) -> bool:
        raise Broken("on purpose")

    figures = Figures("hl7")
    assert "on purpose" in fed(breaks, b"x", figures)
    assert (figures.inputs, figures.accepted, figures.refused) == (1, 0, 0)


def test_an_input_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(data: bytes) -> bool:
        while True:
            pass

    monkeypatch.setattr("tests.fuzz.feeding.GIVEN_UP_SECONDS", 1.2)
    figures = Figures("hl7")
    assert "given up" in fed(hangs, b"x", figures) and figures.hangs == 1


def test_the_shares_make_a_hundred() -> None:
    assert sum(target.share for target in TARGETS.values()) == pytest.approx(100)
