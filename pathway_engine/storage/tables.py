"""The tables as a schema: one class a table, every row with its tenant, no behaviour."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index, Table, UniqueConstraint
from sqlmodel import Field

from pathway_engine.storage.access_tables import Account, EmergencyAccess, FailedTry, SignOn, WebSession
from pathway_engine.storage.audit_tables import AuditSeal
from pathway_engine.storage.column_types import InByteOrder, RowNumber, UtcDateTime
from pathway_engine.storage.feed_tables import CalendarFeed
from pathway_engine.storage.kept_tables import KeptResource
from pathway_engine.storage.notice_tables import Notice, NoticeSeat
from pathway_engine.storage.place_tables import FreePlaces
from pathway_engine.storage.subscription_tables import Subscription, SubscriptionEvent
from pathway_engine.storage.table_form import Schema
from pathway_engine.storage.table_form import refers as _refers
from pathway_engine.storage.table_form import where as _where

__all__ = [
    "ACTIVE", "METADATA", "UNSETTLED", "Account", "AuditSeal", "CalendarFeed", "EmergencyAccess", "FailedTry",
    "FreePlaces", "KeptResource", "Notice", "NoticeSeat", "Schema", "SignOn", "Subscription", "SubscriptionEvent",
    "WebSession", "table",
]  # fmt: skip

UNSETTLED = "status IN ('waiting', 'sending')"
"""Outgoing messages that hold back the later ones of their patient."""

ACTIVE = "status = 'active'"
"""Episodes that run, in the very words of their index."""

ASIDE = "disposition = 'dead' OR disposition = 'rejected' OR disposition = 'unplaced'"
"""Messages that were set aside, in the very words of their index, and of those who ask for one kind of them.

A database compares the words; with an IN, SQLite would sort all of a kind to find its newest.
"""

TOMBSTONES = "action = 'audit expired'"
"""Audit rows that stand for older ones, which were deleted by policy."""


class Inbox(Schema, table=True):
    """A received message, byte for byte, and what became of it; rows are never deleted."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("tenant", "sender", "message_id", "sha256"),
        _where("uq_inbox_first", "tenant", "sender", "message_id", condition='NOT "conflict"', unique=True),
        _where("ix_inbox_waiting", "tenant", "id", condition="disposition IS NULL"),
        _where("ix_inbox_aside", "tenant", "disposition", "id", condition=ASIDE),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=RowNumber)
    tenant: str
    sender: str
    message_id: str = Field(sa_type=InByteOrder)
    sha256: str
    raw: bytes
    channel: str
    peer: str
    message_type: str
    received_at: datetime = Field(sa_type=UtcDateTime)
    disposition: str | None
    reason_code: str
    reason: str
    notes: str
    attempts: int
    next_try_at: datetime | None = Field(sa_type=UtcDateTime)
    disposed_at: datetime | None = Field(sa_type=UtcDateTime)
    patient_id: str | None
    answer: bytes | None
    conflict: bool
    duplicates: int


class InboxHistory(Schema, table=True):
    """What a message's disposition was before it was run again."""

    __tablename__ = "inbox_history"
    __table_args__ = (ForeignKeyConstraint(["inbox_id"], ["inbox.id"]), Index(None, "tenant", "inbox_id"))

    id: int | None = Field(default=None, primary_key=True, sa_type=RowNumber)
    tenant: str
    inbox_id: int = Field(sa_type=RowNumber)
    disposition: str | None
    reason_code: str
    reason: str
    notes: str
    attempts: int
    disposed_at: datetime | None = Field(sa_type=UtcDateTime)
    patient_id: str | None
    answer: bytes | None
    reopened_at: datetime = Field(sa_type=UtcDateTime)


class Patient(Schema, table=True):
    """A person; `survivor_id` names the record that it was merged into, never a chain."""

    __tablename__ = "patient"
    __table_args__ = (_refers("survivor_id", "patient"), Index(None, "tenant", "survivor_id"))

    tenant: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    survivor_id: str | None
    family: str | None
    given: str | None
    birth_date: date | None
    gender: str | None
    address: str | None
    postal_code: str | None
    city: str | None
    municipality: str | None
    district: str | None
    phone: str | None
    updated_at: datetime = Field(sa_type=UtcDateTime)


