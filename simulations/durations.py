"""How long something lasts: distributions as frozen records, drawn by their quantile function.

One number in (0, 1) makes one duration, and a larger number a longer one. So two scenarios that draw the
same number differ only by what was changed between them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from simulations.chance import Floats, normal_quantile

KINDS = ("fixed", "exponential", "lognormal", "gamma", "weibull", "erlang", "uniform", "empirical")


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution of durations in days.

    `first` and `second` are, by `kind`: fixed: value, -; exponential: mean, -; lognormal: mean and sd of the
    logarithm; gamma and erlang: shape and scale; weibull: shape and scale; uniform: least and most.
    `values` are the observations of an empirical one, sorted, and `shares` the cumulative shares up to each.
    """

    kind: str
    first: float = 0.0
    second: float = 0.0
    values: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()

    def quantile(self, u: Floats, normal: Callable[[Floats], Floats] = normal_quantile) -> Floats:
        """Return the durations in days that *u*, numbers in (0, 1), stand for; *normal* gives normal quantiles."""
        match self.kind:
            case "fixed":
                return np.full(u.shape, self.first)
            case "exponential":
                return np.log1p(-u) * -self.first
            case "lognormal":
                return np.exp(normal(u) * self.second + self.first)
            case "weibull":
                return self.second * (-np.log1p(-u)) ** (1.0 / self.first)
            case "uniform":
                return self.first + (self.second - self.first) * u
            case "empirical":
                place = np.searchsorted(self.shares, u, side="right")
                found: Floats = np.asarray(self.values, dtype=float)[np.minimum(place, len(self.values) - 1)]
                return found
            case _:
                return gamma_quantile(self.first, u) * self.second

    @property
    def mean(self) -> float:
        """The mean in days."""
        return self._moments()[0]

    @property
    def sd(self) -> float:
        """The standard deviation in days."""
        return math.sqrt(max(self._moments()[1], 0.0))

    def _moments(self) -> tuple[float, float]:
        """Return mean and variance."""
        first, second = self.first, self.second
        match self.kind:
            case "fixed":
                return first, 0.0
            case "exponential":
                return first, first * first
            case "lognormal":
                mean = math.exp(first + second * second / 2)
                return mean, mean * mean * math.expm1(second * second)
            case "weibull":
                mean = second * math.gamma(1 + 1 / first)
                return mean, second * second * math.gamma(1 + 2 / first) - mean * mean
            case "uniform":
                return (first + second) / 2, (second - first) ** 2 / 12
            case "empirical":
                weights = np.diff(np.asarray((0.0, *self.shares)))
                mean = float(np.dot(weights, self.values))
                return mean, float(np.dot(weights, (np.asarray(self.values) - mean) ** 2))
            case _:
                return first * second, first * second * second


def fixed(days: float) -> Spread:
    """Return the duration that is always *days*."""
    return Spread("fixed", days)


def exponential(mean: float) -> Spread:
    """Return the exponential distribution with this mean."""
    return Spread("exponential", mean)


def uniform(least: float, most: float) -> Spread:
    """Return the uniform distribution between two durations."""
    return Spread("uniform", least, most)


def by_mean(kind: str, mean: float, sd: float) -> Spread:
    """Return the lognormal, gamma or Weibull distribution with this mean and standard deviation."""
    if kind == "lognormal":
        spread = math.sqrt(math.log1p((sd / mean) ** 2))
        return Spread(kind, math.log(mean) - spread * spread / 2, spread)
    if kind == "gamma":
        return Spread(kind, (mean / sd) ** 2, sd * sd / mean)
    shape = _solved(lambda k: math.gamma(1 + 2 / k) / math.gamma(1 + 1 / k) ** 2 - 1 - (sd / mean) ** 2, 0.1, 80.0)
    return Spread("weibull", shape, mean / math.gamma(1 + 1 / shape))


