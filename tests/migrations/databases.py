"""Databases to try migrations on: made empty, copied row for row, and thrown away, of both kinds."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psycopg

from tests.postgres_server import started_in

MEMORY = Path("/dev/shm")


class Databases(Protocol):
    """A place in which databases are made; whoever copies or drops one has closed it before."""

    def empty(self) -> str:
        """Return the address of a new database without tables."""

    def copy(self, url: str) -> str:
        """Return the address of a copy."""

    def drop(self, url: str) -> None:
        """Throw a database away, whoever is still connected."""


@dataclass
class SqliteDatabases:
    """Files in a folder."""

    folder: Path
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def empty(self) -> str:
        return f"sqlite:///{self.folder}/{next(self.numbers)}.sqlite"

    def copy(self, url: str) -> str:
        fresh = self.empty()
        if _file(url).exists():
            shutil.copy(_file(url), _file(fresh))
        return fresh

    def drop(self, url: str) -> None:
        for file in self.folder.glob(f"{_file(url).name}*"):
            file.unlink()


def _file(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@dataclass
class PostgresqlDatabases:
    """Databases of one server; `address` is that of its own database `postgres`."""

    address: str
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def empty(self) -> str:
        return self._made("template0")

    def copy(self, url: str) -> str:
        return self._made(_name(url))

    def drop(self, url: str) -> None:
        self._run(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    def _made(self, template: str) -> str:
        name = f"migrations_{os.getpid()}_{next(self.numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        server = self.address.removeprefix("postgresql://")
        return f"postgresql+psycopg://{server.replace('/postgres?', f'/{name}?', 1)}"

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(statement.encode())


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """Give a folder that is thrown away afterwards, in memory where there is a place for that."""
    folder = Path(tempfile.mkdtemp(prefix="pathway-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def own_postgresql() -> Iterator[PostgresqlDatabases]:
    """Start a PostgreSQL of one's own, and stop it afterwards."""
    with folder_in_memory() as folder:
        server = started_in(folder)
        try:
            yield PostgresqlDatabases(server.get_uri())
        finally:
            server.cleanup()
