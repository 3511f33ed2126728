"""Let time take effect: advance the episodes whose wake-up is due. Twice over does no harm; late is not lost."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from pathway_engine.domain.errors import StorageError
from pathway_engine.service.applying import refresh
from pathway_engine.service.context import Context
from pathway_engine.storage.records import Records

log = logging.getLogger(__name__)
BATCH = 200


@dataclass(frozen=True, slots=True)
class Woken:
    """How many patients were advanced, and how many episodes were set aside for a person to look at."""

    advanced: int
    parked: int


def wake_due(context: Context, now: datetime) -> Woken:
    """Advance every episode whose wake-up is due at *now*; a faulty one is parked and blocks nobody."""
    advanced = parked = 0
    seen: set[str] = set()
    while due := _due(context, now):
        for patient_id, episodes in due.items():
            is_stuck = seen.issuperset(episodes)
            seen.update(episodes)
            if not is_stuck and _advanced(context, patient_id, now):
                advanced += 1
            else:
                parked += _park(context, episodes, now)
    return Woken(advanced, parked)


def _due(context: Context, now: datetime) -> dict[str, list[str]]:
    with context.store.transaction() as records:
        claimed = records.due_episodes(now, BATCH)
    by_patient: dict[str, list[str]] = {}
    for episode_id, patient_id in claimed:
        by_patient.setdefault(patient_id, []).append(episode_id)
    return by_patient


def _advanced(context: Context, patient_id: str, now: datetime) -> bool:
    def work(records: Records) -> None:
        records.lock_patient(patient_id)
        refresh(context, records, patient_id, now)

    try:
        context.committed(work)
    except StorageError:
        raise
    except Exception as fault:  # one faulty episode must not stop the others' clocks
        log.error("patient %s could not be advanced: %s", patient_id, type(fault).__name__)
        return False
    return True


def _park(context: Context, episodes: list[str], now: datetime) -> int:
    def work(records: Records) -> None:
        for episode_id in episodes:
            records.park_episode(episode_id, "advancing failed; see the operator's log", now)

    context.committed(work)
    return len(episodes)
