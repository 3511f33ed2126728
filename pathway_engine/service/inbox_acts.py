"""What a person does about a message that waits: run it again, say whom it is about, send it again. Once a key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from pathway_engine.domain.errors import NotPermitted, TaskError, UnknownTask
from pathway_engine.domain.events import Identifier
from pathway_engine.service.channel import read_named
from pathway_engine.service.choosing import FOUND_BY_HAND, choice_of, keep_choice
from pathway_engine.service.context import Context
from pathway_engine.service.dead_letters import sender_of
from pathway_engine.service.inbox_desk import MOVE, PLACE, RUN_AGAIN, SEND_AGAIN, is_of_one_patient, row_named
from pathway_engine.service.inbox_desk import message_in_full as in_full
from pathway_engine.service.inbox_scope import serves
from pathway_engine.service.receipts import NotToBeSentAgain, again
from pathway_engine.service.receiving import apply_stored, as_received
from pathway_engine.service.running_again import SET_ASIDE, reopened
from pathway_engine.service.taking_out import take_out
from pathway_engine.service.telling import reading_of
from pathway_engine.service.views import Principal
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow, OutgoingRow

NEW_PATIENT = "new"


class AlreadyPlaced(TaskError):
    """Somebody has said whom this message is about already; it cannot be placed twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxAct:
    """An act on a message, done once for each `key`; `patient_id` is whom it is about, or ``new``.

    `reason` says why a message is moved from one patient to another.
    """

    act: str
    key: str
    patient_id: str = ""
    reason: str = ""


def act_on_message(context: Context, who: Principal, name: str, asked: InboxAct, now: datetime) -> bool:
    """Do what is asked and return whether the message is now taken in, or on its way.

    The same key again changes nothing. Raises UnknownTask, NotPermitted or AlreadyPlaced.
    """
    full = in_full(context, who, name, now)
    row = context.committed(lambda records: _done(context, records, who, name, asked, full.acts, now))
    if isinstance(row, InboxRow):
        return apply_stored(context, as_received(row, "new"), now).disposition in (None, "applied")
    return True


def _done(
    context: Context, records: Records, who: Principal, name: str, asked: InboxAct, allowed: tuple[str, ...],
    now: datetime,
) -> InboxRow | OutgoingRow:  # fmt: skip
    key = f"inbox:{who.person}:{asked.key}"
    if records.result(key) is not None:
        return row_named(records, name)
    if asked.act not in allowed:
        raise NotPermitted("This message does not allow that now. Open it again and look.")
    records.put_result(key, b"", now)
    row = _locked(records, name)
    if isinstance(row, OutgoingRow):
        return _sent_again(context, records, row, who, now)
    if asked.act == MOVE:
        _move(context, records, who, row, asked, now)
    elif row.disposition not in SET_ASIDE:
        return row
    elif asked.act == PLACE:
        _place(context, records, who, row, asked.patient_id, now)
    return reopened(records, row.id, who.person, who.role, now)


def _sent_again(context: Context, records: Records, row: OutgoingRow, who: Principal, now: datetime) -> OutgoingRow:
    try:
        return again(context, records, row.id, who.person, now, role=who.role)
    except NotToBeSentAgain:  # somebody was first
        return row


def _locked(records: Records, name: str) -> InboxRow | OutgoingRow:
    row = row_named(records, name)
    return records.lock_message(row.id) or row if isinstance(row, InboxRow) else row


def _place(context: Context, records: Records, who: Principal, row: InboxRow, patient_id: str, now: datetime) -> None:
    if choice_of(records, row.id) is not None:
        raise AlreadyPlaced
    chosen = (
        _new(context, records, row, now) if patient_id == NEW_PATIENT else _known(context, records, who, patient_id)
    )
    _check_stay(context, records, who, row, chosen)
    keep_choice(records, row.id, chosen, now)
    records.write_audit(
        at=now, actor=who.person, role=who.role, action="message placed", patient_id=chosen, object_id=str(row.id),
        detail="new patient" if patient_id == NEW_PATIENT else "",
    )  # fmt: skip


def _move(context: Context, records: Records, who: Principal, row: InboxRow, asked: InboxAct, now: datetime) -> None:
    """Take the message out of the log that it is in, and choose another patient for it; both are told of it."""
    reading = reading_of(context, row)
    if reading is None or row.patient_id is None or not is_of_one_patient(row, reading):
        raise NotPermitted("Only a message that tells of one patient can be moved.")
    if not asked.reason.strip():
        raise NotPermitted("Say why the message is moved.")
    chosen = _known(context, records, who, asked.patient_id)
    former = records.lock_patient(row.patient_id)
    if chosen == former.id:
        raise NotPermitted("The message is with that patient already. Choose another.")
    _check_stay(context, records, who, row, chosen)
    take_out(context, records, row, reading, former, who.person, now)
    keep_choice(records, row.id, chosen, now)
    for patient_id, action in ((former.id, "message moved away"), (chosen, "message moved here")):
        records.write_audit(
            at=now, actor=who.person, role=who.role, action=action, patient_id=patient_id, object_id=f"in/{row.id}",
            detail=asked.reason.strip(),
        )  # fmt: skip


def _check_stay(context: Context, records: Records, who: Principal, row: InboxRow, chosen: str) -> None:
    """The message's stay goes to the chosen patient; of a patient of elsewhere the hospital alone moves it."""
    reading = reading_of(context, row)
    owner = records.patient_of_stay(reading.stay) if reading is not None and reading.stay else None
    patient = records.lock_patient(owner) if owner else None
    if patient is not None and patient.id != chosen and not serves(context, who, patient):
        raise NotPermitted("The stay is of a patient of elsewhere. The hospital moves it by a message of its own.")


def _known(context: Context, records: Records, who: Principal, patient_id: str) -> str:
    patient = records.patient(patient_id)
    if patient is None or patient.survivor_id is not None or not serves(context, who, patient):
        raise UnknownTask
    return patient.id


def _new(context: Context, records: Records, row: InboxRow, now: datetime) -> str:
    """Make a record of the patient whom the message tells of, until a message comes that has the number."""
    channel = context.channels[row.channel]
    reading = read_named(channel, row.raw, sender_of(context, channel.header(row.raw)), ())
    if reading.identifiers:
        raise NotPermitted("The message names patients who are known. Choose one of them.")
    told = reading.demographics
    directory = context.directory
    placed = replace(told, municipality=directory.municipality_of(told), district=directory.district_of(told))
    patient_id = context.new_id()
    identifier = Identifier(system=FOUND_BY_HAND, value=patient_id)
    records.add_patient(patient_id, placed, [identifier], reading.recorded_at or now)
    return patient_id


__all__ = ["MOVE", "NEW_PATIENT", "PLACE", "RUN_AGAIN", "SEND_AGAIN", "AlreadyPlaced", "InboxAct", "act_on_message"]
