"""A folder for files in and out: who may take a file, that it is whole, and that it stands in one place only.

A file is taken by renaming it, which only one program can, and held by a lock that ends with the program
that has it: what a killed one left is taken up by the next. Nothing here knows what is in the files.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pathway_engine.language.starring import starred
from pathway_engine.transports.folder import put_whole, sync

IN, OUT, RECEIPTS, QUARANTINE, PROCESSED, TAKEN = "in", "out", "receipts", "quarantine", "processed", "taken"
FOLDER_MODE = 0o700
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
"""How a file is called while it is being written, beside names that begin with a dot."""
LONGEST_NAME = 80
LOOKS_PERSONAL = re.compile(r"\d{6}[ ._-]?\d{5}|\d{9,}")
"""Digits in a file's name that may be an identity number."""

State = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Held:
    """A taken file that nobody else has; its `token` stays the same whoever takes it up."""

    path: Path
    descriptor: int

    @property
    def token(self) -> str:
        """What names this file and no other, also one that is called the same."""
        return self.path.name.partition("-")[0]

    @property
    def label(self) -> str:
        """What the sender called the file, as far as that may stand in a name of ours."""
        return self.path.name.partition("-")[2]

    def read(self, limit: int) -> bytes | None:
        """Return what is in the file; None when that is more than *limit* bytes."""
        size = os.fstat(self.descriptor).st_size
        if size > limit:
            return None
        with os.fdopen(os.dup(self.descriptor), "rb") as file:
            file.seek(0)
            raw = file.read(limit + 1)
        return raw if len(raw) <= limit else None


class DropFolder:
    """The folder *folder* with its parts, which are made when they are missing.

    A file in ``in`` is taken when it has not changed for *settle_seconds*. *new_id* gives names that nobody
    else uses. Raises OSError when the folder cannot be used.
    """

    def __init__(
        self, folder: Path, new_id: Callable[[], str], *, settle_seconds: float = 2.0,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._new_id = new_id
        self._settle_seconds = settle_seconds
        self._ticks = ticks
        self._seen: dict[str, tuple[State, float]] = {}
        for part in (IN, OUT, RECEIPTS, QUARANTINE, PROCESSED, TAKEN):
            (folder / part).mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)

    def part(self, name: str) -> Path:
        """The folder of that part."""
        return self._folder / name

    # -- taking

    def left(self) -> list[Path]:
        """Taken files that are not done with, this program's or another's, oldest name first."""
        return sorted(self.part(TAKEN) / name for name, _ in _files(self.part(TAKEN)))

    def arrived(self) -> list[str]:
        """The names of files that are whole: unchanged since a look of at least so long ago."""
        now = self._ticks()
        found = {name: state for name, state in _files(self.part(IN)) if not is_unfinished(name)}
        self._seen = {name: self._since(name, state, now) for name, state in found.items()}
        return sorted(name for name, (_, since) in self._seen.items() if now - since >= self._settle_seconds)

    def _since(self, name: str, state: State, now: float) -> tuple[State, float]:
        known = self._seen.get(name)
        return known if known is not None and known[0] == state else (state, now)

    @contextmanager
    def taken(self, name: str) -> Iterator[Held | None]:
        """Take the file *name* out of ``in``; None when somebody else was faster."""
        path = self.part(TAKEN) / f"{self._new_id()}-{safe_name(name)}"
        try:
            (self.part(IN) / name).rename(path)
        except FileNotFoundError:
            yield None
            return
        with self.held(path) as held:
            yield held

    @contextmanager
    def held(self, path: Path) -> Iterator[Held | None]:
        """Hold a taken file; None when somebody else does, or is done with it."""
        descriptor = _locked(path)
        if descriptor is None:
            yield None
            return
        try:
            yield Held(path, descriptor)
        finally:
            os.close(descriptor)

    # -- letting go

    def put(self, part: str, name: str, raw: bytes) -> None:
        """Let a file appear whole; one of that name is replaced."""
        put_whole(self.part(part), name, raw)

    def move(self, held: Held, part: str, name: str) -> None:
        """Put a held file where it stays."""
        held.path.rename(self.part(part) / name)
        sync(self.part(part))


def is_unfinished(name: str) -> bool:
    """Whether the name says that somebody is still writing the file."""
    return name.startswith(".") or name.lower().endswith(UNFINISHED)


def safe_name(name: str) -> str:
    """A file's name as it may stand in ours: plain characters, nothing that looks like an identity number."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", LOOKS_PERSONAL.sub("x", starred(name))).lstrip(".")
    stem, dot, suffix = plain.rpartition(".")
    shortest = f"{stem[: LONGEST_NAME - 10]}{dot}{suffix[:9]}"
    return shortest or "file"


def _files(folder: Path) -> Iterator[tuple[str, State]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                if entry.is_file(follow_symlinks=False):
                    told = entry.stat(follow_symlinks=False)
                    yield entry.name, (told.st_ino, told.st_size, told.st_mtime_ns)
            except FileNotFoundError:  # somebody else was faster
                continue


def _locked(path: Path) -> int | None:
    """Open and lock the file; whoever had it may have moved it away just before."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == path.stat().st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None
