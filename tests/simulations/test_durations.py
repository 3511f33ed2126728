"""Distributions have the mean, the spread and the quantiles that they were asked for."""

from __future__ import annotations

import numpy as np
import pytest

from simulations.chance import normal_quantile
from simulations.durations import (
    Spread,
    by_mean,
    by_quantiles,
    empirical,
    erlang,
    exponential,
    fixed,
    gamma_share,
    uniform,
)
from simulations.estimates import settling_point, student_quantile

GRID = (np.arange(400_000) + 0.5) / 400_000


@pytest.mark.parametrize(
    ("spread", "mean", "sd"),
    [
        (by_mean("lognormal", 5, 5), 5, 5),
        (by_mean("gamma", 5, 3), 5, 3),
        (by_mean("gamma", 2, 4), 2, 4),
        (by_mean("weibull", 5, 3), 5, 3),
        (by_mean("weibull", 5, 8), 5, 8),
        (erlang(6, 3), 6, 6 / 3**0.5),
        (exponential(4), 4, 4),
        (uniform(1, 5), 3, 4 / 12**0.5),
        (fixed(2), 2, 0),
        (empirical((1, 2, 6), (2, 1, 1)), 2.5, 2.0615528),
    ],
)
def test_mean_and_spread_are_those_asked_for(spread: Spread, mean: float, sd: float) -> None:
    drawn = spread.quantile(GRID)
    assert (spread.mean, spread.sd) == pytest.approx((mean, sd), rel=1e-6, abs=1e-9)
    assert drawn.mean() == pytest.approx(mean, rel=1e-3)
    assert drawn.std() == pytest.approx(sd, rel=0.02, abs=1e-9)
    assert (np.diff(drawn) >= 0).all()


@pytest.mark.parametrize("kind", ["lognormal", "gamma", "weibull"])
def test_two_quantiles_are_met(kind: str) -> None:
    found = by_quantiles(kind, (0.5, 4.0), (0.9, 11.0)).quantile(np.array([0.5, 0.9]))
    assert found == pytest.approx([4.0, 11.0], rel=1e-3)


@pytest.mark.parametrize("shape", [0.3, 1.0, 2.7, 40.0, 900.0])
def test_gamma_quantiles_are_the_inverse_of_its_shares(shape: float) -> None:
    u = np.array([1e-6, 0.001, 0.01, 0.3, 0.5, 0.97, 0.999, 1 - 1e-9])
    found = Spread("gamma", shape, 1.0).quantile(u)
    assert gamma_share(shape, found) == pytest.approx(u, rel=2e-3, abs=1e-6)
    assert gamma_share(1.0, np.array([2.0]))[0] == pytest.approx(1 - np.exp(-2.0), rel=1e-12)


def test_normal_quantiles_are_those_of_the_tables() -> None:
    u = np.array([0.5, 0.975, 0.025, 0.999, 1e-9])
    known = [0.0, 1.9599639845400545, -1.9599639845400545, 3.090232306167813, -5.997807015007686]
    assert normal_quantile(u) == pytest.approx(known, rel=1e-12)


@pytest.mark.parametrize(
    ("share", "freedom", "value"),
    [(0.975, 1, 12.7062), (0.975, 2, 4.30265), (0.975, 9, 2.26216), (0.95, 29, 1.69913), (0.999, 5, 5.89343)],
)
def test_student_quantiles_are_those_of_the_tables(share: float, freedom: int, value: float) -> None:
    assert student_quantile(share, freedom) == pytest.approx(value, rel=1e-5)
    assert student_quantile(1 - share, freedom) == pytest.approx(-value, rel=1e-5)


def test_a_warm_up_is_found_and_one_without_end_is_told() -> None:
    days = np.arange(400)
    noise = np.sin(days * 12.9898) * 2
    found = settling_point(100 * (1 - np.exp(-days / 15)) + noise)
    assert found is not None and 30 <= found <= 120
    assert settling_point(days.astype(float)) is None
