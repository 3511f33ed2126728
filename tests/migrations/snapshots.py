"""A database as plain values: its schema as the database itself tells it, and every row of every table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, MetaData, Table, select

from pathway_engine.storage.connection import open_engine

VERSION_TABLE = "alembic_version"
Row = tuple[tuple[str, Any], ...]
"""Columns and values, sorted by column."""

_SQLITE_SCHEMA = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
_POSTGRESQL_SCHEMA = """
    SELECT 'column', table_name || '.' || column_name,
           concat_ws(' ', data_type, collation_name, is_nullable, column_default, is_identity)
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'constraint', conname, conrelid::regclass || ' ' || pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'sequence', sequencename, increment_by::text FROM pg_sequences WHERE schemaname = 'public'
"""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What stands in a database: definitions by kind and name, and rows by table."""

    schema: Mapping[tuple[str, str], str]
    rows: Mapping[str, tuple[Row, ...]]

    @property
    def revision(self) -> str | None:
        """The schema's revision, None without one."""
        noted = self.rows.get(VERSION_TABLE, ())
        return dict(noted[0])["version_num"] if noted else None


def snapshot(url: str) -> Snapshot:
    """Return what stands in the database now."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            return Snapshot(_schema(connection), _rows(connection))
    finally:
        engine.dispose()


def tables_of(connection: Connection) -> list[Table]:
    """The tables as the database describes them, those that others refer to first."""
    found = MetaData()
    found.reflect(connection)
    return list(found.sorted_tables)


def _schema(connection: Connection) -> dict[tuple[str, str], str]:
    on_sqlite = connection.dialect.name == "sqlite"
    told = connection.exec_driver_sql(_SQLITE_SCHEMA if on_sqlite else _POSTGRESQL_SCHEMA)
    return {(kind, name): _in_order(definition or "") for kind, name, definition in sorted(told, key=repr)}


def _in_order(definition: str) -> str:
    """A definition on one line, a table's constraints sorted: when alembic rebuilds a table it takes any order."""
    head, *constraints = " ".join(definition.split()).removesuffix(")").split(", CONSTRAINT ")
    return ", CONSTRAINT ".join([head, *sorted(each.strip() for each in constraints)])


def _rows(connection: Connection) -> dict[str, tuple[Row, ...]]:
    return {table.name: _rows_of(connection, table) for table in tables_of(connection)}


def _rows_of(connection: Connection, table: Table) -> tuple[Row, ...]:
    names = [column.name for column in table.columns]
    rows = [tuple(sorted(zip(names, row, strict=True))) for row in connection.execute(select(table))]
    return tuple(sorted(rows, key=repr))


def lost(before: Snapshot, after: Snapshot, rewritten: frozenset[str] = frozenset()) -> list[str]:
    """Name the tables of which not every old row is found again with its old values.

    *rewritten* names tables and columns (``table.column``) that a migration changes on purpose.
    """
    names = [name for name in before.rows if name not in rewritten and name != VERSION_TABLE]
    return [name for name in names if not _kept(name, before, after, rewritten)]


def _kept(name: str, before: Snapshot, after: Snapshot, rewritten: frozenset[str]) -> bool:
    if not before.rows[name]:
        return name in after.rows
    columns = {column for column, _ in before.rows[name][0] if f"{name}.{column}" not in rewritten}
    found = sorted(repr(_cut(row, columns)) for row in after.rows.get(name, ()))
    return found == sorted(repr(_cut(row, columns)) for row in before.rows[name])


def _cut(row: Row, columns: set[str]) -> Row:
    return tuple((column, value) for column, value in row if column in columns)
