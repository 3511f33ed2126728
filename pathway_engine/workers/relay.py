"""The thread that sends: it lets the engine send one message after another, and looks again every second."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from threading import Event, Thread
from typing import Protocol

from pathway_engine.clock import Clock

NAME = "relay"
BEAT_SECONDS = 5.0
log = logging.getLogger(__name__)


class Sending(Protocol):
    """What the relay needs of the engine."""

    def send_next(self, clock: Clock) -> bool:
        """Send one message; False when none is due."""

    def miss_receipts(self, now: datetime) -> int:
        """Give up on receipts that should have come by *now*."""

    def beat(self, name: str, now: datetime) -> None:
        """Note that *name* lives."""


class Relay:
    """A thread of its own, so that a slow receiver delays no deadline; its memory is in the database."""

    def __init__(
        self, engine: Sending, clock: Clock, *, every_seconds: float = 1.0, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._every_seconds = every_seconds
        self._ticks = ticks
        self._beaten = ticks() - BEAT_SECONDS
        self._stop = Event()
        self._thread = Thread(target=self._run, name=NAME, daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the message that is on its way, then end."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            if not self.turn():
                self._stop.wait(self._every_seconds)

    def turn(self) -> bool:
        """Send one message and say that the relay lives; False when nothing was due, or the database is away."""
        try:
            was_due = self._engine.send_next(self._clock)
            if not was_due:
                self._engine.miss_receipts(self._clock())
            self._beat()
        except Exception as fault:  # what was claimed is sent again when its lease is over
            log.error("sending failed: %s", type(fault).__name__)
            return False
        return was_due

    def _beat(self) -> None:
        if self._ticks() - self._beaten >= BEAT_SECONDS:
            self._engine.beat(NAME, self._clock())
            self._beaten = self._ticks()
