"""Receive a message: store it, then apply it, each in one commit, and answer only what is on disk."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from pathway_engine.domain.errors import MessageError
from pathway_engine.domain.events import Happened, Reading, Voided
from pathway_engine.service.channel import (
    Answer,
    Disposition,
    Header,
    NotStored,
    SameIdOtherContent,
    ToldAhead,
    Verdict,
)
from pathway_engine.service.choosing import read_chosen
from pathway_engine.service.context import Context
from pathway_engine.service.dead_letters import fault_answer
from pathway_engine.service.one_message import apply_reading, postponed, read_ahead, refused
from pathway_engine.storage.errors import ConcurrentChange, DatabaseUnusable, comes_from_database
from pathway_engine.storage.inbox import NewMessage
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow, StoredMessage
from pathway_engine.storage.store import Store
from pathway_engine.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)
AHEAD = timedelta(days=1)
"""So far may a sender's clock be ahead of ours; a wrong year would let all the years until then pass at once."""

LARGEST_BATCH = 50
"""So many messages are applied in one commit at most: more gain little and hold their patients longer."""

HURRIED_BATCH = 5
"""So many while others wait for their turn to write: an acknowledgement should not wait long."""

PATIENCE = 3
"""So often a message that somebody else was at work on is looked at again."""

FAULTS_IN_A_BATCH = 3
"""So many times a batch is tried again without what failed; then its messages are applied one by one."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """Bytes as they came: through which channel, and from where.

    Until `held_until` those who look for waiting messages leave it to whoever stores it.
    """

    raw: bytes
    channel: str
    peer: str
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a message: its row, whether it was new, and the answer to its sender.

    `refused_at_once` says that it was refused when it was stored, and so never acknowledged.
    """

    inbox_id: int
    outcome: str
    disposition: str | None
    reason: str
    answer: bytes | None
    channel: str
    raw: bytes = field(repr=False)
    refused_at_once: bool = False


def receive(context: Context, incoming: Incoming, now: datetime) -> Received:
    """Store and apply one message; the answer says what was committed. Never raises on bad content."""
    (stored,) = store(context, [incoming], now)
    return stored if stored.disposition else apply_stored(context, stored, now)


def store(context: Context, batch: Sequence[Incoming], now: datetime) -> list[Received]:
    """Commit a batch of raw messages to the inbox, many in one commit. Raises StorageError: none is stored."""
    headers = [context.channels[each.channel].header(each.raw) for each in batch]
    return context.committed(partial(_store_all, context, batch=batch, headers=headers, now=now))


def _store_all(
    context: Context, records: Records, batch: Sequence[Incoming], headers: Sequence[Header], now: datetime
) -> list[Received]:
    messages = [new_message(each, header, now) for each, header in zip(batch, headers, strict=True)]
    kept = records.store_messages(messages)
    return [_taken(context, records, each, header, now) for each, header in zip(kept, headers, strict=True)]


def new_message(incoming: Incoming, header: Header, now: datetime) -> NewMessage:
    """The row that a message is to have."""
    return NewMessage(
        sender=header.sender, message_id=header.message_id or f"sha256:{hashlib.sha256(incoming.raw).hexdigest()}",
        raw=incoming.raw, channel=incoming.channel, peer=incoming.peer, message_type=header.message_type,
        received_at=now, next_try_at=incoming.held_until,
    )  # fmt: skip


def _taken(context: Context, records: Records, kept: StoredMessage, header: Header, now: datetime) -> Received:
    """A message that can be refused at once is."""
    row = kept.row
    if kept.outcome == "conflict" or (kept.outcome == "duplicate" and row.conflict and row.disposition is None):
        row = refused(context, records, row, SameIdOtherContent(), now)
    elif row.disposition is None and header.problem is not None:
        row = refused(context, records, row, header.problem, now)
    return as_received(row, kept.outcome)


def stored_answer(context: Context, received: Received, now: datetime) -> bytes | None:
    """The acknowledgement that a stored message is safe, for a sender that asked for it."""
    channel = context.channels[received.channel]
    return channel.answer(received.raw, Answer(verdict=Verdict.STORED), now, received.inbox_id)


def not_stored(context: Context, incoming: Incoming, now: datetime) -> bytes | None:
    """The answer when nothing could be stored: an error, never an acknowledgement."""
    channel = context.channels[incoming.channel]
    return channel.answer(incoming.raw, Answer(verdict=Verdict.ERROR, error=NotStored()), now, 0)


# -- applying


@dataclass(frozen=True, slots=True)
class _Read:
    """A stored message as its adapter understood it: what it says, or why it cannot be taken, or what broke."""

    id: int
    reading: Reading | None = None
    answer: bytes | None = None
    error: MessageError | None = None
    fault: Exception | None = None


class _OneFailed(Exception):
    """A message could not be applied with the others; nothing of the batch was committed."""

    def __init__(self, failed: _Read) -> None:
        super().__init__()
        self.failed = failed


def apply_stored(context: Context, received: Received, now: datetime) -> Received:
    """Apply a stored message; what fails unexpectedly is tried again later, then set aside, visibly."""
    row = apply_these(context, [received.inbox_id], now)[received.inbox_id]
    return as_received(row, received.outcome)


def apply_these(context: Context, ids: Sequence[int], now: datetime) -> dict[int, InboxRow]:
    """Apply the stored messages *ids* and return their rows, each with the answer to its sender.

    Waits for messages that somebody else is at work on. Raises StorageError when the database
    cannot be used.
    """
    done: dict[int, InboxRow] = {}
    for _ in range(PATIENCE):
        with context.store.reading() as records:
            rows = records.messages_with_ids([id for id in ids if id not in done])
        done.update({row.id: row for row in rows if row.disposition is not None})
        done.update(apply_batch(context, [row for row in rows if row.disposition is None], now))
        taken = [id for id in ids if id not in done]
        if not taken:
            break
        _wait_for_others(context, taken)
    return {id: _with_answer(context, done.get(id) or _message(context, id), now) for id in ids}


