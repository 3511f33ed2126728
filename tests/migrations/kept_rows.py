"""Rows as a program of each revision wrote them, kept as files, so that later programs meet old data.

A file holds every table's rows by name. Pathway definitions are kept apart, once, under
`tests/golden/definitions`; a row refers to them by their hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, inspect, select, text

from pathway_engine.storage.codec import decode_json, encode_json
from pathway_engine.storage.column_types import UtcDateTime
from pathway_engine.storage.connection import open_engine
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.tables import METADATA
from tests.golden.definitions import keep_definition, kept_definition
from tests.migrations.revisions import revisions
from tests.migrations.snapshots import tables_of

FOLDER = Path(__file__).parent / "rows"
BYTES, DEFINITION = "$bytes", "$definition"
Rows = Mapping[str, list[dict[str, Any]]]


def kept_revisions() -> list[str]:
    """The revisions whose rows are kept, oldest first."""
    kept = {file.stem for file in FOLDER.glob("*.json")}
    return [revision for revision in revisions() if revision in kept]


def filled(url: str, revision: str) -> None:
    """Make the empty database at *url* one of *revision* with rows in it.

    They are those kept for that revision; else those of the latest earlier one, upgraded.
    """
    known = revisions()
    source = [kept for kept in kept_revisions() if known.index(kept) <= known.index(revision)][-1]
    upgrade(url, source)
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            _put(connection, decode_json((FOLDER / f"{source}.json").read_bytes()))
    finally:
        engine.dispose()
    if source != revision:
        upgrade(url, revision)


def _put(connection: Connection, rows: Rows) -> None:
    for table in tables_of(connection):
        told = rows.get(table.name, [])
        if told:
            values = [{name: _value(value, connection) for name, value in row.items()} for row in told]
            connection.execute(insert(table), values)
            _count_on(connection, table)


def _value(value: Any, connection: Connection) -> Any:
    match value:
        case datetime():
            return UtcDateTime().process_bind_param(value, connection.dialect)
        case {"$bytes": str(content)}:
            return content.encode()
        case {"$definition": str(hash)}:
            return kept_definition(hash)
        case _:
            return value


def _count_on(connection: Connection, table: Table) -> None:
    """Let PostgreSQL number the next row behind those that were put in with their numbers."""
    (key, *more) = table.primary_key.columns
    if connection.dialect.name == "postgresql" and not more and key.server_default is not None:
        where = f"pg_get_serial_sequence('{table.name}', '{key.name}')"
        connection.execute(text(f"SELECT setval({where}, (SELECT max({key.name}) FROM {table.name}))"))


def write_rows(url: str, revision: str) -> Path:
    """Keep the rows of the database at *url*, which has today's schema, cut to the columns of *revision*.

    Raises FileExistsError: what a program once wrote is never written anew.
    """
    file = FOLDER / f"{revision}.json"
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            rows = {table.name: _told(connection, table) for table in METADATA.sorted_tables}
    finally:
        engine.dispose()
    columns = _columns(revision)
    cut = {name: [_cut(row, columns[name]) for row in told] for name, told in rows.items() if name in columns}
    with file.open("x") as opened:
        opened.write(_as_text(cut))
    return file


def _told(connection: Connection, table: Table) -> list[dict[str, Any]]:
    order = list(table.primary_key.columns)
    rows = connection.execute(select(table).order_by(*order))
    return [{name: _plain(name, value, row._mapping) for name, value in row._mapping.items()} for row in rows]


def _plain(name: str, value: Any, row: Mapping[Any, Any]) -> Any:
    if name == "files":
        keep_definition(row["hash"], value)
        return {DEFINITION: row["hash"]}
    if isinstance(value, bytes):
        return {BYTES: value.decode()}
    assert isinstance(value, str | int | float | bool | date | None), name
    return value


def _columns(revision: str) -> dict[str, set[str]]:
    from tests.migrations.databases import SqliteDatabases, folder_in_memory

    with folder_in_memory() as folder:
        url = SqliteDatabases(folder).empty()
        upgrade(url, revision)
        engine = open_engine(url)
        seen = inspect(engine)
        found = {name: {column["name"] for column in seen.get_columns(name)} for name in seen.get_table_names()}
        engine.dispose()
    return found


def _cut(row: Mapping[str, Any], columns: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name in columns}


def _as_text(rows: Rows) -> str:
    """One row a line, so that a difference can be read."""
    tables = [
        f"{json.dumps(name)}:[\n" + ",\n".join(encode_json(row).decode() for row in told) + "\n]"
        for name, told in sorted(rows.items())
    ]
    return "{\n" + ",\n".join(tables) + "\n}\n"
