"""Databases to crash on: a fresh copy of a prepared one for each run, and what a dead process leaves behind."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg
from sqlalchemy import make_url

from tests.postgres_server import started_in

MEMORY = Path("/dev/shm")
HANG_SECONDS = 60.0


class Databases(Protocol):
    """Databases of one kind."""

    name: str

    def new(self) -> str:
        """The address of an empty database."""
        ...

    def copy(self, url: str) -> str:
        """The address of a copy of the database, which nobody is connected to."""
        ...

    def left_behind(self, url: str, drop_connections: Callable[[], None]) -> str:
        """The address of what is on disk when a process dies that has the connections."""
        ...

    def drop(self, url: str) -> None:
        """Remove a database."""
        ...


class SqliteFiles:
    """SQLite: a database is a folder."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folders = (folder / f"{number}" for number in count())

    def new(self) -> str:
        folder = next(self._folders)
        folder.mkdir()
        return f"sqlite:///{folder}/pathway.sqlite"

    def copy(self, url: str) -> str:
        folder = next(self._folders)
        shutil.copytree(_folder(url), folder)
        return f"sqlite:///{folder}/pathway.sqlite"

    def left_behind(self, url: str, drop_connections: Callable[[], None]) -> str:
        """The files as they lie there before any connection is closed: closing would tidy up."""
        image = self.copy(url)
        (_folder(image) / "pathway.sqlite-shm").unlink(missing_ok=True)
        drop_connections()
        self.drop(url)
        return image

    def drop(self, url: str) -> None:
        shutil.rmtree(_folder(url))


def _folder(url: str) -> Path:
    database = make_url(url).database
    assert database is not None
    return Path(database).parent


class PostgresqlServer:
    """PostgreSQL: databases of one server, at the libpq address *server*."""

    name = "postgresql"

    def __init__(self, server: str) -> None:
        self._server = server
        self._names = (f"points_{os.getpid()}_{number}" for number in count())

    def new(self) -> str:
        return self._created("template0")

    def copy(self, url: str) -> str:
        return self._created(_database(url))

    def left_behind(self, url: str, drop_connections: Callable[[], None]) -> str:
        """The same database, once the server has noticed that its client is gone."""
        drop_connections()
        until = time.monotonic() + HANG_SECONDS
        with psycopg.connect(self._server, autocommit=True) as connection:
            while connection.execute("SELECT 1 FROM pg_stat_activity WHERE datname = %s", [_database(url)]).fetchone():
                assert time.monotonic() < until, "the server keeps a connection whose client is gone"
                time.sleep(0.005)
        return url

    def drop(self, url: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{_database(url)}" WITH (FORCE)'.encode())

    def _created(self, template: str) -> str:
        name = next(self._names)
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        address = self._server.removeprefix("postgresql://").replace("/postgres?", f"/{name}?", 1)
        return f"postgresql+psycopg://{address}"


def _database(url: str) -> str:
    name = make_url(url).database
    assert name is not None
    return name


@contextmanager
def sqlite_in_memory() -> Iterator[SqliteFiles]:
    """SQLite files in memory where there is a folder for that."""
    with tempfile.TemporaryDirectory(prefix="pathway-points-", dir=memory()) as folder:
        yield SqliteFiles(Path(folder))


@contextmanager
def postgresql_in_memory() -> Iterator[PostgresqlServer]:
    """A PostgreSQL of our own, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pathway-pg-", dir=memory()))
    server = started_in(folder)
    try:
        yield PostgresqlServer(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def memory() -> Path | None:
    """The folder for files in memory, if there is one."""
    return MEMORY if os.access(MEMORY, os.W_OK) else None
