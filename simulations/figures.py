"""The figures of one replication, counted from its time stamps in whole arrays.

A figure is one number with a name (what) and a place (of what): a unit, municipality, group, phase, task,
role, or `total`. All are counted from the end of the warm-up to the end of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulations.chance import Floats
from simulations.loops import arrays
from simulations.model import AWAY, FIRST, LAST, NOBODY, Ints, Model, Small, Stamps, Tape
from simulations.plain_arrays import begun_by_bucket
from simulations.tape import READMITTED

TOTAL = "total"
MOST_BUCKETS = 400

UNIT_FIGURES = (
    "occupied", "capacity", "utilisation", "queue", "queue_in_a_place", "asked_per_day", "started_per_day",
    "wait_mean", "wait_median", "wait_p90", "p_delay", "stay_mean", "lost_share",
    "blocked", "blocked_of_beds", "blocked_of_occupied", "blocked_of_ready",
)  # fmt: skip
"""`blocked` is the mean number of patients who are ready and still hold a place of the unit, in three
denominators: of its beds, of its occupied beds, and, as a share of patients, of those who became ready there."""
PLACE_FIGURES = (
    "discharge_ready", "overstay_days_per_day", "overstay_price_per_day", "overstay_share", "p_delay", "delay_mean",
)  # fmt: skip
"""`overstay_share` is that of ready patients who stayed over a midnight; `p_delay` that of those who stayed at all."""
TASK_FIGURES = ("raised_per_day", "done_per_day", "late_share", "wait_mean", "wait_p90", "fell_away_share")
STAFF_FIGURES = ("on_duty", "load")
"""`load` is the share of the hours on duty that goes to tasks."""
TOTAL_FIGURES = ("patients_per_day", "moves_per_patient", "readmitted_share", "deaths_per_day")


@dataclass(frozen=True, slots=True)
class Name:
    """What a figure tells, and of what: `kind` is unit, municipality, group, phase, task, staff or total."""

    what: str
    kind: str
    of: str

    def __str__(self) -> str:
        return f"{self.what} {self.of}"


@dataclass(frozen=True, slots=True)
class Replication:
    """What is kept of one replication: its figures, time series by bucket of days, and Little's law."""

    number: int
    figures: Floats  # in the order of `figure_names`
    series: NDArray[np.float32]  # [series, bucket]: mean number in each bucket, by `series_names`; may be left out
    halves: Floats  # [series, 2]: mean level in each half of the time that counts
    little: float  # largest relative difference between the two sides of L = lambda W
    events: int
    patients: int


def figure_names(model: Model) -> tuple[Name, ...]:
    """Return the names of the figures of every replication, in order."""
    scenario = model.scenario
    names = [Name(what, "unit", unit) for unit in model.pools.names for what in UNIT_FIGURES]
    places = [("municipality", each) for each in scenario.municipalities] + [
        ("group", each) for each in scenario.groups
    ]
    names += [Name(what, kind, of) for kind, of in [*places, (TOTAL, TOTAL)] for what in PLACE_FIGURES]
    names += [Name(what, TOTAL, TOTAL) for what in TOTAL_FIGURES]
    names += [Name("present", "phase", phase) for phase in model.phases]
    names += [Name(what, "task", task) for task in scenario.tasks for what in TASK_FIGURES]
    names += [Name(what, "staff", staff) for staff in scenario.staff for what in STAFF_FIGURES]
    return tuple(names)


def series_names(model: Model) -> tuple[Name, ...]:
    """Return the names of the time series: occupied and queue by unit, and all who are discharge-ready."""
    units = model.pools.names
    by_unit = [Name(what, "unit", unit) for what in ("occupied", "queue") for unit in units]
    return (*by_unit, Name("discharge_ready", TOTAL, TOTAL))


def bucket_days(model: Model) -> int:
    """Return how many days one point of a time series stands for."""
    return max(1, int(np.ceil(model.scenario.run.until / MOST_BUCKETS)))