class PatientIdentifier(Schema, table=True):
    """An identifier and the patient that it now belongs to."""

    __tablename__ = "identifier"
    __table_args__ = (_refers("patient_id", "patient"), Index(None, "tenant", "patient_id"))

    tenant: str = Field(primary_key=True)
    system: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    patient_id: str


class Stay(Schema, table=True):
    """A stay and the patient whom it now belongs to; `public_id` is what others call it by."""

    __tablename__ = "stay"
    __table_args__ = (
        _refers("patient_id", "patient"),
        Index(None, "tenant", "patient_id"),
        Index(None, "tenant", "public_id"),
    )

    tenant: str = Field(primary_key=True)
    stay: str = Field(primary_key=True)
    patient_id: str
    at: datetime = Field(sa_type=UtcDateTime)
    public_id: str


class Log(Schema, table=True):
    """What was told or done about a patient; the database refuses changes and deletions."""

    __tablename__ = "log"
    __table_args__ = (
        UniqueConstraint("tenant", "entry_id"),
        Index(None, "tenant", "patient_id", "seq"),
        _where("ix_log_stay", "tenant", "stay", condition="stay IS NOT NULL"),
        _where("ix_log_cause", "tenant", "cause", condition="cause IS NOT NULL"),
        _refers("patient_id", "patient"),
        ForeignKeyConstraint(["inbox_id"], ["inbox.id"]),
    )

    seq: int | None = Field(default=None, primary_key=True, sa_type=RowNumber)
    tenant: str
    patient_id: str
    entry_id: str
    stay: str | None
    entry: str
    received_at: datetime = Field(sa_type=UtcDateTime)
    inbox_id: int | None = Field(sa_type=RowNumber)
    cause: str | None


class EpisodeTable(Schema, table=True):
    """One patient's way through one pathway: the stored fold, and when time changes it next."""

    __tablename__ = "episode"
    __table_args__ = (
        UniqueConstraint("tenant", "patient_id", "pathway", "ordinal"),
        _where(
            "ix_episode_wake",
            "tenant",
            "next_wake_at",
            condition="next_wake_at IS NOT NULL AND parked_reason IS NULL",
        ),
        _where("ix_episode_phase", "tenant", "pathway", "phase", condition=ACTIVE),
        _where("ix_episode_parked", "tenant", "retry_at", condition="parked_reason IS NOT NULL"),
        _refers("patient_id", "patient"),
    )

    tenant: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    patient_id: str
    pathway: str
    ordinal: int
    definition_hash: str
    phase: str
    status: str
    opened_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(sa_type=UtcDateTime)
    last_seq: int = Field(sa_type=RowNumber)
    last_key: str
    next_wake_at: datetime | None = Field(sa_type=UtcDateTime)
    parked_reason: str | None
    parked_at: datetime | None = Field(sa_type=UtcDateTime)
    retry_at: datetime | None = Field(sa_type=UtcDateTime)
    state: bytes
    version: int
    changed_at: datetime = Field(sa_type=UtcDateTime)


class TaskTable(Schema, table=True):
    """A person's work; open as long as it has no end. `audience` is whose lists it is on, `changed_at` when it was
    last saved."""

    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("tenant", "episode_id", "key"),
        Index(None, "tenant", "patient_id"),
        Index(None, "tenant", "changed_at"),
        _where("ix_task_open_role", "tenant", "owner_role", "unit", condition="ended_at IS NULL"),
        _where("ix_task_open_due", "tenant", "due_at", condition="ended_at IS NULL"),
        _refers("episode_id", "episode"),
        _refers("patient_id", "patient"),
    )

    tenant: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
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
    raised_at: datetime = Field(sa_type=UtcDateTime)
    opens_at: datetime | None = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(sa_type=UtcDateTime)
    deferred_until: datetime | None = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(sa_type=UtcDateTime)
    answered: int
    questions: int
    title_nb: str
    title_en: str
    waits_for: str
    cause: str
    rule_lines: str
    version: int
    body: bytes
    audience: str
    stay: str | None
    changed_at: datetime = Field(sa_type=UtcDateTime)


