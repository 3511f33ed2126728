"""The tables of notices: what went wrong, and on whose lists it stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from pathway_engine.storage.column_types import UtcDateTime
from pathway_engine.storage.table_form import Schema, refers, where

OPEN = "ended_at IS NULL"
"""Notices that wait for a person, in the very words of their index."""


class Notice(Schema, table=True):
    """Something that went wrong and that a person must see to; open as long as it has no end.

    `changed_at` is when it was last saved.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index(None, "tenant", "kind", "about"),
        Index(None, "tenant", "changed_at"),
        where("ix_notice_open", "tenant", condition=OPEN),
    )

    tenant: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    kind: str
    about: str
    patient_id: str | None
    raised_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(sa_type=UtcDateTime)
    version: int
    audience: str
    body: bytes
    changed_at: datetime = Field(sa_type=UtcDateTime)


class NoticeSeat(Schema, table=True):
    """The lists that an open notice is on, as an index: unit and role."""

    __tablename__ = "notice_seat"
    __table_args__ = (Index(None, "tenant", "unit", "role"), refers("notice_id", "notice"))

    tenant: str = Field(primary_key=True)
    notice_id: str = Field(primary_key=True)
    unit: str = Field(primary_key=True)
    role: str = Field(primary_key=True)
