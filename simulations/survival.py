"""How long things last when some have not ended yet: Kaplan-Meier, and maximum likelihood with censoring.

Kaplan and Meier, JASA 53 (1958); Greenwood's variance. Every optimum is found by Nelder and Mead's simplex.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.chance import Floats
from simulations.durations import Spread, empirical, gamma_share

FAMILIES = ("exponential", "lognormal", "gamma", "weibull")
SHORTEST = 1.0 / 1440
"""A minute: what lasted less is counted as this, since a logarithm must be taken of it."""
NORMAL_95 = 1.959964


@dataclass(frozen=True, slots=True)
class Curve:
    """The share that lasts longer than each of `days`, with Greenwood's standard error; 1 before the first."""

    days: Floats
    beyond: Floats
    error: Floats
    ended: int
    censored: int

    def at(self, days: Floats) -> Floats:
        """Return the share that lasts longer than *days*."""
        place = np.searchsorted(self.days, days, side="right")
        found: Floats = np.concatenate(([1.0], self.beyond))[place]
        return found


@dataclass(frozen=True, slots=True)
class Fit:
    """A distribution with its log-likelihood and Akaike's criterion, and the 95 % interval of its mean in days."""

    spread: Spread
    likelihood: float
    aic: float
    mean_low: float
    mean_high: float


def kaplan_meier(days: Floats, has_ended: NDArray[np.bool_]) -> Curve:
    """Return the curve of durations, of which those that have not ended lasted *days* at least."""
    order = np.lexsort((~has_ended, days))
    days, has_ended = days[order], has_ended[order]
    times, first = np.unique(days, return_index=True)
    at_risk = len(days) - first
    ends = np.add.reduceat(has_ended.astype(float), first) if len(days) else np.zeros(0)
    keep = ends > 0
    times, at_risk, ends = times[keep], at_risk[keep], ends[keep]
    beyond = np.cumprod(np.asarray(1 - ends / at_risk, dtype=float))
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.cumsum(np.where(at_risk > ends, ends / (at_risk * (at_risk - ends)), np.inf))
        error: Floats = np.where(beyond > 0, beyond * np.sqrt(variance), 0.0)
    return Curve(times, beyond, error, int(has_ended.sum()), int((~has_ended).sum()))


def as_spread(curve: Curve) -> Spread:
    """Return the curve as an empirical distribution; what is left at its end goes to the last time."""
    steps = -np.diff(np.concatenate(([1.0], curve.beyond)))
    if not len(steps):
        raise ValueError("nothing has ended yet")
    steps[-1] += curve.beyond[-1]
    return empirical(tuple(curve.days.tolist()), tuple(steps.tolist()))


def fit(family: str, days: Floats, has_ended: NDArray[np.bool_]) -> Fit:
    """Return the family's member that makes *days* likeliest; those that have not ended count as longer."""
    days = np.maximum(days, SHORTEST)
    start = max(float(days.sum()) / max(int(has_ended.sum()), 1), SHORTEST)
    begin = np.array([math.log(start)] if family == "exponential" else [math.log(start), 0.0])
    best = _lowest(lambda point: -likelihood(_member(family, point), days, has_ended), begin)
    spread = _member(family, best)
    value = likelihood(spread, days, has_ended)
    low, high = _mean_interval(family, best, days, has_ended)
    return Fit(spread, value, 2 * len(best) - 2 * value, low, high)


def best_fit(days: Floats, has_ended: NDArray[np.bool_]) -> Fit:
    """Return the fit with the least criterion of Akaike's."""
    return min((fit(family, days, has_ended) for family in FAMILIES), key=lambda each: each.aic)


def likelihood(spread: Spread, days: Floats, has_ended: NDArray[np.bool_]) -> float:
    """Return the log-likelihood: densities of what has ended, shares beyond of what has not."""
    with np.errstate(divide="ignore"):
        ended = _log_density(spread, days[has_ended])
        going_on = np.log(np.maximum(beyond(spread, days[~has_ended]), 1e-300))
    return float(ended.sum() + going_on.sum())