class TaskAudience(Schema, table=True):
    """The lists that a task is on, as an index: unit and role, by escalation or not."""

    __tablename__ = "task_audience"
    __table_args__ = (
        Index("ix_task_audience_seat", "tenant", "unit", "role", "open"),
        _refers("task_id", "task"),
    )

    tenant: str = Field(primary_key=True)
    task_id: str = Field(primary_key=True)
    unit: str = Field(primary_key=True)
    role: str = Field(primary_key=True)
    escalated: bool
    open: bool


class Outbox(Schema, table=True):
    """A message to be sent, once for each key, and how far it has come."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("tenant", "key"),
        UniqueConstraint("tenant", "message_id"),
        Index(None, "tenant", "status", "id"),
        _where("ix_outbox_unsettled", "tenant", "id", condition=UNSETTLED),
        Index(None, "tenant", "patient_id", "id"),
        _where("ix_outbox_answer_by", "tenant", "answer_by", condition="answer_by IS NOT NULL"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=RowNumber)
    tenant: str
    key: str
    message_id: str
    patient_id: str
    episode_id: str
    message: str
    body: bytes
    status: str
    at: datetime = Field(sa_type=UtcDateTime)
    attempts: int
    next_try_at: datetime | None = Field(sa_type=UtcDateTime)
    lease_until: datetime | None = Field(sa_type=UtcDateTime)
    fence: int
    sent_at: datetime | None = Field(sa_type=UtcDateTime)
    answer_by: datetime | None = Field(sa_type=UtcDateTime)
    answer: str
    reason: str
    settled_at: datetime | None = Field(sa_type=UtcDateTime)


class Audit(Schema, table=True):
    """Who read or changed what; the database refuses changes, and deletions without a tombstone."""

    __tablename__ = "audit"
    __table_args__ = (
        Index(None, "tenant", "patient_id", "id"),
        _where("ix_audit_expired", "tenant", "id", condition=TOMBSTONES),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=RowNumber)
    tenant: str
    at: datetime = Field(sa_type=UtcDateTime)
    actor: str
    role: str
    action: str
    patient_id: str | None
    object_id: str | None
    outcome: str
    detail: str


class Definition(Schema, table=True):
    """A pathway's files as they were, named by their hash; episodes keep the one they began with."""

    __tablename__ = "definition"

    tenant: str = Field(primary_key=True)
    hash: str = Field(primary_key=True)
    pathway: str
    version: str
    files: bytes
    at: datetime = Field(sa_type=UtcDateTime)


class Result(Schema, table=True):
    """What a person's act led to, by the key under which it may be sent again."""

    __tablename__ = "result"

    tenant: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    result: bytes
    at: datetime = Field(sa_type=UtcDateTime)


class Heartbeat(Schema, table=True):
    """When a part of the program was last alive."""

    __tablename__ = "heartbeat"

    tenant: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)


class AccessKey(Schema, table=True):
    """The hash of a key for programs, and the person on whose behalf it acts."""

    __tablename__ = "access_key"

    tenant: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True)
    person: str
    at: datetime = Field(sa_type=UtcDateTime)


class Directory(Schema, table=True):
    """Organisations, persons, senders and routing as imported, one document an import, for ever."""

    __tablename__ = "directory"
    __table_args__ = (UniqueConstraint("tenant", "valid_from", "sha256"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=RowNumber)
    tenant: str
    valid_from: datetime = Field(sa_type=UtcDateTime)
    sha256: str
    document: bytes


METADATA = Schema.metadata


def table(name: str) -> Table:
    """Return the table of that name."""
    return METADATA.tables[name]
