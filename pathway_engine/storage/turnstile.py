"""One writer at a time, each in the order in which it came."""

from __future__ import annotations

import fcntl
import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock

PATIENCE_SECONDS = 10.0
"""So long another program's turn is respected; then the database's own lock decides."""
LOOK_SECONDS = 0.0005


class Turnstile:
    """A lock that nobody takes twice while others wait.

    SQLite's own lock is taken by whoever looks at the right moment: one that writes a transaction after the
    other leaves the rest asleep between two looks, for minutes if need be. Not to be entered twice by one
    thread. Programs take turns by two locked files beside *database*, if there is one. `was_wanted` says
    whether somebody waited when the last turn ended.
    """

    def __init__(self, database: Path | None = None) -> None:
        self._guard = Lock()
        self._waiting: deque[Event] = deque()
        self._is_taken = False
        self.was_wanted = False
        self._among_programs = None if database is None else _Programs(database)

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Wait for one's turn; the turn ends with the block."""
        self._enter()
        try:
            if self._among_programs is None:
                yield
            else:
                with self._among_programs.passed():
                    yield
        finally:
            self._leave()

    def _enter(self) -> None:
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return
            turn = Event()
            self._waiting.append(turn)
        turn.wait()

    def _leave(self) -> None:
        wanted_elsewhere = self._among_programs is not None and self._among_programs.was_wanted
        with self._guard:
            self.was_wanted = bool(self._waiting) or wanted_elsewhere
            if self._waiting:
                self._waiting.popleft().set()  # the turn is handed over, never free in between
            else:
                self._is_taken = False

    def close(self) -> None:
        """Let the files go."""
        if self._among_programs is not None:
            self._among_programs.close()


class _Programs:
    """Turns among programs: who waits holds the place of the next, so that who has just written comes after it.

    The system frees the locks of a program that dies. They decide only who goes first: without them, on a
    disk that takes no new file or behind a program that stands still, SQLite's own lock keeps writers apart.
    """

    def __init__(self, database: Path) -> None:
        self._names = (database.with_name(f"{database.name}-next"), database.with_name(f"{database.name}-turn"))
        self._files: tuple[int, ...] = ()
        self.was_wanted = False

    @contextmanager
    def passed(self) -> Iterator[None]:
        held = self._taken()
        try:
            yield
        finally:
            self.was_wanted = bool(held) and not self._is_nobody_next()
            for file in held:
                fcntl.flock(file, fcntl.LOCK_UN)

    def _is_nobody_next(self) -> bool:
        if not _locked(self._files[0], end=0.0):
            return False
        fcntl.flock(self._files[0], fcntl.LOCK_UN)
        return True

    def _taken(self) -> list[int]:
        """The file that is now held; none when waiting was in vain."""
        files = self._opened()
        if not files:
            return []
        end = time.monotonic() + PATIENCE_SECONDS
        following, turn = files
        if not _locked(following, end):
            return []
        try:
            return [turn] if _locked(turn, end) else []
        finally:
            fcntl.flock(following, fcntl.LOCK_UN)

    def _opened(self) -> tuple[int, ...]:
        if not self._files:
            try:
                self._files = tuple(os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) for name in self._names)
            except OSError:
                return ()
        return self._files

    def close(self) -> None:
        for file in self._files:
            os.close(file)
        self._files = ()


def _locked(file: int, end: float) -> bool:
    """Take the lock as soon as it is free; False when it is not until *end*, or cannot be taken at all."""
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > end:
                return False
            time.sleep(LOOK_SECONDS)
        except OSError:
            return False
