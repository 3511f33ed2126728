"""SimPy and Ciw, fed the same draws, stamp the same times to the bit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simulations.compiling import compile_scenario
from simulations.engine import run_tape
from simulations.model import Model, Stamps, Tape
from simulations.shipped import load_scenario
from simulations.tape import draw_tape
from tests.simulations.others import in_ciw, in_simpy

GRAIN = 2.0**-24
"""Times on this grid add up exactly, in whatever order the libraries add them."""


def on_a_grid(tape: Tape) -> Tape:
    def rounded(times: Any) -> Any:
        return np.round(times / GRAIN) * GRAIN

    return replace(tape, arrive=rounded(tape.arrive), service=rounded(tape.service), away=rounded(tape.away))


def small_region(days: float) -> tuple[Model, Tape, Stamps]:
    """The benchmark for a short time, with few beds, so that patients wait everywhere."""
    scenario = load_scenario("benchmark")[0]
    ward = replace(scenario.resources["ward"], capacity={"everywhere": 170})
    scenario = replace(
        scenario, run=replace(scenario.run, warm_up=0.0, collect=days), resources={**scenario.resources, "ward": ward}
    )
    model = compile_scenario(scenario)
    tape = on_a_grid(draw_tape(model, 7, 0))
    return model, tape, run_tape(model, tape)


def test_simpy_stamps_the_same_times() -> None:
    model, tape, ours = small_region(200.0)
    theirs = in_simpy(model, tape)
    assert np.count_nonzero(ours.got[np.isfinite(ours.asked)] > ours.asked[np.isfinite(ours.asked)]) > 500
    for column, stamps in theirs.items():
        mine = getattr(ours, column)
        before_the_end = mine < tape.until
        assert np.array_equal(mine[before_the_end], stamps[before_the_end]), column
        assert (stamps[~before_the_end] >= tape.until).all()


@pytest.mark.slow
def test_ciw_stamps_the_same_times() -> None:
    model, tape, ours = small_region(120.0)
    theirs = in_ciw(model, tape)
    for column in ("got", "ready", "left"):
        seen = ~np.isnan(theirs[column])
        assert np.count_nonzero(seen) > 0.85 * np.count_nonzero(ours.left < tape.until)
        assert np.array_equal(theirs[column][seen], getattr(ours, column)[seen]), column
