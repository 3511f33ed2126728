"""The rows that storage gives and takes: frozen records, one for each table that is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from pathway_engine.domain.events import Entry

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a row was changed that was not saved yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """A received message; `disposition` None means that it waits.

    `disposition` is applied, rejected, unplaced, dead or kept. `conflict` is true when the sender
    had used the same id for other content. `duplicates` counts how often it was sent again.
    """

    id: int
    sender: str
    message_id: str
    sha256: str
    raw: bytes = field(repr=False)
    channel: str
    peer: str
    message_type: str
    received_at: datetime
    disposition: str | None = None
    reason_code: str = ""
    reason: str = ""
    notes: str = ""
    attempts: int = 0
    next_try_at: datetime | None = None
    disposed_at: datetime | None = None
    patient_id: str | None = None
    answer: bytes | None = field(default=None, repr=False)
    conflict: bool = False
    duplicates: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxHistoryRow:
    """A message's earlier disposition, kept when the message was run again at `reopened_at`."""

    inbox_id: int
    disposition: str | None
    reason_code: str
    reason: str
    notes: str
    attempts: int
    disposed_at: datetime | None
    patient_id: str | None
    answer: bytes | None = field(repr=False)
    reopened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """What became of storing a message: `outcome` is new, duplicate or conflict.

    `row` is the message's own row; of a duplicate the row that was already there, its count raised.
    """

    id: int
    outcome: str
    row: InboxRow


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRow:
    """A person as last told; `survivor_id` is None unless the record was merged into another.

    `updated_at` is when the sender wrote down what is told of the person.
    """

    id: str
    survivor_id: str | None
    family: str | None = field(repr=False)
    given: str | None = field(repr=False)
    birth_date: date | None = field(repr=False)
    gender: str | None = field(repr=False)
    address: str | None = field(repr=False)
    postal_code: str | None = field(repr=False)
    city: str | None = field(repr=False)
    municipality: str | None = field(repr=False)
    district: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    updated_at: datetime

    @property
    def name(self) -> str:
        """Given name and family name, as far as they are known."""
        return " ".join(part for part in (self.given, self.family) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One entry of the log. `seq` rises with every entry that one patient gets."""

    seq: int
    entry: Entry
    received_at: datetime
    inbox_id: int | None
    patient_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeRow:
    """The stored fold of one episode.

    `version` is the one that was read, 0 for a new episode; saving raises it by one. `last_seq`
    and `last_key` name the newest log entry in the fold. A parked episode has a `parked_reason`,
    has been parked since `parked_at`, and is tried again at `retry_at`. `changed_at` is when it was last saved; saving
    sets it.
    """

    id: str
    patient_id: str
    pathway: str
    ordinal: int
    definition_hash: str
    phase: str
    status: str
    opened_at: datetime
    closed_at: datetime | None = None
    last_seq: int = 0
    last_key: str = ""
    next_wake_at: datetime | None = None
    parked_reason: str | None = None
    parked_at: datetime | None = None
    retry_at: datetime | None = None
    state: bytes = field(default=b"", repr=False)
    version: int = 0
    changed_at: datetime = field(default=NEVER, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task as the lists need it; `body` holds the rest.

    A task is open as long as `ended_at` is None. `severity_rank` is 0 for the most binding.
    `audience` is whose lists it is on: unit, role, and whether by escalation. `stay` is the hospital stay that it
    comes from. `changed_at` is when it was last saved; saving sets it.
    """

    id: str
    episode_id: str
    patient_id: str
    key: str
    pathway: str
    step: str
    status: str
    business_status: str
    severity: str
    severity_rank: int
    hard: bool
    verified: bool
    owner_role: str
    unit: str | None
    performer: str | None
    raised_at: datetime
    opens_at: datetime | None
    due_at: datetime | None
    deferred_until: datetime | None
    ended_at: datetime | None
    answered: int
    questions: int
    title_nb: str
    title_en: str
    waits_for: str
    cause: str
    rule_lines: str
    version: int
    body: bytes = field(repr=False)
    audience: tuple[tuple[str, str, bool], ...] = ()
    stay: str | None = None
    changed_at: datetime = field(default=NEVER, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorklistRow:
    """A line of a worklist; `escalated` when none of the seats has the task but by escalation."""

    task: TaskRow
    patient: PatientRow
    escalated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingRow:
    """A message to be sent, and how far it has come.

    `status` is one of `domain.delivery.KEPT`. `message_id` is what
    the receiver knows it by: the same however often it is sent. `attempts` counts the tries that were
    begun. While it is sending, `fence` names the one who does, until `lease_until`. `sent_at` is when it
    was last taken over by the receiver's side, `answer_by` until when a receipt is awaited, `answer` what
    the receipt said: accepted, rejected or nothing yet. `reason` is a code, never content.
    """

    id: int
    key: str
    message_id: str
    patient_id: str
    episode_id: str
    message: str
    body: bytes = field(repr=False)
    status: str
    at: datetime
    attempts: int = 0
    next_try_at: datetime | None = None
    lease_until: datetime | None = None
    fence: int = 0
    sent_at: datetime | None = None
    answer_by: datetime | None = None
    answer: str = ""
    reason: str = ""
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """Something that went wrong and that a person must see to; `body` is the task that it is.

    `kind` says what went wrong, `about` with which row. `audience` is whose lists it is on: unit and role.
    """

    id: str
    kind: str
    about: str
    patient_id: str | None
    raised_at: datetime
    ended_at: datetime | None = None
    version: int = 1
    audience: tuple[tuple[str, str], ...] = ()
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreePlacesRow:
    """What somebody said of a unit's places; `total` is None when nobody said how many there are."""

    unit: str
    free: int
    total: int | None
    at: datetime
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """Who read or changed what; ids and codes only."""

    id: int
    at: datetime
    actor: str
    role: str
    action: str
    patient_id: str | None
    object_id: str | None
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionRow:
    """A pathway's files under their hash."""

    hash: str
    pathway: str
    version: str
    files: bytes = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRow:
    """A version of a resource as a client wrote it; `sender` is the facility of its messages.

    `last_seq` is the newest log entry of the stay at that time: what has a higher number was told since.
    """

    type: str
    id: str
    version: int
    patient_id: str
    stay: str | None
    body: bytes = field(repr=False)
    sender: str
    at: datetime
    inbox_id: int
    last_seq: int
