"""The inbox: every message as it was received, once, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam, insert, null, select, update

from pathway_engine.domain.errors import StorageError
from pathway_engine.storage.inbox_looks import (
    ASIDE_COUNTS,
    COUNTS,
    NUMBERS_NAMED,
    WAITING,
    WAITING_COUNT,
    newest_of,
)
from pathway_engine.storage.rows import InboxHistoryRow, InboxRow, StoredMessage
from pathway_engine.storage.statements import (
    ID,
    LIMIT,
    NOW,
    TENANT,
    TenantRecords,
    by_number,
    columns_of,
    insert_into,
    is_pair,
    pairs,
    values_of,
)
from pathway_engine.storage.tables import table

DISPOSITIONS = ("applied", "rejected", "unplaced", "dead", "kept")
"""What becomes of a message; a message without any of them is waiting."""

_INBOX = table("inbox")
_HISTORY = table("inbox_history")
_COLUMNS = columns_of(_INBOX, InboxRow)
_THIS = (_INBOX.c.tenant == TENANT) & (_INBOX.c.id == ID)

_FIRST = insert_into(_INBOX).on_conflict_do_nothing().returning(*_COLUMNS)
_FIRSTS = insert(_INBOX).inline()
_BY_NAME = select(_INBOX.c.sender, _INBOX.c.message_id, _INBOX.c.id).where(
    _INBOX.c.tenant == TENANT,
    ~_INBOX.c.conflict,
    is_pair(_INBOX.c.sender, _INBOX.c.message_id, "names"),
)
_AGAIN = (
    update(_INBOX)
    .where(
        _INBOX.c.tenant == TENANT,
        _INBOX.c.sender == bindparam("sender_"),
        _INBOX.c.message_id == bindparam("message_id_"),
        _INBOX.c.sha256 == bindparam("sha256_"),
    )
    .values(duplicates=_INBOX.c.duplicates + 1)
    .returning(*_COLUMNS)
)
_CONFLICT = (
    insert_into(_INBOX)
    .on_conflict_do_update(
        index_elements=["tenant", "sender", "message_id", "sha256"],
        set_={"duplicates": _INBOX.c.duplicates + 1},
    )
    .returning(*_COLUMNS)
)
_MESSAGE = select(*_COLUMNS).where(_THIS)
_WITH_IDS = (
    select(*_COLUMNS)
    .where(_INBOX.c.tenant == TENANT, _INBOX.c.id.in_(bindparam("ids_", expanding=True)))
    .order_by(_INBOX.c.id)
)
_LOCK = _MESSAGE.with_for_update()
_MAY_BE_TRIED = WAITING & (_INBOX.c.next_try_at.is_(None) | (_INBOX.c.next_try_at <= NOW))
_TO_BE_TRIED = select(*_COLUMNS).where(_MAY_BE_TRIED).order_by(_INBOX.c.id).limit(LIMIT)
_CLAIM = _TO_BE_TRIED.with_for_update(skip_locked=True)
LOCK_FREE = (
    select(*_COLUMNS)
    .where(WAITING, _INBOX.c.id.in_(bindparam("ids_", expanding=True)))
    .order_by(_INBOX.c.id)
    .with_for_update(skip_locked=True)
)
"""Of some messages, those that still wait and that nobody else is at work on; they are locked."""
DISPOSE = (
    update(_INBOX)
    .where(_THIS)
    .values(
        {
            name: bindparam(name)
            for name in (
                "disposition",
                "disposed_at",
                "reason_code",
                "reason",
                "patient_id",
                "answer",
                "notes",
            )
        }
    )
    .values(next_try_at=null())
)
_POSTPONE = (
    update(_INBOX)
    .where(_THIS)
    .values(attempts=bindparam("attempts"), next_try_at=bindparam("next_try_at"), reason=bindparam("reason"))
)
_KEPT = (
    "tenant",
    "disposition",
    "reason_code",
    "reason",
    "notes",
    "attempts",
    "disposed_at",
    "patient_id",
    "answer",
)
_REMEMBER = insert_into(_HISTORY).from_select(
    [*_KEPT, "inbox_id", "reopened_at"],
    select(*(_INBOX.c[name] for name in _KEPT), _INBOX.c.id, NOW).where(_THIS),
)
_REOPEN = (
    update(_INBOX)
    .where(_THIS)
    .values(
        disposition=null(),
        reason_code="",
        reason="",
        notes="",
        attempts=0,
        next_try_at=null(),
        disposed_at=null(),
        patient_id=null(),
        answer=null(),
    )
)
_HISTORY_OF = (
    select(*columns_of(_HISTORY, InboxHistoryRow))
    .where(_HISTORY.c.tenant == TENANT, _HISTORY.c.inbox_id == ID)
    .order_by(_HISTORY.c.id)
)
_NEWEST = select(*_COLUMNS).where(by_number(_INBOX)).order_by(_INBOX.c.id.desc()).limit(LIMIT)
_FROM = (
    select(*_COLUMNS)
    .where(
        _INBOX.c.tenant == TENANT,
        _INBOX.c.sender == bindparam("sender_"),
        _INBOX.c.message_id == bindparam("message_id_"),
    )
    .order_by(_INBOX.c.id)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message as it came; until `next_try_at` it is left to whoever stored it."""

    sender: str
    message_id: str
    raw: bytes = field(repr=False)
    channel: str
    peer: str
    message_type: str
    received_at: datetime
    next_try_at: datetime | None = None


