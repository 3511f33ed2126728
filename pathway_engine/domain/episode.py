"""One patient's way through one pathway: the record, and the rules that a definition gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Self

from transitions import EventData, Machine

from pathway_engine.domain.conditions import Truth
from pathway_engine.domain.definition import ANY, Move, Pathway
from pathway_engine.domain.events import Acted, FactValue, Happened
from pathway_engine.domain.facts import FactType
from pathway_engine.domain.records import replace
from pathway_engine.domain.tasks import Note, Place, Task
from pathway_engine.domain.work_calendar import WorkCalendar

CalendarOf = Callable[[str | None], WorkCalendar]
RESERVED_FACTS: Mapping[str, FactType] = {
    "birth_date": FactType("date"),
    "municipality": FactType("text"),
    "district": FactType("text"),
    "ward": FactType("text"),
}


@dataclass(frozen=True, slots=True)
class Anchor:
    """The latest occurrence of an event or of the entry into a phase (named ``phase:<name>``)."""

    at: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A step that comes again: `count` is the number of the next occurrence since `since`."""

    step: str
    cause: str
    since: datetime
    count: int = 0
    paused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that was decided: by a task, or by an event alone (`rule`, and then `task` is empty).

    `key` is stable, so that it is sent once. `content` is what its slots hold, `times` when what it tells of
    happened. `cause`, `event`, `source` and `stay` are those of the event where no task knows them.
    """

    key: str
    message: str
    task: str
    decided_at: datetime
    content: Mapping[str, FactValue] = field(default_factory=dict)
    times: Mapping[str, datetime] = field(default_factory=dict)
    rule: str = ""
    cause: str = ""
    event: str = ""
    source: str = ""
    stay: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """The whole state of one patient in one pathway; a fold over events, never changed in place.

    `definition` is the content hash of the pathway version that it keeps to. `stays` are the hospital
    stays that it has heard of, the current one last. `held` are acts on
    tasks that are not raised yet. `last_key` and `last_effect_at` say up to where it is folded.
    """

    pathway: str
    definition: str
    ordinal: int
    phase: str
    opened_at: datetime
    opened_by: str
    entered_at: datetime
    entered_by: str
    finished_at: datetime | None = None
    stays: tuple[str, ...] = ()
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    anchors: Mapping[str, Anchor] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)
    recurrences: tuple[Recurrence, ...] = ()
    held: tuple[Acted, ...] = ()
    outgoing: tuple[Outgoing, ...] = ()
    history: tuple[Note, ...] = ()
    last_key: tuple[str, str, str] = ("", "", "")
    last_effect_at: datetime | None = None

    @property
    def place(self) -> Place:
        """Where the patient belongs and lies, as far as the facts say."""
        known = {name: str(self.facts[name]) for name in ("municipality", "district", "ward") if name in self.facts}
        return Place(**known)

    @property
    def open_tasks(self) -> tuple[Task, ...]:
        """The tasks without an end, in the order in which they were raised."""
        still_open = (task for task in self.tasks.values() if task.is_open)
        return tuple(sorted(still_open, key=lambda task: (task.raised_at, task.key)))

    def is_superseded(self, stay: str | None) -> bool:
        """True of a stay that a later one has taken the place of: what it tells moves nobody any more."""
        return stay is not None and stay in self.stays[:-1]

    def with_task(self, task: Task) -> Self:
        """Put *task* in, or in place of the one of its key."""
        return replace(self, tasks={**self.tasks, task.key: task})

    def noted(self, at: datetime, what: str, detail: str = "") -> Self:
        """Add a line to the history."""
        return replace(self, history=(*self.history, Note(at, what, detail)))


class _Stand:
    """The light model of the phase machine: where the patient stands, and what the gates may see."""

    __slots__ = ("facts", "is_new_stay", "now", "state", "taken", "unknown")

    def __init__(self, episode: Episode, event: Happened, now: datetime) -> None:
        self.state = episode.phase
        self.is_new_stay = event.stay is not None and event.stay not in episode.stays
        self.facts = episode.facts
        self.now = now
        self.taken: Move | None = None
        self.unknown: list[Move] = []


def _gate(move: Move) -> Callable[[EventData], bool]:
    def is_open(event: EventData) -> bool:
        stand: Any = event.model
        if move.new_stay and not stand.is_new_stay:
            return False
        truth = Truth.TRUE if move.condition is None else move.condition.evaluate(stand.facts, stand.now)
        if truth is Truth.UNKNOWN:
            stand.unknown.append(move)
        if truth is Truth.TRUE:
            stand.taken = move
        return truth is Truth.TRUE

    return is_open


def phase_machine(pathway: Pathway) -> Machine:
    """Build the one machine of a pathway version; its models are light and never bound to it."""
    machine = Machine(
        model=None,
        states=list(pathway.phases),
        initial=pathway.first_phase,
        auto_transitions=False,
        send_event=True,
        ignore_invalid_triggers=True,
    )
    for move in pathway.moves:
        sources = pathway.open_phases if ANY in move.sources else move.sources
        machine.add_transition(move.event, list(sources), move.target, conditions=[_gate(move)])
    return machine


@dataclass(frozen=True, slots=True)
class Rules:
    """What an episode is folded by: a definition version, its machine, and the local calendars."""

    pathway: Pathway
    calendar_of: CalendarOf
    machine: Machine = field(compare=False, repr=False)

    @classmethod
    def of(cls, pathway: Pathway, calendar_of: CalendarOf) -> Rules:
        """Build the rules of *pathway*; keep them, since building the machine is what costs."""
        return cls(pathway, calendar_of, phase_machine(pathway))

    def calendar(self, episode: Episode) -> WorkCalendar:
        """The working days where the patient belongs."""
        municipality = episode.facts.get("municipality")
        return self.calendar_of(None if municipality is None else str(municipality))

    def move(self, episode: Episode, event: Happened, now: datetime) -> tuple[Move | None, tuple[Move, ...]]:
        """Return the move that *event* causes, and those that unknown facts held back."""
        trigger = self.machine.events.get(event.name)
        if trigger is None or episode.phase not in trigger.transitions:
            return None, ()
        stand = _Stand(episode, event, now)
        trigger.trigger(stand)
        return stand.taken, tuple(stand.unknown)

    def follows_stay(self, event: Happened) -> bool:
        """True of the events that place a patient: those that move or enrol in this pathway."""
        return event.name in self.machine.events or any(event.name == each.event for each in self.pathway.enrol)

    def fact_type(self, name: str) -> FactType | None:
        """The declared type of a fact, or None when the pathway does not use it."""
        return self.pathway.facts.get(name) or RESERVED_FACTS.get(name)


def fits(fact: FactType, value: FactValue) -> bool:
    """True when *value* is of the fact's type; a code outside the choices does not fit."""
    match fact.kind:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "date":
            return isinstance(value, date)
        case "choice":
            return value in fact.choices
        case _:
            return isinstance(value, str)
