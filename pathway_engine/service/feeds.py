"""The calendar feed: windows of one's own tasks behind a secret address, without a name in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from pathway_engine.domain.definition import Text
from pathway_engine.service.context import Context
from pathway_engine.service.views import Principal
from pathway_engine.storage.records import Records


@dataclass(frozen=True, slots=True)
class Appointment:
    """A task of one's own as a calendar may show it: no person, no address. Instants are in UTC."""

    id: str
    title: Text
    opens_at: datetime
    due_at: datetime
    version: int
    changed_at: datetime


def new_feed(context: Context, who: Principal, key: str, now: datetime) -> None:
    """Keep the hash of *key* as the only one that opens the calendar of *who*."""

    def put(records: Records) -> None:
        records.put_feed(who.person, who.role, digest(key), now)
        _record(records, who, "calendar opened", now)

    context.committed(put)


def end_feed(context: Context, who: Principal, now: datetime) -> None:
    """Forget the key."""

    def forget(records: Records) -> None:
        records.forget_feed(who.person)
        _record(records, who, "calendar closed", now)

    context.committed(forget)


def has_feed(context: Context, who: Principal) -> bool:
    """Whether there is a key."""
    with context.store.reading() as records:
        return records.has_feed(who.person)


def owner(context: Context, key: str) -> tuple[str, str] | None:
    """Return the person and role whose calendar *key* opens."""
    with context.store.reading() as records:
        return records.feed_owner(digest(key))


def appointments(context: Context, who: Principal, now: datetime) -> list[Appointment]:
    """The tasks that *who* has taken or been given and that have a deadline, on record."""

    def read(records: Records) -> list[Appointment]:
        rows = [line.task for line in records.worklist(who.seats) if line.task.performer == who.person]
        mine = [row for row in rows if row.due_at is not None]
        _record(records, who, "calendar read", now, " ".join(row.id for row in mine))
        return [
            Appointment(
                row.id, Text(row.title_nb, row.title_en), row.opens_at or row.raised_at, row.due_at, row.version, now
            )
            for row in mine
            if row.due_at is not None
        ]

    return context.committed(read)


def digest(key: str) -> str:
    """The hash under which a key is kept."""
    return hashlib.sha256(key.encode()).hexdigest()


def _record(records: Records, who: Principal, action: str, now: datetime, detail: str = "") -> None:
    records.write_audit(
        at=now, actor=who.person, role=who.role, action=action, patient_id=None, object_id=None, detail=detail
    )  # fmt: skip
