"""Published results, read where they lie: the benchmark's reference and PathSimR's stroke case.

Each comparison is a two-sided test of a difference of means with the errors of both sides; |z| below 4.5 fails a
right program with a chance of 7e-6, so all of this file with less than 1 in 2,000. Seeds are fixed.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from simulations.language.reader import read_scenario
from simulations.runs import Outcome, simulate
from simulations.scenario import Scenario
from simulations.shipped import load_scenario
from tests.simulations.test_exact import reference

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
    path = HERE / "published" / "stroke.yaml"
    scenario = read_scenario(path.read_bytes(), path.name)[0]
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
