"""The outbox: what is to be sent, once for each key, however often it is decided again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, or_, select, text, union_all, update

from pathway_engine.domain.delivery import KEPT, Delivery, Move, moved
from pathway_engine.domain.errors import StorageError
from pathway_engine.domain.events import Identifier
from pathway_engine.storage.patients import PATIENT
from pathway_engine.storage.rows import OutgoingRow
from pathway_engine.storage.statements import ID, LIMIT, NOW, TENANT, TenantRecords, columns_of, insert_into, newest
from pathway_engine.storage.tables import UNSETTLED, table

STATUSES = tuple(state.value for state in KEPT)
"""How far a message has come: the first two hold back what follows for the same patient, the others do not."""
UNDONE = ("waiting", "sending", "refused", "timed_out", "dead")
"""Statuses of messages that are not with their receiver: on their way, or stopped on it."""
QUEUED = moved(Delivery.DRAFT, Move.QUEUE).value

_OUTBOX = table("outbox")
_IDENTIFIER = table("identifier")
_COLUMNS = columns_of(_OUTBOX, OutgoingRow)
_THIS = (_OUTBOX.c.tenant == TENANT) & (_OUTBOX.c.id == ID)
_CHANGING = (
    "status", "attempts", "next_try_at", "lease_until", "fence", "sent_at", "answer_by", "answer", "reason",
    "settled_at",
)  # fmt: skip


def _unsettled(name: str) -> ColumnElement[bool]:
    """The partial indexes' own words, so that both databases see that they fit."""
    return text(f"{name}.{UNSETTLED}")  # type: ignore[return-value]


_EARLIER = _OUTBOX.alias("earlier")
_OWNER, _PERSON = PATIENT.alias("owner"), PATIENT.alias("person")
_THE_SURVIVOR = select(func.coalesce(PATIENT.c.survivor_id, PATIENT.c.id)).where(
    PATIENT.c.tenant == TENANT, PATIENT.c.id == ID
)
_NOW_IS = _THE_SURVIVOR.scalar_subquery()
_SURVIVOR = func.coalesce(_OWNER.c.survivor_id, _OWNER.c.id)
_OWNS = (_OWNER.c.tenant == _OUTBOX.c.tenant) & (_OWNER.c.id == _OUTBOX.c.patient_id)
_SURVIVING = select(_SURVIVOR).where(_OWNS).correlate(_OUTBOX)
_MERGED = (
    select(_PERSON.c.id)
    .join_from(_OWNER, _PERSON, (_PERSON.c.tenant == _OWNER.c.tenant) & (_PERSON.c.survivor_id == _SURVIVOR))
    .where(_OWNS)
    .correlate(_OUTBOX)
)
# A count and not an EXISTS, a union and not an OR: else one database or the other looks at all that waits.
_HOLDING_BACK = (
    select(func.count())
    .select_from(_EARLIER)
    .where(
        _EARLIER.c.tenant == _OUTBOX.c.tenant,
        _EARLIER.c.patient_id.in_(union_all(_SURVIVING, _MERGED)),
        _EARLIER.c.id < _OUTBOX.c.id,
        _unsettled("earlier"),
    )
    .correlate(_OUTBOX)
    .scalar_subquery()
)
_IS_DUE = or_(
    (_OUTBOX.c.status == "waiting") & (_OUTBOX.c.next_try_at.is_(None) | (_OUTBOX.c.next_try_at <= NOW)),
    (_OUTBOX.c.status == "sending") & (_OUTBOX.c.lease_until <= NOW),
)
NEXT = (
    select(*_COLUMNS)
    .where(_OUTBOX.c.tenant == TENANT, _unsettled("outbox"), _IS_DUE, _HOLDING_BACK == 0)
    .order_by(_OUTBOX.c.id)
    .limit(1)
    .with_for_update(of=_OUTBOX, skip_locked=True)
)
_UNANSWERED = (
    select(*_COLUMNS)
    .where(_OUTBOX.c.tenant == TENANT, _OUTBOX.c.answer_by.is_not(None), _OUTBOX.c.answer_by <= NOW)
    .order_by(_OUTBOX.c.answer_by, _OUTBOX.c.id)
    .limit(LIMIT)
    .with_for_update(skip_locked=True)
)
PUT_OUTGOING = insert_into(_OUTBOX).on_conflict_do_nothing(index_elements=["tenant", "key"])
_LOCK = select(*_COLUMNS).where(_THIS).with_for_update()
_LOCK_NAMED = (
    select(*_COLUMNS).where(_OUTBOX.c.tenant == TENANT, _OUTBOX.c.message_id == bindparam("name_")).with_for_update()
)
_NAMED = select(*_COLUMNS).where(_OUTBOX.c.tenant == TENANT, _OUTBOX.c.message_id == bindparam("name_"))
_NUMBERED = select(*_COLUMNS).where(_THIS)
_OF_PATIENT = select(*_COLUMNS).where(_OUTBOX.c.tenant == TENANT, _OUTBOX.c.patient_id == ID).order_by(_OUTBOX.c.id)
_SAVE = update(_OUTBOX).where(_THIS).values({name: bindparam(name) for name in _CHANGING})
_BY_STATUS = (
    select(*_COLUMNS).where(_OUTBOX.c.tenant == TENANT, _OUTBOX.c.status == bindparam("status_")).order_by(_OUTBOX.c.id)
)
_MERGED_INTO = select(_PERSON.c.id).where(_PERSON.c.tenant == TENANT, _PERSON.c.survivor_id == _NOW_IS)
_KEYS_OF_PERSON = select(_OUTBOX.c.key).where(
    _OUTBOX.c.tenant == TENANT, _OUTBOX.c.patient_id.in_(union_all(_THE_SURVIVOR, _MERGED_INTO))
)
_IDENTIFIERS = (
    select(_IDENTIFIER.c.system, _IDENTIFIER.c.value)
    .join(_OWNER, (_OWNER.c.tenant == TENANT) & (_OWNER.c.id == ID))
    .where(
        _IDENTIFIER.c.tenant == TENANT,
        _IDENTIFIER.c.patient_id == func.coalesce(_OWNER.c.survivor_id, _OWNER.c.id),
    )
)  # sorted afterwards: else SQLite goes through every number in the order of its index
_COUNTS = select(_OUTBOX.c.status, func.count()).where(_OUTBOX.c.tenant == TENANT).group_by(_OUTBOX.c.status)
_UNDONE_COUNTS = _COUNTS.where(_OUTBOX.c.status.in_([literal_column(f"'{status}'") for status in UNDONE]))
_UNANSWERED_COUNT = (
    select(func.count()).select_from(_OUTBOX).where(_OUTBOX.c.tenant == TENANT, _OUTBOX.c.answer_by.is_not(None))
)
_SETTLE = (
    update(_OUTBOX)
    .where(_OUTBOX.c.tenant == TENANT, _OUTBOX.c.key == ID)
    .values(status=bindparam("status"), settled_at=bindparam("settled_at"))
)


