"""Scores against closed forms, by hand, and on forecasts that are right or wrong by construction."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulations.chance import normal_quantile
from simulations.scoring import brier, crps, interval, is_covered, pinball, pit, skill, skill_interval


def test_crps_of_a_normal_forecast_is_the_closed_form() -> None:
    """Gneiting and Raftery (2007), equation 21: z (2 Phi(z) - 1) + 2 phi(z) - 1 / sqrt(pi)."""
    paths = normal_quantile((np.arange(4000) + 0.5) / 4000)
    for z in (0.0, 0.7, -2.5):
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
        known = z * math.erf(z / math.sqrt(2)) + 2 * density - 1 / math.sqrt(math.pi)
        assert float(crps(paths, np.array(z))) == pytest.approx(known, abs=0.002)


def test_crps_by_hand() -> None:
    # Paths 0, 1, 3; 2 came: mean distance (2 + 1 + 1) / 3; half the mean distance of pairs (1 + 3 + 2) / 3 / 2.
    assert float(crps(np.array([3.0, 0.0, 1.0]), np.array(2.0))) == pytest.approx(4 / 3 - 1.0)
    assert float(crps(np.array([5.0]), np.array(2.0))) == 3.0


def test_crps_does_not_favour_a_larger_ensemble() -> None:
    chance = np.random.default_rng(4)
    came = chance.normal(size=40_000)
    small = crps(chance.normal(size=(4, 40_000)), came).mean()
    large = crps(chance.normal(size=(64, 40_000)), came).mean()
    assert small == pytest.approx(large, abs=0.02)


def test_pinball_and_brier_by_hand() -> None:
    paths = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    assert float(pinball(paths, np.array(3.0), 0.5)) == 0.5
    assert float(pinball(paths, np.array(0.0), 0.75)) == pytest.approx(0.75)
    assert float(brier(paths, np.array(4.0), 2.0)) == pytest.approx((0.4 - 1) ** 2)


def test_an_interval_leaves_as_much_above_as_below() -> None:
    paths = np.arange(11.0)
    assert [float(end) for end in interval(paths, 0.8)] == pytest.approx([1.0, 9.0])
    assert [bool(is_covered(paths, np.array(each), 0.8)) for each in (0.9, 1.0, 9.0, 9.1)] == [False, True, True, False]


def test_a_right_forecast_covers_what_it_says_and_its_transform_is_even() -> None:
    chance = np.random.default_rng(2)
    paths, came = chance.poisson(6, size=(200, 3000)).astype(float), chance.poisson(6, size=3000).astype(float)
    transforms = pit(paths, came, chance.random(3000))
    counts = np.bincount((transforms * 10).astype(int), minlength=10)
    assert ((counts - 300) ** 2 / 300).sum() < 27.9  # chi-square, 9 degrees of freedom, 0.1 %
    inside = is_covered(paths, came, 0.8)
    low, high = interval(paths, 0.8)
    assert inside.tolist() == ((came >= low - 1e-6) & (came <= high + 1e-6)).tolist()
    assert 0.8 <= inside.mean() < 0.92  # counts cover more than continuous quantities


def test_skill_is_the_share_by_which_the_error_is_smaller() -> None:
    score, baseline = np.full(50, 1.0), np.full(50, 4.0)
    assert skill(score, baseline) == 0.75
    assert skill_interval(score, baseline) == pytest.approx((0.75, 0.75))
    assert math.isnan(skill(score, np.zeros(50)))
