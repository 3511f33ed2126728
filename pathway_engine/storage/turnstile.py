"""One writer at a time, each in the order in which it came."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock


class Turnstile:
    """A lock that nobody takes twice while others wait.

    SQLite's own lock is taken by whoever looks at the right moment: a thread that writes one transaction after the
    other leaves the rest asleep between two looks, for minutes if need be. Not to be entered twice by one thread.
    """

    def __init__(self) -> None:
        self._guard = Lock()
        self._waiting: deque[Event] = deque()
        self._is_taken = False

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Wait for one's turn; the turn ends with the block."""
        self._enter()
        try:
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
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()  # the turn is handed over, never free in between
            else:
                self._is_taken = False
