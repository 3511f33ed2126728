"""What is left of a duration that has lasted for a while."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simulations.durations import Spread, by_mean, empirical, exponential, fixed, uniform
from simulations.residuals import chance_to_return, residual, share_below

U = (np.arange(20_000) + 0.5) / 20_000


@pytest.mark.parametrize(
    ("spread", "days", "share"),
    [
        pytest.param(exponential(2.0), 2.0, 1 - math.exp(-1), id="exponential"),
        pytest.param(uniform(0, 30), 12.0, 0.4, id="uniform"),
        pytest.param(by_mean("lognormal", 5, 5), 5 / math.sqrt(2), 0.5, id="lognormal-median"),
        pytest.param(empirical((1.0, 2.0, 4.0)), 2.0, 2 / 3, id="observed"),
        pytest.param(fixed(3.0), 2.0, 0.0, id="fixed-before"),
    ],
)
def test_share_below_is_the_distribution_function(spread: Spread, days: float, share: float) -> None:
    assert float(share_below(spread, np.array([days]))[0]) == pytest.approx(share, abs=1e-9)


def test_what_is_left_is_the_distribution_beyond_what_has_passed() -> None:
    assert residual(exponential(4.0), np.array(7.0), U).mean() == pytest.approx(4.0, rel=1e-3)
    assert residual(uniform(0, 30), np.array(20.0), U).max() == pytest.approx(10.0, abs=0.01)
    lognormal = by_mean("lognormal", 5, 5)
    total = lognormal.quantile(U)
    assert residual(lognormal, np.array(9.0), U).mean() == pytest.approx((total[total > 9] - 9).mean(), rel=0.01)
    assert residual(empirical((1.0, 5.0, 9.0)), np.array(2.0), U).mean() == pytest.approx(5.0)


def test_what_outlasts_all_that_is_known_goes_on_without_memory() -> None:
    left = residual(empirical((1.0, 3.0)), np.array(50.0), U)
    assert left.mean() == pytest.approx(2.0, rel=1e-3)
    assert residual(fixed(0.0), np.array(1.0), U).max() == 0.0


def test_who_stays_away_long_is_less_likely_to_return() -> None:
    chance = chance_to_return(np.array([0.18, 0.18, 0.18]), uniform(0, 30), np.array([0.0, 15.0, 30.0]))
    assert chance == pytest.approx([0.18, 0.09 / 0.91, 0.0], abs=1e-9)
