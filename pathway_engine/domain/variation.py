"""Variation over time by fixed rules: the middle line, control limits, and what is not chance.

Rules (Perla, Provost and Murray 2011; Montgomery, Introduction to Statistical Quality Control):
the middle line is the median of the months; six months or more in a row on the same side of it are a shift
(months on the line neither count nor break the row). With eight months or more limits are drawn: of a share the
three-sigma limits of a p-chart, of anything else the individuals chart's mean of 2.66 moving ranges.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from statistics import mean, median

from pathway_engine.domain.quality import Figure
from pathway_engine.domain.quality_measures import Kind, Measure

SHIFT = 6
FEWEST_FOR_LIMITS = 8
INDIVIDUALS = 2.66
"""3 / d2 of two points (1.128): limits of an individuals chart in mean moving ranges."""


@dataclass(frozen=True, slots=True)
class Variation:
    """The lines of a run chart, one lower and upper limit for each point, and the points (by place) that stand out."""

    middle: float | None
    lower: tuple[float | None, ...] = ()
    upper: tuple[float | None, ...] = ()
    shifted: tuple[int, ...] = ()
    beyond: tuple[int, ...] = ()


def variation(measure: Measure, points: Sequence[Figure]) -> Variation:
    """Return what the months say; months without a value are passed over."""
    known = [(place, each.value) for place, each in enumerate(points) if each.value is not None]
    if not known:
        return Variation(None)
    middle = median(value for _, value in known)
    lower, upper = _limits(measure, points, known)
    beyond = tuple(place for place, value in known if _is_beyond(value, lower[place], upper[place]))
    return Variation(middle, lower, upper, _shifted(known, middle), beyond)


Limits = tuple[float | None, ...]


def _limits(measure: Measure, points: Sequence[Figure], known: Sequence[tuple[int, float]]) -> tuple[Limits, Limits]:
    nothing: Limits = (None,) * len(points)
    if len(known) < FEWEST_FOR_LIMITS:
        return nothing, nothing
    if measure.kind is Kind.SHARE:
        return _of_shares(points)
    values = [value for _, value in known]
    centre, width = mean(values), INDIVIDUALS * mean(abs(b - a) for a, b in pairwise(values))
    return (max(0.0, centre - width),) * len(points), (centre + width,) * len(points)


def _of_shares(points: Sequence[Figure]) -> tuple[Limits, Limits]:
    counted = [each for each in points if each.value is not None]
    share = sum(each.numerator or 0 for each in counted) / sum(each.denominator or 0 for each in counted)
    widths = [3 * sqrt(share * (1 - share) / each.denominator) if each.denominator else None for each in points]
    lower = tuple(None if width is None else max(0.0, share - width) for width in widths)
    return lower, tuple(None if width is None else min(1.0, share + width) for width in widths)


def _is_beyond(value: float, lower: float | None, upper: float | None) -> bool:
    return (lower is not None and value < lower) or (upper is not None and value > upper)


def _shifted(known: Sequence[tuple[int, float]], middle: float) -> tuple[int, ...]:
    """The places of all rows of at least `SHIFT` on one side."""
    found: list[int] = []
    row: list[int] = []
    side = 0
    for place, value in [*known, (-1, middle)]:
        here = (value > middle) - (value < middle)
        if here == 0 and place >= 0:
            continue
        if here != side:
            found += row if len(row) >= SHIFT else []
            row, side = [], here
        row.append(place)
    return tuple(found)
