"""What has changed since a page was made: told by the log, and by the tasks and notices that were saved since.

Most changes are entries of the log. Time changes tasks without any, and a notice has none: both are found by when they
were saved. That instant is taken before the transaction ends, and transactions do not end in the order of their
instants; so each look goes back over the last minute, and leaves out what it has seen there before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pathway_engine.service.context import Context
from pathway_engine.service.views import Principal
from pathway_engine.storage.news import Stamp

Seats = frozenset[tuple[str, str]]
Seen = frozenset[Stamp]
MANY = 200
"""Entries of the log after which it is not asked any more whose lists they concern: everybody's."""
MANY_SAVED = 1000
"""The same of tasks and notices that were saved."""
OVERLAP = timedelta(minutes=1)
"""So long may a transaction take, and so far may the clocks of two programs be apart."""
LONGEST = 40
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a page knows: the log as far as entry `seq`, and what was saved up to `at`."""

    seq: int
    at: datetime

    def __str__(self) -> str:
        return f"{self.seq}.{(self.at - EPOCH) // MICROSECOND}"


def read_mark(text: str) -> Mark | None:
    """Return the mark that *text* is, or None when it is none."""
    seq, dot, at = text.partition(".")
    if not (dot and len(text) <= LONGEST and all(part.isascii() and part.isdigit() for part in (seq, at))):
        return None
    try:
        return Mark(int(seq), EPOCH + int(at) * MICROSECOND) if int(seq) < 2**63 else None
    except OverflowError:
        return None


@dataclass(frozen=True, slots=True)
class Changes:
    """How far a look has come, and the seats on whose lists something may have changed; None means all.

    `seen` is what was saved lately, for the next look to leave out.
    """

    mark: Mark
    seats: Seats | None = frozenset()
    seen: Seen = frozenset()

    def concern(self, who: Principal) -> bool:
        """Whether they may have changed a list of *who*."""
        return self.seats is None or not self.seats.isdisjoint(who.seats)


def changes(context: Context, since: Mark | None, now: datetime, seen: Seen | None = None) -> Changes:
    """One look at what has changed since *since*, or since now.

    *seen* is what the look before has told of; without it, what was saved after the mark counts.
    """
    with context.store.reading() as records:
        mark = Mark(records.last_seq(), now)
        known = since or mark
        tasks, notices = records.saved_since(min(known.at, now) - OVERLAP, MANY_SAVED)
        saved = tasks | notices
        news = frozenset(stamp for stamp in saved if stamp[1] > known.at) if seen is None else saved - seen
        if mark.seq < known.seq or mark.seq - known.seq > MANY or len(news) >= MANY_SAVED:
            return Changes(mark, None, saved)
        if mark.seq == known.seq and not news:
            return Changes(mark, frozenset(), saved)
        new_tasks, new_notices = ([id for id, _ in kind & news] for kind in (tasks, notices))
        return Changes(mark, records.seats_told_of(known.seq, new_tasks, new_notices), saved)
