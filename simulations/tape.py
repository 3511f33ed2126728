"""The tape of one replication: who comes when, where each goes and how long each stay lasts, all drawn at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulations.chance import Floats, Keys, Purpose, key_of
from simulations.loops import arrays
from simulations.model import AWAY, FIRST, LAST, LATER, NOBODY, OVERFLOWS, TRANSIT, Ints, Model, Stream, Tape

READMITTED = -1000
"""The way of a step after which the patient comes back."""
STEPS_OF_AN_EPISODE = 4096
COLUMNS: Mapping[str, type] = {
    "phase": np.int64, "service": np.float64, "delay": np.float64, "transit": np.float64, "away": np.float64,
    "way": np.int32, "left_by": np.int32, "episode": np.int32, "flags": np.uint8,
}  # fmt: skip
MOST_STEPS = 20_000
np.empty(1 << 24, dtype=np.uint8)
"""Given back at once: from then on glibc keeps what smaller arrays give back, and asks the kernel no more for pages."""


@dataclass(slots=True)
class Present:
    """Patients who are there when the simulation begins, before those who come.

    `residual` days are left of their first step, NaN for a whole one; those who wait in a queue have arrived and
    are not `placed`. `arrive` is the day on which each is there or comes again, `way` the exit that is known already
    or NOBODY, `delay` what is left of the delay after the first step or NaN; None is nothing of the kind.
    """

    key: Keys
    phase: Ints
    group: Ints
    municipality: Ints
    residual: Floats
    is_placed: NDArray[np.bool_]
    arrive: Floats | None = None
    way: Ints | None = None
    delay: Floats | None = None


@dataclass(slots=True)
class _Walk:
    """Where the patients who are still on their way are, one row each."""

    who: Ints
    phase: Ints
    episode: Ints
    step: Ints
    earliest: Floats


@dataclass(slots=True)
class _Known:
    """What is known of the first step of all who are there or come."""

    residual: Floats
    way: Ints
    delay: Floats


def _known(present: Present, order: Ints) -> _Known:
    nothing, none = np.full(len(order), np.nan), np.full(len(order), NOBODY)
    known = _Known(nothing, none, nothing.copy())
    count = len(present.phase)
    known.residual[:count] = present.residual
    known.way[:count] = NOBODY if present.way is None else present.way
    known.delay[:count] = np.nan if present.delay is None else present.delay
    return _Known(known.residual[order], known.way[order], known.delay[order])


def draw_tape(model: Model, seed: int, replication: int, present: Present | None = None, loop: str = "") -> Tape:
    """Return the tape of one replication; the same seed and replication always give the same, whatever the *loop*."""
    return _Drawing(model, seed, replication, loop).tape(present)


class _Drawing:
    """One replication's tape in the making."""

    def __init__(self, model: Model, seed: int, replication: int, loop: str) -> None:
        self.model = model
        self.by = arrays(loop)
        self.seed = seed
        self.replication = replication
        self.until = model.scenario.run.until
        self.has_between = bool(((model.ways.delay != NOBODY) | (model.ways.transit != NOBODY)).any())
        self.has_deaths = bool(model.ways.is_death.any())
        self.hazards = np.flatnonzero(model.ways.hazard_rate.any(axis=(0, 1))).tolist()
        self.has_away = bool((model.ways.away != NOBODY).any())
        self.levels: list[dict[str, NDArray[Any]]] = []

    def tape(self, present: Present | None) -> Tape:
        arrive, key, into, group, place = self._patients(present)
        known = None
        if present is not None:
            order = np.argsort(arrive, kind="stable")
            known = _known(present, order)
            arrive, key, into, group, place = arrive[order], key[order], into[order], group[order], place[order]
        self.key, self.group, self.place = key, group, place
        walk = _Walk(np.arange(len(arrive)), into, np.zeros_like(into), np.zeros_like(into), arrive.copy())
        while walk.who.size:
            walk = self._stepped(walk, known)
            known = None
        placed = 0 if present is None else int(present.is_placed.sum())
        return self._gathered(arrive, placed)

    def _key(self, purpose: Purpose, part: int = 0) -> int:
        return key_of(self.seed, self.replication, purpose, part)

    def _uniforms(self, purpose: Purpose, patients: Keys, visits: Keys | None = None, part: int = 0) -> Floats:
        visits = np.zeros(len(patients), dtype=np.uint64) if visits is None else visits
        found: Floats = self.by.uniforms(self._key(purpose, part), patients, visits)
        return found

    # -- who comes when ----------------------------------------------------------------------------

    def _patients(self, present: Present | None) -> tuple[Floats, Keys, Ints, Ints, Ints]:
        parts = [self._arrivals(stream) for stream in self.model.streams]
        arrive, key, into, group, place = (np.concatenate([part[n] for part in parts]) for n in range(5))
        columns = (arrive, key, into, group, place)
        if len(parts) > 1:
            order = np.argsort(arrive, kind="stable")
            columns = (arrive[order], key[order], into[order], group[order], place[order])
        return columns if present is None else self._with_present(present, columns)

    def _with_present(
        self, present: Present, columns: tuple[Floats, Keys, Ints, Ints, Ints]
    ) -> tuple[Floats, Keys, Ints, Ints, Ints]:
        """Put those who are there first; who is in place must stand before who waits."""
        assert (np.diff(present.is_placed.astype(int)) <= 0).all()
        at = np.zeros(len(present.phase)) if present.arrive is None else present.arrive
        there = (at, present.key, present.phase, present.group, present.municipality)
        a, b, c, d, e = (np.concatenate(pair) for pair in zip(there, columns, strict=True))
        return a, b, c, d, e

    def _arrivals(self, stream: Stream) -> tuple[Floats, Keys, Ints, Ints, Ints]:
        total = float(stream.expected[-1])
        most = int(total + 8 * np.sqrt(total) + 30)
        keys = self.by.patient_keys(stream.key, most)
        expected = np.cumsum(-np.log1p(-self._uniforms(Purpose.ARRIVAL, keys)))
        count = int(np.searchsorted(expected, total))
        at = np.interp(expected[:count], stream.expected, stream.hours)
        place = np.zeros(count, dtype=np.int64)
        if len(stream.shares) > 1:
            place = self.by.shared_out(self._key(Purpose.MUNICIPALITY), keys[:count], stream.shares)
        return at, keys[:count], np.full(count, stream.into), np.full(count, stream.group), place

    # -- where they go -----------------------------------------------------------------------------

    def _stepped(self, walk: _Walk, known: _Known | None) -> _Walk:
        """Take each patient one step on, note the step, and return who goes on to another."""
        patients, group = self.key[walk.who], self.group[walk.who]
        visits = (walk.episode * STEPS_OF_AN_EPISODE + walk.step).astype(np.uint64)
        service = self._drawn(
            self.by.looked_up(self.model.lasts, walk.phase, group), Purpose.DURATION, patients, visits
        )
        if known is not None:
            service = np.where(np.isnan(known.residual), service, known.residual)
        way, to, is_death, back = self._ways(walk, group, patients, visits, service, known)
        delay, transit, away = self._between(walk.phase, way, patients, visits)
        if known is not None:
            delay = np.where(np.isnan(known.delay), delay, known.delay)
        ends, left_by = (to == NOBODY) & ~is_death, way.copy()
        if self.model.readmission is not None and ends.any():
            self._readmit(walk, ends, group, patients, visits, way, to, away, back)
        goes_on = to != NOBODY
        is_away = back | (way == READMITTED)
        if self.has_away:
            is_away |= (self.model.ways.away[walk.phase, np.maximum(way, 0)] != NOBODY) & (way >= 0)
        flags = np.where(goes_on, is_away * np.uint8(AWAY), np.uint8(LAST))
        level = {"patient": walk.who, "phase": walk.phase, "service": service, "away": away, "way": way,
                 "left_by": left_by, "episode": walk.episode, "flags": flags}  # fmt: skip
        self.levels.append(level)
        if self.has_between:
            level.update(delay=delay, transit=transit)
            earliest = walk.earliest + service + delay + away
        else:
            earliest = walk.earliest + service + away
        if len(self.levels) > MOST_STEPS:
            raise RecursionError("a patient never leaves the model")
        return _Walk(*self.by.onward(walk.who, to, walk.episode, walk.step, back, earliest, self.until + 1e-6))

    def _drawn(self, spreads: Ints, purpose: Purpose, patients: Keys, visits: Keys) -> Floats:
        """Return a duration from each row's distribution, 0 where it has none."""
        drawn = np.zeros(len(spreads))
        for number in np.flatnonzero(np.bincount(spreads + 1, minlength=1)[1:]):
            spread = self.model.spreads[number]
            rows = np.flatnonzero(spreads == number)
            if spread.kind == "fixed":
                drawn[rows] = spread.first
            elif len(rows) == len(spreads):
                return spread.quantile(self._uniforms(purpose, patients, visits), self.by.normal_quantile)
            else:
                u = self._uniforms(purpose, patients[rows], visits[rows])
                drawn[rows] = spread.quantile(u, self.by.normal_quantile)
        return drawn

    def _ways(
        self, walk: _Walk, group: Ints, patients: Keys, visits: Keys, service: Floats, known: _Known | None = None
    ) -> tuple[Ints, Ints, NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which way each goes, to which phase, whether dead, and whether back as a readmission."""
        ways, phase = self.model.ways, walk.phase
        way, to = self.by.exits(self._key(Purpose.EXIT), patients, visits, phase, group, ways)
        if known is not None:
            way = np.where(known.way == NOBODY, way, known.way)
            to = ways.to[phase, way]
        back = np.zeros(len(phase), dtype=bool)
        is_death = self.by.looked_up(ways.is_death, phase, way) if self.has_deaths else back.copy()
        for number in self.hazards:
            rate = ways.hazard_rate[phase, group, number]
            rows = np.flatnonzero(rate > 0)
            if rows.size:
                u = self._uniforms(Purpose.HAZARD, patients[rows], visits[rows], number)
                at = -np.log1p(-u) / rate[rows]
                hit, at = rows[at < service[rows]], at[at < service[rows]]
                service[hit], way[hit], to[hit] = at, -1 - number, ways.hazard_to[phase[hit], number]
                is_death[hit] = ways.hazard_is_death[phase[hit], number]
                back[hit] = ways.hazard_is_readmission[phase[hit], number]
        return way, to, is_death, back

    def _between(self, phase: Ints, way: Ints, patients: Keys, visits: Keys) -> tuple[Floats, Floats, Floats]:
        ways = self.model.ways
        parts = []
        for spreads, purpose in (
            (ways.delay, Purpose.DELAY),
            (ways.transit, Purpose.TRANSIT),
            (ways.away, Purpose.AWAY),
        ):
            if (spreads == NOBODY).all():
                parts.append(np.zeros(len(phase)))
                continue
            number = np.where(way >= 0, spreads[phase, np.maximum(way, 0)], NOBODY)
            parts.append(self._drawn(number, purpose, patients, visits))
        return parts[0], parts[1], parts[2]

    def _readmit(
        self, walk: _Walk, ends: NDArray[np.bool_], group: Ints, patients: Keys, visits: Keys,
        way: Ints, to: Ints, away: Floats, back: NDArray[np.bool_],
    ) -> None:  # fmt: skip
        assert self.model.readmission is not None
        into, spread, at_most = self.model.readmission
        rows = np.flatnonzero(ends & (walk.episode < at_most))
        u = self._uniforms(Purpose.READMISSION, patients[rows], visits[rows])
        rows = rows[u < self.model.readmission_chance[group[rows]]]
        to[rows], way[rows], back[rows] = into, READMITTED, True
        again = self._uniforms(Purpose.READMISSION, patients[rows], visits[rows], 1)
        away[rows] = self.model.spreads[spread].quantile(again)

    # -- the tape itself ---------------------------------------------------------------------------

    def _gathered(self, arrive: Floats, placed: int) -> Tape:
        """Lay each patient's steps side by side."""
        sizes = [len(level["patient"]) for level in self.levels]
        who = self._column("patient", np.int64)
        counts = np.bincount(who, minlength=len(arrive))
        first = np.concatenate(([0], np.cumsum(counts)))
        at = first[who] + np.repeat(np.arange(len(sizes)), sizes)
        columns: dict[str, NDArray[Any]] = {"patient": np.repeat(np.arange(len(arrive)), counts)}
        for name, kind in COLUMNS.items():
            columns[name] = np.zeros(len(who), dtype=kind)
            if self.levels and name in self.levels[0]:
                self.by.lay(columns[name], at, self._column(name, kind))
        return self._completed(arrive, placed, first, columns)

    def _column(self, name: str, kind: type) -> NDArray[Any]:
        parts = [level[name] for level in self.levels]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=kind)

    def _completed(self, arrive: Floats, placed: int, first: Ints, columns: dict[str, NDArray[Any]]) -> Tape:
        model, phase, patient = self.model, columns["phase"], columns["patient"]
        place, priority = self.place[patient], np.zeros(len(phase), dtype=np.uint8)
        if model.classes > 1:
            priority = model.priority[phase, self.group[patient]].astype(np.uint8)
        transit = np.zeros(len(phase))
        if (model.ways.transit != NOBODY).any():
            transit[1:] = columns["transit"][:-1]  # counted where it ends, at the step that is entered
            transit[first[:-1]] = 0.0
        flags = columns["flags"]
        flags[first[:-1]] |= FIRST
        flags |= (transit > 0) * np.uint8(TRANSIT)
        if model.waits_for.any():
            flags |= (model.holds_up[phase] & (columns["left_by"] >= 0)) * np.uint8(LATER)
        if (model.ways.delay != NOBODY).any() or (model.leaves != NOBODY).any():
            flags |= ((columns["delay"] > 0) | (model.leaves[phase] != NOBODY)) * np.uint8(LATER)
        if (model.overflow_row != NOBODY).any():
            flags |= (model.overflow_row[phase, place] != NOBODY) * np.uint8(OVERFLOWS)
        pool = self.by.looked_up(model.pool_of, phase, place)
        return Tape(
            seed=self.seed, replication=self.replication, until=self.until, placed=placed, arrive=arrive, key=self.key,
            group=self.group, municipality=self.place,
            first=first, patient=patient, phase=phase, pool=pool, service=columns["service"],
            flags=flags, delay=columns["delay"], away=columns["away"], transit=transit,
            priority=priority, way=columns["way"], left_by=columns["left_by"], episode=columns["episode"],
        )  # fmt: skip
