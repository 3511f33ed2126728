"""The table of the audit's seals."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field

from pathway_engine.storage.column_types import RowNumber, UtcDateTime
from pathway_engine.storage.table_form import Schema


class AuditSeal(Schema, table=True):
    """What the audit's rows were when they were sealed; the database refuses changes and deletions."""

    __tablename__ = "audit_seal"

    tenant: str = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=RowNumber)
    count: int = Field(sa_type=RowNumber)
    through: int = Field(sa_type=RowNumber)
    sealed_at: datetime = Field(sa_type=UtcDateTime)
    previous: bytes
    body: bytes
    hash: bytes