def count_figures(
    model: Model, tape: Tape, stamps: Stamps, number: int, work: Sequence[float] = (), keeps_series: bool = True,
    loop: str = "",
) -> Replication:  # fmt: skip
    """Return what is kept of a replication; *work* are the figures of its tasks and staff."""
    counting = _Counting(model, tape, stamps, loop)
    own = [*counting.units(), *counting.places(), *counting.totals(), *counting.phases()]
    figures = np.array([*own, *work])
    series = counting.series()
    halves = _halves(series, int(model.scenario.run.warm_up / bucket_days(model)))
    kept = series if keeps_series else series[:, :0]
    return Replication(number, figures, kept, halves, counting.little(), stamps.events, len(tape.arrive))


def count_chosen(
    model: Model, tape: Tape, stamps: Stamps, names: Sequence[Name], work: Sequence[float] = (), loop: str = ""
) -> list[float]:
    """Return only these figures, at a part of the cost of all; *work* are the figures of tasks and staff."""
    counting, kinds = _Counting(model, tape, stamps, loop), {name.kind for name in names}
    found = dict.fromkeys(figure_names(model), 0.0)
    of_places = [name for name in found if name.what in PLACE_FIGURES and name.kind != "unit"]
    parts = [(of_places, counting.places)] if kinds - {"unit", "phase", "task", "staff"} else []
    parts += [([name for name in found if name.kind == "unit"], counting.units)] if "unit" in kinds else []
    parts += [([name for name in found if name.what in TOTAL_FIGURES], counting.totals)] if TOTAL in kinds else []
    parts += [([name for name in found if name.kind == "phase"], counting.phases)] if "phase" in kinds else []
    found.update(zip([name for name in found if name.kind in ("task", "staff")], work, strict=False))
    for mine, count in parts:
        found.update(zip(mine, count(), strict=True))
    return [found[name] for name in names]


def _halves(series: NDArray[np.float32], begins: int) -> Floats:
    middle = (begins + series.shape[1]) // 2
    halves = [series[:, begins:middle], series[:, middle:]]
    return np.array([half.mean(axis=1, dtype=float) if half.size else np.zeros(len(series)) for half in halves]).T


def entered(tape: Tape, stamps: Stamps) -> Floats:
    """Return when each step's place is held from: who stays in the place holds it anew when the last step ends."""
    at = stamps.got.copy()
    rows = np.flatnonzero((tape.flags & FIRST == 0) & (stamps.held >= 0) & (tape.transit > 0))
    rows = rows[(stamps.held[rows - 1] == stamps.held[rows]) & (tape.flags[rows - 1] & AWAY == 0)]
    at[rows] += tape.transit[rows]
    return at


