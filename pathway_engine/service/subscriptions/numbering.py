"""Events get their numbers after their commit, one subscription at a time, so that none is passed over.

A number is not given where the event is written: writers would wait for each other. What has no number yet is what
somebody has committed since; whoever numbers looks for just that, so a late commit comes later, and never too late.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pathway_engine.service.context import Context
from pathway_engine.service.subscriptions.visibility import may_know, subscriber
from pathway_engine.storage.records import Records
from pathway_engine.storage.subscription_rows import SubscriptionRow

AT_ONCE = 500


def numbered(context: Context, records: Records, row: SubscriptionRow, now: datetime) -> SubscriptionRow:
    """Number what the subscription, which must be locked, has to be told; return it with its newest number.

    What is about a patient whom the subscriber has nothing to do with gets none and is dropped: gaps, or empty
    events, would tell how much goes on elsewhere. Of tasks that was asked where they changed.
    """
    who, number, foreign = subscriber(context, row), row.last_number, []
    for event in records.unnumbered_events(row.id, AT_ONCE):
        if event.type != "Task" and not may_know(context, records, who, event, now):
            foreign.append(event.id)
            continue
        number += 1
        records.number_event(event.id, number)
    records.drop_events(foreign)
    return replace(row, last_number=number)
