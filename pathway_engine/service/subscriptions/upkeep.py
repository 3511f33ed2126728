"""What is over goes: events that were told long ago, and subscriptions in error that nobody asked for anew."""

from __future__ import annotations

from datetime import datetime, timedelta

from pathway_engine.service.context import Context
from pathway_engine.service.subscriptions.delivery import ended
from pathway_engine.storage.records import Records

KEEP = timedelta(days=30)
"""How long events can be asked for again, and how long a subscription in error is waited for."""
BATCH = 1000


def tidy(context: Context, now: datetime) -> int:
    """Delete what is over, a share in each commit; return how many events went."""
    gone = 0
    while found := context.committed(lambda records: _tidied(records, now)):
        gone += found
    return gone


def _tidied(records: Records, now: datetime) -> int:
    for row in records.subscriptions_given_up(now - KEEP, BATCH):
        records.save_subscription(ended(row, "given-up", now))
    return records.drop_events(records.old_events(now - KEEP, BATCH))
