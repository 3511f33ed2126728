"""Sessions: kept here, so that they can be ended here; idle they lock, and a PIN opens them again."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from pathway_engine.domain.errors import StorageError
from pathway_engine.service.access import passwords
from pathway_engine.service.access.errors import WrongPin
from pathway_engine.service.context import Context
from pathway_engine.service.views import Principal
from pathway_engine.storage.access_rows import SessionRow
from pathway_engine.storage.records import Records

PIN_TRIES = 3
NOTED_EVERY = timedelta(seconds=60)
"""How precisely it is kept when somebody was last seen: each request would else cost a commit."""
KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How long a session may rest before it locks, and how long it may last at all."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=10)


class State(StrEnum):
    """What a session is good for: everything, its PIN alone, or nothing."""

    OPEN = "open"
    LOCKED = "locked"
    ENDED = "ended"


def state_of(row: SessionRow | None, lengths: Lengths, now: datetime) -> State:
    """Return what the session is good for at *now*; one that nobody knows is ended."""
    if row is None or row.ended_at is not None or now - row.began_at >= lengths.absolute:
        return State.ENDED
    if row.locked_at is not None or now - row.seen_at >= lengths.idle:
        return State.LOCKED
    return State.OPEN


def begin(context: Context, who: Principal, method: str, now: datetime, hint: str = "") -> str:
    """Begin a session for *who* and return the secret that the browser keeps; here its hash is kept."""
    secret = secrets.token_urlsafe(32)
    row = SessionRow(
        id=passwords.digest(secret), person=who.person, role=who.role, method=method, began_at=now, seen_at=now,
        hint=hint or None,
    )  # fmt: skip

    def done(records: Records) -> None:
        records.save_session(row)
        _audit(records, row, "signed in", now, method)
        records.forget_access_before(now - KEPT, now - timedelta(days=1))

    context.committed(done)
    return secret


def find(
    context: Context, secret: str, lengths: Lengths, now: datetime, *, is_seen: bool = True
) -> tuple[State, SessionRow | None]:
    """Return what the session under *secret* is good for; note that its person was seen, unless a page asked."""
    id = passwords.digest(secret)
    with context.store.reading() as records:
        row = records.session(id)
    state = state_of(row, lengths, now)
    if is_seen and state is State.OPEN and row is not None and now - row.seen_at >= NOTED_EVERY:
        with suppress(StorageError):  # on a full disk people still read
            context.committed(lambda records: _note(records, id, lengths, now))
    return state, row


def _note(records: Records, id: str, lengths: Lengths, now: datetime) -> None:
    """Looked at again under lock: it may have been ended or locked in the meantime."""
    row = records.lock_session(id)
    if row is not None and state_of(row, lengths, now) is State.OPEN:
        records.save_session(replace(row, seen_at=now))


def lock(context: Context, secret: str, now: datetime) -> None:
    """Lock the session, as somebody does who puts the telephone away."""

    def done(records: Records) -> None:
        row = records.lock_session(passwords.digest(secret))
        if row is not None and row.ended_at is None:
            records.save_session(replace(row, locked_at=row.locked_at or now))

    context.committed(done)


def unlock(context: Context, secret: str, pin: str, lengths: Lengths, now: datetime) -> str:
    """Open a locked session again and return its new secret. Raises WrongPin; the third time the session ends.

    A try is counted before it is made, so that many at the same time are not more.
    """
    id = passwords.digest(secret)
    stored = context.committed(lambda records: _tried(records, id, lengths, now))
    if not passwords.fits(stored, pin):
        context.committed(lambda records: _failed(records, id, now))
        raise WrongPin
    renewed = secrets.token_urlsafe(32)
    context.committed(lambda records: _renewed(records, id, passwords.digest(renewed), now))
    return renewed


def _tried(records: Records, id: str, lengths: Lengths, now: datetime) -> str | None:
    row = records.lock_session(id)
    if row is None or state_of(row, lengths, now) is State.ENDED or row.pin_failures >= PIN_TRIES:
        return None
    account = records.account(row.person)
    records.save_session(replace(row, pin_failures=row.pin_failures + 1, locked_at=row.locked_at or now))
    return account.pin if account is not None and not account.locked else None


def _failed(records: Records, id: str, now: datetime) -> None:
    row = records.lock_session(id)
    if row is not None and row.ended_at is None and row.pin_failures >= PIN_TRIES:
        records.save_session(replace(row, ended_at=now))
        _audit(records, row, "session ended", now, "pin")


def _renewed(records: Records, id: str, renewed: str, now: datetime) -> None:
    row = records.lock_session(id)
    if row is None or row.ended_at is not None:
        raise WrongPin
    records.save_session(replace(row, ended_at=now, hint=None))
    records.save_session(replace(row, id=renewed, seen_at=now, locked_at=None, pin_failures=0))
    _audit(records, row, "unlocked", now)


def end(context: Context, secret: str, now: datetime) -> None:
    """End the session."""

    def done(records: Records) -> None:
        row = records.lock_session(passwords.digest(secret))
        if row is not None and row.ended_at is None:
            records.save_session(replace(row, ended_at=now, hint=None))
            _audit(records, row, "signed out", now)

    context.committed(done)


def _audit(records: Records, row: SessionRow, action: str, now: datetime, detail: str = "") -> None:
    records.write_audit(
        at=now, actor=row.person, role=row.role, action=action, patient_id=None, object_id=row.id[:12], detail=detail
    )  # fmt: skip
