"""What a board shows: rows of patients, figures, free places. Plain records, cut to what the reader may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pathway_engine.domain.definition import Text
from pathway_engine.domain.legal_clocks import Verdict
from pathway_engine.domain.overstay import Account
from pathway_engine.domain.stay_facts import Answer
from pathway_engine.domain.waiting import Figures, Standing

UNSAID = Text("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """What the patient waits for: a code, since when, and whose it is.

    Codes: undelivered, unanswered, now, cannot, from_date, task, expected, none. `title` is of the task or the
    message, `then` of the task that comes after an answer, `day` what the municipality or the ward said. `role` is
    whose it is where no unit has it.
    """

    code: str
    since: datetime | None = None
    title: Text = UNSAID
    then: Text | None = None
    owner: str = ""
    role: str = ""
    task_id: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waypoint:
    """A point on a message's way: a code, when (None: not yet), and what else is to be said.

    Codes: told, sent, received, read, answered, answer_sent, deadline. `good` is None where nothing is judged.
    """

    code: str
    at: datetime | None
    said: Text = UNSAID
    good: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How much of a step's checklist is answered."""

    step: str
    answered: int
    questions: int
    is_done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTask:
    """The open step whose completion answers the hospital."""

    task_id: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One stay. `told_at` is when anything about it was heard last, `is_stale` that this is long ago.

    `name` is given name and initial, `initials` what a wall may show; both empty when no name was told.
    """

    patient_id: str
    name: str
    initials: str
    age: int | None
    ward: str
    municipality: str
    standing: Standing
    phase: Text | None
    waited: timedelta
    darkness: int
    progress: Progress | None
    hindrance: Hindrance
    way: tuple[Waypoint, ...]
    answer: Answer | None
    answer_task: AnswerTask | None
    account: Account
    clocks: tuple[Verdict, ...]
    told_at: datetime
    is_stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What was said of a unit's free places; `at` is None when nobody has said anything."""

    unit: str
    unit_name: str
    municipality: str
    free: int = 0
    total: int | None = None
    at: datetime | None = None
    by_name: str = ""
    is_stale: bool = False
    mine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board as it stands: rows with the longest wait first; *target* is the wait that is aimed at."""

    rows: tuple[BoardRow, ...]
    figures: Figures
    target: timedelta
    places: tuple[Places, ...]
