"""One stored message, within a commit: applied, set aside with its reason, or left to be tried again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pathway_engine.domain.errors import MessageError
from pathway_engine.domain.events import Entry, Reading, Voided
from pathway_engine.domain.extending import names_of
from pathway_engine.domain.settlement import takes_back_nothing_yet
from pathway_engine.service.applying import apply, needs_log, refresh
from pathway_engine.service.channel import Answer, Disposition, Verdict
from pathway_engine.service.choosing import with_choice
from pathway_engine.service.concerns import raise_notice
from pathway_engine.service.context import Context
from pathway_engine.service.dead_letters import ask_a_person, concern_of, end_of, fault_answer, said
from pathway_engine.service.placing import entries_in_place, merged, placed, with_join
from pathway_engine.service.receipts import take_receipt_of
from pathway_engine.service.taking_out import told_again
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow
from pathway_engine.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)
TRIES = 5
FIRST_WAIT = timedelta(seconds=2)
HELD = "What this message takes back has not come; it is held, and counts as soon as that comes."


def read_ahead(context: Context, records: UnitOfWork, readings: Sequence[Reading]) -> None:
    """Lock whom *readings* are about, and read at once what applying them asks for."""
    entries = [entry for reading in readings for entry in reading.entries]
    records.read_ahead(
        {identifier for reading in readings for identifier in reading.identifiers},
        {reading.stay for reading in readings if reading.stay is not None},
        entries,
    )
    records.read_causes_ahead(names_of(entries))
    known = [(found[0].id, each) for each in readings if (found := records.find_patients(each.identifiers))]
    records.read_logs_ahead([id for id, reading in known if needs_log(context, records, id, reading.entries)])


def apply_reading(
    context: Context, records: UnitOfWork, row: InboxRow, reading: Reading, answer: bytes | None, now: datetime
) -> None:
    """Apply what a stored message says. Raises MessageError; what was written is then to be undone."""
    if reading.receipt is not None:
        _settle(records, row, take_receipt_of(context, records, row, reading.receipt, now), reading, answer, now)
        return
    reading, former = with_choice(records, row, with_join(records, reading), now)
    patient = placed(context, records, reading, now)
    others = [former] if former else merged(context, records, reading, patient, now)
    patient = records.lock_patient(patient.id)
    entries = told_again(records, row, entries_in_place(context, records, row, reading, patient))
    apply(context, records, patient.id, entries, received_at=now, inbox_id=row.id)
    for concerned in [patient.id, *others] if reading.merge or former else []:
        refresh(context, records, concerned, now, None)
    if _is_held(records, patient.id, entries):
        reading = replace(reading, notes=(*reading.notes, HELD))
    _settle(records, row, patient.id, reading, answer, now)


def _is_held(records: Records, patient_id: str, entries: Sequence[Entry]) -> bool:
    """Whether the message takes back what has not come."""
    if not any(isinstance(entry, Voided) for entry in entries):
        return False
    return takes_back_nothing_yet(entries, (row.entry for row in records.log(patient_id)))


def _settle(
    records: Records, row: InboxRow, patient_id: str | None, reading: Reading, answer: bytes | None, now: datetime
) -> None:
    records.dispose(
        row.id, disposition=Disposition.APPLIED, at=now, patient_id=patient_id, answer=answer,
        notes="\n".join(reading.notes),
    )  # fmt: skip
    records.write_audit(
        at=now, actor=row.sender, role="integrator", action=f"message {row.message_type}", patient_id=patient_id,
        object_id=str(row.id),
    )  # fmt: skip


def refused(context: Context, records: Records, row: InboxRow, error: MessageError, now: datetime) -> InboxRow:
    """Set a stored message aside for *error*, with the answer that says so."""
    answer = context.channels[row.channel].answer(row.raw, Answer(verdict=_verdict(error), error=error), now, row.id)
    records.dispose(
        row.id, disposition=end_of(error), at=now, reason_code=type(error).__name__, reason=said(error), answer=answer
    )
    ask_a_person(context, records, row, error, now)
    return records.message(row.id)


def _verdict(error: MessageError) -> Verdict:
    return Verdict.REFUSED if getattr(error, "answer", "AE") == "AR" else Verdict.ERROR


def postponed(context: Context, records: Records, row: InboxRow, fault: Exception | None, now: datetime) -> None:
    """Wait longer each time; after the last try the message goes to the dead-letter list."""
    log.error("message %s could not be applied: %s", row.id, type(fault).__name__)
    attempts = row.attempts + 1
    reason = f"{type(fault).__name__} while applying; see the operator's log of {now.isoformat()}"
    if attempts < TRIES:
        records.postpone(row.id, attempts=attempts, next_try_at=now + FIRST_WAIT * 2**attempts, reason=reason)
        return
    records.dispose(
        row.id, disposition=Disposition.DEAD, at=now, reason_code="ApplicationFault", reason=reason,
        answer=fault_answer(context, row, now),
    )  # fmt: skip
    raise_notice(context, records, concern_of(context, row, fault), now)