def _wait_for_others(context: Context, ids: Sequence[int]) -> None:
    for id in ids:
        context.committed(lambda records, id=id: records.lock_message(id))  # type: ignore[misc]


def _message(context: Context, id: int) -> InboxRow:
    with context.store.reading() as records:
        return records.message(id)


def _with_answer(context: Context, row: InboxRow, now: datetime) -> InboxRow:
    """A message that waits to be tried again has an answer too, which is not kept."""
    if row.disposition is not None:
        return row
    return replace(row, answer=fault_answer(context, row, now))


def apply_batch(context: Context, rows: Sequence[InboxRow], now: datetime) -> dict[int, InboxRow]:
    """Apply stored messages in order of arrival, many in one transaction; return their rows by id.

    Messages that somebody else is at work on, or has applied, are left out. One that cannot be
    applied stops none of the others. Raises StorageError when the database cannot be used.
    """
    done: dict[int, InboxRow] = {}
    for together in _batches([_read(context, row, now) for row in rows], context.store):
        done.update(_applied_together(context, together, now))
    return done


def _read(context: Context, row: InboxRow, now: datetime) -> _Read:
    """Read outside any transaction, so that nobody waits for a parser."""
    try:
        channel = context.channels[row.channel]
        reading = of_today(read_chosen(context, row), now)
        return _Read(row.id, reading, channel.answer(row.raw, Answer(verdict=Verdict.ACCEPTED), now, row.id))
    except MessageError as error:
        return _Read(row.id, error=error)
    except Exception as fault:  # a bug must not stop other patients' messages
        return _Read(row.id, fault=fault)


def of_today(reading: Reading, now: datetime) -> Reading:
    """Return *reading* unless it tells of a day that has not come. Raises ToldAhead."""
    told = [each for entry in reading.entries for each in (entry.recorded_at, _instant(entry))]
    if max([*told, reading.recorded_at or now]) > now + AHEAD:
        raise ToldAhead
    return reading


def _instant(entry: Happened | Voided) -> datetime:
    return entry.occurred_at if isinstance(entry, Happened) else entry.recorded_at


def _batches(reads: Sequence[_Read], store: Store) -> Iterator[list[_Read]]:
    """Cut where records are merged: that touches patients whom nobody can lock ahead; sooner while others wait."""
    batch: list[_Read] = []
    for read in reads:
        alone = read.reading is not None and read.reading.merge is not None
        if batch and (alone or len(batch) >= (HURRIED_BATCH if store.others_wait else LARGEST_BATCH)):
            yield batch
            batch = []
        batch.append(read)
        if alone:
            yield batch
            batch = []
    if batch:
        yield batch


def _applied_together(context: Context, reads: list[_Read], now: datetime) -> dict[int, InboxRow]:
    """Commit all of *reads* at once; what fails is marked and the rest tried again, in the end one by one."""
    for _ in range(FAULTS_IN_A_BATCH):
        try:
            return context.committed(partial(_apply_all, context, reads=reads, now=now))
        except _OneFailed as stopped:
            reads = [stopped.failed if read.id == stopped.failed.id else read for read in reads]
        except (ConcurrentChange, DatabaseUnusable):
            raise
        except Exception as fault:  # in the log of one of the patients, or a value that is taken nowhere
            if len(reads) > 1:
                break
            reads = [replace(reads[0], reading=None, fault=fault)]
    if len(reads) == 1:
        return context.committed(partial(_apply_all, context, reads=reads, now=now))
    return {id: row for read in reads for id, row in _applied_together(context, [read], now).items()}


def _apply_all(context: Context, records: UnitOfWork, reads: Sequence[_Read], now: datetime) -> dict[int, InboxRow]:
    rows = {row.id: row for row in records.lock_free_messages([read.id for read in reads])}
    waiting = sorted((read for read in reads if read.id in rows), key=lambda read: read.fault is not None)
    read_ahead(context, records, [read.reading for read in waiting if read.reading is not None])
    for read in waiting:
        _apply_one(context, records, rows[read.id], read, now)
    return {read.id: records.message(read.id) for read in waiting}


def _apply_one(context: Context, records: UnitOfWork, row: InboxRow, read: _Read, now: datetime) -> None:
    if read.error is not None:
        refused(context, records, row, read.error, now)
    elif read.reading is None:
        postponed(context, records, row, read.fault, now)
    else:
        try:
            apply_reading(context, records, row, read.reading, read.answer, now)
        except MessageError as error:
            raise _OneFailed(replace(read, reading=None, error=error)) from None
        except Exception as fault:
            if comes_from_database(fault):  # somebody was first, or it is away: no fault of this message's
                raise
            raise _OneFailed(replace(read, reading=None, fault=fault)) from None


def as_received(row: InboxRow, outcome: str) -> Received:
    """What became of a stored message, as its row says."""
    at_once = row.disposition == Disposition.REJECTED and row.disposed_at == row.received_at
    return Received(row.id, outcome, row.disposition, row.reason, row.answer, row.channel, row.raw, at_once)


def apply_waiting(context: Context, now: datetime, limit: int = 100) -> int:
    """Apply what was stored and not applied yet (after a crash, or to be tried again); return how many."""
    with context.store.reading() as records:
        waiting = records.messages_to_try(now, limit)
    return len(apply_batch(context, waiting, now))
