"""How good a forecast was: proper scores of an ensemble of paths against what came.

Gneiting and Raftery, Strictly proper scoring rules, JASA 102 (2007); Ferro, Fair scores for ensemble forecasts,
QJRMS 140 (2014).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulations.chance import Floats

ROUNDING = 1e-9
"""An end of an interval that misses a count by so little is that count."""


def crps(paths: Floats, came: Floats) -> Floats:
    """Return the continuous ranked probability score of paths [path, ...] for what *came* [...]; smaller is better.

    The fair form, which does not favour a larger ensemble: E|X - y| - E|X - X'| / 2 over different paths.
    """
    count = len(paths)
    ordered = np.sort(paths, axis=0)
    weight = (2 * np.arange(1, count + 1) - count - 1).reshape(-1, *[1] * (paths.ndim - 1))
    spread = (weight * ordered).sum(axis=0) / max(count * (count - 1), 1)
    found: Floats = np.abs(paths - came).mean(axis=0) - spread
    return found


def pinball(paths: Floats, came: Floats, share: float) -> Floats:
    """Return the pinball (quantile) loss of the paths' quantile at *share*."""
    quantile = np.quantile(paths, share, axis=0)
    found: Floats = np.maximum(share * (came - quantile), (share - 1) * (came - quantile))
    return found


def interval(paths: Floats, share: float) -> tuple[Floats, Floats]:
    """Return the central interval that *share* of the paths lie in."""
    low, high = np.quantile(paths, ((1 - share) / 2, (1 + share) / 2), axis=0)
    return low, high


def is_covered(paths: Floats, came: Floats, share: float) -> NDArray[np.bool_]:
    """Say whether what *came* lies in the central interval, its ends included."""
    low, high = interval(paths, share)
    found: NDArray[np.bool_] = (low - ROUNDING <= came) & (came <= high + ROUNDING)
    return found


def pit(paths: Floats, came: Floats, u: Floats) -> Floats:
    """Return the probability integral transform, uniform on (0, 1) when the forecast is right.

    Counts have ties, which *u*, numbers in (0, 1) of the shape of *came*, divides at random.
    """
    below, equal = (paths < came).sum(axis=0), (paths == came).sum(axis=0)
    found: Floats = (below + u * (equal + 1)) / (len(paths) + 1)
    return found


def brier(paths: Floats, came: Floats, limit: Floats | float) -> Floats:
    """Return the squared error of the chance to be above *limit*."""
    found: Floats = ((paths > limit).mean(axis=0) - (came > limit)) ** 2
    return found


def skill(score: Floats, baseline: Floats) -> float:
    """Return by which share of the baseline's mean score the forecast's is smaller; NaN when that is 0."""
    level = float(baseline.mean())
    return 1.0 - float(score.mean()) / level if level > 0 else float("nan")


def skill_interval(
    score: Floats, baseline: Floats, block: int = 5, draws: int = 2000, seed: int = 1
) -> tuple[float, float]:
    """Return the 95 % interval of the skill by a paired bootstrap of blocks of consecutive origins."""
    count = len(score)
    block = min(block, count)
    chance = np.random.default_rng(seed)
    begins = chance.integers(0, count - block + 1, size=(draws, -(-count // block)))
    rows = (begins[:, :, None] + np.arange(block)).reshape(draws, -1)[:, :count]
    below = baseline[rows].mean(axis=1)
    skills = 1.0 - score[rows].mean(axis=1) / np.where(below > 0, below, np.nan)
    low, high = np.nanquantile(skills, (0.025, 0.975)) if np.isfinite(skills).any() else (np.nan, np.nan)
    return float(low), float(high)
