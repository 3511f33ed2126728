"""Counts and durations of one process, kept in memory: small, safe among threads, and of few series."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the buckets, in seconds; one more takes what is slower."""
MOST_SERIES = 1000
"""So many combinations of labels at most: what comes beyond is counted as `OTHER`."""
OTHER = "other"
Labels = tuple[str, ...]


@dataclass(slots=True)
class Durations:
    """How many took how long: counts by bucket, and their sum in seconds."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    sum: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.sum += seconds

    def up_to(self) -> list[tuple[str, int]]:
        """The cumulative counts, each with its bound as the format wants it."""
        found, so_far = [], 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), self.buckets, strict=True):
            so_far += count
            found.append((bound, so_far))
        return found


class Tally:
    """Counts and durations by name of metric and labels."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[str, Counter[Labels]] = {}
        self._durations: dict[str, dict[Labels, Durations]] = {}

    def count(self, name: str, labels: Labels = (), by: int = 1) -> None:
        """Add to a count."""
        with self._lock:
            counts = self._counts.setdefault(name, Counter())
            counts[_bounded(counts, labels)] += by

    def time(self, name: str, seconds: float, labels: Labels = ()) -> None:
        """Add a duration."""
        with self._lock:
            durations = self._durations.setdefault(name, {})
            durations.setdefault(_bounded(durations, labels), Durations()).add(seconds)

    def counts(self, name: str) -> dict[Labels, int]:
        """The counts so far."""
        with self._lock:
            return dict(self._counts.get(name, {}))

    def durations(self, name: str) -> dict[Labels, tuple[list[tuple[str, int]], float]]:
        """The durations so far: cumulative counts by bound, and the sum."""
        with self._lock:
            return {labels: (each.up_to(), each.sum) for labels, each in self._durations.get(name, {}).items()}


def _bounded(known: Mapping[Labels, object], labels: Labels) -> Labels:
    return labels if labels in known or len(known) < MOST_SERIES else (OTHER,) * len(labels)
