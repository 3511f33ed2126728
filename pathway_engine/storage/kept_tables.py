"""The table of resources as clients wrote them over FHIR: every version, as it came."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import Field

from pathway_engine.storage.column_types import RowNumber, UtcDateTime
from pathway_engine.storage.table_form import Schema, refers


class KeptResource(Schema, table=True):
    """A version of a resource: its bytes, who wrote them, and the newest log entry of its stay at that time."""

    __tablename__ = "kept_resource"
    __table_args__ = (
        refers("patient_id", "patient"),
        ForeignKeyConstraint(["inbox_id"], ["inbox.id"]),
        Index(None, "tenant", "patient_id"),
    )

    tenant: str = Field(primary_key=True)
    type: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    patient_id: str
    stay: str | None
    body: bytes
    sender: str
    at: datetime = Field(sa_type=UtcDateTime)
    inbox_id: int = Field(sa_type=RowNumber)
    last_seq: int = Field(sa_type=RowNumber)
