"""A scenario as arrays: phases, pools and distributions have numbers, and nothing needs a name any more."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulations.chance import Floats, Keys
from simulations.durations import Spread
from simulations.scenario import Scenario

Ints = NDArray[np.int64]
Small = NDArray[np.int32]
Flags = NDArray[np.uint8]

NOBODY = -1
"""Where an array has no phase, pool, distribution or window."""

FIRST, LAST, LATER, AWAY, TRANSIT, OVERFLOWS = 1, 2, 4, 8, 16, 32
"""What is special about a step: bits of `Tape.flags`."""


@dataclass(frozen=True, slots=True)
class Ways:
    """The exits and hazards of all phases, a row each; chances are cumulative by group."""

    first: Ints  # [phase + 1] where the phase's rows begin
    cumulative: Floats  # [phase, group, exit]
    to: Ints  # [phase, exit]
    delay: Ints
    transit: Ints
    away: Ints
    is_death: NDArray[np.bool_]
    count: Ints  # [phase] how many exits it has
    hazard_rate: Floats  # [phase, group, hazard]
    hazard_to: Ints  # [phase, hazard]
    hazard_is_death: NDArray[np.bool_]
    hazard_is_readmission: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pools:
    """The resources by municipality: what a bed is taken from."""

    names: tuple[str, ...]
    resource: tuple[str, ...]
    municipality: tuple[str, ...]
    capacity: Ints
    limit: Ints  # most patients from outside who wait, -1 for any number
    turn_round: Floats
    receives: Ints  # window, or NOBODY
    changes: tuple[tuple[float, int, int], ...]  # (day, pool, capacity), by day


@dataclass(frozen=True, slots=True)
class Stream:
    """The arrivals of one line of the scenario: where they come in, and the expected number up to each hour."""

    key: int
    into: int
    group: int
    hours: Floats
    expected: Floats
    shares: Floats


@dataclass(frozen=True, slots=True)
class Model:
    """What the simulation runs on. Arrays are indexed [phase], [phase, group] or [phase, municipality]."""

    scenario: Scenario
    phases: tuple[str, ...]
    spreads: tuple[Spread, ...]
    lasts: Ints  # [phase, group] -> spread
    ways: Ways
    pools: Pools
    pool_of: Small  # [phase, municipality]
    priority: Ints  # [phase, group], counted from 0
    classes: int
    leaves: Ints  # [phase] -> window
    windows: NDArray[np.bool_]  # [window, hour of the week]
    overflow_row: Ints  # [phase, municipality]
    overflow_pool: Small  # [row, place in the line]
    overflow_after: Floats
    streams: tuple[Stream, ...]
    readmission: tuple[int, int, int] | None  # into, spread of the time away, most times
    readmission_chance: Floats  # [group]
    waits_for: NDArray[np.bool_]  # [phase, task] whether patients wait there until nurses have done it

    @property
    def holds_up(self) -> NDArray[np.bool_]:
        """Return for each phase whether patients wait there for any task."""
        found: NDArray[np.bool_] = np.logical_or.reduce(self.waits_for, axis=1)
        return found


@dataclass(frozen=True, slots=True)
class Tape:
    """Everything that chance decides in one replication, before anybody waits for anybody.

    Patients are in order of arrival; the steps of patient `p` are `first[p]` to `first[p + 1]`. A step is a stay
    in one phase. The first `placed` patients are in their places when the simulation begins. `seed` and
    `replication` address what is drawn after the tape: how long tasks take.
    """

    seed: int
    replication: int
    until: float
    placed: int
    arrive: Floats
    key: Keys
    group: Ints
    municipality: Ints
    first: Ints
    patient: Ints  # of a step, as all that follow
    phase: Ints
    pool: Small
    service: Floats
    flags: Flags
    delay: Floats
    away: Floats
    transit: Floats
    priority: Flags
    way: Small  # exit taken, or -1 - hazard, or READMITTED
    left_by: Small  # as `way`, and for who comes back the exit or hazard by which he or she left
    episode: Small

    @property
    def steps(self) -> int:
        """How many steps all patients take."""
        return len(self.phase)


@dataclass(frozen=True, slots=True)
class Stamps:
    """When it happened: four times for each step, in days, infinite for what had not happened at the end.

    `asked` for a place, `got` it, was `ready` to go on, and `left` it. `held` is the pool that the place was of.
    Who was turned away has asked and left, and got nothing. `area` is the time-integral of places in use by pool as
    the event loop counted it; `lost` counts by pool who was turned away. `held_until` is until when the loop held each
    step for tasks, 0 where it did not; empty where nobody waits for tasks.
    """

    asked: Floats
    got: Floats
    ready: Floats
    left: Floats
    held: Small
    area: Floats
    lost: Ints
    events: int
    held_until: Floats = field(default_factory=lambda: np.zeros(0))
