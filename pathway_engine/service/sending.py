"""The relay: outgoing messages leave in order for each patient, at least once, until somebody has answered for them.

Three transactions and a call between them: claim, hand over, say what became of it. The call is outside
any transaction. If the one who sends does not come back, the message is sent again under the same id.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from pathway_engine.domain.delivery import ARRIVED, Delivery, Move, moved
from pathway_engine.domain.errors import StorageError
from pathway_engine.domain.tasks import Place, Task
from pathway_engine.service.concerns import UNDELIVERED, Concern, Seat, end_notices, raise_notice
from pathway_engine.service.context import Context
from pathway_engine.service.decisions import decode_decided
from pathway_engine.service.outward import Lacking, Letter, Refused, Sent, Transport
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import OutgoingRow

log = logging.getLogger(__name__)
BATCH = 100
LONGEST_CODE = 60
DISCLOSER = "pathway-engine"
"""Who sends what the pathway says, as the audit names it."""

Clock = Callable[[], datetime]


class WriterFault(Exception):
    """The message cannot be written; another try would not change that."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A try that did not succeed: why, as a code, and whether another may."""

    code: str
    is_final: bool


def send_due(context: Context, clock: Clock) -> int:
    """Send everything that is due and ask for receipts that are missing; return how many tries were made.

    A message that fails waits, and the others go on. Raises StorageError when the database cannot be used.
    """
    tries = 0
    while send_next(context, clock):
        tries += 1
    miss_receipts(context, clock())
    return tries


def send_next(context: Context, clock: Clock) -> bool:
    """Try the one message whose turn it is; False when none is due or there is no way out."""
    post = context.post
    if post.transport is None:
        return False
    now = clock()
    row = context.committed(lambda records: records.claim_outgoing(now, now + post.patience.lease))
    if row is None:
        return False
    outcome = _handed_over(context, post.transport, row)
    context.committed(lambda records: _settle(context, records, row, outcome, clock()))
    return True


# -- handing over


def _handed_over(context: Context, transport: Transport, row: OutgoingRow) -> Sent | Refused | Failed:
    """Write the message and give it to the transport; whatever goes wrong is this message's alone."""
    if row.attempts > context.post.patience.tries:
        return Failed("NeverCameBack", is_final=True)
    try:
        letter = _letter(context, row)
    except StorageError:
        raise
    except Lacking as lacking:
        log.warning("outgoing message %s lacks %s", row.id, lacking.code)
        return Failed(f"Lacks:{lacking.code}"[:LONGEST_CODE], is_final=True)
    except Exception as fault:
        log.error("outgoing message %s cannot be written: %s", row.id, type(fault).__name__)
        return Failed(f"Writer:{type(fault).__name__}", is_final=True)
    try:
        return _told(transport.send(letter))
    except Exception as fault:
        log.warning("outgoing message %s was not taken over: %s", row.id, type(fault).__name__)
        return Failed(type(fault).__name__, is_final=row.attempts >= context.post.patience.tries)


def _letter(context: Context, row: OutgoingRow) -> Letter:
    writer = context.post.writer(row.message)
    if writer is None:
        raise WriterFault
    raw = writer.write(row, context)
    return Letter(number=row.id, message_id=row.message_id, message=row.message, suffix=writer.suffix, raw=raw)


def _told(answer: object) -> Sent | Refused:
    """A transport's word counts only if it is one of the two; anything else is no delivery."""
    if not isinstance(answer, Sent | Refused):
        raise TypeError
    return answer


# -- saying what became of it


def _settle(
    context: Context, records: Records, claimed: OutgoingRow, outcome: Sent | Refused | Failed, now: datetime
) -> None:
    """Write the outcome, unless somebody else has the message by now or its receipt was faster."""
    row = records.lock_outgoing(claimed.id)
    if row is None or row.status != Delivery.SENDING or row.fence != claimed.fence:
        return
    match outcome:
        case Sent(awaits_receipt=awaits):
            records.save_outgoing(_sent(context, row, awaits, now))
            records.write_audit(
                at=now, actor=DISCLOSER, role="system", action=f"sent {row.message}", patient_id=row.patient_id,
                object_id=f"out/{row.id}",
            )  # fmt: skip
        case Refused(code=code):
            end(context, records, row, Move.TURN_DOWN, f"Refused:{code}"[:LONGEST_CODE], now)
        case Failed(code=code, is_final=True):
            end(context, records, row, Move.GIVE_UP, code, now)
        case Failed(code=code):
            wait = context.post.patience.waits[row.attempts - 1]
            records.save_outgoing(
                replace(
                    row, status=moved(row.status, Move.PUT_OFF), reason=code, next_try_at=now + wait, lease_until=None
                )
            )


def _sent(context: Context, row: OutgoingRow, awaits_receipt: bool, now: datetime) -> OutgoingRow:
    return replace(
        row, status=moved(row.status, Move.HAND_OVER), sent_at=now, lease_until=None, reason="",
        answer_by=now + context.post.patience.receipt if awaits_receipt else None,
        settled_at=None if awaits_receipt else now,
    )  # fmt: skip


def end(context: Context, records: Records, row: OutgoingRow, move: Move, reason: str, now: datetime) -> OutgoingRow:
    """Let the message end by that move; when it did not arrive, a person is told in the same transaction."""
    ended = replace(
        row, status=moved(row.status, move), reason=reason, settled_at=now, lease_until=None, next_try_at=None,
        answer_by=None,
    )  # fmt: skip
    records.save_outgoing(ended)
    if ended.status in ARRIVED:
        end_notices(records, UNDELIVERED, row.id, "receipt", now)
    else:
        raise_notice(context, records, concern_of(context, records, ended), now)
    return ended


def concern_of(context: Context, records: Records, row: OutgoingRow) -> Concern:
    """Whom a message that did not arrive concerns, and where."""
    task = _decided_by(row)
    place = task.place if task else _place(records, row.patient_id)
    return Concern(
        kind=UNDELIVERED, about=row.id, subject=f"{row.message} {row.message_id}", said=row.reason,
        patient_id=row.patient_id, place=place, sender=_sender(context, task),
    )  # fmt: skip


def _decided_by(row: OutgoingRow) -> Task | None:
    """The task that decided the message; None when the body is something else."""
    try:
        return decode_decided(row.body, row.message).task
    except Exception:  # whatever stands there: that the message failed must be told all the same
        return None


def _place(records: Records, patient_id: str) -> Place:
    patient = records.patient(patient_id)
    return Place(municipality=patient.municipality, district=patient.district) if patient else Place()


def _sender(context: Context, task: Task | None) -> Seat | None:
    """The seat whose work the message came from."""
    if task is None:
        return None
    directory = context.directory
    unit = directory.organisations.get(task.unit or "") or directory.unit_for(task.owner, task.place)
    return (unit.id, task.owner) if unit else None


# -- receipts that do not come


def miss_receipts(context: Context, now: datetime) -> int:
    """Let messages time out whose receipt is overdue, so that a person asks the receiver; return how many."""
    missed = 0
    while found := context.committed(lambda records: _missed(context, records, now)):
        missed += found
    return missed


def _missed(context: Context, records: Records, now: datetime) -> int:
    rows = records.unanswered_outgoing(now, BATCH)
    for row in rows:
        end(context, records, row, Move.MISS_RECEIPT, "NoReceipt", now)
    return len(rows)
