"""The next days from where everybody is now: many paths through the same event loop, and their quantiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.census import Census, Patients
from simulations.chance import Floats, Keys, key_of, name_key, patient_keys, uniforms
from simulations.durations import Spread
from simulations.engine import run_tape
from simulations.figures import TOTAL, Name
from simulations.model import NOBODY, Ints, Model
from simulations.packing import model_from, packed
from simulations.residuals import chance_to_return, residual
from simulations.scenario import Scenario
from simulations.stays import Stays, stays_of
from simulations.tape import Present, draw_tape

HORIZON = 14
PATHS = 200
Column = NDArray[np.generic]
RESIDUAL, RETURNS, AWAY_FOR, WAY, DELAYED = range(101, 106)
"""Purposes of draws of a forecast alone."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What may come: `paths` is [name, path, day], the numbers at *at* plus 1, 2, ... days.

    Discharge-ready patients by municipality and in all, and places in use and patients waiting by unit.
    """

    at: float
    names: tuple[Name, ...]
    paths: Floats

    @property
    def days(self) -> int:
        """How many days it reaches."""
        return int(self.paths.shape[2])

    def of(self, what: str, of: str = TOTAL) -> Floats:
        """Return the paths [path, day] of one series; raise KeyError when there is none."""
        for place, name in enumerate(self.names):
            if (name.what, name.of) == (what, of):
                found: Floats = self.paths[place]
                return found
        raise KeyError(f"no series {what} of {of}")

    def quantiles(self, shares: tuple[float, ...]) -> Floats:
        """Return [share, name, day]."""
        found: Floats = np.quantile(self.paths, shares, axis=1)
        return found


def forecast(
    scenario: Scenario, census: Census, *, horizon: int = HORIZON, paths: int = PATHS, seed: int = 1, loop: str = ""
) -> Forecast:
    """Return the paths from the census over the next *horizon* days.

    Who is there stays on for as long as such a stay goes on after the time that it has lasted already; who is
    ready waits for what he or she is known to wait for; who left alive may come back, as may those who leave on
    the way.
    """
    base, offset = model_from(scenario, census.at, horizon)
    model = packed(base, paths)
    present = _Beginning(base, census, offset, paths, seed).present()
    tape = draw_tape(model, seed, 0, present, loop)
    stays = stays_of(model, tape, run_tape(model, tape, loop))
    days = offset + np.arange(1.0, horizon + 1)
    levels = levels_at(model, stays, days)
    return Forecast(census.at, level_names(base), _by_path(base, levels, paths))


def level_names(model: Model) -> tuple[Name, ...]:
    """Return what is forecast: discharge-ready by municipality and in all, occupied and queue by unit."""
    scenario, units = model.scenario, model.pools.names
    places = [Name("discharge_ready", "municipality", each) for each in scenario.municipalities]
    by_unit = [Name(what, "unit", unit) for what in ("occupied", "queue") for unit in units]
    return (*places, Name("discharge_ready", TOTAL, TOTAL), *by_unit)


def levels_of(model: Model, stays: Stays, days: Floats) -> Floats:
    """Return [name, day]: what was so in fact on these days, by `level_names`."""
    ready, occupied, queue = levels_at(model, stays, days)
    return np.concatenate((ready, ready.sum(axis=0, keepdims=True), occupied, queue))


def levels_at(model: Model, stays: Stays, days: Floats) -> tuple[Floats, Floats, Floats]:
    """Return discharge-ready by municipality, and occupied and queue by unit, each [of, day]."""
    municipalities, pools = model.pool_of.shape[1], len(model.pools.names)
    is_ready_phase = np.array([each.is_ready for each in model.scenario.phases.values()])
    ready = np.where(is_ready_phase[stays.phase], stays.got, stays.ready)
    has = stays.pool >= 0
    held = np.flatnonzero(has & np.isfinite(stays.got))
    blocks = held[ready[held] < stays.left[held]]
    asked = np.flatnonzero(has & (stays.got > stays.asked))
    return (
        _count(stays.municipality[blocks], ready[blocks], stays.left[blocks], municipalities, days),
        _count(stays.pool[held], stays.got[held], stays.left[held], pools, days),
        _count(stays.pool[asked], stays.asked[asked], stays.got[asked], pools, days),
    )


def _count(of: Ints, begin: Floats, end: Floats, count: int, days: Floats) -> Floats:
    """Return how many intervals cover each day, by what they are *of*: those begun less those ended."""
    cells = len(days) + 1
    begun = np.bincount(of * cells + np.searchsorted(days, begin), minlength=count * cells).reshape(count, cells)
    ended = np.bincount(of * cells + np.searchsorted(days, end), minlength=count * cells).reshape(count, cells)
    found: Floats = np.cumsum(begun - ended, axis=1)[:, :-1].astype(float)
    return found


def _by_path(base: Model, levels: tuple[Floats, Floats, Floats], paths: int) -> Floats:
    ready, occupied, queue = (each.reshape(paths, -1, each.shape[1]).transpose(1, 0, 2) for each in levels)
    return np.concatenate((ready, ready.sum(axis=0, keepdims=True), occupied, queue))


class _Beginning:
    """The patients of all paths as they are at the beginning, path by path."""

    def __init__(self, base: Model, census: Census, offset: float, paths: int, seed: int) -> None:
        self.base, self.census, self.offset, self.paths, self.seed = base, census, offset, paths, seed

    def present(self) -> Present:
        there, waiting, left = self.census.there, self.census.waiting, self.census.left
        parts = (self._there(there), self._waiting(waiting), self._returning(left))
        key, phase, group, place, remains, arrive, way, delay = (
            np.concatenate([part[column] for part in parts]) for column in range(8)
        )
        is_placed = np.arange(len(phase)) < len(there) * self.paths
        return Present(key, phase, group, place, remains, is_placed, arrive, way, delay)

    def _tiled(self, patients: Patients, name: str) -> tuple[Keys, Ints, Ints, Ints]:
        """Return keys, phases, groups and municipalities, patient by patient within each path."""
        count, width = len(patients), self.base.pool_of.shape[1]
        key = patient_keys(name_key("census", name), np.arange(count * self.paths))
        path = np.repeat(np.arange(self.paths), count)
        phase, group, place = (
            np.tile(each, self.paths) for each in (patients.phase, patients.group, patients.municipality)
        )
        return key, phase, group, place + path * width

    def _u(self, purpose: int, key: Keys) -> Floats:
        return uniforms(key_of(self.seed, 0, purpose), key)

    def _there(self, there: Patients) -> tuple[Column, ...]:
        key, phase, group, place = self._tiled(there, "there")
        is_ready = np.isfinite(there.ready)
        remains = self._residuals(there, self._u(RESIDUAL, key).reshape(self.paths, -1), is_ready)
        way = self._ways(there, self._u(WAY, key).reshape(self.paths, -1), is_ready)
        delay = self._delays(there, way, self._u(DELAYED, key).reshape(self.paths, -1), is_ready)
        arrive = np.full(len(key), self.offset)
        return key, phase, group, place, remains.ravel(), arrive, way.ravel(), delay.ravel()

    def _residuals(self, there: Patients, u: Floats, is_ready: NDArray[np.bool_]) -> Floats:
        """Return [path, patient]: what is left of the stay; nothing for who is ready."""
        left = np.zeros_like(u)
        spreads = self.base.lasts[there.phase, there.group]
        elapsed = self.census.at - there.since
        for number in np.unique(spreads[~is_ready]):
            rows = np.flatnonzero((spreads == number) & ~is_ready)
            left[:, rows] = residual(self.base.spreads[number], elapsed[rows], u[:, rows])
        return left

    def _ways(self, there: Patients, u: Floats, is_ready: NDArray[np.bool_]) -> Ints:
        """Return the exit of who is ready: as told, else one of those that make a patient wait."""
        way = np.tile(there.way, (self.paths, 1))
        for row in np.flatnonzero(is_ready & (there.way == NOBODY)):
            chances = self._waiting_chances(int(there.phase[row]), int(there.group[row]))
            way[:, row] = np.searchsorted(np.cumsum(chances), u[:, row] * chances.sum())
        return way

    def _waiting_chances(self, phase: int, group: int) -> Floats:
        ways, count = self.base.ways, int(self.base.ways.count[phase])
        chances = np.diff(ways.cumulative[phase, group, :count], prepend=0.0)
        to = ways.to[phase, :count]
        holds = (to != NOBODY) & (self.base.pool_of[to].max(axis=1) != NOBODY)
        waits = (ways.delay[phase, :count] != NOBODY) | holds
        return np.where(waits, chances, 0.0) if (chances * waits).sum() > 0 else chances

    def _delays(self, there: Patients, way: Ints, u: Floats, is_ready: NDArray[np.bool_]) -> Floats:
        """Return what is left of a delay that no capacity shortens, NaN for who is not ready."""
        left = np.full(u.shape, np.nan)
        waited = self.census.at - there.ready
        for row in np.flatnonzero(is_ready):
            left[:, row] = 0.0
            numbers = self.base.ways.delay[there.phase[row], way[:, row]]
            for number in np.unique(numbers[numbers != NOBODY]):
                mine = numbers == number
                left[mine, row] = residual(self.base.spreads[number], waited[row : row + 1], u[mine, row])
        return left

    def _waiting(self, waiting: Patients) -> tuple[Column, ...]:
        columns = self._tiled(waiting, "waiting")
        return *columns, *self._whole(len(columns[0]), np.full(len(columns[0]), self.offset))

    def _whole(self, count: int, arrive: Floats) -> tuple[Column, ...]:
        """Return remaining times, arrivals, ways and delays of patients whose first stay is still to begin."""
        return np.full(count, np.nan), arrive, np.full(count, NOBODY), np.full(count, np.nan)

    def _returning(self, left: Patients) -> tuple[Column, ...]:
        key, phase, group, place = self._tiled(left, "left")
        if self.base.readmission is None or not len(left):
            return key, phase, group, place, *self._whole(len(key), np.zeros(len(key)))
        into, number, _ = self.base.readmission
        away, elapsed = self.base.spreads[number], self.census.at - left.since
        chance = chance_to_return(self.base.readmission_chance[left.group], away, elapsed)
        returns = self._u(RETURNS, key) < np.tile(chance, self.paths)
        after = _away(away, elapsed, self._u(AWAY_FOR, key).reshape(self.paths, -1)).ravel()[returns]
        count = len(after)
        there = (key[returns], np.full(count, into), group[returns], place[returns])
        return *there, *self._whole(count, self.offset + after)


def _away(spread: Spread, elapsed: Floats, u: Floats) -> Floats:
    return np.maximum(residual(spread, elapsed, u), 1e-9)
