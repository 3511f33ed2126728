"""Forecasts of days that have passed, each from what was known then, scored against what came and two baselines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pathway_engine.domain.errors import PathwayEngineError
from simulations.census import census_at
from simulations.chance import Floats, key_of, patient_keys, uniforms
from simulations.compiling import compile_scenario
from simulations.figures import TOTAL, Name
from simulations.forecasting import HORIZON, PATHS, forecast, level_names, levels_of
from simulations.scenario import Scenario
from simulations.scoring import brier, crps, interval, is_covered, pinball, pit, skill, skill_interval
from simulations.spread import Spreading, spreading
from simulations.stays import Stays, as_known_at

SHARES = (0.5, 0.8, 0.95)
QUANTILES = (0.1, 0.5, 0.9)
FEWEST_WEEKS = 12
"""Climatology is of the same weekday when there are so many, else of all days."""
PIT_CELLS = 10
Learn = Callable[[Scenario, Stays], Scenario]
"""Gives the scenario with what a log up to some day teaches."""


class LogTooShort(PathwayEngineError):
    """The log does not reach as far as the forecasts that are to be scored."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One origin's scores, each [name, day]; `covered` and `width` are [share, name, day], `loss` [quantile, ...]."""

    at: float
    crps: Floats
    climatology: Floats
    persistence: Floats
    covered: Floats
    width: Floats
    loss: Floats
    pit: Floats
    brier: Floats
    came: Floats


@dataclass(frozen=True, slots=True)
class Backtest:
    """The scores of all origins. Days count from 1."""

    names: tuple[Name, ...]
    scored: tuple[Scored, ...]

    def _values(self, score: str, what: str, of: str, day: int) -> Floats:
        place = next(n for n, name in enumerate(self.names) if (name.what, name.of) == (what, of))
        return np.array([getattr(each, score)[..., place, day - 1] for each in self.scored])

    def crps(self, what: str, of: str = TOTAL, day: int = 1) -> float:
        """Return the mean score of the forecast."""
        return float(self._values("crps", what, of, day).mean())

    def skill(
        self, what: str, of: str = TOTAL, day: int = 1, against: str = "climatology"
    ) -> tuple[float, float, float]:
        """Return the skill against `climatology` or `persistence` with its 95 % interval."""
        score, baseline = self._values("crps", what, of, day), self._values(against, what, of, day)
        return skill(score, baseline), *skill_interval(score, baseline)

    def coverage(self, share: float, what: str, of: str = TOTAL, day: int | None = None) -> float:
        """Return the share of what came that lies in the central interval, on one day or on all."""
        days = range(1, self.days + 1) if day is None else [day]
        place = SHARES.index(share)
        return float(np.mean([self._values("covered", what, of, each)[:, place] for each in days]))

    def width(self, share: float, what: str, of: str = TOTAL, day: int = 1) -> float:
        """Return the mean width of the central interval."""
        return float(self._values("width", what, of, day)[:, SHARES.index(share)].mean())

    def pinball(self, quantile: float, what: str, of: str = TOTAL, day: int = 1) -> float:
        """Return the mean pinball loss of a quantile."""
        return float(self._values("loss", what, of, day)[:, QUANTILES.index(quantile)].mean())

    def brier(self, what: str, of: str = TOTAL, day: int = 1) -> float:
        """Return the mean Brier score of the chance to exceed what was the median before the first origin."""
        return float(self._values("brier", what, of, day).mean())

    def pit(self, what: str, of: str = TOTAL, day: int = 1) -> tuple[int, ...]:
        """Return how many transforms fall in each tenth of (0, 1); even when the forecast is right."""
        values = self._values("pit", what, of, day)
        return tuple(np.bincount((values * PIT_CELLS).astype(int).clip(0, PIT_CELLS - 1), minlength=PIT_CELLS).tolist())

    @property
    def days(self) -> int:
        """How many days each forecast reaches."""
        return int(self.scored[0].crps.shape[1])


