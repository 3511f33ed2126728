"""A message that was set aside is taken up again, by hand: as it is, or with the patient whom a person has found."""

from __future__ import annotations

from datetime import datetime

from pathway_engine.service.choosing import BY_HAND, choice_of
from pathway_engine.service.concerns import DEAD_LETTER, UNMATCHED, end_notices
from pathway_engine.service.context import Context
from pathway_engine.service.receiving import Received, apply_stored, as_received
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow

SET_ASIDE = ("rejected", "unplaced", "dead")
"""The dispositions of messages that can be run again."""


def run_again(context: Context, inbox_id: int, actor: str, now: datetime) -> Received:
    """Take a message from the dead-letter or the unplaced list and apply it again; audited."""
    row = context.committed(lambda records: reopened(records, inbox_id, actor, "operator", now))
    return apply_stored(context, as_received(row, "new"), now)


def reopened(records: Records, inbox_id: int, actor: str, role: str, now: datetime) -> InboxRow:
    """Let the message wait again, end what is asked about it, and put on record who did so."""
    records.reopen(inbox_id, now)
    if choice_of(records, inbox_id) is not None:
        records.postpone(inbox_id, attempts=0, next_try_at=None, reason=BY_HAND)
    for kind in (DEAD_LETTER, UNMATCHED):
        end_notices(records, kind, inbox_id, f"run again by {actor}", now)
    records.write_audit(at=now, actor=actor, role=role, action="run-again", patient_id=None, object_id=str(inbox_id))
    return records.message(inbox_id)
