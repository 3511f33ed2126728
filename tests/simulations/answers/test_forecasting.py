"""Forecasts against closed forms, what a census may know, and skill on logs of made-up patients."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from simulations.backtesting import Backtest, LogTooShort, Scored, backtest, rolling_origins
from simulations.calibrating import taught
from simulations.census import Census, Patients, census_at
from simulations.compiling import compile_scenario
from simulations.durations import exponential, fixed, uniform
from simulations.engine import run_tape
from simulations.forecasting import forecast, levels_of
from simulations.loops import PLAIN
from simulations.model import NOBODY
from simulations.scenario import ALL, EVERYWHERE, OUT, Change, Exit, Phase, Readmission, Resource, Scenario
from simulations.stays import UNKNOWN, Stays, as_known_at, stays_of
from simulations.tape import draw_tape
from tests.simulations.answers.cases import city, one_queue

NOBODY_THERE = Patients(*(np.zeros(0, dtype=int),) * 3, np.zeros(0), np.zeros(0), np.zeros(0, dtype=int))


def log_of(scenario: Scenario, seed: int = 5, notice: float = math.inf) -> Stays:
    model = compile_scenario(scenario)
    tape = draw_tape(model, seed, 0)
    return stays_of(model, tape, run_tape(model, tape), notice)


def patients(phase: int, count: int, since: float, ready: float = math.inf, way: int = NOBODY) -> Patients:
    same = np.zeros(count, dtype=int)
    return Patients(same + phase, same, same, np.full(count, since), np.full(count, ready), same + way)


def test_a_ward_that_never_fills_empties_and_fills_as_by_the_closed_form() -> None:
    """M/M/infinity from n: binomial survivors and Poisson newcomers, here 40 e^(-t/2) + 6 (1 - e^(-t/2))."""
    scenario = one_queue(10_000)
    found = forecast(scenario, Census(3.3, patients(0, 40, 1.0), NOBODY_THERE, NOBODY_THERE), paths=4000)
    occupied = found.of("occupied", "ward")
    for day in (1, 3, 7):
        stays, comes = math.exp(-day / 2), 6 * (1 - math.exp(-day / 2))
        variance = 40 * stays * (1 - stays) + comes
        error = math.sqrt(variance / 4000)
        assert abs(occupied[:, day - 1].mean() - (40 * stays + comes)) < 4.5 * error
        assert occupied[:, day - 1].var() == pytest.approx(variance, rel=0.12)


def test_who_waits_outside_comes_in_before_who_comes_later() -> None:
    scenario = one_queue(4, rate=0.001, stay=fixed(1.0))
    census = Census(0.0, patients(0, 4, 0.0), patients(0, 6, -0.5), NOBODY_THERE)
    found = forecast(scenario, census, horizon=3, paths=20)
    assert found.of("queue", "ward").mean(axis=0) == pytest.approx([2.0, 0.0, 0.0], abs=0.3)
    assert np.median(found.of("occupied", "ward"), axis=0).tolist() == [4.0, 2.0, 0.0]


def test_readmissions_of_those_who_left_and_of_those_who_leave_are_counted() -> None:
    scenario = replace(
        one_queue(1000, rate=0.001, stay=fixed(2.0)),
        readmission=Readmission(into="ward", chance={ALL: 0.5}, away=uniform(0, 10), at_most=9),
    )
    # 300 left 5 days ago: 0.25 / 0.75 of them still come back, evenly over 5 days; who is in for 2 days goes again.
    census = Census(0.0, NOBODY_THERE, NOBODY_THERE, patients(0, 300, -5.0))
    found = forecast(scenario, census, horizon=4, paths=400).of("occupied", "ward").mean(axis=0)
    assert found[0] == pytest.approx(20.0, rel=0.05)
    assert found[1] == pytest.approx(40.0, rel=0.05)
    assert found[3] == pytest.approx(40.0 + _again(4.0), rel=0.06)


def _again(day: float) -> float:
    """Who came back in [0, day - 2], left after 2 days, came again within (day - 2, day] and is still there."""
    at = (np.arange(4000) + 0.5) / 4000 * (day - 2)
    left = at + 2
    again = 0.5 * (np.minimum(day - left, 10) / 10)
    return float((100 / 5 * again).mean() * (day - 2))


def test_who_is_ready_waits_for_what_he_or_she_is_known_to_wait_for() -> None:
    scenario = city()
    model = compile_scenario(scenario)
    full = [patients(1, 30, -9.0), patients(0, 5, -9.0, ready=-1.0, way=0)]
    there = Patients(*(np.concatenate(each) for each in zip(*(
        (p.phase, p.group, p.municipality, p.since, p.ready, p.way) for p in full), strict=True)))  # fmt: skip
    found = forecast(scenario, Census(0.0, there, NOBODY_THERE, NOBODY_THERE), horizon=2, paths=50)
    assert found.of("queue", "short_term/A")[:, 0].mean() > 1.0
    assert found.of("queue", "home_care/A").max() == 0.0
    assert model.phases[0] == "acute"


def test_capacity_that_is_announced_is_used_from_its_day() -> None:
    scenario = one_queue(10, rate=0.001, stay=exponential(500.0))
    closes = replace(scenario.resources["ward"], changes=(Change(begins=16.0, ends=99.0, capacity=20),))
    scenario = replace(scenario, resources={"ward": closes})
    census = Census(14.5, patients(0, 10, 1.0), patients(0, 8, 14.0), NOBODY_THERE)
    queue = np.median(forecast(scenario, census, horizon=3, paths=20).of("queue", "ward"), axis=0)
    assert queue[0] >= 7 and queue[1:].tolist() == [0.0, 0.0]


def test_a_census_knows_nothing_of_what_came_later() -> None:
    scenario = city(collect=120.0, warm_up=0.0)
    model, stays = compile_scenario(scenario), log_of(scenario)
    early = as_known_at(stays, 60.0)
    assert max(early.got[np.isfinite(early.got)].max(), early.left[np.isfinite(early.left)].max()) <= 60.0
    assert (early.to[~np.isfinite(early.ready)] == UNKNOWN).all()
    census = census_at(model, stays, 60.0)
    levels = levels_of(model, stays, np.array([60.0]))[:, 0]
    places = dict(zip([*scenario.municipalities, "total"], levels, strict=False))
    assert np.isfinite(census.there.ready).sum() == places["total"]
    by_pool = levels[4 : 4 + len(model.pools.names)]
    pool = model.pool_of[census.there.phase, census.there.municipality]
    assert np.bincount(pool, minlength=len(by_pool)).tolist() == by_pool.tolist()


def test_both_event_loops_forecast_the_same() -> None:
    scenario = city(collect=200.0, warm_up=0.0)
    census = census_at(compile_scenario(scenario), log_of(scenario), 150.25)
    one = forecast(scenario, census, horizon=5, paths=20)
    assert (one.paths == forecast(scenario, census, horizon=5, paths=20, loop=PLAIN).paths).all()
    assert (one.paths != forecast(scenario, census, horizon=5, paths=20, seed=2).paths).any()


def test_a_phase_of_waiting_is_where_patients_are_ready() -> None:
    """With a pathway's own phase for it, as in the engine's log, the same patients are discharge-ready."""
    waits = Phase(
        name="waits", lasts={ALL: fixed(0.0)}, exits=(Exit(to="after", chance={ALL: 1.0}),), holds="ward", is_ready=True
    )
    base = one_queue(30, rate=2.0, stay=exponential(5.0))
    first = replace(base.phases["ward"], exits=(Exit(to="waits", chance={ALL: 1.0}),))
    after = Phase(name="after", lasts={ALL: exponential(3.0)}, exits=(Exit(to=OUT, chance={ALL: 1.0}),), holds="home")
    scenario = replace(
        base, phases={"ward": first, "waits": waits, "after": after},
        resources={**base.resources, "home": Resource(name="home", capacity={EVERYWHERE: 2})},
    )  # fmt: skip
    census = Census(0.0, patients(1, 12, -3.0), NOBODY_THERE, NOBODY_THERE)
    found = forecast(scenario, census, horizon=2, paths=50)
    # Two go at once, and two places end about every one and a half days.
    assert 8.5 < found.of("discharge_ready")[:, 0].mean() < 12.5


def test_a_scenario_is_taught_by_nothing_that_came_after_the_origin() -> None:
    scenario = city(collect=90.0, warm_up=0.0)
    wrong = replace(scenario, arrivals=(replace(scenario.arrivals[0], per_day=5.0),))
    seen: list[float] = []

    def learn(given: Scenario, stays: Stays) -> Scenario:
        seen.append(stays.until)
        assert stays.asked.max() <= stays.until
        return taught(given, stays)

    known = backtest(scenario, log_of(scenario), (60.0,), horizon=7, paths=40, learn=learn)
    missed = backtest(wrong, log_of(scenario), (60.0,), horizon=7, paths=40)
    assert seen == [60.0]
    assert known.crps("occupied", "acute", 7) < missed.crps("occupied", "acute", 7)


def test_what_cannot_be_scored_is_refused() -> None:
    scenario = city(collect=60.0, warm_up=0.0)
    stays = log_of(scenario)
    with pytest.raises(LogTooShort, match="origins from 14 to 46"):
        backtest(scenario, stays, (50.0,))
    with pytest.raises(LogTooShort, match="longer log"):
        backtest(scenario, stays, ())


def pooled(logs: range, paths: int, notice: float) -> Backtest:
    """Return the scores over several logs; one log alone can be an easy or a hard one."""
    scored: list[Scored] = []
    for seed in logs:
        scenario = city(collect=1100.0, warm_up=0.0)
        origins = rolling_origins(500.4, 1085.0, 29.3)
        found = backtest(scenario, log_of(scenario, seed, notice), origins, begins=150.0, paths=paths)
        scored += found.scored
    return Backtest(found.names, tuple(scored))


@pytest.mark.slow
def test_the_queue_is_forecast_better_than_by_what_is_usual() -> None:
    """The hospital tells what a patient will need a day after admission, as the early notice is to do."""
    found = pooled(range(1, 7), 60, notice=1.0)
    assert found.skill("discharge_ready", day=3)[0] >= 0.50
    assert found.skill("discharge_ready", day=14)[0] >= 0.25
    assert found.skill("discharge_ready", day=3, against="persistence")[0] > 0.25
    assert 0.75 <= found.coverage(0.8, "discharge_ready") <= 0.90
    counts = np.array([found.pit("discharge_ready", day=day) for day in (1, 7, 14)]).sum(axis=0)
    assert counts.min() > 0.5 * counts.mean()


@pytest.mark.slow
def test_without_early_notice_the_model_that_made_the_log_gets_no_further() -> None:
    """A limit, not a target: the parameters are the true ones and the census is all that the log tells.

    What a patient will need is chance until it is told. A proper score is best on the mean for the distribution that
    made the log, so no other forecast from the same log can be expected to do better.
    """
    found = pooled(range(1, 7), 60, notice=math.inf)
    assert 0.42 <= found.skill("discharge_ready", day=3)[0] <= 0.55
    assert found.skill("discharge_ready", day=14)[0] >= 0.25
    assert 0.75 <= found.coverage(0.8, "discharge_ready") <= 0.90
