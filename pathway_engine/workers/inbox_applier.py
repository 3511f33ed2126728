"""Applies what is stored and waits, batch after batch until nothing does, beside whoever else does the same."""

from __future__ import annotations

import logging
from threading import Event, Thread

from pathway_engine.clock import Clock
from pathway_engine.service import receiving
from pathway_engine.service.context import Context

log = logging.getLogger(__name__)
AT_ONCE, AT_ONCE_IN_A_HURRY = 100, 10
GIVE_WAY_SECONDS = 0.02
"""While others wait to write, so long a pause after so few messages: somebody awaits an answer there, nobody here."""


class InboxApplier:
    """A thread of a worker's own, so that a long backlog holds up neither the clock nor a sender.

    Between backlogs it looks every *every_seconds*, and at once when it is told that something was left to it.
    """

    def __init__(self, context: Context, clock: Clock, every_seconds: float) -> None:
        self._context = context
        self._clock = clock
        self._every_seconds = every_seconds
        self._told = Event()
        self._stopping = Event()
        self._thread = Thread(target=self._apply_all, name="inbox-backlog", daemon=True)

    def start(self) -> None:
        """Begin to apply."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch that is being applied, then end; the rest waits in the database."""
        self._stopping.set()
        self._told.set()
        self._thread.join()

    @property
    def lives(self) -> bool:
        """Whether the thread that applies is there."""
        return self._thread.is_alive()

    def tell(self) -> None:
        """Say that something waits."""
        self._told.set()

    def _apply_all(self) -> None:
        while not self._stopping.is_set():
            if not self._apply_some():
                self._told.wait(self._every_seconds)
                self._told.clear()
            elif self._context.store.others_wait:
                self._stopping.wait(GIVE_WAY_SECONDS)

    def _apply_some(self) -> int:
        """Apply one batch; return how many, 0 also when the database failed, which is tried again later."""
        try:
            limit = AT_ONCE_IN_A_HURRY if self._context.store.others_wait else AT_ONCE
            return receiving.apply_waiting(self._context, self._clock(), limit)
        except Exception as fault:
            log.error("what waits could not be applied: %s", type(fault).__name__)
            return 0
