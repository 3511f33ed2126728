"""Episodes as they are stored, and when time alone changes the next of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, null, select, update

from pathway_engine.domain.errors import VersionConflict
from pathway_engine.storage.patients import PATIENT
from pathway_engine.storage.rows import EpisodeRow
from pathway_engine.storage.statements import ID, LIMIT, NOW, TENANT, TenantRecords, columns_of, insert_into, values_of
from pathway_engine.storage.tables import table

_EPISODE = table("episode")
_COLUMNS = columns_of(_EPISODE, EpisodeRow)
_THIS = (_EPISODE.c.tenant == TENANT) & (_EPISODE.c.id == ID)
_AWAKE = (_EPISODE.c.tenant == TENANT) & _EPISODE.c.parked_reason.is_(None)

_SAVED = tuple(field.name for field in fields(EpisodeRow) if field.name != "id")
_IDS: BindParameter[Any] = bindparam("ids_", expanding=True)

_BY_ID = select(*_COLUMNS).where(_THIS)
_OF_PATIENT = (
    select(*_COLUMNS)
    .where(_EPISODE.c.tenant == TENANT, _EPISODE.c.patient_id == ID)
    .order_by(_EPISODE.c.pathway, _EPISODE.c.ordinal)
)
_OF_PATIENTS = select(*_COLUMNS).where(
    _EPISODE.c.tenant == TENANT, _EPISODE.c.patient_id.in_(bindparam("ids_", expanding=True))
)
_OF_PATHWAY = _OF_PATIENT.where(_EPISODE.c.pathway == bindparam("pathway_"))
_ADD = insert_into(_EPISODE).on_conflict_do_nothing(index_elements=["tenant", "id"]).returning(_EPISODE.c.version)
UPDATE = (
    update(_EPISODE)
    .where(_THIS, _EPISODE.c.version == bindparam("read_version_"))
    .values({name: bindparam(name) for name in _SAVED})
)
"""Write a row over the one of its id, if that is in the version that was read."""
_UPDATE = UPDATE.returning(_EPISODE.c.version)
_OWNER = PATIENT.alias("owner")
_SURVIVOR = PATIENT.alias("survivor")
_OF_SURVIVOR = (
    select(_EPISODE.c.id, _SURVIVOR.c.id)
    .join_from(
        _EPISODE,
        _OWNER,
        (_OWNER.c.tenant == _EPISODE.c.tenant) & (_OWNER.c.id == _EPISODE.c.patient_id),
    )
    .join(
        _SURVIVOR,
        (_SURVIVOR.c.tenant == _OWNER.c.tenant) & (_SURVIVOR.c.id == func.coalesce(_OWNER.c.survivor_id, _OWNER.c.id)),
    )
    .limit(LIMIT)
    # The patient is locked, not the episode: whoever changes an episode holds its patient, so a sweep
    # and a message can never wait for each other.
    .with_for_update(of=_SURVIVOR, skip_locked=True, key_share=True)
)
# By the instant alone: a second column of order would sort all that fell due at midnight for every share of it.
_DUE = _OF_SURVIVOR.where(_AWAKE, _EPISODE.c.next_wake_at <= NOW).order_by(_EPISODE.c.next_wake_at)
_STILL_DUE = select(_EPISODE.c.id).where(_AWAKE, _EPISODE.c.next_wake_at <= NOW, _EPISODE.c.id.in_(_IDS))
_NEXT = select(func.min(_EPISODE.c.next_wake_at)).where(_AWAKE, _EPISODE.c.next_wake_at.is_not(None))
_ASLEEP = (_EPISODE.c.tenant == TENANT) & _EPISODE.c.parked_reason.is_not(None)
_PARK = (
    update(_EPISODE)
    .where(_THIS)
    .values(
        parked_reason=bindparam("parked_reason"),
        parked_at=func.coalesce(_EPISODE.c.parked_at, bindparam("parked_at", type_=_EPISODE.c.parked_at.type)),
        retry_at=bindparam("retry_at"),
        version=_EPISODE.c.version + 1,
        changed_at=bindparam("parked_at", type_=_EPISODE.c.parked_at.type),
    )
)
_UNPARK = (
    update(_EPISODE)
    .where(_THIS)
    .values(parked_reason=null(), parked_at=null(), retry_at=null(), version=_EPISODE.c.version + 1, changed_at=NOW)
)
_RETRY = update(_EPISODE).where(_ASLEEP).values(retry_at=NOW)
_RETRY_ONE = _RETRY.where(_EPISODE.c.id == ID)
_PARKED_DUE = _OF_SURVIVOR.where(_ASLEEP, _EPISODE.c.retry_at <= NOW).order_by(_EPISODE.c.retry_at)
_PARKED = select(*_COLUMNS).where(_ASLEEP).order_by(_EPISODE.c.id)
_PARKED_COUNT = select(func.count()).select_from(_EPISODE).where(_ASLEEP)


class EpisodeRecords(TenantRecords):
    """Episodes: read, save, wake, park."""

    def episodes(self, patient_id: str, pathway: str | None = None) -> list[EpisodeRow]:
        """Return a patient's episodes, by pathway and number."""
        if pathway is None:
            return self._all(EpisodeRow, _OF_PATIENT, id_=patient_id)
        return self._all(EpisodeRow, _OF_PATHWAY, id_=patient_id, pathway_=pathway)

    def episodes_of(self, patient_ids: Sequence[str]) -> list[EpisodeRow]:
        """Return the episodes of all these patients, in no order."""
        return self._all(EpisodeRow, _OF_PATIENTS, ids_=list(patient_ids)) if patient_ids else []

    def episode(self, id: str) -> EpisodeRow | None:
        """Return an episode, or None."""
        return self._one(EpisodeRow, _BY_ID, id_=id)

    def save_episode(self, row: EpisodeRow, at: datetime) -> int:
        """Save *row* as changed *at* and return its new version, one above `row.version`; 0 means that it is new.

        Raises VersionConflict when the episode is not in the version that was read.
        """
        values = {**values_of(row), "version": row.version + 1, "changed_at": at}
        if row.version == 0:
            version = self._insert(_ADD, **values).scalar()
        else:
            del values["id"]
            version = self._run(_UPDATE, id_=row.id, read_version_=row.version, **values).scalar()
        if version is None:
            raise VersionConflict("The episode was changed in the meantime. Read it again, then decide.")
        return int(version)

    def due_episodes(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        """Return episodes that time changes by *now*, as ids of episode and surviving patient.

        Longest due first, parked ones not. The patients are locked until the transaction ends;
        those locked by others are passed over.
        """
        return [(episode, patient) for episode, patient in self._run(_DUE, now_=now, limit_=limit)]

    def still_due(self, ids: Sequence[str], now: datetime) -> set[str]:
        """Return which of the episodes *ids* time would change by *now*."""
        return set(self._scalars(_STILL_DUE, ids_=list(ids), now_=now))

    def park_episode(self, id: str, reason: str, at: datetime, retry_at: datetime | None = None) -> None:
        """Let time pass an episode by until *retry_at*, or until somebody has looked at it; raises its version.

        One that was parked already has been so since the first time.
        """
        self._change_one(_PARK, "episode", id_=id, parked_reason=reason, parked_at=at, retry_at=retry_at)

    def unpark(self, id: str, at: datetime) -> None:
        """Let time pass in an episode again; raises its version."""
        self._change_one(_UNPARK, "episode", id_=id, now_=at)

    def parked_due(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        """Return parked episodes that are to be tried again by *now*; otherwise as `due_episodes`."""
        return [(episode, patient) for episode, patient in self._run(_PARKED_DUE, now_=now, limit_=limit)]

    def retry_parked(self, now: datetime, id: str | None = None) -> int:
        """Let a parked episode, or all of them, be tried again at *now*; return how many."""
        run = self._run(_RETRY, now_=now) if id is None else self._run(_RETRY_ONE, now_=now, id_=id)
        return run.rowcount

    def parked(self) -> list[EpisodeRow]:
        """Return the parked episodes, by id."""
        return self._all(EpisodeRow, _PARKED)

    def parked_count(self) -> int:
        """Return how many episodes are parked."""
        return int(self._run(_PARKED_COUNT).scalar_one())

    def next_wake_at(self) -> datetime | None:
        """Return the earliest instant at which time changes an episode that is not parked."""
        found: datetime | None = self._run(_NEXT).scalar()
        return found
