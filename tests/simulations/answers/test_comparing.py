"""Differences between scenarios: paired, told apart or not, and said in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathway_engine.domain.definition import Text
from simulations.comparing import CannotCompare, compare
from simulations.durations import by_mean, empirical, exponential
from simulations.parameters import WrongParameter, parameters, scaled, with_parameter, with_parameters
from simulations.sweeping import grid, sweep
from tests.simulations.answers.cases import city, one_queue


def test_a_bed_more_is_a_paired_difference_of_the_right_size() -> None:
    found = compare([one_queue(7), one_queue(8)], replications=20)
    wait = found.difference("queue", "ward")
    # Erlang C with offered load 6: 3.683 waiting for 7 places, 1.071 for 8.
    assert wait.by.low < 1.071 - 3.683 < wait.by.high
    assert wait.is_apart
    assert wait.verdict == Text("kan skilles: lavere", "told apart: lower")
    pairs = found.outcomes[1].values("queue", "ward") - found.base.values("queue", "ward")
    assert wait.by.mean == pytest.approx(pairs.mean())
    assert wait.gain > 1.5


def test_what_does_not_differ_is_not_told_apart() -> None:
    one = one_queue(8)
    found = compare([one, replace(one, name="again")], replications=5)
    assert {each.verdict.en for each in found.differences[0]} == {"the same in every replication"}


def test_a_difference_within_chance_says_how_many_replications_it_would_take() -> None:
    # On other keys (another group's name is not needed: another stream) the draws are independent.
    one, other = one_queue(8), one_queue(8, rate=3.003)
    found = compare([one, other], replications=4).difference("queue", "ward")
    assert not found.is_apart
    assert found.needed > 4 and str(found.needed) in found.verdict.nb


def test_false_alarms_stay_below_the_level() -> None:
    """Twelve comparisons of equals on unlike draws: with 5 % a family, more than four alarms have chance 0.0002."""
    alarms = 0
    for seed in range(12):
        one = compare([one_queue(8, collect=200)] * 2, replications=6, seed=seed).base
        other = compare([one_queue(8, collect=200)] * 2, replications=6, seed=seed + 1000).base
        from simulations.comparing import differences

        alarms += any(each.is_apart for each in differences([one, other])[0])
    assert alarms <= 4


def test_scenarios_over_other_days_are_not_compared() -> None:
    with pytest.raises(CannotCompare, match="different days"):
        compare([one_queue(8), one_queue(8, collect=100.0)])
    with pytest.raises(CannotCompare, match="two replications"):
        compare([one_queue(8), one_queue(9)], replications=1)


def test_a_warm_up_that_is_to_be_found_is_the_same_for_both() -> None:
    unknown = one_queue(8, collect=400)
    unknown = replace(unknown, run=replace(unknown.run, warm_up=float("nan")))
    found = compare([unknown, with_parameter(unknown, "resources.ward.places", "+1")], replications=2)
    assert len({outcome.scenario.run.warm_up for outcome in found.outcomes}) == 1


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        pytest.param("resources.ward.places", "many", "a number", id="not-a-number"),
        pytest.param("resources.ward.places", "-9", "at most 8", id="more-than-there-are"),
        pytest.param("resources.ward.places", "8.5", "a whole number", id="half-a-bed"),
        pytest.param("resources.ward.places.A", "8", "resources.ward.places", id="no-such-municipality"),
        pytest.param("resources.bed.places", "8", "resources.ward.places", id="no-such-resource"),
        pytest.param("arrivals", "-1", "not negative", id="negative-arrivals"),
        pytest.param("readmission.chance", "2", "no such parameter", id="no-readmission"),
        pytest.param("phases.home.lasts", "2", "phases.ward.lasts", id="no-such-phase"),
    ],
)
def test_a_wrong_parameter_says_what_would_be_right(name: str, value: str, right: str) -> None:
    with pytest.raises(WrongParameter, match=right):
        with_parameter(one_queue(8), name, value)


def test_every_parameter_that_is_offered_can_be_changed() -> None:
    scenario = city()
    assert "resources.short_term.places.B" in parameters(scenario)
    for name in parameters(scenario):
        assert with_parameter(scenario, name, "1") is not None
    assert with_parameter(scenario, "resources.short_term.places.B", "+2").resources["short_term"].capacity["B"] == 17
    assert with_parameters(scenario, {"arrivals": "1.1"}).arrivals[0].per_day == pytest.approx(33.0)


@pytest.mark.parametrize(
    "spread",
    [exponential(3.0), by_mean("lognormal", 5, 4), by_mean("gamma", 5, 4), by_mean("weibull", 5, 4), empirical((1, 4))],
)
def test_a_scaled_duration_is_longer_by_the_factor_at_every_quantile(spread: object) -> None:
    from simulations.durations import Spread

    assert isinstance(spread, Spread)
    u = np.array([0.01, 0.3, 0.5, 0.9, 0.999])
    assert scaled(spread, 1.7).quantile(u) == pytest.approx(spread.quantile(u) * 1.7)
    assert scaled(spread, 0.0).quantile(u) == pytest.approx(np.zeros(5))


def test_a_grid_has_every_combination_once_and_compares_with_the_first() -> None:
    over = {"resources.ward.places": ["7", "8"], "arrivals": ["1", "0.9"]}
    assert grid(over) == [
        dict(zip(over, pair, strict=True)) for pair in (("7", "1"), ("7", "0.9"), ("8", "1"), ("8", "0.9"))
    ]
    points = sweep(one_queue(7, collect=400), over, replications=3)
    queues = [point.outcome.estimate("queue", "ward").mean for point in points]
    assert queues[0] > queues[2] > queues[3]
    assert points[2].differences[0].base.mean == points[0].outcome.estimates()[0][1].mean
    with pytest.raises(WrongParameter, match="at most 1000"):
        grid({"arrivals": ["1"] * 1001})