@cache
def _newest_of(statuses: frozenset[str]) -> Select[Any]:
    return newest(_OUTBOX, _COLUMNS, [_is(status) for status in sorted(statuses)])


def _is(status: str) -> ColumnElement[bool]:
    if status not in STATUSES:
        raise StorageError(f"{status!r} is no status of an outgoing message; one of {', '.join(STATUSES)} is.")
    return (_OUTBOX.c.tenant == TENANT) & (_OUTBOX.c.status == literal_column(f"'{status}'"))


def message_id_of(tenant: str, key: str) -> str:
    """The id under which the receiver knows a message: a UUID made of its key alone."""
    return str(uuid5(NAMESPACE_URL, f"{tenant}/outbox/{key}"))


def outgoing_values(
    tenant: str, key: str, patient_id: str, episode_id: str, message: str, body: bytes, at: datetime
) -> dict[str, Any]:
    """The row of a message that is to be sent and has not been tried."""
    nothing_yet = {"status": QUEUED, "attempts": 0, "fence": 0, "answer": "", "reason": ""}
    return {
        "key": key, "message_id": message_id_of(tenant, key), "patient_id": patient_id, "episode_id": episode_id,
        "message": message, "body": body, "at": at, **nothing_yet,
    }  # fmt: skip


class OutboxRecords(TenantRecords):
    """Outgoing messages: put, claim, save, count."""

    def put_outgoing(
        self, *, key: str, patient_id: str, episode_id: str, message: str, body: bytes, at: datetime
    ) -> None:
        """Put a message in the outbox; one with that key that is there already stays as it is."""
        self._insert(PUT_OUTGOING, **outgoing_values(self._tenant, key, patient_id, episode_id, message, body, at))

    def decisions_of_person(self, patient_id: str) -> set[str]:
        """Return what was decided for the person, under any record and in any episode: keys without the episode."""
        return {key.partition("/")[2] for key in self._scalars(_KEYS_OF_PERSON, id_=patient_id)}

    def claim_outgoing(self, now: datetime, lease_until: datetime) -> OutgoingRow | None:
        """Take the next message that may be sent at *now*, or None; nobody else gets it before *lease_until*.

        Oldest first; never one of a patient, under whichever record, who has an earlier one that is
        waiting or being sent. One whose sender did not come back is taken again when its lease is over.
        """
        row = self._one(OutgoingRow, NEXT, now_=now)
        if row is None:
            return None
        claimed = replace(
            row, status=moved(row.status, Move.CLAIM), attempts=row.attempts + 1, fence=row.fence + 1,
            lease_until=lease_until, next_try_at=None,
        )  # fmt: skip
        self.save_outgoing(claimed)
        return claimed

    def unanswered_outgoing(self, now: datetime, limit: int) -> list[OutgoingRow]:
        """Return messages whose receipt should be here by *now*, locked; those locked by others are passed over."""
        return self._all(OutgoingRow, _UNANSWERED, now_=now, limit_=limit)

    def lock_outgoing(self, id: int) -> OutgoingRow | None:
        """Return a message that nobody else may change until the transaction ends; None if unknown."""
        return self._one(OutgoingRow, _LOCK, id_=id)

    def lock_outgoing_named(self, message_id: str) -> OutgoingRow | None:
        """The same by the id that the receiver knows it by."""
        return self._one(OutgoingRow, _LOCK_NAMED, name_=message_id)

    def outgoing_named(self, message_id: str) -> OutgoingRow | None:
        """The same without locking it."""
        return self._one(OutgoingRow, _NAMED, name_=message_id)

    def outgoing_numbered(self, id: int) -> OutgoingRow | None:
        """The same by its number."""
        return self._one(OutgoingRow, _NUMBERED, id_=id)

    def outgoing_of_patient(self, patient_id: str) -> list[OutgoingRow]:
        """Return what was decided to be sent for the patient, in the order of decision."""
        return self._all(OutgoingRow, _OF_PATIENT, id_=patient_id)

    def save_outgoing(self, row: OutgoingRow) -> None:
        """Write how far a message has come; what it says never changes."""
        changed: dict[str, Any] = {name: getattr(row, name) for name in _CHANGING}
        self._change_one(_SAVE, "outgoing message", id_=row.id, **changed)

    def outgoing(self, status: str = "waiting") -> list[OutgoingRow]:
        """Return outgoing messages of that status, in the order in which they were decided."""
        return self._all(OutgoingRow, _BY_STATUS, status_=status)

    def outgoing_messages(self, statuses: Sequence[str] = STATUSES, limit: int = 100) -> list[OutgoingRow]:
        """Return the newest outgoing messages first. Raises StorageError when a status is none of `STATUSES`."""
        return self._all(OutgoingRow, _newest_of(frozenset(statuses)), limit_=limit) if statuses else []

    def outgoing_counts(self) -> dict[str, int]:
        """Count outgoing messages by status, every status named. Goes through all that there are."""
        return self._counts(_COUNTS, STATUSES)

    def unsettled_outgoing_counts(self) -> dict[str, int]:
        """Count outgoing messages of the statuses `UNDONE`, and under ``unanswered`` those whose receipt is awaited.

        Costs as much as there are of those, not of all that ever arrived.
        """
        return {**self._counts(_UNDONE_COUNTS, UNDONE), "unanswered": int(self._run(_UNANSWERED_COUNT).scalar_one())}

    def _counts(self, statement: Select[Any], statuses: Sequence[str]) -> dict[str, int]:
        return {**dict.fromkeys(statuses, 0), **{status: count for status, count in self._run(statement)}}

    def identifiers_of_person(self, patient_id: str) -> list[Identifier]:
        """Return by what a receiver may know the person, by system: the surviving record's identifiers."""
        found = sorted((system, value) for system, value in self._run(_IDENTIFIERS, id_=patient_id))
        return [Identifier(system=system, value=value) for system, value in found]

    def settle_outgoing(self, key: str, *, status: str, at: datetime) -> None:
        """Say what became of an outgoing message: sent, dead or withdrawn."""
        self._change_one(_SETTLE, "outgoing message", id_=key, status=status, settled_at=at)
