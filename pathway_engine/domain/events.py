"""What happened: frozen entries of a patient's log, named in the past tense.

The log is a set. Its meaning does not depend on the order in which entries arrive: of all entries
that speak of the same *cause*, the one recorded last at the sender counts, and it either asserts
that the cause happened (`Happened`) or says that it did not (`Voided`). What people do to tasks
(`Acted`) is never revised, only added to; what somebody undoes at once stays in the log, and counts no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

FactValue = str | int | float | bool | date
"""A fact's value. Dates travel as `datetime.date`; identity numbers never are facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something happened to the patient; all instants are aware and in UTC.

    `id` is unique and comes from what told it (message id and position). `cause` is what happened
    in the world, the same however often and by whomever it is told, e.g. ``discharged/900123``.
    `occurred_at` is when it happened, `recorded_at` when the sender wrote it down.
    """

    id: str
    name: str
    cause: str
    occurred_at: datetime
    recorded_at: datetime
    stay: str | None = None
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voided:
    """The sender says that something it told before did not happen.

    `cause` names it exactly; ``latest:<name>/<stay>`` means the one of that name and stay
    that was recorded last before `recorded_at`; ``chain:<chain>`` means all that messages of the
    chain told until then, whose ids begin with ``<chain>#``; ``entry:<id>`` means that entry alone, whatever it tells.
    """

    id: str
    cause: str
    recorded_at: datetime
    stay: str | None = None
    source: str = ""


class Act(StrEnum):
    """What a person may do to a task."""

    CLAIM = "claim"
    GIVE_BACK = "give_back"
    ASSIGN = "assign"
    DEFER = "defer"
    ANSWER = "answer"
    COMMENT = "comment"
    COMPLETE = "complete"
    NOT_APPLICABLE = "not_applicable"
    FOLLOW_UP = "follow_up"
    UNDO = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """A person did something to a task.

    `performer` is who did it, `assignee` whom it was given to (ASSIGN), `unit` the unit it was
    given to. `answers` are checklist answers by item id. `until` is the new wish date of DEFER and the deadline
    of a FOLLOW_UP. `reason` is a code of the list in `tasks.py`, of a FOLLOW_UP the item that it follows up, and
    of an UNDO the id of the entry that it takes back; `comment` is free text.
    """

    id: str
    task: str
    act: Act
    occurred_at: datetime
    recorded_at: datetime
    performer: str
    assignee: str | None = None
    unit: str | None = None
    answers: Mapping[str, FactValue] = field(default_factory=dict)
    until: datetime | None = None
    reason: str = ""
    comment: str = ""
    source: str = ""


Entry = Happened | Voided | Acted


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """An identifier and who gave it: `system` is an OID URN or ``local:<assigner>``."""

    system: str
    value: str

    def __repr__(self) -> str:
        return f"Identifier(system={self.system!r}, value=***)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demographics:
    """What a message says of the person; None means that it says nothing."""

    family: str | None = None
    given: str | None = None
    birth_date: date | None = None
    gender: str | None = None
    address: str | None = None
    postal_code: str | None = None
    city: str | None = None
    municipality: str | None = None
    district: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Two records are one person: everything of `retired` belongs to the message's patient.

    With `stay` only that stay moves (A45, A44); the retired identifiers stay with their person.
    """

    retired: tuple[Identifier, ...]
    stay: str | None = None


THE_STAY = "{stay}"
"""Stands in the stay and the cause of an entry for the stay that only the patient's log can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A hospital stay that no number names: it is found by the hospital and the admission, else the stay that is open.

    `hospital` is who tells (``her:59``). `admitted_at` is the admission as told, a day or a minute on the
    wall in Norway (``2026-11-16T09:30``), or empty. `told_at` is when the message speaks of, aware.
    `comes_after` is true of what is told about a stay that may have ended. `chains` are the chains of the
    messages that this one follows.
    """

    hospital: str
    told_at: datetime
    admitted_at: str = ""
    comes_after: bool = False
    chains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptOf:
    """What a receipt says of a message that was sent: taken, or rejected with the receiver's codes."""

    message_id: str
    is_accepted: bool
    code: str = ""
    given_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an adapter understood of one message; a pure function of the bytes.

    `identifiers` are the patient's, best first. `stay` is the visit, prefixed by its assigner.
    `notes` say what was seen and kept but not acted on, in plain words without identity numbers.
    `words` is what the sender wrote in free text for people to read.
    `recorded_at` is when the sender wrote down what it says of the person; None means just now.
    `visit` finds the stay where entries have `THE_STAY`. A `receipt` tells of no patient at all.
    """

    message_type: str
    identifiers: tuple[Identifier, ...]
    entries: tuple[Happened | Voided, ...] = ()
    demographics: Demographics = field(default_factory=Demographics)
    stay: str | None = None
    sender: str = ""
    ward: str | None = None
    merge: Merge | None = None
    notes: tuple[str, ...] = ()
    words: tuple[str, ...] = field(default=(), repr=False)
    recorded_at: datetime | None = None
    visit: Visit | None = None
    receipt: ReceiptOf | None = None
