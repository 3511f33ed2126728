"""Kaplan-Meier against a worked example, fits against the truth, and fits that look at what has not ended."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulations.durations import Spread, by_mean, exponential
from simulations.survival import FAMILIES, as_spread, best_fit, beyond, fit, kaplan_meier, likelihood


def test_kaplan_meier_by_hand_with_ties_and_censoring() -> None:
    """Ten patients; + goes on: 1, 2, 2, 3+, 4, 4+, 6, 7+, 9, 10+."""
    days = np.array([1, 2, 2, 3, 4, 4, 6, 7, 9, 10], dtype=float)
    ended = np.array([1, 1, 1, 0, 1, 0, 1, 0, 1, 0], dtype=bool)
    curve = kaplan_meier(days[::-1], ended[::-1])
    assert curve.days.tolist() == [1, 2, 4, 6, 9]
    assert curve.beyond == pytest.approx(
        [9 / 10, 7 / 10, 7 / 10 * 5 / 6, 7 / 10 * 5 / 6 * 3 / 4, 7 / 10 * 5 / 6 * 3 / 8]
    )
    # Greenwood at 4: S^2 (1/(10*9) + 2/(9*7) + 1/(6*5)).
    variance = (7 / 10 * 5 / 6) ** 2 * (1 / 90 + 2 / 63 + 1 / 30)
    assert curve.error[2] == pytest.approx(math.sqrt(variance))
    assert (curve.ended, curve.censored) == (6, 4)
    assert curve.at(np.array([0.5, 2.0, 3.9, 99.0])) == pytest.approx([1.0, 0.7, 0.7, curve.beyond[-1]])


def test_without_censoring_the_curve_is_the_share_of_observations() -> None:
    days = np.array([3.0, 1.0, 2.0, 8.0])
    curve = kaplan_meier(days, np.ones(4, dtype=bool))
    assert curve.beyond == pytest.approx([0.75, 0.5, 0.25, 0.0])
    assert as_spread(curve).mean == pytest.approx(days.mean())


TRUTHS = [exponential(6.0), by_mean("lognormal", 6, 5), by_mean("gamma", 6, 4), by_mean("weibull", 6, 4)]


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: truth.kind)
def test_the_likeliest_member_is_near_the_truth_though_a_third_is_cut_off(truth: Spread) -> None:
    chance = np.random.default_rng(7)
    whole = truth.quantile(chance.random(4000))
    seen_for = chance.random(4000) * 15
    ended = whole <= seen_for
    days = np.minimum(whole, seen_for)
    assert 0.25 < 1 - ended.mean() < 0.6
    found = fit(truth.kind, days, ended)
    assert found.spread.mean == pytest.approx(6.0, rel=0.06)
    assert found.spread.sd == pytest.approx(truth.sd, rel=0.12)
    assert found.likelihood >= likelihood(truth, days, ended)
    assert found.mean_low < found.spread.mean < found.mean_high
    assert days[ended].mean() < 4.5  # what those who look only at the ended would say


def test_the_family_that_fits_is_chosen() -> None:
    u = (np.arange(3000) + 0.5) / 3000
    for truth in TRUTHS[1:]:
        assert best_fit(truth.quantile(u), np.ones(3000, dtype=bool)).spread.kind == truth.kind


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: truth.kind)
def test_the_share_beyond_a_quantile_is_what_it_says(truth: Spread) -> None:
    u = np.array([0.05, 0.5, 0.95])
    assert beyond(truth, truth.quantile(u)) == pytest.approx(1 - u, abs=1e-3)
    assert truth.kind in FAMILIES


def test_the_exponential_fit_is_exposure_over_events() -> None:
    days, ended = np.array([1.0, 4.0, 5.0, 10.0]), np.array([True, True, False, False])
    found = fit("exponential", days, ended)
    assert found.spread.mean == pytest.approx(10.0, rel=1e-4)
    assert found.mean_high == pytest.approx(10.0 * math.exp(1.96 / math.sqrt(2)), rel=1e-2)


def test_intervals_of_the_mean_hold_it_as_often_as_they_say() -> None:
    """200 intervals of 95 %: fewer than 178 or more than 199 that hold have chance below 0.001."""
    chance = np.random.default_rng(11)
    holds = 0
    for _ in range(200):
        whole, seen_for = by_mean("weibull", 5, 4).quantile(chance.random(120)), chance.random(120) * 20
        found = fit("weibull", np.minimum(whole, seen_for), whole <= seen_for)
        holds += found.mean_low < 5.0 < found.mean_high
    assert 178 <= holds <= 199
