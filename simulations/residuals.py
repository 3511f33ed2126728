"""How much longer something lasts that has lasted for a while: S - e given S > e, and who is still to come back."""

from __future__ import annotations

import numpy as np

from simulations.chance import Floats
from simulations.durations import Spread

SURELY = 1 - 1e-9


def share_below(spread: Spread, days: Floats) -> Floats:
    """Return the share of durations that are at most *days*, by halving on the quantile function."""
    low, high = np.zeros_like(days), np.ones_like(days)
    for _ in range(50):
        middle = (low + high) / 2
        below = spread.quantile(middle.clip(2.0**-54, 1 - 2.0**-53)) <= days
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def residual(spread: Spread, elapsed: Floats, u: Floats) -> Floats:
    """Return how many days are left after *elapsed*, for numbers *u* in (0, 1); the arrays are broadcast.

    What has lasted longer than the distribution knows goes on with its mean, without memory.
    """
    below = np.broadcast_to(share_below(spread, np.asarray(elapsed, dtype=float)), u.shape)
    total = spread.quantile((below + u * (1 - below)).ravel().clip(2.0**-54, 1 - 2.0**-53)).reshape(u.shape)
    left = np.maximum(total - elapsed, 0.0)
    found: Floats = np.where(below > SURELY, -np.log1p(-u) * spread.mean, left)
    return found


def chance_to_return(chance: Floats, spread: Spread, elapsed: Floats) -> Floats:
    """Return the chance that somebody still comes back who has not done so for *elapsed* days."""
    still_away = 1 - share_below(spread, elapsed)
    found: Floats = chance * still_away / (1 - chance + chance * still_away).clip(1e-300)
    return found
