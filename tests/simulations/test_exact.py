"""Against theory: every figure lies within its interval, at a level that all checks of this file share.

Each check is a two-sided Student test over independent replications at level ALARM; with at most 100 checks the
chance that any fails though all is right is below 1 in 1,000. Seeds are fixed, so a right program never fails.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulations.compiling import compile_scenario
from simulations.durations import by_mean, exponential, fixed
from simulations.engine import run_tape
from simulations.estimates import estimate
from simulations.figures import by_bucket
from simulations.runs import Outcome, simulate
from simulations.scenario import ALL, EVERYWHERE, Arrivals, Resource, Run, Scenario
from simulations.tape import draw_tape
from tests.simulations.building import phase, queue, scenario
from tests.simulations.theory import (
    blocking_after_service,
    erlang_b,
    erlang_c,
    finite_queue,
    mean_wait,
    single_server_wait,
)

ALARM = 1e-5


def holds(outcome: Outcome, what: str, of: str, exact: float) -> None:
    """Assert that the exact value lies in the interval at level ALARM."""
    values = outcome.values(what, of)
    found = estimate(values, confidence=1 - ALARM)
    assert found.low <= exact <= found.high, (
        f"{what} {of}: {found.mean:.4f} ± {found.half_width:.4f}, exact {exact:.4f}"
    )
    assert found.half_width < 0.35 * max(exact, 0.05), f"{what} {of}: ± {found.half_width:.4f} would find nothing"


@pytest.mark.parametrize(("places", "load"), [(1, 0.5), (2, 1.5), (8, 6.5), (30, 26.0)])
def test_waiting_in_one_station_is_erlang_c(places: int, load: float) -> None:
    outcome = simulate(queue(places, load, exponential(1.0), days=4000.0))
    holds(outcome, "p_delay", "ward", erlang_c(places, load))
    holds(outcome, "wait_mean", "ward", mean_wait(places, load))
    holds(outcome, "utilisation", "ward", load / places)
    holds(outcome, "queue", "ward", load * mean_wait(places, load))


@pytest.mark.parametrize(
    "service", [exponential(2.0), by_mean("lognormal", 2.0, 3.0), fixed(2.0)], ids=["exp", "lognormal", "fixed"]
)
@pytest.mark.parametrize(("places", "load"), [(1, 0.8), (10, 8.0)])
def test_who_is_turned_away_is_erlang_b_whatever_the_stay(places: int, load: float, service: Any) -> None:
    outcome = simulate(queue(places, load, service, limit=0, days=4000.0))
    holds(outcome, "lost_share", "ward", erlang_b(places, load))


@pytest.mark.parametrize(("places", "room", "load"), [(1, 5, 0.8), (5, 8, 4.0), (10, 15, 9.5)])
def test_a_limited_queue_is_that_of_theory(places: int, room: int, load: float) -> None:
    outcome = simulate(queue(places, load, exponential(1.0), limit=room - places, days=4000.0))
    away, present = finite_queue(places, room, load)
    holds(outcome, "lost_share", "ward", away)
    busy = load * (1 - away)
    holds(outcome, "occupied", "ward", busy)
    holds(outcome, "queue", "ward", present - busy)


@pytest.mark.parametrize(
    ("load", "variation", "service"),
    [(0.5, 0.0, fixed(1.0)), (0.8, 0.5, by_mean("gamma", 1.0, 0.5)), (0.5, 1.5, by_mean("lognormal", 1.0, 1.5)),
     (0.8, 0.5, by_mean("weibull", 1.0, 0.5))],
)  # fmt: skip
def test_one_server_waits_as_pollaczek_and_khinchine_say(load: float, variation: float, service: Any) -> None:
    outcome = simulate(queue(1, load, service, days=8000.0))
    holds(outcome, "wait_mean", "ward", single_server_wait(load, variation))


def ward_and_home(
    rate: float, beds: int, share: float, places: int, days: float, acute: float = 5.0, recovery: float = 14.0
) -> Scenario:
    return scenario(
        [phase("acute", exponential(acute), ("recovery", share), ("out", 1 - share), holds="ward"),
         phase("recovery", exponential(recovery), holds="municipal")],
        [Resource(name="ward", capacity={EVERYWHERE: beds}), Resource(name="municipal", capacity={EVERYWHERE: places})],
        [Arrivals(into="acute", group=ALL, per_day=rate, shares={EVERYWHERE: 1.0})],
        Run(warm_up=days / 20, collect=days, replications=40),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rate", "beds", "share", "places", "acute", "recovery", "days"),
    [(0.4, 1, 1.0, 1, 1.0, 1.0, 8000.0), (0.5, 5, 0.35, 3, 5.0, 14.0, 60_000.0)], ids=["tandem", "ward of 5, 3 places"],
)  # fmt: skip
def test_patients_who_wait_in_their_bed_are_those_of_the_markov_chain(
    rate: float, beds: int, share: float, places: int, acute: float, recovery: float, days: float
) -> None:
    exact = blocking_after_service(rate, 1 / acute, beds, share, 1 / recovery, places, room=120)
    if beds == 1:
        assert exact["p_delay"] == pytest.approx(8 / 15, abs=1e-6)
        assert exact["wait_mean"] == pytest.approx(1.5, abs=1e-6)
    outcome = simulate(ward_and_home(rate, beds, share, places, days, acute, recovery))
    for what in ("occupied", "blocked", "queue", "p_delay", "wait_mean"):
        holds(outcome, what, "ward", exact[what])
    holds(outcome, "occupied", "municipal", exact["taken"])
    holds(outcome, "wait_mean", "municipal", exact["delay_mean"])


def reference(name: str) -> Any:
    folder = os.environ.get("PATHWAY_REFERENCE_DATA", "")
    path = Path(folder) / "simulation" / name
    if not folder or not path.is_file():
        pytest.skip(f"no {name}: PATHWAY_REFERENCE_DATA is not set to a folder that has it")
    return json.loads(path.read_text())


def test_own_solvers_find_the_published_exact_values() -> None:
    anchors = reference("exact_anchors.json")
    for name, values in anchors["erlang"].items():
        places, load = (float(part.split("=")[1]) for part in name.split())
        assert erlang_b(int(places), load) == pytest.approx(values["erlang_B"], rel=1e-9)
        assert erlang_c(int(places), load) == pytest.approx(values["erlang_C"], rel=1e-9)
        assert mean_wait(int(places), load) == pytest.approx(values["Wq_over_service"], rel=1e-9)
    for name, values in anchors["M/M/c/K"].items():
        places, room, load = (float(part.split("=")[1]) for part in name.split())
        away, present = finite_queue(int(places), int(room), load)
        assert (away, present) == pytest.approx((values["p_block"], values["L"]), rel=1e-9)
    for name, values in anchors["MG1"].items():
        load, variation = (float(part.split("=")[1]) for part in name.split())
        assert single_server_wait(load, variation) == pytest.approx(values["Wq_over_ES"], rel=1e-9)


@pytest.mark.parametrize(
    "case", ["E1 acute5-mun3", "E2 acute10-mun4", "E3 acute6-mun2+1", "E4 pure tandem acute1->mun1"]
)
def test_the_published_chains_with_blocking_lie_in_the_intervals(case: str) -> None:
    anchor = reference("exact_anchors.json")["ctmc"][case]
    inputs, exact = anchor["inputs"], anchor["exact"]
    ways = [(f"m{n}", share) for n, (share, _, _) in enumerate(inputs["muns"], 1)]
    ways.append(("out", 1 - sum(share for _, share in ways)))
    made = scenario(
        [
            phase("acute", exponential(1 / inputs["mu1"]), *ways, holds="ward"),
            *(
                phase(f"m{n}", exponential(1 / rate), holds=f"beds{n}")
                for n, (_, rate, _) in enumerate(inputs["muns"], 1)
            ),
        ],
        [
            Resource(name="ward", capacity={EVERYWHERE: inputs["c1"]}),
            *(
                Resource(name=f"beds{n}", capacity={EVERYWHERE: places})
                for n, (_, _, places) in enumerate(inputs["muns"], 1)
            ),
        ],
        [Arrivals(into="acute", group=ALL, per_day=inputs["lam"], shares={EVERYWHERE: 1.0})],
        Run(warm_up=2000.0, collect=60_000.0, replications=40),
    )
    outcome = simulate(made)
    named = {
        "occupied": "acute_occupied",
        "queue": "acute_queue",
        "wait_mean": "mean_wait_for_acute_bed",
        "p_delay": "p_arrival_waits",
        "blocked": "discharge_ready_waiting",
    }
    for what, name in named.items():
        holds(outcome, what, "ward", exact[name])
    for n in range(1, len(inputs["muns"]) + 1):
        holds(outcome, "occupied", f"beds{n}", exact[f"mun{n}_occupied"])
        holds(outcome, "wait_mean", f"beds{n}", exact[f"mun{n}_mean_delay_days"])
        holds(outcome, "p_delay", f"beds{n}", exact[f"mun{n}_p_delay"])


def ward_without_end(rates: tuple[float, ...], weeks: int) -> Scenario:
    return scenario(
        [phase("acute", by_mean("lognormal", 5.0, 5.0), holds="ward")],
        [Resource(name="ward", capacity={EVERYWHERE: 100_000})],
        [Arrivals(into="acute", group=ALL, per_day=30.0, shares={EVERYWHERE: 1.0}, by_hour=rates)],
        Run(collect=weeks * 7.0),
    )  # fmt: skip


def expected_present(rates: tuple[float, ...]) -> Any:
    """Return the exact mean number present in each hour of the week: the integral of rate times who is still there."""
    service, back = by_mean("lognormal", 5.0, 5.0), 4000 * 24
    u = (np.arange(200_000) + 0.5) / 200_000
    stays = np.sort(service.quantile(u)) * 24
    per_hour = np.asarray(rates) * 30.0 / 24.0
    ages = np.arange(back)[:, None] + (np.arange(4) + 0.5) / 4
    there = (1 - np.searchsorted(stays, ages) / len(stays)).mean(axis=1)
    start = [sum(there[age::168]) for age in range(168)]
    return np.array([sum(per_hour[(hour - 1 - age) % 168] * start[age] for age in range(168)) for hour in range(168)])


def test_who_is_present_by_hour_of_the_week_is_the_integral_of_theory() -> None:
    rates = tuple(
        1 + 0.6 * math.sin(2 * math.pi * hour / 24) + 0.2 * math.cos(2 * math.pi * hour / 168) for hour in range(168)
    )
    rates = tuple(rate / (sum(rates) / 168) for rate in rates)
    exact, found = expected_present(rates), hourly_presence(rates, 60)
    score = np.abs(found.mean(axis=0) - exact) / (found.std(axis=0, ddof=1) / math.sqrt(len(found)))
    assert score.max() < 5.2  # 168 Student tests with 59 degrees of freedom: below 1 in 1,000 in all


def test_the_published_presence_by_hour_lies_in_the_intervals() -> None:
    anchor = reference("exact_anchors.json")["mt_g_inf"]
    rates = tuple(anchor["rate_multiplier_by_hour_of_week"])
    found, exact = hourly_presence(rates, 60), np.array(anchor["exact_by_hour_of_week"])
    score = np.abs(found.mean(axis=0) - exact) / (found.std(axis=0, ddof=1) / math.sqrt(len(found)))
    assert score.max() < 5.2
    assert np.abs(expected_present(rates) - exact).max() < 0.25


def hourly_presence(rates: tuple[float, ...], replications: int) -> Any:
    """Return the mean number present at the start of each hour of the week, by replication."""
    weeks, warm = 60, 20
    model = compile_scenario(ward_without_end(rates, weeks))
    rows = []
    for number in range(replications):
        tape = draw_tape(model, 1, number)
        stamps = run_tape(model, tape)
        hours = np.arange(warm * 168, weeks * 168) / 24
        came, left = np.sort(stamps.got), np.sort(stamps.left)
        present = np.searchsorted(came, hours) - np.searchsorted(left, hours)
        rows.append(present.reshape(-1, 168).mean(axis=0))
    return np.array(rows)


def test_time_series_by_bucket_are_the_integral_of_who_is_there() -> None:
    begin, end = np.array([0.25, 1.5, 3.0]), np.array([2.0, 1.75, np.inf])
    found = by_bucket(np.zeros(3, dtype=np.int64), begin, end, 1, 1.0, 5.0)
    assert found.tolist() == [[0.75, 1.25, 0.0, 1.0, 1.0]]


def test_a_model_without_resources_has_its_figures() -> None:
    scenario = replace(queue(3, 2.0, exponential(2.0), days=200.0), resources={})
    plain = replace(scenario, phases={name: replace(each, holds="") for name, each in scenario.phases.items()})
    found = simulate(plain, replications=20).estimate("present", "stay")
    assert abs(found.mean - 2.0) < 4.5 * found.sd / 20**0.5
