"""What all tables share: one catalogue with fixed names, references within a tenant, indexes of some rows."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint, Index, MetaData, text
from sqlmodel import SQLModel

NAMES = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}


class Schema(SQLModel):
    """What all tables share: one catalogue, in which constraints have fixed names."""

    metadata = MetaData(naming_convention=NAMES)


def refers(column: str, table: str) -> ForeignKeyConstraint:
    """A column that names a row of *table* of the same tenant."""
    return ForeignKeyConstraint(["tenant", column], [f"{table}.tenant", f"{table}.id"])


def where(name: str, *columns: str, condition: str, unique: bool = False) -> Index:
    """An index of the rows for which *condition* holds."""
    rows = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=rows, postgresql_where=rows)
