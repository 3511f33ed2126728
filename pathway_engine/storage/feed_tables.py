"""The table of calendar feeds: one secret address a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from pathway_engine.storage.column_types import UtcDateTime
from pathway_engine.storage.table_form import Schema


class CalendarFeed(Schema, table=True):
    """The hash of the key that opens a person's calendar, and the role that it is read by."""

    __tablename__ = "calendar_feed"
    __table_args__ = (UniqueConstraint("tenant", "sha256"),)

    tenant: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    role: str
    sha256: str
    at: datetime = Field(sa_type=UtcDateTime)
