"""Let time take effect: advance the episodes whose wake-up is due. Twice over does no harm; late is not lost."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pathway_engine.service.applying import refresh
from pathway_engine.service.context import Context
from pathway_engine.service.parking import let_run, set_aside
from pathway_engine.storage.errors import DatabaseUnusable
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import EpisodeRow
from pathway_engine.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)
BATCH = 50
"""Episodes advanced in one commit."""


@dataclass(frozen=True, slots=True)
class Woken:
    """How many patients were advanced, how many episodes were set aside for a person, and whether more are due."""

    advanced: int = 0
    parked: int = 0
    unfinished: bool = False

    def with_also(self, other: Woken) -> Woken:
        """Add what was done next."""
        return Woken(self.advanced + other.advanced, self.parked + other.parked)


class DoesNotMoveOn(Exception):
    """Time was let pass in an episode, and it is as due as before."""


def wake_due(context: Context, now: datetime, limit: int | None = None) -> Woken:
    """Advance the episodes that are due at *now*, then try the parked ones again whose turn it is.

    A faulty one is parked and blocks nobody. *limit* is a number of patients after which to stop for now.
    """
    woken = Woken()
    while limit is None or woken.advanced + woken.parked < limit:
        share = _batch(context, now)
        if share == Woken():
            return woken.with_also(_parked_tried_again(context, now))
        woken = woken.with_also(share)
    return replace(woken, unfinished=True)


def _batch(context: Context, now: datetime) -> Woken:
    """Advance the longest due in one commit; when one of them is faulty, each in a commit of its own."""
    try:
        return Woken(context.committed(lambda records: _advanced(context, records, now)))
    except DatabaseUnusable:
        raise
    except Exception as fault:  # one faulty episode must not stop the others' clocks
        log.warning("a batch could not be advanced together: %s", type(fault).__name__)
    with context.store.transaction() as records:
        claimed = _by_patient(records.due_episodes(now, BATCH))
    return _one_by_one(context, claimed, now)


def _one_by_one(context: Context, claimed: Mapping[str, list[str]], now: datetime) -> Woken:
    advanced = parked = 0
    for patient_id, episodes in claimed.items():
        fault = _fault(context, patient_id, episodes, now)
        if fault is None:
            advanced += 1
        else:
            parked += _park(context, patient_id, episodes, fault, now)
    return Woken(advanced, parked)


def _by_patient(claimed: Collection[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for episode_id, patient_id in claimed:
        found.setdefault(patient_id, []).append(episode_id)
    return found


def _advanced(context: Context, records: UnitOfWork, now: datetime) -> int:
    """Lock the patients of a share of what is due, take them up to *now*, and return how many."""
    claimed = records.due_episodes(now, BATCH)
    patients = _by_patient(claimed)
    records.read_patients_ahead(patients)
    for patient_id in patients:
        refresh(context, records, patient_id, now)
    _see_that_they_moved_on(records, [episode_id for episode_id, _ in claimed], now)
    return len(patients)


def _see_that_they_moved_on(records: Records, episodes: Sequence[str], now: datetime) -> None:
    if episodes and records.still_due(episodes, now):
        raise DoesNotMoveOn


def _fault(context: Context, patient_id: str, episodes: list[str], now: datetime) -> Exception | None:
    """Advance one patient in a commit of its own; return what went wrong. Raises DatabaseUnusable."""

    def work(records: Records) -> None:
        records.lock_patient(patient_id)
        refresh(context, records, patient_id, now)
        for row in filter(None, map(records.episode, episodes)):
            let_run(context, records, row, now)
        _see_that_they_moved_on(records, episodes, now)

    try:
        context.committed(work)
    except DatabaseUnusable:
        raise
    except Exception as fault:
        log.error("patient %s could not be advanced: %s", patient_id, type(fault).__name__)
        return fault
    return None


def _park(context: Context, patient_id: str, episodes: list[str], fault: Exception, now: datetime) -> int:
    """Set aside those of *episodes* that time could not be let pass in; return how many."""

    def work(records: Records) -> int:
        records.lock_patient(patient_id)
        behind = [row for row in map(records.episode, sorted(episodes)) if row is not None and _is_behind(row, now)]
        for row in behind:
            set_aside(context, records, row, fault, now)
        return len(behind)

    return context.committed(work)


def _is_behind(row: EpisodeRow, now: datetime) -> bool:
    return row.parked_reason is not None or (row.next_wake_at is not None and row.next_wake_at <= now)


def _parked_tried_again(context: Context, now: datetime) -> Woken:
    """Try a share of the parked episodes whose turn it is; those that fail again wait longer."""
    with context.store.transaction() as records:
        claimed = _by_patient(records.parked_due(now, BATCH))
    tried = _one_by_one(context, claimed, now)
    return replace(tried, parked=0)
