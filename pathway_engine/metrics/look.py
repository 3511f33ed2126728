"""One look at the database for everybody who asks within a few seconds; a database that is away is a figure too."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pathway_engine.domain.errors import StorageError
from pathway_engine.service.health import State

KEPT_SECONDS = 5.0
PATIENCE_SECONDS = 3.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the last look found; `state` is None when the database could not be used. `seconds` is what it took."""

    state: State | None = None
    seconds: float = 0.0


class Look:
    """Looks in a thread of its own, one look at a time; what was seen is kept for `KEPT_SECONDS`."""

    def __init__(
        self, look: Callable[[], State], *, kept_seconds: float = KEPT_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS, ticks: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._look = look
        self._kept_seconds = kept_seconds
        self._patience_seconds = patience_seconds
        self._ticks = ticks
        self._thread = ThreadPoolExecutor(1, "metrics")
        self._running: asyncio.Future[Seen] | None = None
        self._seen: Seen | None = None
        self._seen_at = 0.0

    async def seen(self) -> Seen:
        """Return what is seen now; without a state when the database is gone, or does not answer in time."""
        if self._seen is not None and self._ticks() - self._seen_at < self._kept_seconds:
            return self._seen
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().run_in_executor(self._thread, self._once)
        try:
            seen = await asyncio.wait_for(asyncio.shield(self._running), self._patience_seconds)
        except TimeoutError:
            return Seen(seconds=self._patience_seconds)
        self._seen, self._seen_at = seen, self._ticks()
        return seen

    def _once(self) -> Seen:
        since = self._ticks()
        try:
            state: State | None = self._look()
        except StorageError:
            state = None
        except Exception as fault:  # a scrape must say so, not fail
            log.error("the metrics' look failed: %s", type(fault).__name__)
            state = None
        return Seen(state, self._ticks() - since)

    def close(self) -> None:
        """Look no more."""
        self._thread.shutdown(wait=False, cancel_futures=True)