class _Counting:
    """The arrays that several figures share."""

    def __init__(self, model: Model, tape: Tape, stamps: Stamps, loop: str) -> None:
        self.model, self.tape, self.stamps, self.by = model, tape, stamps, arrays(loop)
        run = model.scenario.run
        self.begins, self.until, self.days = run.warm_up, run.until, run.collect
        self.count = len(model.pools.names)
        self.held_from = entered(tape, stamps)
        came_in = np.isfinite(stamps.asked) & ~(np.isinf(stamps.got) & np.isfinite(stamps.left))
        self.pool = np.where(came_in, tape.pool, np.int32(NOBODY))
        self.is_held = (stamps.held >= 0) & np.isfinite(stamps.got)
        is_ready = np.array([phase.is_ready for phase in model.scenario.phases.values()])
        self.ready = self._ready(is_ready) if is_ready.any() else stamps.ready
        self.blocks = np.flatnonzero(self.is_held & (self.ready < stamps.left) & (self.ready <= self.until))
        is_told = self.is_held & (self.ready >= self.begins) & (self.ready < self.until)
        if is_ready.any():  # who goes on into being ready in the same place becomes ready there, once
            is_told &= ~self._becomes_ready_next(is_ready)
        self.ready_rows = np.flatnonzero(is_told)
        self.wait = np.minimum(stamps.got, self.until) - np.minimum(stamps.asked, self.until)

    def _ready(self, is_ready: NDArray[np.bool_]) -> Floats:
        """Return when each patient was ready: declared so by a phase of readiness where there is one, else served.

        Whoever has been served and is declared ready later in the same place (doctors do so by day) is not ready yet.
        """
        ready = np.where(is_ready[self.tape.phase], self.held_from, self.stamps.ready)
        later = self._becomes_ready_next(is_ready)
        found: Floats = np.where(later, np.maximum(ready, self.stamps.left), ready)
        return found

    def _becomes_ready_next(self, is_ready: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which steps lead into a phase of readiness in the same place, and are none."""
        tape, found = self.tape, np.zeros(len(self.pool), dtype=bool)
        found[:-1] = is_ready[tape.phase[1:]] & ~is_ready[tape.phase[:-1]] & (tape.pool[1:] == tape.pool[:-1])
        found[:-1] &= (tape.flags[:-1] & (LAST | AWAY) == 0) & (tape.patient[1:] == tape.patient[:-1])
        return found

    def inside(self, begin: Floats, end: Floats) -> Floats:
        """Return how many days of each interval lie in the time that counts."""
        days: Floats = np.maximum(np.minimum(end, self.until) - np.maximum(begin, self.begins), 0.0)
        return days

    def mean_number(self, of: Ints | Small, begin: Floats, end: Floats, count: int) -> Floats:
        """Return how many intervals are open on the mean in the time that counts, by what they are *of*."""
        days: Floats = self.by.overlaps(of, begin, end, self.begins, self.until, count)
        return days / self.days

    def units(self) -> list[float]:
        stamps, pools, blocks = self.stamps, self.count, self.blocks
        occupied = self.mean_number(stamps.held, self.held_from, stamps.left, pools)
        queue = self.mean_number(self.pool, stamps.asked, stamps.got, pools)
        from_a_place = np.where(self._waits_in_a_place(), self.pool, np.int32(NOBODY))
        in_place = self.mean_number(from_a_place, stamps.asked, stamps.got, pools)
        blocked = self.mean_number(stamps.held[blocks], self.ready[blocks], stamps.left[blocks], pools)
        capacity = self._capacity()
        asked = np.flatnonzero((self.pool >= 0) & (stamps.asked < self.until))
        waits = self._waits(asked)
        starts = self._ended(stamps.held, stamps.got, stamps.got)[0] / self.days
        gone, stays = self._ended(stamps.held, self.held_from, stamps.left)
        mean_stay = _ratio(stays, gone)
        of_ready = self._blocked_of_ready()
        lost = np.zeros(pools)
        if stamps.lost.any():
            lost = _ratio(stamps.lost, np.bincount(self.pool[asked], minlength=pools) + stamps.lost)
        columns = np.array(
            [occupied, capacity, _ratio(occupied, capacity), queue, in_place, waits[0], starts, *waits[1:], mean_stay,
             lost, blocked, _ratio(blocked, capacity), _ratio(blocked, occupied), of_ready]
        )  # fmt: skip
        return columns.T.ravel().tolist()

    def _ended(self, of: Small, begin: Floats, end: Floats) -> tuple[Floats, Floats]:
        """Return by unit how many intervals end in the time that counts, and how long these last in all."""
        found: tuple[Floats, Floats] = self.by.ended(of, begin, end, self.begins, self.until, self.count)
        return found

    def _waits_in_a_place(self) -> NDArray[np.bool_]:
        """Return for each step whether the patient has a place while waiting for it."""
        had = np.zeros(len(self.pool), dtype=bool)
        had[1:] = (self.stamps.held[:-1] >= 0) & (self.tape.flags[:-1] & (AWAY | LAST) == 0)
        had &= self.tape.flags & FIRST == 0
        return had

    def _capacity(self) -> Floats:
        """Return the mean capacity by unit."""
        total = np.zeros(self.count)
        since, now = np.full(self.count, self.begins), self.model.pools.capacity.astype(float)
        for at, pool, to in self.model.pools.changes:
            if at > self.until:
                break
            total[pool] += now[pool] * max(at - since[pool], 0.0)
            now[pool], since[pool] = to, max(at, self.begins)
        return (total + now * (self.until - since)) / self.days

    def _waits(self, asked: Ints) -> list[Floats]:
        """Return by unit: asked per day, and mean, median, 90 % of the wait and the share who waited."""
        mine = asked[self.stamps.asked[asked] >= self.begins]
        order = mine[np.argsort(self.pool[mine].astype(np.int16), kind="stable")]
        counts = np.bincount(self.pool[mine], minlength=self.count)
        parts = np.split(self.wait[order], np.cumsum(counts)[:-1])
        figures = np.array([_wait_figures(part) for part in parts[: self.count]]).reshape(-1, 4).T
        return [counts / self.days, *figures]

    def _blocked_of_ready(self) -> Floats:
        rows = self.ready_rows
        held, ready = self.stamps.held[rows], self.ready[rows]
        waited = held[np.minimum(self.stamps.left[rows], self.until) > ready]
        return _ratio(np.bincount(waited, minlength=self.count), np.bincount(held, minlength=self.count))

    def places(self) -> list[float]:
        """Return the figures by municipality, by group and for all."""
        tape, scenario = self.tape, self.model.scenario
        everyone = self._place(np.zeros(tape.steps, dtype=np.int64), 1)
        figures: list[float] = []
        for of, count in ((tape.municipality, len(scenario.municipalities)), (tape.group, len(scenario.groups))):
            figures += everyone if count == 1 else self._place(of[tape.patient], count)
        return figures + everyone

    def _place(self, of: Ints, count: int) -> list[float]:
        blocks, left = self.blocks, self.stamps.left
        number = self.mean_number(of[blocks], self.ready[blocks], left[blocks], count)
        rows = blocks[(self.ready[blocks] >= self.begins) & (self.ready[blocks] < self.until)]  # who waited
        mine, ready, gone = of[rows], self.ready[rows], np.minimum(left[rows], self.until)
        nights = np.floor(gone) - np.floor(ready)
        over = np.bincount(mine, nights, count) / self.days
        patients = np.bincount(of[self.ready_rows], minlength=count)
        overstay = _ratio(np.bincount(mine, nights > 0, count), patients)
        share = _ratio(np.bincount(mine, minlength=count), patients)
        mean = _ratio(np.bincount(mine, gone - ready, count), patients)
        price = over * self.model.scenario.price_per_overstay_day
        return np.array([number, over, price, overstay, share, mean]).T.ravel().tolist()

    def totals(self) -> list[float]:
        tape, stamps = self.tape, self.stamps
        came = (tape.arrive >= self.begins) & (tape.arrive < self.until)
        patients = max(int(came.sum()), 1)
        moved = np.isfinite(stamps.got) & (tape.flags & FIRST == 0) & came[tape.patient]
        ended = np.flatnonzero(
            ((tape.flags & LAST > 0) | (tape.way < 0)) & (stamps.left >= self.begins) & (stamps.left <= self.until)
        )
        dead, back = self._fates(ended)
        alive = np.count_nonzero(tape.flags[ended] & LAST != 0) - np.count_nonzero(dead)
        readmitted, died = int(np.count_nonzero(back)), int(np.count_nonzero(dead))
        share = readmitted / max(readmitted + int(alive), 1)
        return [patients / self.days, int(np.count_nonzero(moved)) / patients, share, died / self.days]

    def _fates(self, rows: Ints) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return whether each step ends with death, and whether with a readmission."""
        ways, phase, way = self.model.ways, self.tape.phase[rows], self.tape.way[rows]
        if not (ways.is_death.any() or ways.hazard_rate.any()):
            return np.zeros(len(rows), dtype=bool), way == READMITTED
        by_exit, by_hazard = way >= 0, (way < 0) & (way != READMITTED)
        exit_taken, hazard = np.maximum(way, 0), np.where(by_hazard, -1 - way, 0)
        dead = (by_exit & ways.is_death[phase, exit_taken]) | (by_hazard & ways.hazard_is_death[phase, hazard])
        return dead, (way == READMITTED) | (by_hazard & ways.hazard_is_readmission[phase, hazard])

    def phases(self) -> list[float]:
        present = self.mean_number(self.tape.phase, self.held_from, self.stamps.left, len(self.model.phases))
        return [float(number) for number in present]

    # -- by time -----------------------------------------------------------------------------------

    def series(self) -> NDArray[np.float32]:
        stamps, width = self.stamps, bucket_days(self.model)
        waits = np.where(self.wait > 0, self.pool, np.int32(NOBODY))
        held = self._by_bucket(stamps.held, self.held_from, stamps.left, self.count, width)
        queue = self._by_bucket(waits, stamps.asked, stamps.got, self.count, width)
        none = np.zeros(len(self.blocks), dtype=np.int64)
        ready = self._by_bucket(none, self.ready[self.blocks], stamps.left[self.blocks], 1, width)
        return np.concatenate((held, queue, ready)).astype(np.float32)

    def _by_bucket(self, of: Ints | Small, begin: Floats, end: Floats, count: int, width: float) -> Floats:
        return by_bucket(of, begin, end, count, width, self.until, self.by.begun_by_bucket)

    def little(self) -> float:
        """Return how far the loop's own count of places in use lies from the sum of stays (L = lambda W)."""
        stamps, pools = self.stamps, self.model.pools
        total = self.by.overlaps(stamps.held, self.held_from, stamps.left, -np.inf, self.until, self.count)
        if pools.turn_round.any():
            rows = np.flatnonzero(self.is_held)
            turn = np.clip(self.until - stamps.left[rows], 0.0, pools.turn_round[stamps.held[rows]])
            total += np.bincount(stamps.held[rows], np.where(self._is_kept(rows), 0.0, turn), self.count)
        return float((np.abs(total - self.stamps.area) / np.maximum(self.stamps.area, 1.0)).max(initial=0.0))

    def _is_kept(self, rows: Ints) -> NDArray[np.bool_]:
        """Return whether the patient goes on in the same place after each step."""
        following = np.minimum(rows + 1, len(self.pool) - 1)
        goes_on: NDArray[np.bool_] = self.tape.flags[rows] & (LAST | AWAY) == 0
        goes_on &= np.isfinite(self.stamps.got[following])
        goes_on &= self.stamps.held[following] == self.stamps.held[rows]
        return goes_on


def by_bucket(
    of: Ints | Small, begin: Floats, end: Floats, count: int, width: float, until: float,
    begun: Callable[..., tuple[Floats, Floats]] = begun_by_bucket,
) -> Floats:  # fmt: skip
    """Return the mean number of intervals that cover each bucket of *width* days, by what they are *of*."""
    buckets = int(np.ceil(until / width))
    covered = np.zeros((count, buckets + 1))
    for at, sign in ((begin, 1.0), (end, -1.0)):
        number, part = begun(of, at, count, width, until, buckets)
        covered[:, 1:] += sign * np.cumsum(number, axis=1)[:, :-1]
        covered += sign * part
    return covered[:, :buckets]


def _wait_figures(waits: Floats) -> tuple[float, float, float, float]:
    if not len(waits):
        return 0.0, 0.0, 0.0, 0.0
    waited = waits[waits > 0]
    at_once = len(waits) - len(waited)
    middle, high = _quantile(waited, 0.5, at_once), _quantile(waited, 0.9, at_once)
    return float(waits.mean()), middle, high, len(waited) / len(waits)


def _quantile(values: Floats, share: float, zeros: int) -> float:
    """Return the least value that at least this share of *values* and so many *zeros* does not exceed."""
    place = max(int(np.ceil(share * (len(values) + zeros))) - 1, 0) - zeros
    return float(np.partition(values, place)[place]) if place >= 0 else 0.0


def _ratio(above: NDArray[np.generic], below: NDArray[np.generic]) -> Floats:
    """Return the ratio, 0 where there is nothing below."""
    over, under = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    ratio: Floats = np.divide(over, under, out=np.zeros_like(over), where=under > 0)
    return ratio
