"""The log of each patient: what was told and done, only ever added to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, exists, func, select, union, union_all

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
_PERSON = union(  # of one condition with OR, SQLite makes no use of the indexes
    select(_RECORD.c.id).where(_RECORD.c.tenant == TENANT, _RECORD.c.id == _SURVIVOR),
    select(_RECORD.c.id).where(_RECORD.c.tenant == TENANT, _RECORD.c.survivor_id == _SURVIVOR),
).cte("person")
_ONE = select(_PERSON.c.id)
_OWN_STAYS = select(_STAY.c.stay).where(_STAY.c.tenant == TENANT, _STAY.c.patient_id.in_(_ONE))
_MOVED_AWAY = exists().where(_STAY.c.tenant == TENANT, _STAY.c.stay == _LOG.c.stay, _STAY.c.patient_id.not_in(_ONE))
_OWN = select(*_COLUMNS).where(_LOG.c.tenant == TENANT, _LOG.c.patient_id.in_(_ONE), ~_MOVED_AWAY)
_MOVED_HERE = select(*_COLUMNS).where(
    _LOG.c.tenant == TENANT, _LOG.c.stay.in_(_OWN_STAYS), _LOG.c.patient_id.not_in(_ONE)
)
_ENTRIES = union_all(_OWN, _MOVED_HERE).subquery()
_LOG_OF = select(_ENTRIES).order_by(_ENTRIES.c.seq)

# The same for many people at once, each of whom is named by the surviving record.
_IDS: BindParameter[Any] = bindparam("ids_", expanding=True)
_NAMED = select(_RECORD.c.id, func.coalesce(_RECORD.c.survivor_id, _RECORD.c.id).label("survivor"))
_PEOPLE = union(
    _NAMED.where(_RECORD.c.tenant == TENANT, _RECORD.c.id.in_(_IDS)),
    _NAMED.where(_RECORD.c.tenant == TENANT, _RECORD.c.survivor_id.in_(_IDS)),
).cte("people")
_STAYS_OF_ANY = _STAY.alias("stays_of_any")
_TELLER, _STAYER = _PEOPLE.alias("teller"), _PEOPLE.alias("stayer")
_OWN_OF_ALL = (
    select(*_COLUMNS, _STAYER.c.survivor)
    .join_from(_LOG, _TELLER, _TELLER.c.id == _LOG.c.patient_id)
    .outerjoin(_STAY, (_STAY.c.tenant == TENANT) & (_STAY.c.stay == _LOG.c.stay))
    .join(_STAYER, _STAYER.c.id == func.coalesce(_STAY.c.patient_id, _LOG.c.patient_id))
    .where(_LOG.c.tenant == TENANT)
)
_MOVED_TO_ANY = (
    select(*_COLUMNS, _STAYER.c.survivor)
    .join_from(_STAY, _STAYER, _STAYER.c.id == _STAY.c.patient_id)
    .join(_LOG, (_LOG.c.tenant == TENANT) & (_LOG.c.stay == _STAY.c.stay))
    .where(
        _STAY.c.tenant == TENANT,
        _LOG.c.patient_id.not_in(select(_PEOPLE.c.id)),
        # Follows from the joins, and leads SQLite to the few stays instead of through the whole log.
        _LOG.c.stay.in_(
            select(_STAYS_OF_ANY.c.stay).where(
                _STAYS_OF_ANY.c.tenant == TENANT, _STAYS_OF_ANY.c.patient_id.in_(select(_PEOPLE.c.id))
            )
        ),
    )
)
_ALL_ENTRIES = union_all(_OWN_OF_ALL, _MOVED_TO_ANY).subquery()
_LOGS_OF = select(_ALL_ENTRIES).order_by(_ALL_ENTRIES.c.seq)

_APPEND = insert_into(_LOG).on_conflict_do_nothing(index_elements=["tenant", "entry_id"]).returning(_LOG.c.seq)
_KNOWN = (
    select(_LOG.c.cause)
    .where(_LOG.c.tenant == TENANT, _LOG.c.cause.in_(bindparam("causes_", expanding=True)))
    .distinct()
)
_THERE = select(_LOG.c.entry_id).where(
    _LOG.c.tenant == TENANT, _LOG.c.entry_id.in_(bindparam("ids_", expanding=True))
)  # fmt: skip
_ENTRY = select(_LOG.c.seq, _LOG.c.entry).where(_LOG.c.tenant == TENANT, _LOG.c.entry_id == ID)
_HAS = select(_LOG.c.seq).where(_LOG.c.tenant == TENANT, _LOG.c.entry_id == ID)
_PATIENT_OF = select(_LOG.c.patient_id, _STAY.c.patient_id).outerjoin(
    _STAY, (_STAY.c.tenant == _LOG.c.tenant) & (_STAY.c.stay == _LOG.c.stay)
).where(_LOG.c.tenant == TENANT, _LOG.c.seq == ID)  # fmt: skip
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

    def append(self, patient_id: str, entry: Entry, *, received_at: datetime, inbox_id: int | None) -> bool:
        """Add an entry; False when an entry with its id is there already."""
        return self._insert(_APPEND, **log_values(patient_id, entry, received_at, inbox_id)).first() is not None

    def causes_known(self, causes: Sequence[str]) -> set[str]:
        """Return those of *causes* that any entry, of whichever patient, speaks of."""
        return set(self._scalars(_KNOWN, causes_=list(causes))) if causes else set()

    def entries_known(self, ids: Sequence[str]) -> set[str]:
        """Return those of *ids* that any log has an entry of."""
        return set(self._scalars(_THERE, ids_=list(ids))) if ids else set()

    def has_entry(self, entry_id: str) -> bool:
        """Say whether an entry with that id is in anybody's log."""
        return self._run(_HAS, id_=entry_id).first() is not None

    def entry(self, entry_id: str) -> Entry | None:
        """Return the entry with that id, in whoever's log it is, or None."""
        row = self._run(_ENTRY, id_=entry_id).first()
        return None if row is None else decode_entry(row[1], row[0])

    def patient_of_entry(self, seq: int) -> str | None:
        """Return the record whose log the entry of that number is in now, or None."""
        row = self._run(_PATIENT_OF, id_=seq).first()
        return None if row is None else str(row[1] or row[0])

    def log(self, patient_id: str) -> list[LogRow]:
        """Return what concerns the person, in order of arrival.

        That is everything told of the surviving record and of those merged into it, without the
        stays that were moved to others, and with the stays that were moved here.
        """
        return [_log_row(tuple(row)) for row in self._run(_LOG_OF, id_=patient_id)]

    def logs_of(self, patient_ids: Sequence[str]) -> dict[str, list[LogRow]]:
        """Return the `log` of each of the surviving records *patient_ids*."""
        logs: dict[str, list[LogRow]] = {id: [] for id in patient_ids}
        for *columns, survivor in self._run(_LOGS_OF, ids_=list(patient_ids)) if patient_ids else ():
            logs[survivor].append(_log_row(tuple(columns)))
        return logs

    def patients_with_entries(self) -> list[str]:
        """Return the ids of the surviving patients that have a log, sorted."""
        return self._scalars(_WITH_ENTRIES)


def _log_row(columns: tuple[Any, ...]) -> LogRow:
    seq, entry, received_at, inbox_id, owner = columns
    return LogRow(
        seq=seq, entry=decode_entry(entry, seq), received_at=received_at, inbox_id=inbox_id, patient_id=owner
    )  # fmt: skip


def log_values(patient_id: str, entry: Entry, received_at: datetime, inbox_id: int | None) -> dict[str, Any]:
    """The row of an entry."""
    told = None if isinstance(entry, Acted) else entry
    return {
        "patient_id": patient_id,
        "entry_id": entry.id,
        "stay": told.stay if told else None,
        "entry": encode_entry(entry).decode(),
        "received_at": received_at,
        "inbox_id": inbox_id,
        "cause": told.cause if told else None,
    }
