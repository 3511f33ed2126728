"""Receive a message inside somebody else's transaction: stored and applied with whatever else that commits.

For a sender who waits for the outcome on the same connection: what is refused raises, the whole transaction is
undone, and `keep_refused` then stores the message with its reason, so that people see it.
"""

from __future__ import annotations

from datetime import datetime

from pathway_engine.domain.errors import MessageError
from pathway_engine.service.channel import SameIdOtherContent
from pathway_engine.service.choosing import read_chosen
from pathway_engine.service.context import Context
from pathway_engine.service.one_message import apply_reading, read_ahead, refused
from pathway_engine.service.receiving import Incoming, new_message, of_today
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow
from pathway_engine.storage.unit_of_work import UnitOfWork


def receive_within(context: Context, records: UnitOfWork, incoming: Incoming, now: datetime) -> InboxRow:
    """Store and apply one message in the transaction of *records*; return its row, which says applied.

    Raises MessageError when it cannot be taken: then nothing of the transaction may be committed.
    """
    header = context.channels[incoming.channel].header(incoming.raw)
    if header.problem is not None:
        raise header.problem
    (stored,) = records.store_messages([new_message(incoming, header, now)])
    if stored.outcome != "new":
        raise SameIdOtherContent
    reading = of_today(read_chosen(context, stored.row), now)
    read_ahead(context, records, [reading])
    apply_reading(context, records, stored.row, reading, None, now)
    return records.message(stored.id)


def keep_refused(context: Context, incoming: Incoming, error: MessageError, now: datetime) -> None:
    """Store a message whose transaction was undone, set aside for *error*; it is not applied any more."""
    header = context.channels[incoming.channel].header(incoming.raw)

    def keep(records: Records) -> None:
        (stored,) = records.store_messages([new_message(incoming, header, now)])
        if stored.row.disposition is None:
            refused(context, records, stored.row, error, now)

    context.committed(keep)
