"""A person's work on one step for one patient, and its life cycle in FHIR Task codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from transitions import Machine, MachineError

from pathway_engine.domain.definition import Text
from pathway_engine.domain.errors import IllegalTransition
from pathway_engine.domain.events import Act, Acted, FactValue
from pathway_engine.domain.records import replace


class TaskStatus(StrEnum):
    """FHIR R4 Task.status codes, as far as tasks of a pathway use them."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in-progress"
    ON_HOLD = "on-hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    FAILED = "failed"
    ENTERED_IN_ERROR = "entered-in-error"


WORKABLE = (TaskStatus.REQUESTED, TaskStatus.ACCEPTED, TaskStatus.IN_PROGRESS)
OPEN = (*WORKABLE, TaskStatus.ON_HOLD)

DEFER_REASONS: Mapping[str, Text] = {
    "patient_wish": Text("Pasienten ønsker det", "The patient wishes it"),
    "patient_away": Text("Pasienten er ikke hjemme", "The patient is not at home"),
    "staffing": Text("Sykdom eller bemanning", "Illness or staffing"),
    "waiting_for_others": Text("Venter på andre", "Waiting for others"),
    "weather_or_road": Text("Vær eller vei", "Weather or road"),
}
NOT_APPLICABLE_REASONS: Mapping[str, Text] = {
    "done_elsewhere": Text("Utført av andre", "Done by others"),
    "patient_declines": Text("Pasienten takker nei", "The patient declines"),
    "no_need": Text("Ikke behov etter faglig vurdering", "No need by professional judgement"),
    "wrong_patient_or_unit": Text("Feil pasient eller enhet", "Wrong patient or unit"),
    "duplicate": Text("Dobbelt oppført", "Listed twice"),
}

UNDO_WITHIN = timedelta(seconds=30)
"""How long after an act the same person may take it back: ten seconds for the thumb, the rest for the network."""

_LIFE_CYCLE: tuple[tuple[str, tuple[TaskStatus, ...], TaskStatus | None], ...] = (
    (Act.CLAIM, (TaskStatus.REQUESTED,), TaskStatus.ACCEPTED),
    (Act.GIVE_BACK, (TaskStatus.ACCEPTED, TaskStatus.IN_PROGRESS), TaskStatus.REQUESTED),
    (Act.ASSIGN, WORKABLE, TaskStatus.ACCEPTED),
    (Act.DEFER, WORKABLE, None),
    (Act.ANSWER, WORKABLE, TaskStatus.IN_PROGRESS),
    (Act.COMPLETE, WORKABLE, TaskStatus.COMPLETED),
    (Act.NOT_APPLICABLE, WORKABLE, TaskStatus.REJECTED),
    (Act.COMMENT, tuple(TaskStatus), None),
    (Act.FOLLOW_UP, (*WORKABLE, TaskStatus.COMPLETED), None),
    ("pause", WORKABLE, TaskStatus.ON_HOLD),
    ("resume", (TaskStatus.ON_HOLD,), TaskStatus.REQUESTED),
    ("cancel", OPEN, TaskStatus.CANCELLED),
    ("miss", OPEN, TaskStatus.FAILED),
    ("fulfil", OPEN, TaskStatus.COMPLETED),
)