def by_quantiles(kind: str, low: tuple[float, float], high: tuple[float, float]) -> Spread:
    """Return the distribution through two points (share, days), e.g. (0.5, 4.0) and (0.9, 11.0)."""
    (p, x), (q, y) = low, high
    ratio = y / x
    if kind == "lognormal":
        from statistics import NormalDist

        z, w = NormalDist().inv_cdf(p), NormalDist().inv_cdf(q)
        spread = math.log(ratio) / (w - z)
        return Spread(kind, math.log(x) - spread * z, spread)
    if kind == "weibull":
        shape = math.log(math.log1p(-q) / math.log1p(-p)) / math.log(ratio)
        return Spread(kind, shape, x / (-math.log1p(-p)) ** (1 / shape))
    points = np.array([p, q])

    def excess(shape: float) -> float:
        at = gamma_quantile_exact(shape, points)
        return float(at[1] / at[0]) - ratio

    shape = _solved(excess, 0.05, 400.0)
    return Spread("gamma", shape, x / float(gamma_quantile_exact(shape, points)[0]))


def erlang(mean: float, stages: int) -> Spread:
    """Return the sum of *stages* equal exponential stages with this mean."""
    return Spread("erlang", float(stages), mean / stages)


def empirical(values: tuple[float, ...], weights: tuple[float, ...] = ()) -> Spread:
    """Return the distribution of observations, equally likely or by *weights* (of any sum)."""
    pairs = sorted(zip(values, weights or (1.0,) * len(values), strict=True))
    shares = np.cumsum([weight for _, weight in pairs])
    return Spread("empirical", values=tuple(v for v, _ in pairs), shares=tuple((shares / shares[-1]).tolist()))


def _solved(falling: object, low: float, high: float) -> float:
    """Return where a falling function is 0, by halving the logarithm of the interval."""
    assert callable(falling)
    for _ in range(50):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return math.sqrt(low * high)


# -- the gamma distribution, which has no quantile in closed form ----------------------------------

_CELLS = 1 << 14
_EDGE = 32  # cells at either end in which the quantile is computed, not read off


@cache
def _gamma_table(shape: float) -> Floats:
    u = np.arange(_CELLS + 1) / _CELLS
    table = np.zeros(_CELLS + 1)
    table[1:-1] = gamma_quantile_exact(shape, u[1:-1])
    return table


def gamma_quantile(shape: float, u: Floats) -> Floats:
    """Return quantiles of the gamma distribution with scale 1: a table in the middle, exact in the tails.

    The table's error is below 1 part in 2,000 of the value in its outermost cell and far below elsewhere.
    """
    place = u * _CELLS
    cell = place.astype(np.int64)
    table = _gamma_table(shape)
    found = table[cell] + (table[np.minimum(cell + 1, _CELLS)] - table[cell]) * (place - cell)
    edge = np.flatnonzero((cell < _EDGE) | (cell >= _CELLS - _EDGE))
    if edge.size:
        found[edge] = gamma_quantile_exact(shape, u[edge])
    return found


def gamma_quantile_exact(shape: float, u: Floats) -> Floats:
    """Return quantiles of the gamma distribution with scale 1, by halving (shape from 0.05 to 1e6)."""
    low = np.zeros_like(u)
    high = np.full_like(u, shape + 12 * math.sqrt(shape) + 60)
    for _ in range(70):
        middle = (low + high) / 2
        below = gamma_share(shape, middle) < u
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def gamma_share(shape: float, x: Floats) -> Floats:
    """Return the share of the gamma distribution with scale 1 below *x* (Numerical Recipes 6.2: series, fraction)."""
    x = np.maximum(x, 1e-300)
    outside = np.exp(shape * np.log(x) - x - math.lgamma(shape))
    small = x < shape + 1
    share = np.empty_like(x)
    share[small] = _series(shape, x[small]) * outside[small]
    share[~small] = 1 - _fraction(shape, x[~small]) * outside[~small]
    return share


def _series(shape: float, x: Floats) -> Floats:
    term = np.full_like(x, 1 / shape)
    total = term.copy()
    n = 1
    while x.size and n < 10_000 and float((term / total).max()) > 1e-15:
        term = term * x / (shape + n)
        total += term
        n += 1
    return total


def _fraction(shape: float, x: Floats) -> Floats:
    b = x + 1 - shape
    c = np.full_like(x, 1e300)
    d = 1 / b
    h = d.copy()
    for n in range(1, 2_000):
        factor = -n * (n - shape)
        b = b + 2
        d = 1 / (factor * d + b)
        c = b + factor / c
        change = d * c
        h *= change
        if not x.size or float(np.abs(change - 1).max()) < 1e-15:
            break
    return h
