"""What receivers answer to messages that were sent, and sending again by hand."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pathway_engine.domain.delivery import Delivery, Move, allowed, moved
from pathway_engine.domain.errors import PathwayEngineError
from pathway_engine.domain.events import Happened, ReceiptOf
from pathway_engine.service.applying import apply
from pathway_engine.service.channel import UnknownOriginal
from pathway_engine.service.concerns import UNDELIVERED, end_notices
from pathway_engine.service.context import Context
from pathway_engine.service.sending import LONGEST_CODE, end
from pathway_engine.storage.outbox import message_id_of
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow, OutgoingRow

log = logging.getLogger(__name__)


class Answered(StrEnum):
    """What a receipt says: the message was taken in, or it was not."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Receipt(StrEnum):
    """What became of a receipt: it settled its message, said the same again, came too late to, or fits none."""

    SETTLED = "settled"
    DUPLICATE = "duplicate"
    CONTRADICTING = "contradicting"
    UNKNOWN = "unknown"


class NotToBeSentAgain(PathwayEngineError):
    """Only a message that is dead, timed out or refused can be sent again."""


RECEIPTED = "receipt_received"
"""The event of a message that has arrived: it happened when the receiver wrote its receipt."""


def acknowledged(
    context: Context, message_id: str, answer: Answered, now: datetime, *, actor: str, code: str = "",
    given_at: datetime | None = None,
) -> Receipt:  # fmt: skip
    """Take a receipt for the message with that id; the same receipt again changes nothing. Audited.

    The first receipt counts, at whatever time it comes: before the sending call has returned, or long
    after the message was given up. *code* is the receiver's code for a rejection. *given_at* is when the
    receiver wrote the receipt (GenDate), aware; from then on the message is given. Without it, *now*.
    """
    return context.committed(
        lambda records: take_receipt(context, records, message_id, answer, now, actor, code, given_at)
    )


def take_receipt(
    context: Context, records: Records, message_id: str, answer: Answered, now: datetime, actor: str, code: str,
    given_at: datetime | None = None,
) -> Receipt:  # fmt: skip
    """The same inside a transaction of the caller's."""
    row = _locked(records, message_id.lower())
    receipt = _taken(context, records, row, answer, now, code)
    if row is not None and receipt is Receipt.SETTLED and answer is Answered.ACCEPTED:
        _given(context, records, row, given_at or now, now)
    if receipt in (Receipt.UNKNOWN, Receipt.CONTRADICTING):
        log.warning("a receipt from %s is %s; see the audit", actor, receipt)
    records.write_audit(
        at=now, actor=actor, role="integrator", action=f"receipt {answer}", outcome=receipt,
        patient_id=row.patient_id if row else None, object_id=str(row.id) if row else _plain_id(message_id),
    )  # fmt: skip
    return receipt


def take_receipt_of(context: Context, records: Records, row: InboxRow, receipt: ReceiptOf, now: datetime) -> str | None:
    """Take a receipt that was received as a message; return the patient of what it is for.

    Raises UnknownOriginal when it is for nothing that was sent, or says another thing than an earlier one.
    """
    answer = Answered.ACCEPTED if receipt.is_accepted else Answered.REJECTED
    said = take_receipt(
        context, records, receipt.message_id, answer, now, row.sender, receipt.code, receipt.given_at
    )  # fmt: skip
    if said in (Receipt.UNKNOWN, Receipt.CONTRADICTING):
        raise UnknownOriginal
    sent = records.outgoing_named(receipt.message_id.lower())
    return sent.patient_id if sent else None


def _locked(records: Records, message_id: str) -> OutgoingRow | None:
    """The message, its patient locked first: whoever applies a message locks in that order too."""
    found = records.outgoing_named(message_id)
    if found is None:
        return None
    if records.patient(found.patient_id) is not None:
        records.lock_patient(found.patient_id)
    return records.lock_outgoing(found.id)


def _given(context: Context, records: Records, row: OutgoingRow, given_at: datetime, now: datetime) -> None:
    """Put on the patient's log that the message has arrived: a warning counts from then on, not before."""
    patient = records.patient(row.patient_id)
    if patient is None:
        return
    at = min(given_at, now)
    event = Happened(
        id=f"receipt/{row.message_id}", name=RECEIPTED, cause=f"{RECEIPTED}/{row.message_id}", occurred_at=at,
        recorded_at=at, facts={"receipted_message": row.message, "receipted_id": row.message_id}, source="receipt",
    )  # fmt: skip
    apply(context, records, patient.survivor_id or patient.id, [event], received_at=now, inbox_id=None)


