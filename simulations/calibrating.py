"""What a log teaches a scenario: durations, arrivals, chances and readmissions, each with its uncertainty.

A stay that goes on counts as longer than it has lasted, and a patient who has not come back as one who may.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulations.chance import Floats
from simulations.durations import gamma_quantile_exact
from simulations.model import NOBODY
from simulations.scenario import OUT, Arrivals, Exit, Phase, Scenario
from simulations.stays import UNKNOWN, Stays
from simulations.survival import Curve, Fit, as_spread, best_fit, kaplan_meier

FEWEST = 20
"""Of fewer the scenario's own numbers are kept."""
ENOUGH_FOR_HOURS = 1000
A_MONTH = 30.0


@dataclass(frozen=True, slots=True)
class Share:
    """A chance with Wilson's 95 % interval, from so many of so many."""

    value: float
    low: float
    high: float
    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a phase lasts for a group: the curve that was seen and the distribution that fits it best."""

    phase: str
    group: str
    curve: Curve
    fit: Fit


@dataclass(frozen=True, slots=True)
class Rate:
    """Arrivals a day with their exact 95 % interval, and their variance by day over their mean (1 when by chance)."""

    into: str
    group: str
    per_day: float
    low: float
    high: float
    count: int
    dispersion: float
    by_hour: tuple[float, ...]
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Return:
    """Readmissions: the chance within the time seen, and the curve of who is still away."""

    chance: Share
    curve: Curve


@dataclass(frozen=True, slots=True)
class Calibration:
    """Everything that the log tells about the scenario, and what it says too little of."""

    scenario: Scenario
    durations: tuple[Duration, ...]
    rates: tuple[Rate, ...]
    chances: Mapping[tuple[str, str], tuple[tuple[Exit, Share], ...]]
    back: Return | None
    too_few: tuple[str, ...]
    days: float

    def applied(self) -> Scenario:
        """Return the scenario with what was learnt in place of its own numbers."""
        scenario = self.scenario
        phases = {name: self._phase(phase) for name, phase in scenario.phases.items()}
        rates = {(rate.into, rate.group): rate for rate in self.rates}
        arrivals = tuple(self._arrivals(each, rates.get((each.into, each.group))) for each in scenario.arrivals)
        back = scenario.readmission
        if back is not None and self.back is not None:
            chance = dict.fromkeys(scenario.groups, self.back.chance.value)
            back = replace(back, chance=chance, away=as_spread(self.back.curve))
        return replace(scenario, phases=phases, arrivals=arrivals, readmission=back)

    def _phase(self, phase: Phase) -> Phase:
        lasts = dict(phase.lasts)
        lasts.update({each.group: each.fit.spread for each in self.durations if each.phase == phase.name})
        found = {group: shares for (name, group), shares in self.chances.items() if name == phase.name}
        exits = tuple(_with_chances(each, place, found) for place, each in enumerate(phase.exits))
        return replace(phase, lasts=lasts, exits=exits)

    def _arrivals(self, arrivals: Arrivals, rate: Rate | None) -> Arrivals:
        if rate is None:
            return arrivals
        by_hour = rate.by_hour or arrivals.by_hour
        return replace(
            arrivals, per_day=rate.per_day, shares=rate.shares, by_hour=by_hour, table=(), growth=0.0, by_month=()
        )


def _with_chances(way: Exit, place: int, found: Mapping[str, tuple[tuple[Exit, Share], ...]]) -> Exit:
    learnt = {group: shares[place][1].value for group, shares in found.items()}
    return replace(way, chance={**way.chance, **learnt})


def taught(scenario: Scenario, stays: Stays) -> Scenario:
    """Return the scenario with what the log teaches."""
    return calibrate(scenario, stays).applied()


def calibrate(scenario: Scenario, stays: Stays, begins: float | None = None) -> Calibration:
    """Return what the log from day *begins* (else its first stay) teaches of the scenario.

    Of fewer than 20 observations nothing is learnt, and `too_few` says so.
    """
    begins = (float(stays.asked.min()) if len(stays) else 0.0) if begins is None else begins
    learning = _Learning(scenario, stays.chosen(stays.asked >= begins), begins)
    durations, chances = tuple(learning.durations()), dict(learning.chances())
    rates, back = tuple(learning.rates()), learning.back()
    return Calibration(scenario, durations, rates, chances, back, tuple(learning.too_few), stays.until - begins)


def window(scenario: Scenario) -> float:
    """Return the days within which who comes again is readmitted: nearly all of the time away, else a month."""
    back = scenario.readmission
    return A_MONTH if back is None else float(back.away.quantile(np.array([0.999]))[0])


class _Learning:
    """A log, and which of its stays begin something new."""

    def __init__(self, scenario: Scenario, stays: Stays, begins: float) -> None:
        self.scenario, self.stays, self.begins = scenario, stays, begins
        self.phases = list(scenario.phases.values())
        self.too_few: list[str] = []
        count = len(stays)
        same = np.zeros(count, dtype=bool)
        same[1:] = stays.patient[1:] == stays.patient[:-1]
        goes_on = np.zeros(count, dtype=bool)
        goes_on[1:] = same[1:] & (stays.to[:-1] != NOBODY)
        self.is_first = ~goes_on  # of an episode: from outside, for the first time or again
        gap = np.full(count, np.inf)
        gap[1:] = np.where(same[1:], stays.asked[1:] - stays.left[:-1], np.inf)
        self.gap = gap
        self.is_back = self.is_first & same & (gap <= window(scenario))

    def _by_phase_and_group(self) -> Iterable[tuple[int, Phase, int, str, NDArray[np.int64]]]:
        for number, phase in enumerate(self.phases):
            for place, group in enumerate(self.scenario.groups):
                mine = (self.stays.phase == number) & (self.stays.group == place) & np.isfinite(self.stays.got)
                yield number, phase, place, group, np.flatnonzero(mine)

    def durations(self) -> Iterable[Duration]:
        for _, phase, _, group, rows in self._by_phase_and_group():
            ended = np.isfinite(self.stays.ready[rows])
            if phase.is_ready or phase.lasts[group].kind == "fixed":
                continue  # what lasts as long as others decide is not a duration of its own
            if ended.sum() < FEWEST:
                self.too_few.append(f"{phase.name} {group}: {int(ended.sum())} stays that have ended")
                continue
            days = np.where(ended, self.stays.ready[rows], self.stays.until) - self.stays.got[rows]
            yield Duration(phase.name, group, kaplan_meier(days, ended), best_fit(days, ended))

    def chances(self) -> Iterable[tuple[tuple[str, str], tuple[tuple[Exit, Share], ...]]]:
        names = list(self.scenario.phases)
        for _, phase, _, group, rows in self._by_phase_and_group():
            rows = rows[self.stays.to[rows] != UNKNOWN]
            targets = [(NOBODY if each.to == OUT else names.index(each.to), each.is_death) for each in phase.exits]
            if len(targets) < 2 or len(set(targets)) < len(targets):
                continue
            dead = self.stays.is_death[rows] & (self.stays.to[rows] == NOBODY)
            counts = [int(((self.stays.to[rows] == to) & (dead == died)).sum()) for to, died in targets]
            if sum(counts) < FEWEST:
                self.too_few.append(f"{phase.name} {group}: {sum(counts)} ways out")
                continue
            yield (
                (phase.name, group),
                tuple((way, wilson(count, sum(counts))) for way, count in zip(phase.exits, counts, strict=True)),
            )

    def rates(self) -> Iterable[Rate]:
        for number, phase in enumerate(self.phases):
            for place, group in enumerate(self.scenario.groups):
                if any((each.into, each.group) == (phase.name, group) for each in self.scenario.arrivals):
                    mine = self.is_first & ~self.is_back & (self.stays.phase == number) & (self.stays.group == place)
                    yield from self._rate(phase.name, group, np.flatnonzero(mine))

    def _rate(self, into: str, group: str, rows: NDArray[np.int64]) -> Iterable[Rate]:
        days, count = self.stays.until - self.begins, len(rows)
        if count < FEWEST or days < 1:
            self.too_few.append(f"arrivals into {into} of {group}: {count}")
            return
        at = self.stays.asked[rows]
        by_day = np.bincount((at - self.begins).astype(int), minlength=int(days))[: int(days)]
        places = np.bincount(self.stays.municipality[rows], minlength=len(self.scenario.municipalities)) / count
        low, high = poisson_interval(count)
        yield Rate(
            into=into, group=group, per_day=count / days, low=low / days, high=high / days, count=count,
            dispersion=float(by_day.var(ddof=1) / by_day.mean()) if len(by_day) > 1 else math.nan,
            by_hour=hours_of_week(at) if count >= ENOUGH_FOR_HOURS else (),
            shares=dict(zip(self.scenario.municipalities, places.tolist(), strict=True)),
        )  # fmt: skip

    def back(self) -> Return | None:
        """Return how many of those who leave alive come back, and when; those who left lately may still."""
        if self.scenario.readmission is None:
            return None
        gone = np.flatnonzero((self.stays.to == NOBODY) & np.isfinite(self.stays.left) & ~self.stays.is_death)
        following = np.minimum(gone + 1, len(self.stays) - 1)
        comes = (following > gone) & self.is_back[following]
        seen = np.minimum(self.stays.until - self.stays.left[gone], window(self.scenario))
        curve = kaplan_meier(np.where(comes, self.gap[following], seen), comes)
        if curve.ended < FEWEST:
            self.too_few.append(f"readmissions: {curve.ended}")
            return None
        stays_out, error = float(curve.beyond[-1]), float(curve.error[-1])
        value, width = 1 - stays_out, 1.959964 * error
        chance = Share(value, max(value - width, 0.0), min(value + width, 1.0), curve.ended, len(gone))
        return Return(chance, _of_those_who_return(curve))


def _of_those_who_return(curve: Curve) -> Curve:
    """Return the curve of the time away of those who come back at all."""
    out = curve.beyond[-1]
    return replace(curve, beyond=(curve.beyond - out) / (1 - out), error=curve.error / (1 - out))


def wilson(count: int, of: int) -> Share:
    """Return a share with Wilson's 95 % interval (JASA 22, 1927)."""
    z2, share = 3.841459, count / of
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = math.sqrt(z2 * share * (1 - share) / of + z2 * z2 / (4 * of * of)) / (1 + z2 / of)
    return Share(share, max(middle - half, 0.0), min(middle + half, 1.0), count, of)


def poisson_interval(count: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a Poisson mean (Garwood, Biometrika 28, 1936)."""
    low = float(gamma_quantile_exact(count, np.array([0.025]))[0]) if count else 0.0
    return low, float(gamma_quantile_exact(count + 1, np.array([0.975]))[0])


def hours_of_week(at: Floats) -> tuple[float, ...]:
    """Return 168 multipliers with mean 1: the day of the week times the hour of the day."""
    hours = np.floor(at * 24 + 1e-9).astype(np.int64)
    by_day = np.bincount((hours // 24) % 7, minlength=7) / len(at) * 7
    by_hour = np.bincount(hours % 24, minlength=24) / len(at) * 24
    return tuple(np.outer(by_day, by_hour).ravel().tolist())
