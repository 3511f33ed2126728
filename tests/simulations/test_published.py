"""Published results: the benchmark's reference, and the models of PathSimR, Wood and Murch, and Monks and others.

Each comparison is a two-sided test of a difference of means with the errors of both sides; |z| below 4.5 fails a
right program with a chance of 7e-6, so all of this file with less than 1 in 2,000. Seeds are fixed.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulations.chance import Floats
from simulations.compiling import compile_scenario
from simulations.engine import run_tape
from simulations.language.reader import read_scenario
from simulations.model import Model, Stamps, Tape
from simulations.runs import Outcome, simulate
from simulations.scenario import Scenario
from simulations.shipped import load_scenario
from simulations.tape import draw_tape
from tests.simulations.test_exact import reference
from tests.simulations.theory import erlang_b

FURTHEST = 4.5
HERE = Path(__file__).parent


def z(outcome: Outcome, what: str, of: str, mean: float, error: float) -> float:
    found = outcome.estimate(what, of)
    return (found.mean - mean) / math.hypot(error, found.sd / math.sqrt(found.replications))


def test_the_benchmark_is_the_one_of_the_specification() -> None:
    spec, scenario = reference("benchmark_H2H1_spec.json"), load_scenario("benchmark")[0]
    assert scenario.arrivals[0].by_hour == pytest.approx(spec["arrivals"]["rate_multiplier_by_hour_of_week"], abs=1e-7)
    assert scenario.arrivals[0].shares == pytest.approx(spec["municipality_probability"])
    places = {each["id"]: each.get("beds") or each.get("slots") for each in spec["nodes"] if each["id"] != "home"}
    short, home = scenario.resources["short_term"].capacity, scenario.resources["home_care"].capacity
    assert places == {"acute": 200, **{f"ST_{m}": short[m] for m in "ABC"}, **{f"HC_{m}": home[m] for m in "ABC"}}
    assert scenario.phases["acute"].exits[0].chance["all"] == pytest.approx(
        spec["need_municipal"] * spec["share_short_term_of_need"]
    )


def test_the_benchmark_lies_within_the_intervals_of_its_reference() -> None:
    published = reference("reference_H2H1.json")
    outcome = simulate(load_scenario("benchmark")[0], replications=60)
    named = {
        "acute": "ward",
        **{f"ST_{m}": f"short_term/{m}" for m in "ABC"},
        **{f"HC_{m}": f"home_care/{m}" for m in "ABC"},
    }
    for what, prefix in (
        ("occupied", "occ"),
        ("queue", "wait"),
        ("p_delay", "pdelay"),
        ("started_per_day", "starts_per_day"),
    ):
        for name, unit in named.items():
            mean, half_width, _ = published[f"{prefix}_{name}"]
            assert abs(z(outcome, what, unit, mean, half_width / 1.96)) < FURTHEST, (what, unit)
    mean, half_width, _ = published["discharge_ready_total"]
    assert abs(z(outcome, "discharge_ready", "total", mean, half_width / 1.96)) < FURTHEST


def stroke(warm_up: float) -> Scenario:
    scenario = published("stroke")
    return replace(scenario, run=replace(scenario.run, warm_up=warm_up))


@pytest.mark.parametrize("warm_up", [100.0, 365.0])
def test_the_stroke_case_is_that_of_an_independent_rebuild(warm_up: float) -> None:
    cases = reference("pathsimr_use_cases.json")["our_rebuild_stroke"]
    rebuilt, order = cases["ours"][f"{warm_up:g}"], cases["order"]
    outcome = simulate(stroke(warm_up))
    for row, unit in enumerate(("HASU", "ASU", "SA1", "SA2")):
        mean = dict(zip(order, rebuilt["mean"][row], strict=True))
        error = dict(zip(order, rebuilt["se"][row], strict=True))
        assert abs(z(outcome, "occupied", unit, mean["occupancy"], error["occupancy"])) < FURTHEST
        ready, its_error = mean["delayed"] + mean["transition"], math.hypot(error["delayed"], error["transition"])
        assert abs(z(outcome, "blocked", unit, ready, its_error)) < FURTHEST
        assert mean["queue"] == 0 or abs(z(outcome, "queue", unit, mean["queue"], error["queue"])) < FURTHEST


def test_the_published_stroke_case_lies_between_the_warm_ups_that_it_may_have_had() -> None:
    cases = reference("pathsimr_use_cases.json")["our_rebuild_stroke"]
    early, late = simulate(stroke(182.5)), simulate(stroke(365.0))
    published = cases["published"]
    for row, unit in enumerate(("HASU", "ASU", "SA1", "SA2")):
        for what, mean in (
            ("occupied", published["occupancy"][row]),
            ("blocked", published["delayed"][row] + published["transition"][row]),
        ):
            ends = [outcome.estimate(what, unit) for outcome in (early, late)]
            error = ends[0].sd * math.sqrt(2 / 100)
            assert (
                min(each.mean for each in ends) - 3.5 * error <= mean <= max(each.mean for each in ends) + 3.5 * error
            )


# -- acute units and rehabilitation, where the next unit's beds are short --------------------------

STATES: dict[str, dict[str, tuple[float | None, ...]]] = {
    "acute_and_rehabilitation": {
        "acute_x": (27.0, 0.19, 0.05), "acute_y": (16.8, 0.18, 0.04), "z": (6.9, 0.27, 0.06),
        "rehabilitation_x": (13.3, 0.17, None), "rehabilitation_y": (10.0, 0.18, None),
    },
    "acute_stroke_and_rehabilitation": {
        "hasu": (10.3, None, None), "asu": (14.9, None, None), "rehabilitation_x": (7.6, None, None),
        "rehabilitation_y": (4.6, None, None),
    },
}  # fmt: skip
"""Table 4 of Wood and Murch: beds occupied in the mean, the share of beds that is blocked, how often full."""


@pytest.mark.parametrize("state", list(STATES))
def test_wood_and_murch_are_met_within_rounding(state: str) -> None:
    """Theirs begin 85 % full and run in for 100 days; ours begin empty and run in for 365."""
    outcome = simulate(replace(published(state), run=replace(published(state).run, warm_up=365.0)))
    for unit, numbers in STATES[state].items():
        for what, number, rounding in zip(
            ("occupied", "blocked_of_beds", "p_delay"), numbers, (0.05, 0.005, 0.005), strict=True
        ):
            if number is not None:
                found = outcome.estimate(what, unit)
                error = found.sd / math.sqrt(found.replications)
                assert abs(found.mean - number) < FURTHEST * error + rounding, (what, unit, found.mean)
                assert error < 0.012 * max(number, 1.0)


# -- beds without number: what occupancy says of how many are needed -------------------------------

DELAYS = {
    "acute": {9: 0.18, 10: 0.13, 11: 0.09, 12: 0.06, 13: 0.03, 14: 0.02},
    "rehabilitation": {10: 0.21, 12: 0.11, 13: 0.08, 14: 0.05, 15: 0.03, 16: 0.02},
}
"""The chance of delay by beds: table 2 of Monks and others, as its rebuild in Python publishes it."""
LOADS = {"acute": 8.145, "rehabilitation": 9.718}


def test_the_stroke_unit_and_rehabilitation_of_monks_are_met() -> None:
    scenario = published("stroke_capacity")
    model, shares = compile_scenario(scenario), []
    days = np.arange(scenario.run.warm_up, scenario.run.until)
    for number in range(scenario.run.replications):
        tape = draw_tape(model, scenario.run.seed, number)
        shares.append(_delays(model, tape, run_tape(model, tape), days))
    for unit, load in LOADS.items():
        mean, error = _mean_and_error([each[unit][0] for each in shares])
        assert abs(mean - load) < FURTHEST * error + 0.0005
        assert error < 0.1
        for place, (beds, chance) in enumerate(DELAYS[unit].items()):
            mean, error = _mean_and_error([each[unit][1][place] for each in shares])
            assert abs(mean - chance) < FURTHEST * error + 0.005, (unit, beds, mean)
            assert abs(mean - erlang_b(beds, load)) < FURTHEST * error, "nobody waits, so it is Erlang's formula"


def _delays(model: Model, tape: Tape, stamps: Stamps, days: Floats) -> dict[str, tuple[float, list[float]]]:
    """Return by unit the mean present, and for each number of beds the share of full days among those not above."""
    found = {}
    for number, unit in enumerate(model.phases):
        rows = tape.phase == number
        came, left = np.sort(stamps.got[rows]), np.sort(stamps.left[rows])
        present = np.searchsorted(came, days, "right") - np.searchsorted(left, days, "right")
        delays = [(present == beds).sum() / (present <= beds).sum() for beds in DELAYS[unit]]
        found[unit] = float(present.mean()), delays
    return found


def _mean_and_error(values: list[float]) -> tuple[float, float]:
    return float(np.mean(values)), float(np.std(values, ddof=1) / math.sqrt(len(values)))


def published(name: str) -> Scenario:
    path = HERE / "published" / f"{name}.yaml"
    return read_scenario(path.read_bytes(), path.name)[0]


# -- the country, as shipped -----------------------------------------------------------------------

COUNTRY = {"overstay_share": (0.139, 0.025), "overstay_days_per_day": (3.59, 0.8), "discharge_ready": (3.9, 0.8)}
"""Helsedirektoratet 2022 per 100,000 inhabitants, and how far the shipped scenario may lie from it."""


def test_the_shipped_country_has_the_published_figures() -> None:
    """13.9 % of 7.7 ready stays a day overstay, 3.4 days each: 13.1 days a year for 1,000 inhabitants.

    Sixty replications: |z| below 4.5 beyond what is allowed fails a right scenario with a chance below 7e-6 a figure.
    """
    outcome = simulate(load_scenario("national")[0], replications=60)
    for what, (number, allowed) in COUNTRY.items():
        found = outcome.estimate(what)
        error = found.sd / math.sqrt(found.replications)
        assert abs(found.mean - number) < allowed + FURTHEST * error, (what, found.mean)
        assert error < allowed / 2, "sharp enough to see what is wrong"
    ready = outcome.values("started_per_day", "ward") * 0.95 / 1.95
    assert ready.mean() == pytest.approx(7.7, abs=0.1)
    over = outcome.values("overstay_days_per_day") / (outcome.values("overstay_share") * ready)
    assert over.mean() == pytest.approx(3.4, abs=0.5 + FURTHEST * over.std() / math.sqrt(60))
    assert outcome.estimate("readmitted_share").mean == pytest.approx(0.217, abs=0.006)