def given_at(records: Records, patient_id: str, message_id: str) -> datetime | None:
    """When the receiver had the message by its own positive receipt; None when it has not said so."""
    wanted = f"{RECEIPTED}/{message_id.lower()}"
    told = (row.entry for row in records.log(patient_id))
    return next((entry.occurred_at for entry in told if isinstance(entry, Happened) and entry.cause == wanted), None)


def _taken(
    context: Context, records: Records, row: OutgoingRow | None, answer: Answered, now: datetime, code: str
) -> Receipt:
    if row is None:
        return Receipt.UNKNOWN
    if row.answer:
        return Receipt.DUPLICATE if row.answer == answer else Receipt.CONTRADICTING
    is_good = answer is Answered.ACCEPTED
    move = Move.ACCEPT if is_good else Move.REJECT
    reason = "" if is_good else f"Rejected:{code}"[:LONGEST_CODE]
    sent = replace(row, answer=answer, sent_at=row.sent_at or now)
    end(context, records, sent, move, reason, now)
    return Receipt.SETTLED


def _plain_id(message_id: str) -> str:
    """An id from outside goes on record only when it is nothing but an id."""
    try:
        return str(UUID(message_id))
    except ValueError:
        return "not a UUID"


def send_again(context: Context, number: int, actor: str, now: datetime) -> OutgoingRow:
    """Let a dead, timed out or refused message wait again; audited. Returns the row that waits.

    What nobody answered for goes out under its own id, so that a receiver who has it already sees that.
    What was refused is refused for ever under its id: it goes out as a new message, in a row of its own.
    Raises NotToBeSentAgain.
    """
    return context.committed(lambda records: again(context, records, number, actor, now))


def again(
    context: Context, records: Records, number: int, actor: str, now: datetime, *, role: str = "operator"
) -> OutgoingRow:
    """The same inside a transaction of the caller's."""
    row = records.lock_outgoing(number)
    if row is None or not (row.status == Delivery.REFUSED or allowed(row.status, Move.SEND_AGAIN)):
        found = f"message {number} is {row.status}" if row else f"there is no message {number}"
        raise NotToBeSentAgain(f"{found}; only what is dead, timed out or refused can be sent again")
    sent = _renewed(context, records, row, now) if row.status == Delivery.REFUSED else _waiting(records, row)
    end_notices(records, UNDELIVERED, row.id, f"sent again as {sent.id} by {actor}", now)
    records.write_audit(
        at=now, actor=actor, role=role, action="send-again", patient_id=row.patient_id, object_id=str(row.id),
        detail=f"as {sent.id}",
    )  # fmt: skip
    return sent


def _waiting(records: Records, row: OutgoingRow) -> OutgoingRow:
    sent = replace(
        row, status=moved(row.status, Move.SEND_AGAIN), attempts=0, next_try_at=None, reason="", settled_at=None
    )
    records.save_outgoing(sent)
    return sent


def _renewed(context: Context, records: Records, row: OutgoingRow, now: datetime) -> OutgoingRow:
    """The same decision as a new message; the refused one stays as a record. Once for each refusal."""
    key = _next_key(row)
    message_id = message_id_of(context.store.tenant, key)
    if records.lock_outgoing_named(message_id) is not None:
        raise NotToBeSentAgain(f"message {row.id} was sent again already")
    records.put_outgoing(
        key=key, patient_id=row.patient_id, episode_id=row.episode_id, message=row.message, body=row.body, at=now
    )
    renewed = records.lock_outgoing_named(message_id)
    assert renewed is not None, key
    return renewed


def is_sent_again(context: Context, records: Records, row: OutgoingRow) -> bool:
    """Whether a refused message went out as a new one already."""
    return records.outgoing_named(message_id_of(context.store.tenant, _next_key(row))) is not None


def _next_key(row: OutgoingRow) -> str:
    base, _, count = row.key.partition("~")
    return f"{base}~{int(count or 1) + 1}"
