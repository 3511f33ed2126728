"""How a statement is run for one tenant, and how what comes back becomes records.

Statements are built once, when a module is loaded. Their own parameters end in an underscore,
because the names of columns are taken by the values that are written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Executable,
    Select,
    Table,
    and_,
    bindparam,
    func,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as insert_into

from pathway_engine.domain.errors import StorageError
from pathway_engine.storage.column_types import UtcDateTime
from pathway_engine.storage.prepared import Found, run, run_all

Row = TypeVar("Row")

TENANT: BindParameter[str] = bindparam("tenant_")
ID: BindParameter[Any] = bindparam("id_")
NOW: BindParameter[Any] = bindparam("now_", type_=UtcDateTime())
LIMIT: BindParameter[int] = bindparam("limit_")


class TenantRecords:
    """A connection inside a transaction, and the tenant whose rows alone are seen."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    def _before(self, statement: Executable) -> None:
        """What is to be done before *statement* is run by the usual way."""

    def _run(self, statement: Executable, **values: Any) -> Found:
        return run(self._connection, statement, {"tenant_": self._tenant, **values})

    def _insert(self, statement: Executable, **values: Any) -> Found:
        return run(self._connection, statement, {"tenant": self._tenant, **values})

    def _insert_all(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            run_all(self._connection, statement, [{"tenant": self._tenant, **row} for row in rows])

    def _all(self, kind: type[Row], statement: Executable, **values: Any) -> list[Row]:
        return [kind(**row) for row in self._run(statement, **values).named()]

    def _one(self, kind: type[Row], statement: Executable, **values: Any) -> Row | None:
        return next(iter(self._all(kind, statement, **values)), None)

    def _scalars(self, statement: Executable, **values: Any) -> list[Any]:
        return self._run(statement, **values).scalars()

    def _change_one(self, statement: Executable, what: str, **values: Any) -> None:
        if self._run(statement, **values).rowcount != 1:
            raise StorageError(f"There is no such {what}.")


def by_number(table: Table) -> ColumnElement[bool]:
    """The tenant's rows, found by their number: for the newest rows, and those after one that is known.

    An index that begins with the tenant is of no use then, and SQLite would take it all the same: it would go through
    all that the tenant has ever had, and sort it.
    """
    found: ColumnElement[bool] = func.coalesce(table.c.tenant, "") == TENANT
    return found


def newest(table: Table, columns: Sequence[ColumnElement[Any]], kinds: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """The newest rows of several kinds together, by their number; a row is of one of the *kinds* at most.

    Each of *kinds* says whose rows they are, and names its kind in its own words and not by a value: PostgreSQL keeps
    one plan for all values. Of each as many numbers are looked up as are wanted, by its own index: of an OR, SQLite
    would go through all that the tenant has, and PostgreSQL through all rows of these kinds.
    """
    some = [select(table.c.id).where(kind).order_by(table.c.id.desc()).limit(LIMIT).subquery() for kind in kinds]
    few = union_all(*(select(each.c.id) for each in some)).subquery()
    numbers = select(few.c.id).order_by(few.c.id.desc()).limit(LIMIT)
    return select(*columns).where(table.c.id.in_(numbers)).order_by(table.c.id.desc())


def is_pair(first: ColumnElement[str], second: ColumnElement[str], name: str) -> ColumnElement[bool]:
    """True of the rows whose two columns are one of the pairs that `pairs` gives under *name*.

    That each column is in a list of its own follows from the pairs, but of pairs alone SQLite makes no use of an
    index beyond the tenant: it would go through all that the tenant has.
    """
    whole, one, other = (f"{name}_{part}_" for part in ("pairs", "firsts", "seconds"))
    return and_(
        tuple_(first, second).in_(bindparam(whole, expanding=True)),
        first.in_(bindparam(one, expanding=True)),
        second.in_(bindparam(other, expanding=True)),
    )


def pairs(name: str, wanted: Collection[tuple[str, str]]) -> dict[str, list[Any]]:
    """The values of `is_pair`."""
    firsts, seconds = sorted({first for first, _ in wanted}), sorted({second for _, second in wanted})
    return {f"{name}_pairs_": list(wanted), f"{name}_firsts_": firsts, f"{name}_seconds_": seconds}


def columns_of(table: Table, kind: type[Any]) -> list[ColumnElement[Any]]:
    """The columns of *table* that a record of *kind* is made of."""
    return [table.c[field.name] for field in fields(kind)]


def values_of(row: Any) -> dict[str, Any]:
    """The fields of a record by name, not copied."""
    kind = type(row)
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(field.name for field in fields(kind))
    return {name: getattr(row, name) for name in _FIELDS[kind]}


_FIELDS: dict[type[Any], tuple[str, ...]] = {}


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
    "by_number",
    "columns_of",
    "insert_into",
    "is_pair",
    "newest",
    "pairs",
    "upsert",
    "values_of",
]
