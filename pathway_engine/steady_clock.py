"""A clock that is not carried away: nothing is taken before its time because a clock was set wrong."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from pathway_engine import clock
from pathway_engine.clock import Clock
from pathway_engine.domain.errors import PathwayEngineError

TOLERANCE = timedelta(seconds=1)
HOLD_SECONDS = 60.0
ASK_SECONDS = 5.0
Witness = Callable[[], datetime | None]
"""Another machine's clock; None when there is none, or when it cannot be asked now."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Reading:
    """An instant, and where the ticks stood then."""

    at: datetime
    ticks: float

    def later(self, ticks: float) -> datetime:
        return self.at + timedelta(seconds=ticks - self.ticks)


@dataclass(frozen=True, slots=True)
class _Jump:
    """How far the clock is from what has passed, and where the ticks stood when it got there."""

    by: timedelta
    ticks: float


class SteadyClock:
    """The machine's clock, but a jump is not believed at once; time goes on as the ticks do meanwhile.

    A jump is believed when it has stood for `HOLD_SECONDS`, and never as long as the *witness* says that
    no such time has passed. At the start the earlier of clock and witness counts.
    """

    def __init__(
        self, told: Clock = clock.now, *, witness: Witness = lambda: None, ticks: Callable[[], float] = clock.ticks
    ) -> None:
        self._told = told
        self._witness = witness
        self._ticks = ticks
        self._lock = Lock()
        self._known: _Reading | None = None
        self._jump: _Jump | None = None
        self._testimony: _Reading | None = None
        self._asked_at = -ASK_SECONDS

    def __call__(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        with self._lock:
            told, ticks = self._told(), self._ticks()
            if self._known is None:
                return self._begun(told, ticks)
            passed = self._known.later(ticks)
            if _agree(told, passed):
                return self._believed(told, ticks)
            return self._disputed(told, passed, ticks)

    def _begun(self, told: datetime, ticks: float) -> datetime:
        witnessed = self._asked(ticks) or told
        if not _agree(told, witnessed):
            log.error("this machine's clock is %+.0f seconds from the database's", (told - witnessed).total_seconds())
        self._known = _Reading(min(told, witnessed), ticks)
        return self._known.at

    def _believed(self, told: datetime, ticks: float) -> datetime:
        if self._jump is not None:
            log.warning("the clock is back where it was expected")
        self._known, self._jump = _Reading(told, ticks), None
        return told

    def _disputed(self, told: datetime, passed: datetime, ticks: float) -> datetime:
        jump = self._noticed(told - passed, ticks)
        witnessed = self._asked(ticks)
        if witnessed is not None and _agree(witnessed, passed):
            self._known, self._jump = _Reading(witnessed, ticks), _Jump(jump.by, ticks)
            return witnessed
        if ticks - jump.ticks < HOLD_SECONDS:
            return passed
        log.warning("the clock has stood by its jump for %.0f seconds and is believed", HOLD_SECONDS)
        self._known, self._jump = _Reading(min(told, witnessed or told), ticks), None
        return self._known.at

    def _noticed(self, by: timedelta, ticks: float) -> _Jump:
        """The jump that is being held back; another one begins anew."""
        if self._jump is None or abs(by - self._jump.by) > TOLERANCE:
            log.error("the clock has jumped by %+.0f seconds; it is not believed yet", by.total_seconds())
            self._jump = _Jump(by, ticks)
        return self._jump

    def _asked(self, ticks: float) -> datetime | None:
        """What the witness says, or what it said a moment ago and the ticks since."""
        if self._asked_at <= ticks - ASK_SECONDS:
            self._asked_at = ticks
            self._testimony = self._heard()
        return None if self._testimony is None else self._testimony.later(ticks)

    def _heard(self) -> _Reading | None:
        try:
            said = self._witness()
        except PathwayEngineError:
            return None
        # The ticks of after the answer: what it took to come must not count as time that has passed.
        return None if said is None else _Reading(said, self._ticks())


def _agree(one: datetime, other: datetime) -> bool:
    return abs(one - other) <= TOLERANCE
