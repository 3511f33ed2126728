"""The instants at which a process may die: around every statement, commit and answer, counted at the driver."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

import psycopg
from sqlalchemy import Engine, event, make_url


class Crash(BaseException):
    """The process is gone: nothing may catch this, and nothing reaches the database after it."""


def crash() -> NoReturn:
    """Die inside this process: everything above unwinds, and the connections are dead."""
    raise Crash


class Points:
    """Counts the points that are passed, and dies at number `dies_at` (from 1; 0 means never)."""

    def __init__(self, dies_at: int = 0, die: Callable[[], object] = crash) -> None:
        self.passed: list[str] = []
        self.dies_at = dies_at
        self.is_dead = False
        self._counts = False
        self._die = die
        self._connections: list[Any] = []

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count what happens inside; what is before and after is no part of the scenario."""
        self._counts = True
        try:
            yield
        finally:
            self._counts = False

    def reached(self, what: str) -> None:
        """Pass a point, or die there. The dead do nothing more, not even roll back."""
        if self.is_dead:
            raise Crash
        if not self._counts:
            return
        self.passed.append(what)
        if len(self.passed) == self.dies_at:
            self.is_dead = True
            self._die()

    @contextmanager
    def around(self, what: str) -> Iterator[None]:
        """Two points: before and after what is done inside."""
        self.reached(f"before {what}")
        yield
        self.reached(f"after {what}")

    def connected(self, connection: Any) -> Any:
        """Count what *connection* is asked to do from now on."""
        connection.points = self
        self._connections.append(connection)
        return connection

    def drop_connections(self) -> None:
        """Close every connection the way that the end of a process does: without a word."""
        for connection in self._connections:
            with suppress(Exception):
                _drop(connection)
        self._connections.clear()


class Wire:
    """The way from one SQLAlchemy engine to the database of whichever process lives now.

    Processes come and go by the thousand here. An engine for each would spend most of the time on
    compiling the same statements again; connections are each process's own.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._connect = _sqlite if engine.dialect.name == "sqlite" else _postgresql
        for own in list(engine.dialect.dispatch.do_connect):
            event.remove(engine, "do_connect", own)
        event.listen(engine, "do_connect", self._connected)

    def lead_to(self, url: str, points: Points) -> None:
        """Let the engine begin anew, at another address."""
        self.engine.dispose(close=False)
        self._url, self._points = make_url(url), points

    def _connected(self, dialect: Any, _record: Any, _args: Any, named: dict[str, Any]) -> Any:
        args, own = dialect.create_connect_args(self._url)
        return self._points.connected(self._connect(args, {**named, **own}))


def _sqlite(args: Sequence[Any], named: dict[str, Any]) -> Any:
    return sqlite3.connect(*args, **named, factory=SqliteConnection)


def _postgresql(args: Sequence[Any], named: dict[str, Any]) -> Any:
    return PostgresqlConnection.connect(*args, **named, cursor_factory=PostgresqlCursor)


def _drop(connection: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        sqlite3.Connection.close(connection)
    else:
        connection.pgconn.finish()


def _named(statement: object) -> str:
    """A statement by its first words: enough to find the point, and no values."""
    return " ".join(str(statement).split()[:3])


class SqliteCursor(sqlite3.Cursor):
    """A cursor that passes a point before and after every statement."""

    def execute(self, statement: str, *rest: Any) -> SqliteCursor:
        """Run a statement, by whichever way it came to the driver."""
        with self.connection.points.around(_named(statement)):  # type: ignore[attr-defined]
            return super().execute(statement, *rest)

    def executemany(self, statement: str, rows: Any, /) -> SqliteCursor:
        """Run a statement for many rows."""
        with self.connection.points.around(_named(statement)):  # type: ignore[attr-defined]
            return super().executemany(statement, rows)


class SqliteConnection(sqlite3.Connection):
    """A connection whose statements and ends of transactions are points."""

    points: Points

    def cursor(self, factory: Any = None) -> Any:
        """Every cursor counts, also those that the connection makes for itself."""
        return super().cursor(SqliteCursor)

    def commit(self) -> None:
        """Commit, with a point before and after."""
        with self.points.around("COMMIT"):
            super().commit()

    def rollback(self) -> None:
        """Roll back; the dead cannot."""
        if not self.points.is_dead:
            super().rollback()

    def close(self) -> None:
        """Close; the dead cannot."""
        if not self.points.is_dead:
            super().close()


class PostgresqlCursor(psycopg.Cursor[Any]):
    """A cursor that passes a point before and after every statement."""

    def execute(self, query: Any, *args: Any, **named: Any) -> PostgresqlCursor:
        """Run a statement, by whichever way it came to the driver."""
        with self.connection.points.around(_named(query)):  # type: ignore[attr-defined]
            return super().execute(query, *args, **named)

    def executemany(self, query: Any, *args: Any, **named: Any) -> None:
        """Run a statement for many rows."""
        with self.connection.points.around(_named(query)):  # type: ignore[attr-defined]
            super().executemany(query, *args, **named)


class PostgresqlConnection(psycopg.Connection[Any]):
    """A connection whose statements and ends of transactions are points."""

    points = Points()  # until it is connected, nothing counts

    def commit(self) -> None:
        """Commit, with a point before and after."""
        with self.points.around("COMMIT"):
            super().commit()

    def rollback(self) -> None:
        """Roll back; the dead cannot."""
        if not self.points.is_dead:
            super().rollback()

    def close(self) -> None:
        """Close; the dead cannot."""
        if not self.points.is_dead:
            super().close()
