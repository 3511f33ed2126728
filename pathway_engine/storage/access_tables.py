"""The tables of people's access: accounts, sessions, tries that failed, sign-ons under way, emergency access."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from pathway_engine.storage.column_types import UtcDateTime
from pathway_engine.storage.table_form import Schema, where


class Account(Schema, table=True):
    """How a person of the directory proves who he or she is; secrets as hashes only."""

    __tablename__ = "account"
    __table_args__ = (
        where("uq_account_subject", "tenant", "issuer", "subject", condition="subject IS NOT NULL", unique=True),
    )

    tenant: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    password: str | None
    pin: str | None
    one_time: str | None
    one_time_until: datetime | None = Field(sa_type=UtcDateTime)
    locked: bool
    issuer: str | None
    subject: str | None
    changed_at: datetime = Field(sa_type=UtcDateTime)


class FailedTry(Schema, table=True):
    """How often in a row something secret was guessed wrong, by whom or from where; the key is a hash."""

    __tablename__ = "failed_try"

    tenant: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    count: int
    last_at: datetime = Field(sa_type=UtcDateTime)


class WebSession(Schema, table=True):
    """A person at work in a browser, from signing in until signing out; the id is a hash."""

    __tablename__ = "web_session"
    __table_args__ = (Index(None, "tenant", "person"), Index(None, "tenant", "began_at"))

    tenant: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    person: str
    role: str
    method: str
    began_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    locked_at: datetime | None = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(sa_type=UtcDateTime)
    pin_failures: int
    hint: str | None


class SignOn(Schema, table=True):
    """A sign-on under way at an issuer; used once, and gone then."""

    __tablename__ = "sign_on"

    tenant: str = Field(primary_key=True)
    state: str = Field(primary_key=True)
    nonce: str
    verifier: str
    onwards: str
    begun_at: datetime = Field(sa_type=UtcDateTime)


class EmergencyAccess(Schema, table=True):
    """Access to a patient without a relation, for a reason and for a time."""

    __tablename__ = "emergency_access"
    __table_args__ = (Index(None, "tenant", "person", "patient_id"),)

    tenant: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    person: str
    patient_id: str
    reason: str
    words: str
    at: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
