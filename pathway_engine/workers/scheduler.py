"""The heartbeat: once a second it lets the engine do what time has made due; it decides nothing itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from threading import Event, Lock
from typing import Protocol

from apscheduler.schedulers.background import BackgroundScheduler

from pathway_engine import clock
from pathway_engine.clock import Clock
from pathway_engine.service.waking import Woken

NAME = "scheduler"
PATIENTS_A_BEAT = 500
"""After so many patients the heartbeat shows that it lives, looks at the clock again, and goes on."""
SPARE_SECONDS = 2.0
log = logging.getLogger(__name__)


class Sweeper(Protocol):
    """What the heartbeat needs of the engine."""

    def wake_due(self, now: datetime, limit: int) -> Woken:
        """Let time take effect up to *now* for about *limit* patients; twice over does no harm."""

    def beat(self, name: str, now: datetime) -> None:
        """Note that *name* lives."""


class Heartbeat:
    """One interval job whose memory is in the database, not here: a lost or doubled beat changes nothing.

    *clock* tells the instant that time is taken to; *ticks* counts seconds that no clock change moves.
    """

    def __init__(
        self, engine: Sweeper, clock: Clock, *, every_seconds: float = 1.0, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._every_seconds = every_seconds
        self._ticks = ticks
        self._sweeping = Lock()
        self._stopping = Event()
        self._scheduler: BackgroundScheduler | None = None
        self._last_beat = ticks()
        self.restarts = 0

    def start(self) -> None:
        """Begin to beat, the first time at once."""
        # Times of its own are in UTC: a change to summer time is none of its business.
        scheduler = BackgroundScheduler(timezone="UTC", daemon=True)
        scheduler.add_job(
            self.sweep, "interval", id="sweep", seconds=self._every_seconds, max_instances=1, coalesce=True,
            misfire_grace_time=None,
        )  # fmt: skip
        self._stopping.clear()
        scheduler.start()
        # It looks at the machine's clock, whatever ours says.
        scheduler.modify_job("sweep", next_run_time=clock.now())
        self._scheduler, self._last_beat = scheduler, self._ticks()

    def stop(self) -> None:
        """Finish the commit that runs, then beat no more."""
        self._stopping.set()
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None and scheduler.running:
            scheduler.shutdown(wait=True)

    def sweep(self) -> bool:
        """Let time take effect until nothing is due; return whether it went well. A fault is logged by its type."""
        if not self._sweeping.acquire(blocking=False):
            return False
        try:
            while self._beat() and not self._stopping.is_set():
                pass
        except Exception as fault:  # the next sweep takes what this one left
            log.error("sweep failed: %s", type(fault).__name__)
            return False
        finally:
            self._last_beat = self._ticks()
            self._sweeping.release()
        return True

    def _beat(self) -> bool:
        """Do a share of what is due, and say so; return whether more is."""
        now = self._clock()
        woken = self._engine.wake_due(now, PATIENTS_A_BEAT)
        self._engine.beat(NAME, now)
        return woken.unfinished

    @property
    def lives(self) -> bool:
        """Whether the thread that beats is there."""
        thread = getattr(self._scheduler, "_thread", None)
        return thread is not None and thread.is_alive()

    @property
    def silent_seconds(self) -> float:
        """How long ago the last sweep ended, well or not."""
        return self._ticks() - self._last_beat

    @property
    def longest_silence_seconds(self) -> float:
        """How long it may be silent before `watch` begins anew."""
        return self._every_seconds + SPARE_SECONDS

    def watch(self) -> bool:
        """Begin anew when the thread has died or has been silent too long; return whether it did.

        Silence is what a clock set back looks like: the next beat then lies hours ahead.
        """
        is_stuck = self.silent_seconds > self.longest_silence_seconds and not self._sweeping.locked()
        if self._scheduler is None or (self.lives and not is_stuck):
            return False
        log.error("the heartbeat %s; it begins anew", "is silent" if self.lives else "has died")
        self._abandon()
        self.start()
        self.restarts += 1
        return True

    def _abandon(self) -> None:
        scheduler, self._scheduler = self._scheduler, None
        if scheduler is not None and scheduler.running:
            scheduler.shutdown(wait=False)
