"""What the screens and the command line are shown: plain records, already cut to what the reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from pathway_engine.domain.definition import Checklist, Text
from pathway_engine.domain.events import FactValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks: a person of the directory with every seat (unit and role) that he or she has.

    `role` is the one signed in by; `unit_names` are for display, each once.
    """

    person: str
    name: str
    role: str
    seats: tuple[tuple[str, str], ...]
    unit_names: tuple[str, ...] = ()

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of the seats, each once."""
        return tuple(dict.fromkeys(role for _, role in self.seats))


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """One line of a worklist.

    `status` is a FHIR Task code; `business_status` says why (missed, not-applicable, deferred ...).
    `opens_at` and `due_at` are the window in UTC; None of `due_at` means that `waits_for` names the
    event that starts the clock. `escalated` is true when the task is on this list by escalation.
    `age` is in whole years. `district` is the municipality's code of where the patient lives, `area` the postal code
    and city: what a route is made of. `answered` of `questions` checklist items have an answer.
    """

    id: str
    key: str
    step: str
    title: Text
    pathway: str
    status: str
    business_status: str
    severity: str
    verified: bool
    owner_role: str
    unit: str | None
    unit_name: str
    performer: str | None
    performer_name: str
    patient_id: str
    patient_name: str
    age: int | None
    address: str
    raised_at: datetime
    opens_at: datetime | None
    due_at: datetime | None
    waits_for: str
    waits_for_words: Text
    deferred_until: datetime | None
    overdue: bool
    escalated: bool
    answered: int
    questions: int
    version: int
    district: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a task exists: the rule, what happened, what told it, and the calendar arithmetic."""

    pathway: str
    pathway_version: str
    definition_hash: str
    file: str
    lines: tuple[int, int]
    rule: str
    basis: str
    event: str
    event_words: Text
    event_occurred_at: datetime | None
    cause: str
    message: str
    message_received_at: datetime | None
    arithmetic: Text | None
    missing_words: tuple[Text, ...] = ()
    history: tuple[tuple[datetime, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known of a question before it is asked here.

    `step` is the step that it was answered in at `at`, empty where a message of the hospital told it.
    """

    value: FactValue
    step: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDetail:
    """A task with its checklist, answers so far, comments, allowed acts, and why it is here.

    `why` is None of what an act returns: reasons are told when the task is opened.
    `advice` says what to do where no checklist does. `said` is what the message that raised the task says
    in its sender's own words.
    `earlier` is what was known of an item before, by item id; `followed_up` are the items that have a follow-up.
    `last_change` is when and how it was last changed: a code, then by whom as far as that is known.
    """

    task: TaskView
    checklist: Checklist | None
    answers: Mapping[str, FactValue]
    comments: tuple[tuple[datetime, str, str], ...]
    allowed: tuple[str, ...]
    colleagues: tuple[tuple[str, str], ...]
    why: Why | None
    birth_date: date | None = None
    phase: Text | None = None
    goal: str = ""
    advice: Text | None = None
    said: tuple[str, ...] = ()
    answers_by: Mapping[str, str] = field(default_factory=dict)
    last_change: tuple[datetime, str] | None = None
    earlier: Mapping[str, Earlier] = field(default_factory=dict)
    followed_up: frozenset[str] = frozenset()
