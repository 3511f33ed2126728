"""A message that could not be applied: what its sender is told, whom it concerns, and who sent it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime

from pathway_engine.domain.directory import Sender
from pathway_engine.domain.errors import MessageError
from pathway_engine.domain.tasks import Place
from pathway_engine.language.starring import starred
from pathway_engine.service.channel import (
    AmbiguousPatient,
    Answer,
    ApplicationFault,
    Disposition,
    Header,
    NotForUs,
    StayOfAnother,
    ToldAhead,
    Unanswerable,
    UnknownOriginal,
    UnknownSender,
    UnmatchedPatient,
    Verdict,
)
from pathway_engine.service.concerns import DEAD_LETTER, UNMATCHED, Concern, Kind, raise_notice
from pathway_engine.service.context import Context
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow

log = logging.getLogger(__name__)


def sender_of(context: Context, header: Header) -> Sender:
    """The sender as the directory knows it. Raises UnknownSender."""
    sender = context.directory.sender(header.application, header.facility)
    if sender is None:
        raise UnknownSender(
            f"The directory has no sender {header.application}|{header.facility}. Add it, then run the message again."
        )
    return sender


UNPLACED = (UnknownSender, AmbiguousPatient, StayOfAnother, ToldAhead, UnmatchedPatient, UnknownOriginal)
"""What waits for a person who knows more than the message says."""

DEAD = (Unanswerable, NotForUs)
"""What nobody can be answered about."""

ASKED_FOR: Mapping[type[MessageError], Kind] = {
    UnmatchedPatient: UNMATCHED, Unanswerable: DEAD_LETTER, NotForUs: DEAD_LETTER
}  # fmt: skip


def said(error: MessageError) -> str:
    """What is kept of why: the error's words, which may quote the message, without numbers of people."""
    return starred(f"{error}")


def end_of(error: MessageError) -> Disposition:
    """Where a message ends that cannot be taken for *error*."""
    if isinstance(error, DEAD):
        return Disposition.DEAD
    return Disposition.UNPLACED if isinstance(error, UNPLACED) else Disposition.REJECTED


def ask_a_person(context: Context, records: Records, row: InboxRow, error: MessageError, now: datetime) -> None:
    """Put on a list what only a person can settle, and nobody else will hear of."""
    kind = ASKED_FOR.get(type(error))
    if kind is not None:
        subject = f"{row.channel} {row.message_type} {row.id}"
        raise_notice(
            context, records, Concern(kind=kind, about=row.id, subject=subject, said=type(error).__name__), now
        )


def fault_answer(context: Context, row: InboxRow, now: datetime) -> bytes | None:
    """The answer to a message that failed; None when its channel is gone or can write none to it."""
    try:
        word = Answer(verdict=Verdict.ERROR, error=ApplicationFault())
        return context.channels[row.channel].answer(row.raw, word, now, row.id)
    except Exception:  # what spoils the message may spoil its answer too
        return None


def concern_of(context: Context, row: InboxRow, fault: Exception | None) -> Concern:
    """Whom a dead message concerns, and where, as far as it can be read."""
    patient, place = None, Place()
    try:
        channel = context.channels[row.channel]
        reading = channel.read(row.raw, sender_of(context, channel.header(row.raw)))
        told = reading.demographics
        place = context.directory.place_of(told)
        with context.store.reading() as records:
            patient = records.find_patient(reading.identifiers)
    except Exception as unread:
        log.info("message %s does not say whom it concerns: %s", row.id, type(unread).__name__)
    if patient is not None and place.municipality is None:
        place = Place(municipality=patient.municipality, district=patient.district)
    return Concern(
        kind=DEAD_LETTER, about=row.id, subject=f"{row.channel} {row.message_type} {row.id}",
        said=type(fault).__name__, patient_id=patient.id if patient else None, place=place,
    )  # fmt: skip
