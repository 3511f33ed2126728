"""A whole SQLite database copied to a file while programs write to it, and put back from there.

The copy is what was committed at one instant, in one file, looked through before it gets its name.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pathway_engine.domain.errors import StorageError
from pathway_engine.storage.connection import database_url, sqlite_file

PART = ".part"
OWN_FILES = ("", "-wal", "-shm", "-journal")
"""What belongs to an SQLite database, by the end of its name."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied: the schema's revision, and the size in bytes."""

    revision: str
    size: int


def back_up(url: str, file: Path) -> Copied:
    """Copy the database at *url* to *file*, readable by its owner alone. Raises StorageError."""
    source = _file_of(url)
    if not source.is_file():
        raise StorageError("There is no database to copy; PATHWAY_DATABASE_URL names no file that is there.")
    return _copied(source, file)


def restore(file: Path, url: str) -> Copied:
    """Make the database at *url* from the copy in *file*; there must be none yet. Raises StorageError."""
    target = _file_of(url)
    if not file.is_file():
        raise StorageError("There is no such copy.")
    there = next((end for end in OWN_FILES if Path(f"{target}{end}").exists()), None)
    if there is not None:
        raise StorageError(
            "There is a database already. Stop the program, move it away with its -wal and -shm, and try again."
        )
    return _copied(file, target)


def _file_of(url: str) -> Path:
    file = sqlite_file(database_url(url))
    if file is None:
        raise StorageError("This copies SQLite files. PostgreSQL is copied by pg_dump and put back by pg_restore.")
    return file


def _copied(source: Path, target: Path) -> Copied:
    with (
        _appearing(target) as part,
        _told(),
        closing(_opened(source, "ro")) as old,
        closing(_opened(part, "rw")) as new,
    ):
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")
        return Copied(_looked_through(new), part.stat().st_size)


def _opened(file: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)


def _looked_through(copy: sqlite3.Connection) -> str:
    """Return the schema's revision of a copy that is whole."""
    said = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok":
        raise StorageError("The copy is not whole: SQLite finds it damaged. Take another one.")
    there = copy.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()[0]
    found = copy.execute("SELECT version_num FROM alembic_version").fetchone() if there else None
    if found is None:
        raise StorageError("This is no database of this program's: it has no schema.")
    return str(found[0])


@contextmanager
def _told() -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(
            f"SQLite could not copy: {getattr(error, 'sqlite_errorname', type(error).__name__)}."
        ) from None


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """Give an empty file beside *target* that takes its name when all went well."""
    if target.exists():
        raise StorageError("There is a file of that name already; give another name.")
    part = target.with_name(f"{target.name}{PART}")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield part
        _settled(part)
        part.rename(target)
        _settled(target.parent)
    finally:
        part.unlink(missing_ok=True)


def _settled(path: Path) -> None:
    """Let the disk have it before anybody relies on it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
