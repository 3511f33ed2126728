"""The table of free places: what a municipality said of its own units, when, and by whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from pathway_engine.storage.column_types import RowNumber, UtcDateTime
from pathway_engine.storage.table_form import Schema


class FreePlaces(Schema, table=True):
    """So many places were free in a unit; the newest word of each unit counts, earlier ones stay."""

    __tablename__ = "free_places"
    __table_args__ = (Index(None, "tenant", "unit", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=RowNumber)
    tenant: str
    unit: str
    free: int
    total: int | None
    at: datetime = Field(sa_type=UtcDateTime)
    by: str
