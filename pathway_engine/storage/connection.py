"""How the two databases are opened so that what is committed survives a power cut."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

from pathway_engine.domain.errors import StorageError

BUSY_TIMEOUT_MS = 10_000
WAL_TRIES = 20
POSTGRESQL_OPTIONS = "-c synchronous_commit=on -c timezone=UTC"
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


def open_engine(url: str, *, foreign_keys: bool = True) -> Engine:
    """Return an engine for *url*; it connects when it is first used.

    Statements' values never appear in error texts. Foreign keys of SQLite are off for migrations
    only, which rebuild tables.
    """
    address = database_url(url)
    if address.get_backend_name() == "sqlite":
        return _sqlite_engine(address, foreign_keys)
    return _postgresql_engine(address)


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


def _postgresql_engine(address: URL) -> Engine:
    options = f"{address.query.get('options', '')} {POSTGRESQL_OPTIONS}".strip()
    engine = create_engine(address, hide_parameters=True, pool_pre_ping=True, connect_args={"options": options})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        settings = connection.execute(POSTGRESQL_DURABILITY).fetchall()
        connection.rollback()
        off = sorted(name for name, setting in settings if setting != "on")
        if off:
            connection.close()
            raise StorageError(f"PostgreSQL runs with {' and '.join(off)} off; on is needed.")

    return engine
