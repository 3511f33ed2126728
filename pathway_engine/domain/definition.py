"""A pathway that has been read and checked: phases, moves and steps, nothing that runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

from pathway_engine.domain.conditions import Condition
from pathway_engine.domain.facts import FactType

ANY = "any"


class Unit(StrEnum):
    """How time is counted: elapsed, in opening hours, or in local calendar days."""

    HOURS = "hours"
    WORKING_HOURS = "working hours"
    DAYS = "days"
    WORKING_DAYS = "working days"
    WEEKS = "weeks"


@dataclass(frozen=True, slots=True)
class Duration:
    """`amount` of `unit`; ``same day`` is 0 days. `at` is the local hour a day's deadline falls on."""

    amount: int
    unit: Unit
    at: time | None = None


class Severity(StrEnum):
    """How binding a step is, strongest first; shown and sorted by, never confused."""

    LAW = "law"
    AGREEMENT = "agreement"
    GUIDELINE = "guideline"
    LOCAL = "local"
    GOAL = "goal"


class Leaving(StrEnum):
    """What becomes of an open task when the patient leaves the phase in which it began."""

    CANCEL = "cancel"
    KEEP = "keep"
    PAUSE = "pause"
    MISS = "miss"


class WhileOpen(StrEnum):
    """What a new start does while a task of the same step is open: stand beside it, stay away, or replace it.

    MISS closes the open one as missed: yesterday's daily list is not carried over.
    """

    ADD = "add"
    KEEP = "keep"
    MISS = "miss"


@dataclass(frozen=True, slots=True)
class Text:
    """A text in bokmål and in English."""

    nb: str
    en: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An event that opens an episode; `begins_in` is the phase when nothing is known of a stay."""

    event: str
    condition: Condition | None = None
    begins_in: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """When `event` arrives in a phase of `sources` and the condition is true, go to `target`.

    `new_stay` asks that the event is the first that the episode hears of its hospital stay.
    """

    event: str
    sources: tuple[str, ...]
    target: str
    condition: Condition | None = None
    clarify: str = "message_responsible"
    new_stay: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Escalation:
    """`after` the deadline the task also appears on the list of role `to`."""

    after: Duration
    to: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a slot of a message comes from: a checklist item or a fact by its name, or a fixed text."""

    name: str = ""
    text: Text | None = None


@dataclass(frozen=True, slots=True)
class Sends:
    """An outgoing message; `when` is ``completed`` or ``raised``, of the step that sends it.

    `content` says where each slot comes from; None means from the answers that are called as the slots.
    """

    message: str
    when: str = "completed"
    content: Mapping[str, Source] | None = None
    condition: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A message that nobody decides: it goes out when an event arrives. `owner` is asked when it cannot."""

    id: str
    owner: str
    lines: tuple[int, int]
    when_event: tuple[str, ...]
    sends: Sends
    in_phases: tuple[str, ...] = ()
    severity: Severity = Severity.LOCAL
    basis: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What somebody must do: how it starts, by when, how it ends, who, and on what ground.

    `due_from` is None (the event that raised it), an event's or a phase's name. `lines` is the
    first and last line in the file. `if_unknown` is ``raise`` or ``skip``. `while_open` is what
    becomes of a second start.
    """

    id: str
    title: Text
    owner: str
    lines: tuple[int, int]
    when_entering: tuple[str, ...] = ()
    when_event: tuple[str, ...] = ()
    when_completed: tuple[str, ...] = ()
    every: Duration | None = None
    in_phases: tuple[str, ...] = ()
    condition: Condition | None = None
    if_unknown: str = "raise"
    while_open: WhileOpen = WhileOpen.ADD
    due: Duration | None = None
    due_from: str | None = None
    no_later_than: str | None = None
    not_before: Duration | None = None
    escalate: tuple[Escalation, ...] = ()
    completed_by: tuple[str, ...] = ()
    cancelled_by: tuple[str, ...] = ()
    when_leaving: Leaving = Leaving.CANCEL
    when_leaving_by: Mapping[str, Leaving] = field(default_factory=dict)
    checklist: str | None = None
    sends: Sends | None = None
    severity: Severity = Severity.LOCAL
    basis: str = ""
    verified: bool = False
    hard: bool = False
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """A question: type is yes_no, choice, number, date or text; yes_no allows *not applicable*.

    `fact` is the fact that the answer fills; `deviation` the answers that propose a follow-up.
    """

    id: str
    text: Text
    type: str
    required: bool = False
    choices: Mapping[str, Text] = field(default_factory=dict)
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    fact: str | None = None
    deviation: tuple[str, ...] = ()
    proposes: Text | None = None


@dataclass(frozen=True, slots=True)
class Checklist:
    """The items of one step, with where they come from; templates say that they are editable."""

    id: str
    title: Text
    items: tuple[ChecklistItem, ...]
    source: str = ""
    verified: bool = False
    template: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Pathway:
    """A checked definition; `hash` is the SHA-256 of its files and names the version exactly."""

    id: str
    version: str
    hash: str
    title: Text
    source: str
    time_zone: str
    phases: Mapping[str, Text]
    end: tuple[str, ...]
    facts: Mapping[str, FactType]
    enrol: tuple[Enrolment, ...]
    moves: tuple[Move, ...]
    steps: Mapping[str, Step]
    checklists: Mapping[str, Checklist]
    words: Mapping[str, Text] = field(default_factory=dict)
    messages: Mapping[str, Announcement] = field(default_factory=dict)
    file: str = ""

    @property
    def first_phase(self) -> str:
        """The phase in which an episode begins unless its event says otherwise."""
        return next(iter(self.phases))

    @property
    def open_phases(self) -> tuple[str, ...]:
        """Every phase that is not an end, in file order."""
        return tuple(phase for phase in self.phases if phase not in self.end)

    def word(self, code: str) -> Text:
        """What people read for an event, a phase, a fact or a choice; the code itself when nobody said."""
        return self.words.get(code) or self.phases.get(code) or Text(code, code)

    def moves_on(self, event: str) -> tuple[Move, ...]:
        """The moves that *event* may cause, in file order."""
        return tuple(move for move in self.moves if move.event == event)
