"""Guessing takes longer and longer: tries that fail are counted by person and by address, before they are tried."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from pathway_engine.storage.records import Records

FREE = {"person": 5, "address": 30, "emergency": 5, "program": 30}
"""Tries in a row that nobody must wait after; many nurses, or programs, may share one address."""
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
FORGIVEN_AFTER = {
    "person": timedelta(hours=1), "address": timedelta(minutes=1), "emergency": timedelta(hours=1),
    "program": timedelta(minutes=1),
}  # fmt: skip
"""So long after the last try, and for each such time, one try is forgiven."""


def counted(records: Records, kind: str, name: str, now: datetime) -> bool:
    """Count a try before it is made; False, and not counted, while one must wait after those before it.

    That it is counted first holds also for many tries at the same time. What was typed is not kept.
    """
    key = key_of(kind, name)
    count, last_at = _unforgiven(records.failed_tries(key), kind, now)
    if now < last_at + wait_after(kind, count):
        return False
    records.put_failed_tries(key, count + 1, now)
    return True


def must_wait(records: Records, kind: str, name: str, now: datetime) -> bool:
    """Whether one must wait after tries that failed; where only those that failed are counted, after they did."""
    count, last_at = _unforgiven(records.seen_tries(key_of(kind, name)), kind, now)
    return now < last_at + wait_after(kind, count)


def _unforgiven(known: tuple[int, datetime] | None, kind: str, now: datetime) -> tuple[int, datetime]:
    count, last_at = known or (0, now)
    return max(0, count - max(0, (now - last_at) // FORGIVEN_AFTER[kind])), last_at


def succeeded(records: Records, kind: str, name: str) -> None:
    """Begin to count anew."""
    records.forget_failed_tries(key_of(kind, name))


def taken_back(records: Records, kind: str, name: str) -> None:
    """Count the last try no more: it was right. Those before it, perhaps somebody else's, stay."""
    key = key_of(kind, name)
    known = records.failed_tries(key)
    if known is not None:
        records.put_failed_tries(key, max(0, known[0] - 1), known[1])


def wait_after(kind: str, count: int) -> timedelta:
    """Return how long to wait after *count* tries in a row that failed."""
    beyond = count - FREE[kind]
    if beyond < 0:
        return timedelta(0)
    return min(FIRST_WAIT * (1 << min(beyond, 10)), LONGEST_WAIT)


def key_of(kind: str, name: str) -> str:
    """Return the key under which tries are counted: a hash, since people type passwords where names belong."""
    return hashlib.sha256(f"{kind}:{name.strip().casefold()}".encode("utf-8", "replace")).hexdigest()