@dataclass(frozen=True, slots=True)
class _Job:
    scenario: Scenario
    stays: Stays
    origins: Sequence[float]
    begins: float
    horizon: int
    paths: int
    seed: int
    loop: str
    learn: Learn | None


def rolling_origins(first: float, last: float, every: float) -> tuple[float, ...]:
    """Return the days *first*, *first* + *every*, ... up to *last*."""
    return tuple(np.arange(first, last + 1e-9, every).tolist())


def backtest(
    scenario: Scenario, stays: Stays, origins: Sequence[float], *, begins: float = 0.0, horizon: int = HORIZON,
    paths: int = PATHS, seed: int = 1, workers: int = 1, by: Spreading | None = None, loop: str = "",
    learn: Learn | None = None, progress: Callable[[int], None] | None = None,
) -> Backtest:  # fmt: skip
    """Return the scores of a forecast from each of *origins*, days of the log.

    *begins* is the day from which the log is whole. With *learn* the scenario is taught by the log up to each
    origin before it. Raises LogTooShort when something cannot be scored.
    """
    if not origins:
        raise LogTooShort("no day to forecast from: a longer log, or a shorter horizon, would be right")
    if max(origins) + horizon > stays.until or min(origins) < begins + 14:
        raise LogTooShort(
            f"the log tells of day {begins:g} to {stays.until:g}; "
            f"origins from {begins + 14:g} to {stays.until - horizon:g} would be right"
        )
    by = by or spreading(workers)
    parts = np.array_split(np.asarray(origins), max(1, min(len(origins), 4 * workers)))
    jobs = [_Job(scenario, stays, part.tolist(), begins, horizon, paths, seed, loop, learn) for part in parts]
    scored: list[Scored] = []
    for part in by.map(_scored_part, jobs):
        scored += part
        if progress is not None:
            progress(len(part))
    return Backtest(level_names(compile_scenario(scenario)), tuple(scored))


def _scored_part(job: _Job) -> list[Scored]:
    return [_scored(job, origin) for origin in job.origins]


def _scored(job: _Job, origin: float) -> Scored:
    known = as_known_at(job.stays, origin)
    scenario = job.scenario if job.learn is None else job.learn(job.scenario, known)
    model = compile_scenario(scenario)
    census = census_at(model, known, origin)
    paths = forecast(scenario, census, horizon=job.horizon, paths=job.paths, seed=job.seed, loop=job.loop).paths
    paths = paths.transpose(1, 0, 2)
    came = levels_of(model, job.stays, origin + np.arange(1.0, job.horizon + 1))
    weeks = int(origin - job.begins) // 7
    past = levels_of(model, job.stays, origin - np.arange(7 * weeks - 1, -1, -1.0))
    usual = np.stack([_climatology(past, day) for day in range(1, job.horizon + 1)], axis=-1)
    u = uniforms(key_of(job.seed, int(origin * 24), 110), patient_keys(1, np.arange(came.size))).reshape(came.shape)
    return Scored(
        at=origin, crps=crps(paths, came), climatology=crps(usual, came), persistence=np.abs(past[:, -1:] - came),
        covered=np.array([is_covered(paths, came, share) for share in SHARES], dtype=float),
        width=np.array([np.subtract(*interval(paths, share)[::-1]) for share in SHARES]),
        loss=np.array([pinball(paths, came, share) for share in QUANTILES]), pit=pit(paths, came, u),
        brier=brier(paths, came, np.median(past, axis=1, keepdims=True)), came=came,
    )  # fmt: skip


def _climatology(past: Floats, day: int) -> Floats:
    """Return [value, name]: what it was on the same weekday at the same hour, of the days up to the origin."""
    back = (-day) % 7
    same = past[:, ::-1][:, back::7]
    found = same if same.shape[1] >= FEWEST_WEEKS else past
    return found.T