class InboxRecords(TenantRecords):
    """Messages: store, claim, dispose, run again."""

    def store_message(self, message: NewMessage) -> StoredMessage:
        """Keep a message once; sending it again only counts.

        The outcome is ``new``, ``duplicate`` (same sender, id and bytes) or ``conflict`` (same
        sender and id, other bytes: a row of its own).
        """
        values = _new_values(message)
        for first in self._insert(_FIRST, **values, conflict=False).named():
            return _stored("new", InboxRow(**first))
        return self._store_again(values)

    def store_messages(self, messages: Sequence[NewMessage]) -> list[StoredMessage]:
        """Keep many messages, as `store_message` keeps one; those that are new in one statement.

        Raises ConcurrentChange, at the latest at the transaction's end, when another stores one of
        them at the same time.
        """
        names = [(message.sender, message.message_id) for message in messages]
        taken = self.numbers_of(names)
        firsts = {name: place for place, name in reversed(list(enumerate(names))) if name not in taken}
        rows = {place: {**_new_values(messages[place]), "conflict": False} for place in sorted(firsts.values())}
        self._insert_all(_FIRSTS, list(rows.values()))
        numbers = self.numbers_of(list(firsts))
        new = {place: InboxRow(id=numbers[names[place]], **values) for place, values in rows.items()}
        return [
            _stored("new", new[place]) if place in new else self.store_message(message)
            for place, message in enumerate(messages)
        ]

    def numbers_of(self, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Return the number of each message, by sender and message id, that is there."""
        rows = self._run(_BY_NAME, **pairs("names", dict.fromkeys(names))) if names else ()
        return {(sender, message_id): id for sender, message_id, id in rows}

    def _store_again(self, values: dict[str, Any]) -> StoredMessage:
        key = {f"{name}_": values[name] for name in ("sender", "message_id", "sha256")}
        known = self._one(InboxRow, _AGAIN, **key)
        if known is not None:
            return _stored("duplicate", known)
        (kept,) = self._insert(_CONFLICT, **values, conflict=True).named()
        row = InboxRow(**kept)
        return _stored("duplicate" if row.duplicates else "conflict", row)

    def message(self, id: int) -> InboxRow:
        """Return a message. Raises StorageError when there is none with that id."""
        row = self._one(InboxRow, _MESSAGE, id_=id)
        if row is None:
            raise StorageError("There is no such message.")
        return row

    def messages_with_ids(self, ids: Sequence[int]) -> list[InboxRow]:
        """Return the messages with these ids, in order of arrival."""
        return self._all(InboxRow, _WITH_IDS, ids_=list(ids)) if ids else []

    def messages_named(self, message_id: str) -> list[InboxRow]:
        """Return the messages that carry that id, of whichever sender, in order of arrival."""
        return self.messages_with_ids(self._scalars(NUMBERS_NAMED, name_=message_id))

    def messages_from(self, sender: str, message_id: str) -> list[InboxRow]:
        """Return the messages of that sender that carry that id, in order of arrival."""
        return self._all(InboxRow, _FROM, sender_=sender, message_id_=message_id)

    def lock_message(self, id: int) -> InboxRow | None:
        """Return a message that nobody else may change until the transaction ends; None if unknown."""
        return self._one(InboxRow, _LOCK, id_=id)

    def messages_to_try(self, now: datetime, limit: int) -> list[InboxRow]:
        """Return waiting messages that may be tried at *now*, in order of arrival; nothing is locked."""
        return self._all(InboxRow, _TO_BE_TRIED, now_=now, limit_=limit)

    def claim_messages(self, now: datetime, limit: int) -> list[InboxRow]:
        """Return waiting messages that may be tried at *now*, in order of arrival.

        They are locked until the transaction ends; messages locked by others are passed over.
        """
        return self._all(InboxRow, _CLAIM, now_=now, limit_=limit)

    def dispose(
        self,
        id: int,
        *,
        disposition: str,
        at: datetime,
        reason_code: str = "",
        reason: str = "",
        patient_id: str | None = None,
        answer: bytes | None = None,
        notes: str = "",
    ) -> None:
        """Say what became of a message: one of `DISPOSITIONS`, with the answer that was given."""
        check_disposition(disposition)
        self._change_one(
            DISPOSE,
            "message",
            id_=id,
            disposition=disposition,
            disposed_at=at,
            reason_code=reason_code,
            reason=reason,
            patient_id=patient_id,
            answer=answer,
            notes=notes,
        )

    def postpone(self, id: int, *, attempts: int, next_try_at: datetime | None, reason: str) -> None:
        """Let a message wait until *next_try_at*, or let it be tried at once."""
        self._change_one(_POSTPONE, "message", id_=id, attempts=attempts, next_try_at=next_try_at, reason=reason)

    def reopen(self, id: int, at: datetime) -> None:
        """Let a message wait again; its former disposition is kept in its history."""
        self._run(_REMEMBER, id_=id, now_=at)
        self._change_one(_REOPEN, "message", id_=id)

    def message_history(self, id: int) -> list[InboxHistoryRow]:
        """Return the former dispositions of a message, oldest first."""
        return self._all(InboxHistoryRow, _HISTORY_OF, id_=id)

    def messages(self, *, dispositions: Sequence[str] = (), limit: int = 100) -> list[InboxRow]:
        """Return the newest messages first; *dispositions* may include ``waiting``, empty means all."""
        if not dispositions:
            return self._all(InboxRow, _NEWEST, limit_=limit)
        for name in set(dispositions) - {"waiting"}:
            check_disposition(name)
        return self._all(InboxRow, newest_of(frozenset(dispositions)), limit_=limit)

    def disposition_counts(self) -> dict[str, int]:
        """Count messages by disposition, every disposition named.

        What was received is the sum of the dispositions, ``waiting`` and ``duplicate``. ``conflict``
        counts messages with a used id; each also has its disposition. Reads every message that there is.
        """
        counts = dict.fromkeys((*DISPOSITIONS, "waiting", "duplicate", "conflict"), 0)
        for disposition, rows, duplicates, conflicts in self._run(COUNTS):
            counts[disposition or "waiting"] += rows
            counts["duplicate"] += int(duplicates)
            counts["conflict"] += conflicts
        return counts

    def unsettled_counts(self) -> dict[str, int]:
        """Count the messages that wait: for their turn, or for a person. Costs as much as there are of those."""
        found = self._run(ASIDE_COUNTS, dispositions_=["dead", "unplaced"])
        aside = {disposition: rows for disposition, rows in found}
        waiting = int(self._run(WAITING_COUNT).scalar_one())
        return {"waiting": waiting, "dead": aside.get("dead", 0), "unplaced": aside.get("unplaced", 0)}


def _new_values(message: NewMessage) -> dict[str, Any]:
    nothing_yet = {"reason_code": "", "reason": "", "notes": "", "attempts": 0, "duplicates": 0}
    return {**values_of(message), "sha256": sha256(message.raw).hexdigest(), **nothing_yet}


def _stored(outcome: str, row: InboxRow) -> StoredMessage:
    return StoredMessage(id=row.id, outcome=outcome, row=row)


def check_disposition(disposition: str) -> None:
    """Raise StorageError unless it is one of `DISPOSITIONS`."""
    if disposition not in DISPOSITIONS:
        raise StorageError(f"{disposition!r} is no disposition; one of {', '.join(DISPOSITIONS)} is.")
