"""What is simulated, as plain frozen records: the meaning of a scenario file, or of a change to one.

Times are in days from the Monday midnight at which the simulation begins, rates are per day. "Municipality"
stands for every place that has capacity of its own; a scenario that names none has one, `everywhere`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pathway_engine.domain.conditions import Condition
from pathway_engine.domain.definition import Duration, Text
from pathway_engine.domain.events import FactValue
from simulations.durations import Spread

OUT = "out"
"""Where an exit leads that leaves the model."""
ALL = "all"
EVERYWHERE = "everywhere"
HOURS_OF_A_WEEK = 168
MADE_UP = 9001
"""The first of the municipality numbers that Norway does not use."""

ByGroup = Mapping[str, float]
Week = tuple[bool, ...]
"""For each hour of the week, from Monday 00:00, whether something is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A resource has another capacity from one day to another (not including it), in one place or in all."""

    begins: float
    ends: float
    capacity: int
    at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Beds, places or slots of one kind: `capacity` by municipality, or under `everywhere` when all share them.

    `turn_round` days pass between one patient and the next. Of patients from outside at most `queue` wait, the
    others are turned away; None is no limit. `receives` are the hours in which a patient may come in.
    """

    name: str
    capacity: Mapping[str, int]
    changes: tuple[Change, ...] = ()
    turn_round: float = 0.0
    queue: int | None = None
    receives: Week | None = None

    @property
    def is_shared(self) -> bool:
        """True when patients of every municipality use the same."""
        return EVERYWHERE in self.capacity


@dataclass(frozen=True, slots=True, kw_only=True)
class Overflow:
    """Who waits `after` days for the phase's own resource may take a place of this one instead.

    `at` is the municipality of the patient, empty for all; `of` is whose place it is, empty for the patient's own.
    """

    resource: str
    after: float
    at: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """One way out of a phase, taken with a chance that may differ by group.

    `delay` passes before the patient can go, in the place of the phase left: no capacity would shorten it.
    `transit` passes between two places when both are held. `away` passes when nothing is held.
    `event` with `facts` is what happens to the patient in the pathway.
    """

    to: str
    chance: ByGroup
    delay: Spread | None = None
    transit: Spread | None = None
    away: Spread | None = None
    is_death: bool = False
    event: str = ""
    facts: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """What may cut a phase short, at a rate by group for each day of its duration.

    A readmission begins a new stay, and the patient leaves the place at once.
    """

    to: str
    per_day: ByGroup
    is_death: bool = False
    is_readmission: bool = False
    event: str = ""
    facts: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Where a patient is for a while: how long by group, what is held, and what comes next.

    `stands_for` is the phase of the pathway, empty without one. `is_ready` is true where the patient waits to go
    on and does not need the place any more. A lower `priority` is served first. `leaves` are the hours in which
    patients go on. Nobody takes an exit while one of the patient's own tasks of the kinds `waits_for` is open.
    """

    name: str
    lasts: Mapping[str, Spread]
    exits: tuple[Exit, ...]
    hazards: tuple[Hazard, ...] = ()
    holds: str = ""
    overflow: tuple[Overflow, ...] = ()
    leaves: Week | None = None
    priority: Mapping[str, int] = field(default_factory=dict)
    stands_for: str = ""
    is_ready: bool = False
    waits_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Patients of one group who come into one phase.

    `per_day` is the mean rate, `by_hour` 168 multipliers (mean 1) or empty, `by_month` 12 or empty, `growth`
    the share by which the rate grows in a year. `table` are rates by day, repeated from its beginning when it ends.
    """

    into: str
    group: str
    per_day: float
    shares: Mapping[str, float]
    by_hour: tuple[float, ...] = ()
    by_month: tuple[float, ...] = ()
    growth: float = 0.0
    table: tuple[float, ...] = ()
    event: str = ""
    facts: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readmission:
    """Who leaves the model alive comes back with this chance, after a time away, at most so many times."""

    into: str
    chance: ByGroup
    away: Spread
    at_most: int
    event: str = ""
    facts: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Nurses of one role: how many are on duty by municipality (or `everywhere`), and in which hours."""

    name: str
    on_duty: Mapping[str, int]
    works: Week


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Work for `staff`, raised by entering one of `when_entering` or by one of the events `when_event`.

    It is late when it is not done `due` days after it was raised, or by what `due_rule`, the pathway's own
    deadline, says. One that is not begun when the patient leaves the phase falls away if it is `cancelled`.
    With `once_a_phase` only entering another phase of the pathway raises it.

    As the pathway's step of its name says, it is raised too when one of `when_completed` is done, and comes again
    `every` so often, where the patient is in a phase `within`, if the `condition` holds; with `misses` one that is
    open when the next comes falls away. Its deadline counts `due_from` an event or the entry into a phase, and is
    `no_later_than` a fact's date. Nobody begins it `not_before` that time has passed.
    """

    name: str
    staff: str
    takes: Spread
    when_entering: tuple[str, ...] = ()
    when_event: tuple[str, ...] = ()
    due: float | None = None
    due_rule: Duration | None = None
    cancelled: bool = False
    once_a_phase: bool = False
    when_completed: tuple[str, ...] = ()
    every: Duration | None = None
    within: tuple[str, ...] = ()
    condition: Condition | None = None
    if_unknown: str = "raise"
    misses: bool = False
    not_before: Duration | None = None
    due_from: str = ""
    no_later_than: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How long is simulated, in days, and how often."""

    warm_up: float = 0.0
    collect: float = 365.0
    replications: int = 30
    seed: int = 1
    starts: date = date(2027, 1, 4)

    @property
    def until(self) -> float:
        """The day on which the simulation ends."""
        return self.warm_up + self.collect


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything that a simulation needs to know."""

    name: str
    title: Text
    source: str
    run: Run
    municipalities: tuple[str, ...]
    groups: tuple[str, ...]
    phases: Mapping[str, Phase]
    resources: Mapping[str, Resource]
    arrivals: tuple[Arrivals, ...]
    readmission: Readmission | None = None
    staff: Mapping[str, Staff] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)
    pathway: str = ""
    price_per_overstay_day: float = 0.0
    municipality_numbers: Mapping[str, str] = field(default_factory=dict)
    forgets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    hash: str = ""

    def municipality_number(self, name: str) -> str:
        """Return the four digits that messages call a municipality; made up (9001, 9002...) where none are said."""
        return self.municipality_numbers.get(name) or str(MADE_UP + self.municipalities.index(name))
