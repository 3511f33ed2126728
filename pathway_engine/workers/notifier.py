"""The thread that notifies: it claims what is due and lets a few others carry it, so that nobody waits for the slow.

One looks, since looking costs the database something; as many as there are carriers are on their way at a time, each
for another subscription. What it knows is in the database: when it dies, another goes on.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import BoundedSemaphore, Event, Thread

from pathway_engine.clock import Clock
from pathway_engine.service.context import Context
from pathway_engine.service.subscriptions.delivery import USUAL, Claimed, claim, conclude, deliver
from pathway_engine.service.subscriptions.outward import Messenger
from pathway_engine.service.subscriptions.upkeep import tidy

NAME = "notifier"
CARRIERS = 8
TIDY_EVERY = timedelta(hours=1)
log = logging.getLogger(__name__)


class Notifier:
    """A thread that claims and a pool that carries; at most *carriers* endpoints are spoken to at a time."""

    def __init__(
        self, context: Context, messenger: Messenger, clock: Clock, *, every_seconds: float = 1.0,
        carriers: int = CARRIERS,
    ) -> None:  # fmt: skip
        self._context = context
        self._messenger = messenger
        self._clock = clock
        self._every_seconds = every_seconds
        self._tidied: datetime | None = None
        self._stop = Event()
        self._free = BoundedSemaphore(carriers)
        self._pool = ThreadPoolExecutor(carriers, NAME)
        self._thread = Thread(target=self._run, name=NAME, daemon=True)

    def start(self) -> None:
        """Begin to notify."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the notifications that are on their way, then end."""
        self._stop.set()
        self._thread.join()
        self._pool.shutdown(wait=True)

    @property
    def lives(self) -> bool:
        """Whether the thread that claims is there."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            if not self.turn():
                self._stop.wait(self._every_seconds)

    def turn(self) -> bool:
        """Send one notification on its way; False when none is due, all carriers are out, or the database is away."""
        if not self._free.acquire(timeout=self._every_seconds):
            return False
        claimed = self._claimed()
        if claimed is None:
            self._free.release()
            return False
        self._pool.submit(self._carry, claimed)
        return True

    def _claimed(self) -> Claimed | None:
        try:
            claimed = claim(self._context, self._clock(), USUAL)
            if claimed is None:
                self._tidy()
        except Exception as fault:  # it is claimed at another turn
            log.error("notifying failed: %s", type(fault).__name__)
            return None
        return claimed

    def _carry(self, claimed: Claimed) -> None:
        try:
            outcome = deliver(self._messenger, claimed)
            conclude(self._context, claimed, outcome, self._clock(), USUAL)
        except Exception as fault:  # what was claimed is sent again when its lease is over
            log.error("what became of a notification cannot be noted: %s", type(fault).__name__)
        finally:
            self._free.release()

    def _tidy(self) -> None:
        now = self._clock()
        if self._tidied is None or now - self._tidied >= TIDY_EVERY:
            tidy(self._context, now)
            self._tidied = now
