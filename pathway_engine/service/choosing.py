"""Whom a person has found out that a message is about: kept by the message's number, and used when it is applied."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pathway_engine.domain.events import Identifier, Reading
from pathway_engine.service.channel import AmbiguousPatient, UnmatchedPatient, read_named
from pathway_engine.service.context import Context
from pathway_engine.service.dead_letters import sender_of
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow

FOUND_BY_HAND = "local:found-by-hand"
"""Who gave the identifier of a patient whom no message has named with a number."""


def choice_of(records: Records, number: int) -> str | None:
    """The patient whom a person chose for the message of that number, or None."""
    chosen = records.result(_key(number))
    return chosen.decode() if chosen is not None else None


def keep_choice(records: Records, number: int, patient_id: str, now: datetime) -> None:
    """Keep the choice; raises ConcurrentChange when there is one already."""
    records.put_result(_key(number), patient_id.encode(), now)


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


def with_choice(records: Records, row: InboxRow, reading: Reading) -> Reading:
    """Let a message that fits several patients be about the chosen one. Raises AmbiguousPatient without a choice."""
    chosen = choice_of(records, row.id)
    if chosen is None:
        raise AmbiguousPatient
    return replace(reading, identifiers=tuple(records.identifiers_of_person(chosen)))


def _named(context: Context, row: InboxRow) -> tuple[Identifier, ...]:
    with context.store.reading() as records:
        chosen = choice_of(records, row.id)
        return tuple(records.identifiers_of_person(chosen)) if chosen else ()


def _key(number: int) -> str:
    return f"chosen/{number}"
