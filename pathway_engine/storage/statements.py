"""How a statement is run for one tenant, and how what comes back becomes records.

Statements are built once, when a module is loaded. Their own parameters end in an underscore,
because the names of columns are taken by the values that are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Connection, CursorResult, Executable, Table, bindparam
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as insert_into

from pathway_engine.domain.errors import StorageError
from pathway_engine.storage.column_types import UtcDateTime

Row = TypeVar("Row")
Rows = CursorResult[*tuple[Any, ...]]

TENANT: BindParameter[str] = bindparam("tenant_")
ID: BindParameter[Any] = bindparam("id_")
NOW: BindParameter[Any] = bindparam("now_", type_=UtcDateTime())
LIMIT: BindParameter[int] = bindparam("limit_")


class TenantRecords:
    """A connection inside a transaction, and the tenant whose rows alone are seen."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    def _run(self, statement: Executable, **values: Any) -> Rows:
        return self._connection.execute(statement, {"tenant_": self._tenant, **values})

    def _insert(self, statement: Executable, **values: Any) -> Rows:
        return self._connection.execute(statement, {"tenant": self._tenant, **values})

    def _insert_all(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            self._connection.execute(statement, [{"tenant": self._tenant, **row} for row in rows])

    def _all(self, kind: type[Row], statement: Executable, **values: Any) -> list[Row]:
        return [kind(**row._mapping) for row in self._run(statement, **values)]

    def _one(self, kind: type[Row], statement: Executable, **values: Any) -> Row | None:
        row = self._run(statement, **values).first()
        return None if row is None else kind(**row._mapping)

    def _scalars(self, statement: Executable, **values: Any) -> list[Any]:
        return list(self._run(statement, **values).scalars())

    def _change_one(self, statement: Executable, what: str, **values: Any) -> None:
        if self._run(statement, **values).rowcount != 1:
            raise StorageError(f"There is no such {what}.")


def columns_of(table: Table, kind: type[Any]) -> list[ColumnElement[Any]]:
    """The columns of *table* that a record of *kind* is made of."""
    return [table.c[field.name] for field in fields(kind)]


def values_of(row: Any) -> dict[str, Any]:
    """The fields of a record by name, not copied."""
    return {field.name: getattr(row, field.name) for field in fields(row)}


def upsert(table: Table, *key: str) -> Insert:
    """Insert a row, or write all its columns over the one that has the same *key*."""
    statement = insert_into(table)
    written = {column.name: statement.excluded[column.name] for column in table.c if column.name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=written)


__all__ = [
    "ID",
    "LIMIT",
    "NOW",
    "TENANT",
    "TenantRecords",
    "columns_of",
    "insert_into",
    "upsert",
    "values_of",
]
