"""A worker's care for the audit: every few seconds what was committed is sealed, every hour what is too old goes."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from pathway_engine.service import sealing
from pathway_engine.service.context import Context
from pathway_engine.storage.errors import ConcurrentChange

SEAL_EVERY = timedelta(seconds=5)
TELL_EVERY = timedelta(hours=1)
log = logging.getLogger(__name__)


class AuditKeeper:
    """Seals at most every five seconds; once an hour it tells the log the head, and lets go what policy says.

    Several workers do no harm: one at a time seals. *keep* is how long rows are kept; None is for ever.
    """

    def __init__(self, context: Context, keep: timedelta | None = None) -> None:
        self._context = context
        self._keep = keep
        self._sealed_at: datetime | None = None
        self._told_at: datetime | None = None

    def beat(self, now: datetime) -> None:
        """Do what is due. A fault is logged by its type, and the next beat tries again."""
        try:
            if _is_due(self._sealed_at, SEAL_EVERY, now):
                self._sealed_at = now
                sealing.seal_waiting(self._context, now)
            if _is_due(self._told_at, TELL_EVERY, now):
                self._told_at = now
                self._each_hour(now)
        except ConcurrentChange:
            pass  # another worker was quicker
        except Exception as fault:  # the audit waits; deadlines do not
            log.error("the audit could not be sealed: %s", type(fault).__name__)

    def _each_hour(self, now: datetime) -> None:
        if self._keep is not None:
            while gone := sealing.let_go(self._context, self._keep, now):
                log.warning("%s rows of the audit were deleted by policy", gone)
        head = sealing.head(self._context)
        log.info("the audit has %s sealed rows, head %s", head.count, head.hash)


def _is_due(last: datetime | None, every: timedelta, now: datetime) -> bool:
    return last is None or not last <= now < last + every  # also after a clock that was set back
