"""The least that any program could do: the rows that ours leaves behind, written by the bare driver.

The job is done once by our service; what each operation adds to, changes in or removes from the tables is
read out of them. Those rows, with other patients' ids and of the same size, are then written as prepared
constants: no reading, no rules, no codecs.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import psycopg
from sqlalchemy import Connection

from pathway_engine.storage.connection import open_engine
from pathway_engine.storage.tables import METADATA
from tests.bench.databases import driver_address, sqlite_file
from tests.bench.job.ours import Ours
from tests.bench.job.steps import name_of

TABLES = (
    "patient", "identifier", "inbox", "stay", "log", "episode", "task", "task_audience", "outbox", "audit", "result"
)  # fmt: skip
NUMBERED = {"inbox.id", "log.seq", "log.inbox_id", "outbox.id", "audit.id", "episode.last_seq"}
ROWS_OF_A_PATIENT = 1000
MANY = 100
RECORDED = 0
Rows = dict[tuple[Any, ...], tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement, the columns that its values are of, and a row of values for each time that it is run."""

    sql: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class Raw:
    """Constant rows through the driver.

    *how*: one operation a commit (`each`); the same, sent in one piece to PostgreSQL (`pipeline`); or so
    sent and a hundred operations a commit (`many`).
    """

    def __init__(self, url: str, how: str) -> None:
        ours = Ours(url, batched=False)
        self._recorded = _recorded(ours, url)
        ours.close()
        self._driver = _Sqlite(url) if url.startswith("sqlite") else _Postgresql(url, pipeline=how != "each")
        self._at_once = MANY if how == "many" else 1

    def rounds(self, patients: Sequence[int]) -> Iterator[Callable[[], None]]:
        """Give the job's operations, each for all *patients*."""
        for statements in self._recorded.operations:
            work = [self._recorded.of(patient, statements) for patient in patients]
            chunks = [work[first : first + self._at_once] for first in range(0, len(work), self._at_once)]
            yield partial(_each, self._driver.write, [list(chain.from_iterable(chunk)) for chunk in chunks])

    def close(self) -> None:
        """Close the connection."""
        self._driver.close()


def _each(write: Callable[[list[Statement]], None], commits: Sequence[list[Statement]]) -> None:
    for statements in commits:
        write(statements)


# -- what our service leaves behind


@dataclass(frozen=True, slots=True)
class _Recorded:
    """The statements of each operation for one patient, and the ids in them that are that patient's own."""

    operations: tuple[tuple[Statement, ...], ...]
    ids: tuple[str, ...]

    def of(self, patient: int, statements: Sequence[Statement]) -> list[Statement]:
        """The same statements about another patient: other ids, of the same length."""
        told = {name_of(RECORDED): name_of(patient)}
        told |= {each: _same_length(str(uuid5(NAMESPACE_URL, f"{each}{patient}")), each) for each in self.ids}
        pattern = re.compile("|".join(re.escape(each) for each in told))
        as_bytes = re.compile(pattern.pattern.encode())

        def other(column: str, value: Any) -> Any:
            match value:
                case str():
                    return pattern.sub(lambda found: told[found[0]], value)
                case bytes():
                    return as_bytes.sub(lambda found: told[found[0].decode()].encode(), value)
                case int() if column in NUMBERED:
                    return value + patient * ROWS_OF_A_PATIENT
            return value

        return [_with_values(statement, other) for statement in statements]


def _same_length(new: str, old: str) -> str:
    return new if len(old) == len(new) else new.replace("-", "")


def _with_values(statement: Statement, other: Callable[[str, Any], Any]) -> Statement:
    rows = tuple(
        tuple(other(column, value) for column, value in zip(statement.columns, row, strict=True))
        for row in statement.rows
    )
    return Statement(statement.sql, statement.columns, rows)


def _recorded(ours: Ours, url: str) -> _Recorded:
    engine = open_engine(url)
    mark = "?" if url.startswith("sqlite") else "%s"
    with engine.connect() as connection:
        operations, before = [], _snapshot(connection)
        for work in ours.rounds([RECORDED]):
            work()
            after = _snapshot(connection)
            operations.append(tuple(_difference(before, after, mark)))
            before = after
    engine.dispose()
    ids = sorted({str(key[1]) for name in ("patient", "episode", "task") for key in before[name]})
    named = _columns("outbox").index("message_id")
    message_ids = sorted({str(row[named]) for row in before["outbox"].values()})
    return _Recorded(tuple(operations), (*ids, *message_ids))


