"""How the two databases are opened so that what is committed survives a power cut."""

from __future__ import annotations

import math
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import InvalidatePoolError

from pathway_engine.domain.errors import StorageError

if TYPE_CHECKING:  # the driver is loaded where it is used
    import psycopg
    from psycopg.abc import PQGen

BUSY_TIMEOUT_MS = 10_000
WAL_TRIES = 20
POSTGRESQL_OPTIONS = "-c synchronous_commit=on -c timezone=UTC"
STATEMENT_SECONDS = 15.0
"""How long PostgreSQL may take over one statement, unless told otherwise."""
SILENCE_SECONDS = 5.0
"""How much longer at most an answer is waited for before the connection itself is given up."""
LOST_CONNECTION = {
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""How soon libpq knows that nobody is at the other end; seconds, the last in milliseconds."""
POOL_SECONDS = 10.0
"""How long to wait for one of this program's own connections to be free."""
ASKED_AFTER_SECONDS = 0.5
"""How long a connection may rest before the server is asked whether it is still there."""
PLANNED_ANEW_SECONDS = 2.0
"""How long PostgreSQL may go by the plans that it made for a connection's statements."""
WAIT_SECONDS = 0.1
"""How often a wait looks up, which is what psycopg does by itself."""
POSTGRESQL_DURABILITY = "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes')"


def database_url(url: str) -> URL:
    """Return the address with the driver that this program uses.

    Raises StorageError when it is neither SQLite nor PostgreSQL.
    """
    address = make_url(url)
    kind = address.drivername.partition("+")[0]
    if kind in ("postgresql", "postgres"):
        return address.set(drivername="postgresql+psycopg")
    if kind == "sqlite":
        return address.set(drivername="sqlite")
    raise StorageError(f"The database is of kind {kind!r}; sqlite or postgresql is needed.")


def sqlite_file(address: URL) -> Path | None:
    """The file of an SQLite database; None for one in memory, or for another database."""
    name = address.database
    if address.get_backend_name() != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)


def open_engine(
    url: str, *, foreign_keys: bool = True, statement_seconds: float | None = None, option: str = ""
) -> Engine:
    """Return an engine for *url*; it connects when it is first used.

    Statements' values never appear in error texts. Foreign keys of SQLite are off for migrations
    only, which rebuild tables. A statement on PostgreSQL may take `statement_seconds`, without end when
    None; waiting for another's lock a third of that. A connection to PostgreSQL is opened with *option*.
    """
    address = database_url(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite_engine(address, foreign_keys)
    return _postgresql_engine(address, statement_seconds, option)


def _sqlite_engine(address: URL, foreign_keys: bool) -> Engine:
    engine = create_engine(address, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        # The driver must not begin transactions by itself: it would leave DDL outside of them.
        connection.isolation_level = None
        _prepare_sqlite(connection, foreign_keys)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN IMMEDIATE"))

    return engine


def _prepare_sqlite(connection: sqlite3.Connection, foreign_keys: bool) -> None:
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    mode = _switched_to_wal(connection)
    if mode != "wal":
        connection.close()
        raise StorageError(f"SQLite's journal is {mode!r}; a local file that allows 'wal' is needed.")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")


def _switched_to_wal(connection: sqlite3.Connection) -> str:
    """Ask for WAL; SQLite does not wait for others there, so wait for their turn by a lock that does."""
    for _ in range(WAL_TRIES):
        try:
            return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])


def _postgresql_engine(address: URL, statement_seconds: float | None, option: str) -> Engine:
    own = address.query.get("options", "")
    options = " ".join(part for part in (_limits(statement_seconds), str(own), POSTGRESQL_OPTIONS, option) if part)
    arguments = {name: value for name, value in LOST_CONNECTION.items() if name not in address.query}
    engine = create_engine(
        address, hide_parameters=True, pool_timeout=POOL_SECONDS,
        connect_args={**arguments, "options": options},
    )  # fmt: skip
    kind = _impatient(statement_seconds)
    _ask_after_a_rest(engine)
    _plan_anew_now_and_then(engine)

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, given: list[Any], named: dict[str, Any]) -> psycopg.Connection[Any]:
        return kind.connect(*given, **named)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        settings = connection.execute(POSTGRESQL_DURABILITY).fetchall()
        connection.rollback()
        off = sorted(name for name, setting in settings if setting != "on")
        if off:
            connection.close()
            raise StorageError(f"PostgreSQL runs with {' and '.join(off)} off; on is needed.")

    return engine


def _ask_after_a_rest(engine: Engine) -> None:
    """Ask the server before a connection is used that has rested; asking each time costs a round trip each time."""
    import psycopg

    @event.listens_for(engine, "checkin")
    def rest(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("rests_since", math.inf) < ASKED_AFTER_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error:
            raise InvalidatePoolError from None


def _plan_anew_now_and_then(engine: Engine) -> None:
    """Let PostgreSQL forget how it means to carry out statements, its foreign keys' own checks among them.

    It keeps a plan that it made while a table was empty until it has gathered statistics, a minute or more
    later; until then each look-up by a key may read a tenant's whole table.
    """
    import psycopg

    @event.listens_for(engine, "checkout")
    def forget(connection: Any, record: Any, _proxy: Any) -> None:
        now = time.monotonic()
        if now - record.info.setdefault("planned_at", now) < PLANNED_ANEW_SECONDS:
            return
        record.info["planned_at"] = now
        try:
            connection.execute("DISCARD PLANS")
            connection.rollback()
        except psycopg.Error:
            raise InvalidatePoolError from None


def _limits(statement_seconds: float | None) -> str:
    """What PostgreSQL itself keeps: a statement, a wait for a lock, and a transaction that nobody goes on with."""
    if statement_seconds is None:
        return ""
    whole = int(statement_seconds * 1000)
    return (
        f"-c statement_timeout={whole} -c lock_timeout={whole // 3} -c idle_in_transaction_session_timeout={4 * whole}"
    )


def _impatient(statement_seconds: float | None) -> type[psycopg.Connection[Any]]:
    """A kind of connection that gives up on a server that has stopped, and so keeps no time limit of its own."""
    import psycopg
    from psycopg.pq import TransactionStatus

    if statement_seconds is None:
        return psycopg.Connection
    patience = statement_seconds + min(SILENCE_SECONDS, statement_seconds)

    class Impatient(psycopg.Connection[Any]):
        def wait(self, gen: PQGen[Any], interval: float = WAIT_SECONDS, timeout: float | None = None) -> Any:
            try:
                return super().wait(gen, interval, patience if timeout is None else timeout)
            except psycopg.OperationalError:
                if self.pgconn.transaction_status == TransactionStatus.ACTIVE:  # still unanswered
                    self.close()
                raise

    return Impatient
