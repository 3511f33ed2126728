"""Three ways to run a scenario give the same stamps to the bit: compiled, plain Python, and patient by patient."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise
from math import inf

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulations.compiling import compile_scenario
from simulations.engine import run_tape
from simulations.figures import count_figures
from simulations.loops import FAST, PLAIN, arrays
from simulations.model import Model, Stamps, Tape
from simulations.reference import reference_run
from simulations.reference_parts import Patient
from simulations.scenario import Scenario
from simulations.tape import draw_tape
from tests.simulations.building import scenarios, with_pathway

COLUMNS = ("asked", "got", "ready", "left")


def one_run(scenario: Scenario, seed: int, loop: str) -> tuple[Model, Tape, Stamps]:
    model = compile_scenario(scenario)
    tape = draw_tape(model, seed, 0)
    return model, tape, run_tape(model, tape, loop)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(), st.integers(0, 1000))
def test_compiled_and_plain_loop_give_the_same_stamps(scenario: Scenario, seed: int) -> None:
    _, _, fast = one_run(scenario, seed, FAST)
    _, _, plain = one_run(scenario, seed, PLAIN)
    for column in (*COLUMNS, "held", "area", "lost"):
        assert np.array_equal(getattr(fast, column), getattr(plain, column)), column
    assert fast.events == plain.events


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(), st.integers(0, 1000))
def test_draws_and_figures_are_the_same_with_a_compiler_and_without(scenario: Scenario, seed: int) -> None:
    model = compile_scenario(scenario)
    fast, plain = (draw_tape(model, seed, 0, loop=loop) for loop in (FAST, PLAIN))
    for column in fields(Tape):
        assert np.array_equal(getattr(fast, column.name), getattr(plain, column.name)), column.name
    stamps = run_tape(model, plain, PLAIN)
    one, other = (count_figures(model, plain, stamps, 0, loop=loop) for loop in (FAST, PLAIN))
    assert np.array_equal(one.figures, other.figures)
    assert np.array_equal(one.series, other.series)
    assert one.little == other.little


def test_normal_quantiles_are_the_same_with_a_compiler_and_without() -> None:
    middle, ends = (np.arange(20_000) + 0.5) / 20_000, np.array([2.0**-54, 1e-12, 1e-6, 1 - 1e-6, 1 - 2.0**-53])
    u = np.concatenate((middle, ends))
    assert np.array_equal(arrays(FAST).normal_quantile(u), arrays(PLAIN).normal_quantile(u))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(), st.integers(0, 1000))
def test_a_run_patient_by_patient_gives_the_same_stamps(scenario: Scenario, seed: int) -> None:
    hold_equal(*one_run(scenario, seed, PLAIN), reference_run(scenario, seed, 0))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(), st.integers(0, 1000))
def test_patients_who_take_the_moves_of_a_pathway_give_the_same_stamps(plain: Scenario, seed: int) -> None:
    scenario, pathway = with_pathway(plain)
    patients = reference_run(scenario, seed, 0, pathway)
    hold_equal(*one_run(scenario, seed, PLAIN), patients)
    for patient in patients:
        in_place = [stay for stay in patient.stays if stay.got < inf]
        assert bool(patient.episodes) == bool(in_place)
        if in_place and in_place[-1].left == inf:
            assert patient.episodes[-1].phase == in_place[-1].phase


def hold_equal(model: Model, tape: Tape, stamps: Stamps, patients: list[Patient]) -> None:
    """Fail where patients' stays are not the stamps."""
    assert len(patients) == len(tape.arrive)
    for number, patient in enumerate(patients):
        rows = range(tape.first[number], tape.first[number + 1])
        seen = [row for row in rows if stamps.asked[row] < inf]
        assert [model.phases[tape.phase[row]] for row in seen] == [stay.phase for stay in patient.stays]
        for row, stay in zip(seen, patient.stays, strict=True):
            unit = model.pools.names[stamps.held[row]] if stamps.held[row] >= 0 else ""
            assert unit == stay.unit
            assert [float(getattr(stamps, column)[row]) for column in COLUMNS] == [
                getattr(stay, column) for column in COLUMNS
            ]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(scenarios(), st.integers(0, 1000))
def test_what_the_loop_counts_and_what_the_stamps_say_is_one(scenario: Scenario, seed: int) -> None:
    model, tape, stamps = one_run(scenario, seed, PLAIN)
    found = count_figures(model, tape, stamps, 0)
    assert found.little < 1e-9
    assert np.isfinite(found.figures).all()
    turned_away = np.isinf(stamps.got) & np.isfinite(stamps.left)
    assert np.count_nonzero(turned_away) == stamps.lost.sum()
    for earlier, later in pairwise((stamps.asked, stamps.got, stamps.ready, stamps.left)):
        assert (earlier[~turned_away] <= later[~turned_away]).all()
