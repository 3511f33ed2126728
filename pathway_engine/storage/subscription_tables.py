"""The tables of subscriptions: who wants to be told of what, how far that has come, and what there is to tell."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from pathway_engine.storage.column_types import RowNumber, UtcDateTime
from pathway_engine.storage.table_form import Schema, where

LISTENS = "started_at IS NOT NULL"
"""Subscriptions for which events are kept."""
UNNUMBERED = "number IS NULL"


class Subscription(Schema, table=True):
    """What a program asked for, and the one notification that is on its way to it, if any."""

    __tablename__ = "subscription"
    __table_args__ = (where("ix_subscription_listens", "tenant", condition=LISTENS),)

    tenant: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    client: str
    person: str
    role: str
    topic: str
    filters: str
    endpoint: str
    headers: bytes
    content: str
    heartbeat_seconds: int | None
    timeout_seconds: int | None
    most_events: int | None
    purpose: str
    ends_at: datetime | None = Field(sa_type=UtcDateTime)
    status: str
    error: str
    version: int
    updated_at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime | None = Field(sa_type=UtcDateTime)
    last_number: int = Field(sa_type=RowNumber)
    told_number: int = Field(sa_type=RowNumber)
    delivery: str
    kind: str
    first_number: int = Field(sa_type=RowNumber)
    until_number: int = Field(sa_type=RowNumber)
    attempts: int
    next_try_at: datetime | None = Field(sa_type=UtcDateTime)
    lease_until: datetime | None = Field(sa_type=UtcDateTime)
    fence: int
    tried_at: datetime | None = Field(sa_type=UtcDateTime)
    heartbeat_at: datetime | None = Field(sa_type=UtcDateTime)
    horizon: int = Field(sa_type=RowNumber)


class SubscriptionEvent(Schema, table=True):
    """Something to tell one subscriber, written with the change itself; its number comes after the commit.

    It refers to no row of `subscription`: a change must not wait for, or fail by, what becomes of a subscription.
    """

    __tablename__ = "subscription_event"
    __table_args__ = (
        UniqueConstraint("tenant", "subscription_id", "number"),
        where("ix_subscription_event_unnumbered", "tenant", "subscription_id", "id", condition=UNNUMBERED),
        Index(None, "tenant", "at"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=RowNumber)
    tenant: str
    subscription_id: str
    number: int | None = Field(sa_type=RowNumber)
    type: str
    focus: str
    episode: str
    patient_id: str
    method: str
    lists: str
    at: datetime = Field(sa_type=UtcDateTime)