def beyond(spread: Spread, days: Floats) -> Floats:
    """Return the share that lasts longer than *days*, for the families that are fitted."""
    first, second = spread.first, spread.second
    match spread.kind:
        case "exponential":
            return np.exp(-days / first)
        case "weibull":
            return np.exp(-((days / second) ** first))
        case "lognormal":
            z = (np.log(days) - first) / second
            return np.array([math.erfc(each / math.sqrt(2)) / 2 for each in z.tolist()])
        case _:
            return 1 - gamma_share(first, days / second)


def _log_density(spread: Spread, days: Floats) -> Floats:
    first, second = spread.first, spread.second
    match spread.kind:
        case "exponential":
            return -days / first - math.log(first)
        case "weibull":
            ratio = days / second
            return math.log(first / second) + (first - 1) * np.log(ratio) - ratio**first
        case "lognormal":
            z = (np.log(days) - first) / second
            return -(z**2) / 2 - np.log(days) - math.log(second * math.sqrt(2 * math.pi))
        case _:
            return (first - 1) * np.log(days) - days / second - math.lgamma(first) - first * math.log(second)


def _member(family: str, point: Floats) -> Spread:
    """Return the member at a point without bounds: the logarithms of its scale and shape."""
    scale = math.exp(min(max(point[0], -20.0), 20.0))
    if family == "exponential":
        return Spread(family, scale)
    shape = math.exp(min(max(point[1], -3.0), 5.0))
    if family == "lognormal":
        return Spread(family, math.log(scale), shape)
    return Spread(family, shape, scale / shape if family == "gamma" else scale)


def _mean_interval(family: str, best: Floats, days: Floats, has_ended: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the interval of the mean from the curvature of the likelihood (the delta method, on its logarithm)."""
    covariance = _inverse(_curvature(lambda point: -likelihood(_member(family, point), days, has_ended), best))
    step = 1e-4
    slope = np.array([
        (math.log(_member(family, best + move).mean) - math.log(_member(family, best - move).mean)) / (2 * step)
        for move in np.eye(len(best)) * step
    ])  # fmt: skip
    error = math.sqrt(max(float(slope @ covariance @ slope), 0.0))
    mean = _member(family, best).mean
    return mean * math.exp(-NORMAL_95 * error), mean * math.exp(NORMAL_95 * error)


def _curvature(function: Callable[[Floats], float], at: Floats, step: float = 1e-3) -> Floats:
    moves = np.eye(len(at)) * step
    return np.array([
        [(function(at + one + two) - function(at + one - two) - function(at - one + two) + function(at - one - two))
         / (4 * step * step) for two in moves] for one in moves
    ])  # fmt: skip


def _inverse(matrix: Floats) -> Floats:
    try:
        return np.asarray(np.linalg.inv(matrix), dtype=float)
    except np.linalg.LinAlgError:
        return np.full(matrix.shape, np.inf)


def _lowest(function: Callable[[Floats], float], begin: Floats, rounds: int = 400) -> Floats:
    """Return where a function of one or two numbers is least (Nelder and Mead, Computer Journal 7, 1965)."""
    points: list[Floats] = [begin, *(begin + move for move in np.eye(len(begin)) * 0.5)]
    ranked = sorted(((function(point), point) for point in points), key=lambda pair: pair[0])
    for _ in range(rounds):
        if ranked[-1][0] - ranked[0][0] < 1e-10 * (1 + abs(ranked[0][0])):
            break
        ranked = sorted(_moved(function, ranked), key=lambda pair: pair[0])
    return ranked[0][1]


def _moved(function: Callable[[Floats], float], ranked: list[tuple[float, Floats]]) -> list[tuple[float, Floats]]:
    """Return the simplex with its worst point reflected, stretched or drawn in, or all of it shrunk to the best."""
    *kept, (worst, far) = ranked
    middle = np.mean([point for _, point in kept], axis=0)

    def tried(factor: float) -> tuple[float, Floats]:
        point = middle + factor * (far - middle)
        return function(point), point

    reflected = tried(-1.0)
    if reflected[0] < ranked[0][0]:
        return [*kept, min(reflected, tried(-2.0), key=lambda pair: pair[0])]
    if len(kept) > 1 and reflected[0] < kept[-1][0]:
        return [*kept, reflected]
    inside = min(tried(0.5), tried(-0.5), key=lambda pair: pair[0])
    if inside[0] < worst:
        return [*kept, inside]
    best = ranked[0][1]
    return [ranked[0], *((function((point + best) / 2), (point + best) / 2) for _, point in ranked[1:])]
