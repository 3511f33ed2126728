"""Receive a message: store it, then apply it, each in one commit, and answer only what is on disk."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pathway_engine.domain.directory import Sender
from pathway_engine.domain.errors import MessageError, StorageError
from pathway_engine.domain.events import Happened, Reading, Voided
from pathway_engine.service.applying import apply, refresh
from pathway_engine.service.channel import (
    AmbiguousPatient,
    Answer,
    ApplicationFault,
    Channel,
    Disposition,
    Header,
    NotStored,
    SameIdOtherContent,
    StayOfAnother,
    ToldAhead,
    UnknownSender,
    Verdict,
)
from pathway_engine.service.context import Context
from pathway_engine.service.placing import merged, placed, with_place
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow

log = logging.getLogger(__name__)
TRIES = 5
FIRST_WAIT = timedelta(seconds=2)
AHEAD = timedelta(days=1)
"""So far may a sender's clock be ahead of ours; a wrong year would let all the years until then pass at once."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """Bytes as they came: through which channel, and from where."""

    raw: bytes
    channel: str
    peer: str


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a message: its row, whether it was new, and the answer to its sender."""

    inbox_id: int
    outcome: str
    disposition: str | None
    reason: str
    answer: bytes | None


def receive(context: Context, incoming: Incoming, now: datetime) -> Received:
    """Store and apply one message; the answer says what was committed. Never raises on bad content."""
    (stored,) = store(context, [incoming], now)
    return stored if stored.disposition else apply_stored(context, stored, now)


def store(context: Context, batch: Sequence[Incoming], now: datetime) -> list[Received]:
    """Commit a batch of raw messages to the inbox, many in one commit. Raises StorageError: none is stored."""
    return context.committed(lambda records: [_stored(context, records, each, now) for each in batch])


def _stored(context: Context, records: Records, incoming: Incoming, now: datetime) -> Received:
    channel = context.channels[incoming.channel]
    header = channel.header(incoming.raw)
    kept = records.store_message(
        sender=header.sender, message_id=header.message_id or f"sha256:{hashlib.sha256(incoming.raw).hexdigest()}",
        raw=incoming.raw, channel=channel.name, peer=incoming.peer, message_type=header.message_type, received_at=now,
    )  # fmt: skip
    row = kept.row
    if kept.outcome == "conflict" or (kept.outcome == "duplicate" and row.conflict and row.disposition is None):
        row = _refused(records, channel, row, SameIdOtherContent(), now)
    elif row.disposition is None and header.problem is not None:
        row = _refused(records, channel, row, header.problem, now)
    return Received(kept.id, kept.outcome, row.disposition, row.reason, row.answer)


def _refused(records: Records, channel: Channel, row: InboxRow, error: MessageError, now: datetime) -> InboxRow:
    answer = channel.answer(row.raw, Answer(verdict=_verdict(error), error=error), now, row.id)
    records.dispose(
        row.id, disposition=_disposition(error), at=now, reason_code=type(error).__name__, reason=str(error),
        answer=answer,
    )  # fmt: skip
    return records.message(row.id)


def _verdict(error: MessageError) -> Verdict:
    return Verdict.REFUSED if getattr(error, "answer", "AE") == "AR" else Verdict.ERROR


def _disposition(error: MessageError) -> Disposition:
    waits_for_a_person = isinstance(error, UnknownSender | AmbiguousPatient | StayOfAnother | ToldAhead)
    return Disposition.UNPLACED if waits_for_a_person else Disposition.REJECTED


def stored_answer(context: Context, received: Received, now: datetime) -> bytes | None:
    """The acknowledgement that a stored message is safe, for a sender that asked for it."""
    with context.store.reading() as records:
        row = records.message(received.inbox_id)
    return context.channels[row.channel].answer(row.raw, Answer(verdict=Verdict.STORED), now, row.id)


def not_stored(context: Context, incoming: Incoming, now: datetime) -> bytes | None:
    """The answer when nothing could be stored: an error, never an acknowledgement."""
    channel = context.channels[incoming.channel]
    return channel.answer(incoming.raw, Answer(verdict=Verdict.ERROR, error=NotStored()), now, 0)


def apply_stored(context: Context, received: Received, now: datetime) -> Received:
    """Apply a stored message; what fails unexpectedly is tried again later, then set aside, visibly."""
    with context.store.reading() as records:
        row = records.message(received.inbox_id)
    if row.disposition is not None:
        return _as_received(row, received.outcome)
    try:
        row = _applied(context, row, now)
    except MessageError as error:
        row = _dispose_error(context, row, error, now)
    except StorageError:
        raise
    except Exception as fault:  # a bug must not stop other patients' messages
        log.error("message %s could not be applied: %s", row.id, type(fault).__name__)
        row = _postponed(context, row, fault, now)
    return _as_received(row, received.outcome)


def _as_received(row: InboxRow, outcome: str) -> Received:
    return Received(row.id, outcome, row.disposition, row.reason, row.answer)


def _applied(context: Context, row: InboxRow, now: datetime) -> InboxRow:
    """Read outside the transaction, then apply inside one."""
    channel = context.channels[row.channel]
    header = channel.header(row.raw)
    reading = _of_today(channel.read(row.raw, _sender(context, header)), now)
    answer = channel.answer(row.raw, Answer(verdict=Verdict.ACCEPTED), now, row.id)
    return context.committed(lambda records: _apply_reading(context, records, row.id, reading, answer, now))


def _of_today(reading: Reading, now: datetime) -> Reading:
    told = [each for entry in reading.entries for each in (entry.recorded_at, _instant(entry))]
    if max([*told, reading.recorded_at or now]) > now + AHEAD:
        raise ToldAhead
    return reading


def _instant(entry: Happened | Voided) -> datetime:
    return entry.occurred_at if isinstance(entry, Happened) else entry.recorded_at


def _sender(context: Context, header: Header) -> Sender:
    sender = context.directory.sender(header.application, header.facility)
    if sender is None:
        raise UnknownSender(
            f"The directory has no sender {header.application}|{header.facility}. Add it, then run the message again."
        )
    return sender


def _apply_reading(
    context: Context, records: Records, inbox_id: int, reading: Reading, answer: bytes | None, now: datetime
) -> InboxRow:
    row = records.lock_message(inbox_id)
    assert row is not None, inbox_id
    if row.disposition is not None:
        return row
    patient = placed(context, records, reading, now)
    others = merged(records, reading, patient, now)
    patient = records.lock_patient(patient.id)
    apply(
        context, records, patient.id, with_place(reading.entries, patient), received_at=now, inbox_id=inbox_id
    )  # fmt: skip
    for concerned in [patient.id, *others] if reading.merge else []:
        refresh(context, records, concerned, now, None)
    _settle(records, row, patient.id, reading, answer, now)
    return records.message(inbox_id)


def _settle(
    records: Records, row: InboxRow, patient_id: str, reading: Reading, answer: bytes | None, now: datetime
) -> None:
    records.dispose(
        row.id, disposition=Disposition.APPLIED, at=now, patient_id=patient_id, answer=answer,
        notes="\n".join(reading.notes),
    )  # fmt: skip
    records.write_audit(
        at=now, actor=row.sender, role="integrator", action=f"message {row.message_type}", patient_id=patient_id,
        object_id=str(row.id),
    )  # fmt: skip


def _dispose_error(context: Context, row: InboxRow, error: MessageError, now: datetime) -> InboxRow:
    channel = context.channels[row.channel]
    return context.committed(lambda records: _refused_once(records, channel, row.id, error, now))


def _refused_once(records: Records, channel: Channel, inbox_id: int, error: MessageError, now: datetime) -> InboxRow:
    row = records.lock_message(inbox_id)
    assert row is not None, inbox_id
    return row if row.disposition else _refused(records, channel, row, error, now)


def _postponed(context: Context, row: InboxRow, fault: Exception, now: datetime) -> InboxRow:
    """Wait longer each time; after the last try the message goes to the dead-letter list."""
    attempts = row.attempts + 1
    reason = f"{type(fault).__name__} while applying; see the operator's log of {now.isoformat()}"
    answer = context.channels[row.channel].answer(
        row.raw, Answer(verdict=Verdict.ERROR, error=ApplicationFault()), now, row.id
    )

    def work(records: Records) -> InboxRow:
        if attempts >= TRIES:
            records.dispose(
                row.id, disposition=Disposition.DEAD, at=now, reason_code="ApplicationFault", reason=reason,
                answer=answer,
            )  # fmt: skip
        else:
            records.postpone(row.id, attempts=attempts, next_try_at=now + FIRST_WAIT * 2**attempts, reason=reason)
        return records.message(row.id)

    return _with_answer(context.committed(work), answer)


def _with_answer(row: InboxRow, answer: bytes | None) -> InboxRow:
    return row if row.answer else replace(row, answer=answer)


def apply_waiting(context: Context, now: datetime, limit: int = 100) -> int:
    """Apply what was stored and not applied yet (after a crash, or to be tried again); return how many."""
    with context.store.transaction() as records:
        waiting = records.claim_messages(now, limit)
    for row in waiting:
        apply_stored(context, _as_received(row, "new"), now)
    return len(waiting)


def run_again(context: Context, inbox_id: int, actor: str, now: datetime) -> Received:
    """Take a message from the dead-letter or the unplaced list and apply it again; audited."""

    def reopen(records: Records) -> InboxRow:
        records.reopen(inbox_id, now)
        records.write_audit(
            at=now, actor=actor, role="operator", action="run-again", patient_id=None, object_id=str(inbox_id)
        )
        return records.message(inbox_id)

    row = context.committed(reopen)
    return apply_stored(context, _as_received(row, "new"), now)
