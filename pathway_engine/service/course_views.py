"""What the page of one patient shows: phases, clocks, tasks with their reasons, messages, notes, who has looked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from pathway_engine.domain.definition import Text
from pathway_engine.service.board_views import BoardRow
from pathway_engine.service.views import TaskView, Why


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseView:
    """A phase of a pathway: since when, until when (None: still), and how many days that is."""

    pathway: Text
    name: Text
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskLine:
    """A task with why it exists; `is_mine` when it stands on a list of the reader's, who may then open it."""

    task: TaskView
    why: Why | None
    is_mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLine:
    """A message in plain words: received or sent, what it said, and what became of it."""

    id: str
    title: Text
    is_received: bool
    at: datetime
    said: tuple[Text, ...]
    receipts: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLine:
    """What somebody wrote on a task."""

    at: datetime
    by_name: str
    text: str
    task_title: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Somebody read or changed something of the patient: the newest time of such an act, and how often."""

    at: datetime
    name: str
    unit: str
    role: str
    action: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientCourse:
    """Everything of one patient that the page shows; `row` is how the last stay stands, if there is one."""

    patient_id: str
    name: str
    age: int | None
    birth_date: date | None
    address: str
    goal: str
    row: BoardRow | None
    phases: tuple[PhaseView, ...]
    tasks: tuple[TaskLine, ...]
    messages: tuple[MessageLine, ...]
    notes: tuple[NoteLine, ...]
    looks: tuple[Look, ...]
    may_answer: bool
    may_tell: bool
