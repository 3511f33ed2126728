"""The log of each patient: what was told and done, only ever added to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, func, or_, select, union_all

from pathway_engine.domain.events import Acted, Entry
from pathway_engine.storage.codec import decode_entry, encode_entry
from pathway_engine.storage.patients import PATIENT
from pathway_engine.storage.rows import LogRow
from pathway_engine.storage.statements import ID, TENANT, TenantRecords, insert_into
from pathway_engine.storage.tables import table

_LOG = table("log")
_STAY = table("stay")
_COLUMNS = (_LOG.c.seq, _LOG.c.entry, _LOG.c.received_at, _LOG.c.inbox_id, _LOG.c.patient_id)

_SURVIVOR = (
    select(func.coalesce(PATIENT.c.survivor_id, PATIENT.c.id))
    .where(PATIENT.c.tenant == TENANT, PATIENT.c.id == ID)
    .scalar_subquery()
)
_RECORD = PATIENT.alias("record")
_PERSON = (
    select(_RECORD.c.id)
    .where(_RECORD.c.tenant == TENANT, or_(_RECORD.c.id == _SURVIVOR, _RECORD.c.survivor_id == _SURVIVOR))
    .cte("person")
)
_ONE = select(_PERSON.c.id)
_OWN_STAYS = select(_STAY.c.stay).where(_STAY.c.tenant == TENANT, _STAY.c.patient_id.in_(_ONE))
_MOVED_AWAY = exists().where(_STAY.c.tenant == TENANT, _STAY.c.stay == _LOG.c.stay, _STAY.c.patient_id.not_in(_ONE))
_OWN = select(*_COLUMNS).where(_LOG.c.tenant == TENANT, _LOG.c.patient_id.in_(_ONE), ~_MOVED_AWAY)
_MOVED_HERE = select(*_COLUMNS).where(
    _LOG.c.tenant == TENANT, _LOG.c.stay.in_(_OWN_STAYS), _LOG.c.patient_id.not_in(_ONE)
)
_ENTRIES = union_all(_OWN, _MOVED_HERE).subquery()
_LOG_OF = select(_ENTRIES).order_by(_ENTRIES.c.seq)

_APPEND = insert_into(_LOG).on_conflict_do_nothing(index_elements=["tenant", "entry_id"]).returning(_LOG.c.seq)
_HAS = select(_LOG.c.seq).where(_LOG.c.tenant == TENANT, _LOG.c.entry_id == ID)
_OWNER = func.coalesce(_STAY.c.patient_id, _LOG.c.patient_id)
_WITH_ENTRIES = (
    select(func.coalesce(PATIENT.c.survivor_id, PATIENT.c.id).label("survivor"))
    .select_from(_LOG)
    .outerjoin(_STAY, (_STAY.c.tenant == _LOG.c.tenant) & (_STAY.c.stay == _LOG.c.stay))
    .join(PATIENT, (PATIENT.c.tenant == _LOG.c.tenant) & (PATIENT.c.id == _OWNER))
    .where(_LOG.c.tenant == TENANT)
    .distinct()
    .order_by("survivor")
)


class LogRecords(TenantRecords):
    """The log: append and read."""

    def append(self, patient_id: str, entry: Entry, *, received_at: datetime, inbox_id: int | None) -> int | None:
        """Add an entry and return its number; None when an entry with its id is there already."""
        return self._insert(
            _APPEND,
            patient_id=patient_id,
            entry_id=entry.id,
            stay=None if isinstance(entry, Acted) else entry.stay,
            entry=encode_entry(entry).decode(),
            received_at=received_at,
            inbox_id=inbox_id,
        ).scalar()

    def has_entry(self, entry_id: str) -> bool:
        """Say whether an entry with that id is in anybody's log."""
        return self._run(_HAS, id_=entry_id).first() is not None

    def log(self, patient_id: str) -> list[LogRow]:
        """Return what concerns the person, in order of arrival.

        That is everything told of the surviving record and of those merged into it, without the
        stays that were moved to others, and with the stays that were moved here.
        """
        return [
            LogRow(
                seq=seq,
                entry=decode_entry(entry, seq),
                received_at=received_at,
                inbox_id=inbox_id,
                patient_id=owner,
            )
            for seq, entry, received_at, inbox_id, owner in self._run(_LOG_OF, id_=patient_id)
        ]

    def patients_with_entries(self) -> list[str]:
        """Return the ids of the surviving patients that have a log, sorted."""
        return self._scalars(_WITH_ENTRIES)
