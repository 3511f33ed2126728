"""A driver for SQLAlchemy's SQLite over apsw, so that the program's own engine runs on a disk of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import apsw
from sqlalchemy import Engine, event

from tests.power_cut.disk import Disk

CHANGES = ("INSERT", "UPDATE", "DELETE")
_INTEGRITY = (apsw.ConstraintError,)


def run_on(engine: Engine, disk: Disk, *, synchronous: str = "") -> None:
    """Let *engine* connect through *disk*; everything else about it stays the program's own.

    *synchronous* is what the program's choice is replaced by, to see what that costs; empty leaves it.
    """

    def connect(_dialect: Any, _record: Any, args: Sequence[Any], _named: dict[str, Any]) -> Connection:
        return Connection(str(args[0]), disk, synchronous)

    event.listen(engine, "do_connect", connect, insert=True)


@contextmanager
def _as_sqlite3() -> Iterator[None]:
    """Turn apsw's errors into those that SQLAlchemy and the program know."""
    try:
        yield
    except apsw.Error as error:
        raise _told(error) from None


def _told(error: apsw.Error) -> sqlite3.Error:
    kind = sqlite3.IntegrityError if isinstance(error, _INTEGRITY) else sqlite3.OperationalError
    told = kind(str(error))
    result = getattr(error, "result", 0) or _RESULTS.get(type(error), apsw.SQLITE_ERROR)
    extended = getattr(error, "extendedresult", 0) or result
    names = {**apsw.mapping_result_codes, **apsw.mapping_extended_result_codes}
    told.sqlite_errorcode = extended
    told.sqlite_errorname = str(names.get(extended) or names.get(result) or "SQLITE_ERROR")
    return told


_RESULTS: dict[type[apsw.Error], int] = {apsw.FullError: apsw.SQLITE_FULL, apsw.IOError: apsw.SQLITE_IOERR}


class Cursor:
    """What SQLAlchemy asks of a cursor; rows are fetched at once."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.description: tuple[tuple[Any, ...], ...] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._rows: list[tuple[Any, ...]] = []

    def execute(self, statement: str, values: Any = ()) -> Cursor:
        """Run one statement to its end."""
        self.description, self.rowcount, self._rows = None, -1, []
        with _as_sqlite3():
            cursor = self.connection.apsw.cursor()
            cursor.exec_trace = self._described
            self._rows = [tuple(row) for row in cursor.execute(statement, values)]
        if statement.lstrip()[:6].upper() in CHANGES:
            self.rowcount = self.connection.apsw.changes()
            self.lastrowid = self.connection.apsw.last_insert_rowid()
        return self

    def _described(self, cursor: apsw.Cursor, _statement: str, _values: Any) -> bool:
        columns = cursor.get_description()
        self.description = tuple((name, None, None, None, None, None, None) for name, _ in columns) or None
        return True

    def executemany(self, statement: str, many: Iterable[Any]) -> Cursor:
        """Run one statement for each of *many*."""
        changed = 0
        for values in many:
            changed += max(0, self.execute(statement, values).rowcount)
        self.rowcount = changed
        return self

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row, or None."""
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]:
        """The next rows."""
        taken, self._rows = self._rows[:size], self._rows[size:]
        return taken

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows that are left."""
        taken, self._rows = self._rows, []
        return taken

    def close(self) -> None:
        """Forget the rows."""
        self._rows = []


class Connection:
    """What SQLAlchemy and the program ask of a connection of Python's own driver."""

    def __init__(self, path: str, disk: Disk, synchronous: str) -> None:
        self.isolation_level: str | None = ""
        self._synchronous = synchronous
        with _as_sqlite3():
            self.apsw = apsw.Connection(path, vfs=disk.vfs.name)
            self.apsw.wal_autocheckpoint(disk.autocheckpoint_pages)

    @property
    def in_transaction(self) -> bool:
        """Is a transaction open?"""
        return self.apsw.in_transaction

    def cursor(self) -> Cursor:
        """A cursor."""
        return Cursor(self)

    def execute(self, statement: str, values: Any = ()) -> Cursor:
        """Run a statement on a new cursor."""
        if self._synchronous and statement.startswith("PRAGMA synchronous"):
            statement = f"PRAGMA synchronous = {self._synchronous}"
        return self.cursor().execute(statement, values)

    def create_function(self, name: str, arguments: int, function: Any, *, deterministic: bool = False) -> None:
        """Give SQL a function of ours."""
        self.apsw.create_scalar_function(name, function, arguments, deterministic=deterministic)

    def commit(self) -> None:
        """Commit what is open, if anything is."""
        if self.in_transaction:
            self.execute("COMMIT")

    def rollback(self) -> None:
        """Roll back what is open, if anything is."""
        if self.in_transaction:
            self.execute("ROLLBACK")

    def close(self) -> None:
        """Close; a dead disk cannot tidy up."""
        with suppress(apsw.Error):
            self.apsw.close()