def _snapshot(connection: Connection) -> dict[str, Rows]:
    """Every row as the driver gives it, by its primary key."""
    found = {}
    for name in TABLES:
        keys = len(_key(name))
        names = ", ".join(f'"{column}"' for column in _columns(name))
        rows = connection.exec_driver_sql(f"SELECT {names} FROM {name}").fetchall()
        found[name] = {tuple(row[:keys]): tuple(row) for row in rows}
    connection.rollback()
    return found


def _key(name: str) -> list[str]:
    return [column.name for column in METADATA.tables[name].primary_key.columns]


def _columns(name: str) -> list[str]:
    key = _key(name)
    return key + [column.name for column in METADATA.tables[name].columns if column.name not in key]


def _difference(before: dict[str, Rows], after: dict[str, Rows], mark: str) -> Iterator[Statement]:
    for name in reversed(TABLES):
        gone = sorted(key for key in before[name] if key not in after[name])
        if gone:
            where = " AND ".join(f'"{column}" = {mark}' for column in _key(name))
            yield Statement(f"DELETE FROM {name} WHERE {where}", _told(name, _key(name)), tuple(gone))
    for name in TABLES:
        yield from _added(name, [row for key, row in after[name].items() if key not in before[name]], mark)
        for key, row in after[name].items():
            if before[name].get(key, row) != row:
                yield _changed(name, key, before[name][key], row, mark)


def _added(name: str, rows: list[tuple[Any, ...]], mark: str) -> Iterator[Statement]:
    columns = _columns(name)
    if rows:
        names, marks = ", ".join(f'"{column}"' for column in columns), ", ".join([mark] * len(columns))
        yield Statement(f"INSERT INTO {name} ({names}) VALUES ({marks})", _told(name, columns), tuple(rows))


def _changed(name: str, key: tuple[Any, ...], old: tuple[Any, ...], new: tuple[Any, ...], mark: str) -> Statement:
    """Only the columns that changed are written."""
    pairs = zip(_columns(name), old, new, strict=True)
    told = {column: after for column, before, after in pairs if after != before}
    sets = ", ".join(f'"{column}" = {mark}' for column in told)
    where = " AND ".join(f'"{column}" = {mark}' for column in _key(name))
    columns = _told(name, [*told, *_key(name)])
    return Statement(f"UPDATE {name} SET {sets} WHERE {where}", columns, ((*told.values(), *key),))


def _told(name: str, columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{name}.{column}" for column in columns)


# -- the bare drivers


class _Sqlite:
    """sqlite3 with the same settings as ours."""

    def __init__(self, url: str) -> None:
        self._connection = sqlite3.connect(sqlite_file(url), isolation_level=None)
        for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {setting}")

    def write(self, statements: Sequence[Statement]) -> None:
        """Write them in one transaction."""
        self._connection.execute("BEGIN IMMEDIATE")
        for statement in statements:
            self._connection.executemany(statement.sql, statement.rows)
        self._connection.execute("COMMIT")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class _Postgresql:
    """psycopg; each statement is prepared by the server after its first few runs."""

    def __init__(self, url: str, *, pipeline: bool) -> None:
        self._connection = psycopg.connect(driver_address(url), options="-c synchronous_commit=on -c timezone=UTC")
        self._connection.prepare_threshold = 1
        self._pipeline = pipeline

    def write(self, statements: Sequence[Statement]) -> None:
        """Write them in one transaction."""
        if self._pipeline:
            with self._connection.pipeline():
                self._run(statements)
                self._connection.commit()
        else:
            self._run(statements)
            self._connection.commit()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _run(self, statements: Sequence[Statement]) -> None:
        with self._connection.cursor() as cursor:
            for statement in statements:
                if len(statement.rows) == 1:
                    cursor.execute(statement.sql.encode(), statement.rows[0])
                else:
                    cursor.executemany(statement.sql.encode(), statement.rows)
