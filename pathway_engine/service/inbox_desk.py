"""The inbox of the message responsible: what waits for a person, what it says, and why it stopped.

Who answers for messages sees those to his or her own organisations, and reads those from them. An operator
sees that messages wait, and nothing of what they say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pathway_engine.domain.delivery import Delivery
from pathway_engine.domain.errors import UnknownTask
from pathway_engine.domain.events import Reading
from pathway_engine.service.candidates import candidates_for
from pathway_engine.service.concerns import Seat, seats_for
from pathway_engine.service.context import Context
from pathway_engine.service.inbox_scope import is_operator, receives, sent
from pathway_engine.service.inbox_views import Candidate, MessageInFull, MessageLine, Pile, Sought
from pathway_engine.service.receipts import is_sent_again
from pathway_engine.service.running_again import SET_ASIDE
from pathway_engine.service.sending import concern_of
from pathway_engine.service.telling import DISPOSITIONS, IN, OUT, STATES, reading_of, told_of
from pathway_engine.service.views import Principal
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow, OutgoingRow

LARGEST_LIST = 300
"""So many of the newest messages of each kind are looked through."""

RUN_AGAIN, PLACE, SEND_AGAIN, MOVE = "run_again", "place", "send_again", "move"
CHOOSES = {PLACE, MOVE}
Shown = tuple[MessageLine, tuple[str, ...]]
"""A line, and the ids of the patients of whom it tells."""
UNDELIVERED = (Delivery.REFUSED, Delivery.DEAD, Delivery.TIMED_OUT)
TO_BE_PLACED = ("UnmatchedPatient", "AmbiguousPatient", "StayOfAnother")
"""Why a message waits for somebody to say whom it is about."""


def inbox(context: Context, who: Principal, now: datetime) -> list[MessageLine]:
    """The messages that wait for a person, by why they do, newest first; that they were shown is put on record."""
    return context.committed(lambda records: _listed(context, records, who, now))


def message_in_full(
    context: Context, who: Principal, name: str, now: datetime, sought: Sought | None = None
) -> MessageInFull:
    """One message by ``in/17`` or ``out/4``, on record; with *sought*, those are its candidates.

    Raises UnknownTask for a missing message and for another organisation's alike.
    """
    return context.committed(lambda records: _in_full(context, records, who, name, now, sought))


def _listed(context: Context, records: Records, who: Principal, now: datetime) -> list[MessageLine]:
    found = [*_incoming(context, records, who), *_outgoing(context, records, who)]
    order = list(Pile)
    lines = sorted((line for line, _ in found), key=lambda line: order.index(line.pile))
    shown = sorted({patient_id for _, patients in found for patient_id in patients})
    records.write_audit(
        at=now, actor=who.person, role=who.role, action="inbox read", patient_id=None, object_id=None,
        detail=" ".join([*(line.id for line in lines), *shown]),
    )  # fmt: skip
    return lines


def _incoming(context: Context, records: Records, who: Principal) -> Iterator[Shown]:
    rows = records.messages(dispositions=SET_ASIDE, limit=LARGEST_LIST)
    for row in rows:
        reading = reading_of(context, row)
        if _may_read(context, records, who, row, reading):
            yield _line(context, row, reading), _patients(records, row, reading)
        elif is_operator(who):
            yield _line(context, row, None), ()


def _outgoing(context: Context, records: Records, who: Principal) -> Iterator[Shown]:
    for row in records.outgoing_messages([state.value for state in UNDELIVERED], LARGEST_LIST):
        if is_sent_again(context, records, row):
            continue
        is_own = not set(_seats_of(context, records, row)).isdisjoint(who.seats)
        if is_own or is_operator(who):
            yield _line_out(records, row, named=is_own), (row.patient_id,) if is_own else ()


def _patients(records: Records, row: InboxRow, reading: Reading | None) -> tuple[str, ...]:
    """The patients of whom the message tells, as far as its numbers say: who looks at it looks at them."""
    named = [each.id for each in records.find_patients(reading.identifiers)] if reading else []
    return tuple(dict.fromkeys([*named, *([row.patient_id] if row.patient_id else [])]))


def _may_read(context: Context, records: Records, who: Principal, row: InboxRow, reading: Reading | None) -> bool:
    return receives(context, records, who, row, reading) or sent(context, who, row)


def _seats_of(context: Context, records: Records, row: OutgoingRow) -> tuple[Seat, ...]:
    concern = concern_of(context, records, row)
    return seats_for(context.directory, concern.place, concern.sender)


# -- lines


def _line(context: Context, row: InboxRow, reading: Reading | None) -> MessageLine:
    return MessageLine(
        id=f"{IN}{row.id}", pile=_pile(row), message=row.message_type, other=_sender_name(context, row),
        at=row.received_at, code=row.reason_code, tries=row.attempts,
        patient_name=_short(reading.demographics.given, reading.demographics.family) if reading else "",
    )  # fmt: skip


def _line_out(records: Records, row: OutgoingRow, *, named: bool) -> MessageLine:
    patient = records.patient(row.patient_id) if named else None
    return MessageLine(
        id=f"{OUT}{row.id}", pile=Pile.UNDELIVERED, message=row.message, other="", at=row.at,
        code=row.reason.partition(":")[0], tries=row.attempts,
        patient_name=_short(patient.given, patient.family) if patient else "",
    )  # fmt: skip


def _pile(row: InboxRow) -> Pile:
    if row.reason_code == "UnmatchedPatient":
        return Pile.UNMATCHED
    return {"unplaced": Pile.UNPLACED, "dead": Pile.DEAD}.get(row.disposition or "", Pile.QUARANTINED)


def _short(given: str | None, family: str | None) -> str:
    return f"{given or ''} {(family or '')[:1]}".strip() + ("." if family else "")


def _sender_name(context: Context, row: InboxRow) -> str:
    application, _, facility = row.sender.partition("|")
    sender = context.directory.sender(application, facility)
    organisation = context.directory.organisations.get(sender.organisation) if sender else None
    return organisation.name if organisation else row.sender.strip("|")


# -- one message


def _in_full(
    context: Context, records: Records, who: Principal, name: str, now: datetime, sought: Sought | None
) -> MessageInFull:
    row = row_named(records, name)
    if isinstance(row, InboxRow):
        full = _received(context, records, who, row, sought)
    else:
        full = _decided(context, records, who, row)
    told = _patients(records, row, reading_of(context, row)) if isinstance(row, InboxRow) and full.said else ()
    shown = " ".join(dict.fromkeys([*told, *(each.patient_id for each in full.candidates)]))
    records.write_audit(
        at=now, actor=who.person, role=who.role, action="message read" if sought is None else "patient sought",
        patient_id=row.patient_id, object_id=name, detail=shown,
    )  # fmt: skip
    return full


def row_named(records: Records, name: str) -> InboxRow | OutgoingRow:
    """The message of that name. Raises UnknownTask."""
    digits = name.removeprefix(IN).removeprefix(OUT)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 15):
        raise UnknownTask
    found = records.messages_with_ids([int(digits)]) if name.startswith(IN) else []
    row = found[0] if found else (records.outgoing_numbered(int(digits)) if name.startswith(OUT) else None)
    if row is None:
        raise UnknownTask
    return row


def _received(
    context: Context, records: Records, who: Principal, row: InboxRow, sought: Sought | None
) -> MessageInFull:
    reading = reading_of(context, row)
    if not _may_read(context, records, who, row, reading):
        return _without_content(context, who, row)
    told, acts = told_of(context, records, row), _acts(context, records, who, row, reading)
    people = reading.demographics if reading else None
    return MessageInFull(
        line=_line(context, row, reading), said=told.said, receipts=told.receipts[1:], did=told.did, reason=row.reason,
        told_name=" ".join(part for part in (people.given, people.family) if part) if people else "",
        told_birth_date=people.birth_date if people else None,
        told_address=", ".join(part for part in (people.address, people.city) if part) if people else "",
        candidates=_choices(context, records, who, row, reading, sought) if reading and CHOOSES & set(acts) else (),
        placed_with=_placed_with(records, row) if MOVE in acts else "",
        acts=acts, is_settled=row.disposition not in SET_ASIDE, state=DISPOSITIONS.get(row.disposition),
    )  # fmt: skip


def _without_content(context: Context, who: Principal, row: InboxRow) -> MessageInFull:
    if not is_operator(who):
        raise UnknownTask
    is_settled = row.disposition not in SET_ASIDE
    return MessageInFull(
        line=_line(context, row, None), acts=() if is_settled else (RUN_AGAIN,), is_settled=is_settled,
        state=DISPOSITIONS.get(row.disposition),
    )  # fmt: skip


def _acts(
    context: Context, records: Records, who: Principal, row: InboxRow, reading: Reading | None
) -> tuple[str, ...]:
    """What the receiver's side may do; the sender's side only reads."""
    if not receives(context, records, who, row, reading):
        return ()
    if row.disposition not in SET_ASIDE:
        return (MOVE,) if row.disposition == "applied" and is_of_one_patient(row, reading) else ()
    return (PLACE, RUN_AGAIN) if row.reason_code in TO_BE_PLACED else (RUN_AGAIN,)


def is_of_one_patient(row: InboxRow, reading: Reading | None) -> bool:
    """Whether the message tells something of its patient alone: neither a receipt nor a merge of two."""
    return row.patient_id is not None and reading is not None and reading.receipt is None and reading.merge is None


def _choices(
    context: Context, records: Records, who: Principal, row: InboxRow, reading: Reading, sought: Sought | None
) -> tuple[Candidate, ...]:
    """Whom the message may be about; a message that is with a patient can go to another alone."""
    found = candidates_for(context, records, who, reading, sought)
    return tuple(each for each in found if each.patient_id != row.patient_id)


def _placed_with(records: Records, row: InboxRow) -> str:
    patient = records.patient(row.patient_id) if row.patient_id else None
    return patient.name if patient else ""


def _decided(context: Context, records: Records, who: Principal, row: OutgoingRow) -> MessageInFull:
    is_own = not set(_seats_of(context, records, row)).isdisjoint(who.seats)
    if not is_own and not is_operator(who):
        raise UnknownTask
    told = told_of(context, records, row)
    is_settled = row.status not in UNDELIVERED or is_sent_again(context, records, row)
    return MessageInFull(
        line=_line_out(records, row, named=is_own), said=told.said if is_own else (),
        receipts=told.receipts if is_own else (), reason=row.reason, is_settled=is_settled,
        acts=() if is_settled else (SEND_AGAIN,), state=STATES[Delivery(row.status)],
    )  # fmt: skip