class _Token:
    """The light model that the shared machine moves: a task's status and nothing else."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


def _life_cycle() -> Machine:
    machine = Machine(
        model=None,
        states=[status.value for status in TaskStatus],
        initial=TaskStatus.REQUESTED.value,
        auto_transitions=False,
    )
    for trigger, sources, target in _LIFE_CYCLE:
        destination = None if target is None else target.value
        machine.add_transition(str(trigger), [source.value for source in sources], destination)
    return machine


LIFE_CYCLE = _life_cycle()


def next_status(status: TaskStatus, trigger: str) -> TaskStatus:
    """Return the status after *trigger*; raise IllegalTransition naming what is allowed now."""
    token = _Token(status.value)
    try:
        LIFE_CYCLE.events[trigger].trigger(token)
    except MachineError:
        allowed = ", ".join(allowed_acts(status)) or "nothing"
        message = f"A task that is {status} does not allow {trigger}. Allowed now: {allowed}."
        raise IllegalTransition(message) from None
    return TaskStatus(token.state)


def allowed_acts(status: TaskStatus) -> tuple[str, ...]:
    """The acts that a person may do to a task of this status, in a fixed order."""
    triggers = LIFE_CYCLE.get_triggers(status.value)
    return tuple(act.value for act in Act if act.value in triggers)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the patient belongs and lies: what the owning unit is looked up by."""

    municipality: str | None = None
    district: str | None = None
    ward: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """One line of a task's or an episode's history: when, what (a code), and by whom or why."""

    at: datetime
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody wrote on a task."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One step for one patient, keyed by step and cause; every change gives a new record.

    `anchor_at` is the instant the deadline counts from, `waits_for` the event that has not happened
    yet. `entry` is the cause of the phase entry it belongs to. `escalated` are the roles on whose
    lists it also stands. `remaining` is the time left when it was put on hold.
    """

    key: str
    pathway: str
    step: str
    owner: str
    cause: str
    event: str
    source: str
    entry: str
    raised_at: datetime
    stay: str | None = None
    place: Place = Place()
    status: TaskStatus = TaskStatus.REQUESTED
    business_status: str = ""
    anchor: str = ""
    anchor_at: datetime | None = None
    waits_for: str = ""
    opens_at: datetime | None = None
    due_at: datetime | None = None
    capped_by: str = ""
    deferred_until: datetime | None = None
    ended_at: datetime | None = None
    performer: str | None = None
    unit: str | None = None
    answers: Mapping[str, FactValue] = field(default_factory=dict)
    comments: tuple[Comment, ...] = ()
    escalated: tuple[str, ...] = ()
    overdue_noted: bool = False
    remaining: timedelta | None = None
    missing_facts: tuple[str, ...] = ()
    history: tuple[Note, ...] = ()

    @property
    def is_open(self) -> bool:
        """True until it has an end; a task on hold is open."""
        return self.status in OPEN

    def is_overdue(self, now: datetime) -> bool:
        """True when it is workable and its deadline has passed."""
        return self.status in WORKABLE and self.due_at is not None and now > self.due_at

    def noted(self, at: datetime, what: str, detail: str = "") -> Self:
        """Add a line to the history."""
        return replace(self, history=(*self.history, Note(at, what, detail)))

    def with_values(self, **values: object) -> Self:
        """Return the task with *values* in its fields: itself when they are there already."""
        if all(getattr(self, name) == value for name, value in values.items()):
            return self
        return replace(self, **values)

    def ended(self, at: datetime, trigger: str, business_status: str, detail: str = "") -> Self:
        """End it by *trigger* (complete, cancel, miss, not_applicable)."""
        status = next_status(self.status, trigger)
        history = (*self.history, Note(at, status.value, detail or business_status))
        return replace(self, status=status, business_status=business_status, ended_at=at, history=history)

    def paused(self, at: datetime) -> Self:
        """Put it on hold; the time that is left goes on at `resumed`."""
        remaining = None if self.due_at is None else self.due_at - at
        status = next_status(self.status, "pause")
        changed = replace(self, status=status, business_status="paused", remaining=remaining)
        return changed.noted(at, "on-hold")

    def resumed(self, at: datetime, entry: str) -> Self:
        """Take it off hold in the phase that *entry* opened."""
        due_at = None if self.remaining is None else at + self.remaining
        status = next_status(self.status, "resume")
        changed = replace(self, status=status, business_status="", due_at=due_at, entry=entry, remaining=None)
        return changed.noted(at, "resumed")

    def after(self, acted: Acted) -> Task:
        """Apply what a person did; raise IllegalTransition when the status does not allow it."""
        status = next_status(self.status, acted.act.value)
        return _EFFECTS[acted.act](replace(self, status=status), acted)


def _claimed(task: Task, acted: Acted) -> Task:
    return replace(task, performer=acted.performer).noted(acted.occurred_at, "claimed", acted.performer)


def _given_back(task: Task, acted: Acted) -> Task:
    return replace(task, performer=None).noted(acted.occurred_at, "given-back", acted.performer)


def _assigned(task: Task, acted: Acted) -> Task:
    changed = replace(task, performer=acted.assignee, unit=acted.unit or task.unit)
    if acted.assignee is None:
        changed = replace(changed, status=TaskStatus.REQUESTED)
    return changed.noted(acted.occurred_at, "assigned", f"{acted.assignee or acted.unit} by {acted.performer}")


def _deferred(task: Task, acted: Acted) -> Task:
    until = "" if acted.until is None else acted.until.isoformat()
    changed = replace(task, deferred_until=acted.until, business_status="deferred")
    return changed.noted(acted.occurred_at, "deferred", f"{acted.reason} until {until} by {acted.performer}")


def _answered(task: Task, acted: Acted) -> Task:
    changed = replace(task, answers={**task.answers, **acted.answers}, performer=task.performer or acted.performer)
    return changed.noted(acted.occurred_at, "answered", f"{len(acted.answers)} by {acted.performer}")


def _commented(task: Task, acted: Acted) -> Task:
    comment = Comment(acted.occurred_at, acted.performer, acted.comment)
    return replace(task, comments=(*task.comments, comment))


def _with_comment(task: Task, acted: Acted) -> Task:
    return _commented(task, acted) if acted.comment else task


def _completed(task: Task, acted: Acted) -> Task:
    late = task.due_at is not None and acted.occurred_at > task.due_at
    changed = replace(
        task,
        answers={**task.answers, **acted.answers},
        performer=acted.performer,
        business_status="late" if late else "in-time",
        ended_at=acted.occurred_at,
    )
    return _with_comment(changed, acted).noted(acted.occurred_at, "completed", acted.performer)


def _not_applicable(task: Task, acted: Acted) -> Task:
    changed = replace(task, business_status="not-applicable", ended_at=acted.occurred_at, performer=acted.performer)
    detail = f"{acted.reason} by {acted.performer}"
    return _with_comment(changed, acted).noted(acted.occurred_at, "not-applicable", detail)


def _followed_up(task: Task, acted: Acted) -> Task:
    return task.noted(acted.occurred_at, "follow-up", f"{acted.reason} by {acted.performer}")


_EFFECTS = {
    Act.CLAIM: _claimed,
    Act.GIVE_BACK: _given_back,
    Act.ASSIGN: _assigned,
    Act.DEFER: _deferred,
    Act.ANSWER: _answered,
    Act.COMMENT: _commented,
    Act.COMPLETE: _completed,
    Act.NOT_APPLICABLE: _not_applicable,
    Act.FOLLOW_UP: _followed_up,
}
