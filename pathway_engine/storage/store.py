"""The one door to the database: a transaction is committed whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError

from pathway_engine.domain.errors import StorageError
from pathway_engine.storage.connection import STATEMENT_SECONDS, open_engine, sqlite_file
from pathway_engine.storage.counted import Traffic
from pathway_engine.storage.errors import ConcurrentChange, DatabaseUnusable, RefusedValue
from pathway_engine.storage.records import Records
from pathway_engine.storage.row_security import tenant_option
from pathway_engine.storage.turnstile import Turnstile
from pathway_engine.storage.unit_of_work import UnitOfWork

SNAPSHOT: dict[str, dict[str, Any]] = {
    "sqlite": {"sqlite_begin": "BEGIN"},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}
AGAIN = {"23505", "40001", "40P01", "55P03"}
"""PostgreSQL: unique violation, serialization failure, deadlock, lock not available."""
OF_THE_VALUE = ("22", "23", "54")
"""PostgreSQL's classes of errors that lie in what was to be written: data, integrity, limits of the program."""


class Store:
    """The records of one tenant in the database at *url* (SQLite or PostgreSQL).

    A statement on PostgreSQL that takes longer than *statement_seconds* fails.
    """

    def __init__(self, url: str, tenant: str = "default", *, statement_seconds: float = STATEMENT_SECONDS) -> None:
        self.url = url
        self.tenant = tenant
        self.engine = open_engine(url, statement_seconds=statement_seconds, option=tenant_option(tenant))
        self._turn = Turnstile(sqlite_file(self.engine.url))
        self._traffic: Counter[Traffic] = Counter()
        self._counting = Lock()

    def __repr__(self) -> str:
        return f"Store({self.engine.url.render_as_string(hide_password=True)!r}, tenant={self.tenant!r})"

    @contextmanager
    def transaction(self) -> Iterator[UnitOfWork]:
        """Give the records for writing; write and commit at the end, roll back on any exception.

        Raises ConcurrentChange when running it again may succeed, StorageError when the database
        cannot be used. After either, nothing of it is in the database.
        """
        with told_plainly(), self._turns(), self.engine.begin() as connection:
            work = UnitOfWork(connection, self.tenant)
            yield work
            work.flush()
        with self._counting:
            self._traffic.update(work.traffic)

    def _turns(self) -> AbstractContextManager[None]:
        """SQLite has one writer at a time, so those of this program take turns; PostgreSQL has many."""
        return self._turn.passed() if self.engine.dialect.name == "sqlite" else nullcontext()

    @contextmanager
    def reading(self) -> Iterator[Records]:
        """Give the records as they are at one instant, for reading only."""
        with told_plainly(), self._snapshots.begin() as connection, _unwritable(connection):
            yield Records(connection, self.tenant)

    @cached_property
    def _snapshots(self) -> Engine:
        """The engine as readers use it, made once: making it costs as much as a small transaction."""
        return self.engine.execution_options(**SNAPSHOT[self.engine.dialect.name])

    @property
    def traffic(self) -> Mapping[Traffic, int]:
        """How many messages have been stored and disposed of through this door, by what has been committed."""
        with self._counting:
            return dict(self._traffic)

    @property
    def others_wait(self) -> bool:
        """Whether others waited for their turn to write when this program's last turn ended: make turns short."""
        return self._turn.was_wanted

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        self._turn.close()


@contextmanager
def _unwritable(connection: Connection) -> Iterator[None]:
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection  # which takes a tenth of what SQLAlchemy does
    driver.execute("PRAGMA query_only = ON")
    try:
        yield
    finally:
        driver.execute("PRAGMA query_only = OFF")


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn the database's errors into ours; theirs quote values, also identity numbers."""
    try:
        yield
    except SQLAlchemyError as error:
        raise _plain_error(error) from None


def _plain_error(error: SQLAlchemyError) -> StorageError:
    if isinstance(error, StatementError) and isinstance(error.orig, ValueError):
        return RefusedValue(str(error.orig))  # ours: a value that a column type refuses
    if isinstance(error, DBAPIError) and _may_succeed_again(error):
        return ConcurrentChange()
    code = _code(error) if isinstance(error, DBAPIError) else ""
    refused = f"The database refused: {type(error).__name__} {code}".rstrip()
    return RefusedValue(refused) if _lies_in_the_value(error, code) else DatabaseUnusable(refused)


def _lies_in_the_value(error: SQLAlchemyError, code: str) -> bool:
    return isinstance(error, DataError | IntegrityError) or (len(code) == 5 and code.startswith(OF_THE_VALUE))


def _code(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", ""))


def _may_succeed_again(error: DBAPIError) -> bool:
    code = _code(error)
    if code in AGAIN or code.startswith("SQLITE_BUSY"):
        return True
    return isinstance(error, IntegrityError) and code in (
        "SQLITE_CONSTRAINT_UNIQUE",
        "SQLITE_CONSTRAINT_PRIMARYKEY",
    )
