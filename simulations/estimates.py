"""From the figures of many replications to estimates: means with intervals, and whether the run had settled."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulations.chance import Floats

CONFIDENCE = 0.95
FALSE_ALARM = 0.01
"""Chance that a run in equilibrium is said not to have settled, for all series together."""
NOTICEABLE = 0.02
"""A drift smaller than this share of the level is no news."""
BATCH = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over replications with its 95 % confidence interval (`mean` ± `half_width`).

    `sd` is that between replications. `is_settled` is False when the first and the second half of the run differ
    by more than chance explains, None when there are too few replications to say.
    """

    mean: float
    half_width: float
    sd: float
    replications: int
    is_settled: bool | None

    @property
    def low(self) -> float:
        """The lower end of the interval."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """The upper end of the interval."""
        return self.mean + self.half_width


def estimate(values: Floats, is_settled: bool | None = None, confidence: float = CONFIDENCE) -> Estimate:
    """Return the mean of independent *values* with its Student interval; infinite for fewer than two."""
    count = len(values)
    mean = float(values.mean()) if count else math.nan
    if count < 2:
        return Estimate(mean, math.inf, math.nan, count, is_settled)
    sd = float(values.std(ddof=1))
    return Estimate(
        mean, student_quantile((1 + confidence) / 2, count - 1) * sd / math.sqrt(count), sd, count, is_settled
    )


def student_quantile(share: float, freedom: int) -> float:
    """Return the quantile of Student's t (Hill, Communications of the ACM 13, 1970, algorithm 396).

    Exact for 1 and 2 degrees of freedom, otherwise to about six digits.
    """
    if share < 0.5:
        return -student_quantile(1 - share, freedom)
    tails = 2 * (1 - share)
    if freedom == 1:
        return math.cos(tails * math.pi / 2) / math.sin(tails * math.pi / 2)
    if freedom == 2:
        return math.sqrt(2 / (tails * (2 - tails)) - 2)
    a = 1 / (freedom - 0.5)
    b = 48 / (a * a)
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * freedom
    y = (d * tails) ** (2 / freedom)
    y = _near_normal(tails, freedom, a, b, c, d) if y > 0.05 + a else _far_out(freedom, y, d)
    return math.sqrt(freedom * y)


def _near_normal(tails: float, n: int, a: float, b: float, c: float, d: float) -> float:
    from statistics import NormalDist

    x = NormalDist().inv_cdf(tails / 2)
    y = x * x
    if n < 5:
        c += 0.3 * (n - 4.5) * (x + 0.6)
    c += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b
    y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
    return math.expm1(a * y * y)


def _far_out(n: int, y: float, d: float) -> float:
    inner = 1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)
    return (inner * y - 1) * (n + 1) / (n + 2) + 1 / y


def settling_point(level: Floats, batch: int = BATCH) -> int | None:
    """Return how many points of a series belong to its warm-up by MSER-5 (White 1997); None if it never settles.

    The truncation minimises the standard error of what is left. One beyond the middle means that it has not settled.
    """
    batches = len(level) // batch
    if batches < 4:
        return None
    means = level[: batches * batch].reshape(batches, batch).mean(axis=1)
    left = np.arange(batches, 0, -1)
    sums, squares = np.cumsum(means[::-1])[::-1], np.cumsum((means * means)[::-1])[::-1]
    error = (squares - sums * sums / left) / (left.astype(float) * left)
    best = int(np.argmin(error[: max(batches - 5, 1)]))
    return best * batch if best <= batches // 2 else None


def has_settled(halves: Floats) -> list[bool | None]:
    """Say of each series whether the two halves of the run agree; *halves* is [replication, series, 2].

    With two-sided Student tests at a level that all series share, a run in equilibrium is flagged with a chance
    of at most `FALSE_ALARM`.
    """
    replications, series = halves.shape[:2]
    if replications < 5:
        return [None] * series
    limit = student_quantile(1 - FALSE_ALARM / series / 2, replications - 1)
    return [_agree(halves[:, each], limit) for each in range(series)]


def _agree(halves: Floats, limit: float) -> bool:
    drift = halves[:, 1] - halves[:, 0]
    error = float(drift.std(ddof=1)) / math.sqrt(len(drift))
    level = float(np.abs(halves).mean())
    return bool(abs(drift.mean()) <= max(limit * error, NOTICEABLE * level))
