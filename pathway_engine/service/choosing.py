"""Whom a person has found out that a message is about: kept by the message's number, and used when it is applied."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pathway_engine.domain.events import Identifier, Reading
from pathway_engine.service.channel import UnmatchedPatient, read_named
from pathway_engine.service.context import Context
from pathway_engine.service.dead_letters import sender_of
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow

BY_HAND = "placed by hand"
"""The reason of a message that waits to be applied to the patient whom a person has chosen."""
FOUND_BY_HAND = "local:found-by-hand"
"""Who gave the identifier of a patient whom no message has named with a number."""


def choice_of(records: Records, number: int) -> str | None:
    """The patient whom a person chose last for the message of that number, or None."""
    return next(reversed(_choices(records, number)), None)


def keep_choice(records: Records, number: int, patient_id: str, now: datetime) -> None:
    """Keep the choice behind those before; raises ConcurrentChange when somebody does so at the same time."""
    times = len(_choices(records, number))
    records.put_result(_key(number, times), patient_id.encode(), now)


def _choices(records: Records, number: int) -> list[str]:
    found: list[str] = []
    while (chosen := records.result(_key(number, len(found)))) is not None:
        found.append(chosen.decode())
    return found


def read_chosen(context: Context, row: InboxRow) -> Reading:
    """What a message says, of whom it names or of whom a person has found. Raises MessageError."""
    channel = context.channels[row.channel]
    sender = sender_of(context, channel.header(row.raw))
    try:
        return channel.read(row.raw, sender)
    except UnmatchedPatient:
        named = _named(context, row)
        if not named:
            raise
        return read_named(channel, row.raw, sender, named)


def with_choice(records: Records, row: InboxRow, reading: Reading, now: datetime) -> tuple[Reading, str | None]:
    """Let a message that was taken up again be about whom a person chose; its stay moves to that patient.

    Return also whose the stay was, if it moved. Only a message that was taken up again has a `reason` before it is
    applied: the others are not asked about.
    """
    chosen = choice_of(records, row.id) if row.reason else None
    if chosen is None:
        return reading, None
    reading = replace(reading, identifiers=tuple(records.identifiers_of_person(chosen)))
    owner = records.patient_of_stay(reading.stay) if reading.stay else None
    if reading.stay is None or owner is None or records.lock_patient(owner).id == records.lock_patient(chosen).id:
        return reading, None
    records.put_stay(reading.stay, chosen, now)
    return reading, owner


def _named(context: Context, row: InboxRow) -> tuple[Identifier, ...]:
    with context.store.reading() as records:
        chosen = choice_of(records, row.id)
        return tuple(records.identifiers_of_person(chosen)) if chosen else ()


def _key(number: int, times: int) -> str:
    return f"chosen/{number}/{times}" if times else f"chosen/{number}"
