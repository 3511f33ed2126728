"""The relay of notifications: each subscriber is told in order, at least once, until its endpoint has failed too often.

Three transactions and a call between them, as for messages: claim, deliver, say what became of it. There is one
notification a subscription on its way at a time, so that a slow endpoint holds up nobody but itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pathway_engine.domain.delivery import Delivery, Move, moved
from pathway_engine.domain.subscriptions import Kind, Standing
from pathway_engine.service.context import Context
from pathway_engine.service.outward import Patience
from pathway_engine.service.subscriptions.failing import fail, recover
from pathway_engine.service.subscriptions.naming import notification_id
from pathway_engine.service.subscriptions.numbering import numbered
from pathway_engine.service.subscriptions.outward import Arrived, Gone, Messenger, Notification, NotTaken, Outcome, Told
from pathway_engine.service.subscriptions.visibility import may_know, subscriber
from pathway_engine.storage.records import Records
from pathway_engine.storage.subscription_rows import SubscriptionRow

log = logging.getLogger(__name__)
USUAL = Patience(lease=timedelta(minutes=2))
MOST_EVENTS = 100
"""How many events a notification holds at most, however many the subscriber would take."""
UNSURE = timedelta(seconds=2)
"""How long an activation waits while transactions run that may not have known of the subscription."""
DISCLOSER = "subscription"

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notification that nobody else sends before its lease is over; `row` as it was saved."""

    row: SubscriptionRow
    notification: Notification


def notify_due(context: Context, messenger: Messenger, clock: Clock, patience: Patience = USUAL) -> int:
    """Tell everybody everything that is due, one after the other; return how many notifications were tried."""
    tries = 0
    while (claimed := claim(context, clock(), patience)) is not None:
        tries += 1
        conclude(context, claimed, deliver(messenger, claimed), clock(), patience)
    return tries


# -- claiming


def claim(context: Context, now: datetime, patience: Patience = USUAL) -> Claimed | None:
    """Take the notification whose turn it is; None when nobody has to be told anything."""
    with context.store.reading() as records:
        if not records.is_any_subscription_due(now):
            return None
    while True:
        is_any, claimed = context.committed(lambda records: _claim(context, records, now, patience))
        if claimed is not None or not is_any:
            return claimed


def _claim(context: Context, records: Records, now: datetime, patience: Patience) -> tuple[bool, Claimed | None]:
    row = records.next_subscription(now)
    if row is None:
        return False, None
    if row.ends_at is not None and row.ends_at <= now:
        records.save_subscription(ended(row, "ended", now))
        records.drop_events_of(row.id)
        return True, None
    due = _under_way(numbered(context, records, row, now), now)
    if due is None:  # what there was to tell concerned others
        return True, None
    if due.kind == Kind.HANDSHAKE and not due.horizon:
        due = replace(due, horizon=records.newest_transaction())
    taken = replace(
        due, delivery=moved(due.delivery, Move.CLAIM), attempts=due.attempts + 1, fence=due.fence + 1,
        lease_until=now + patience.lease, next_try_at=None, tried_at=now,
    )  # fmt: skip
    records.save_subscription(taken)
    return True, Claimed(taken, _notification(context, records, taken, now))


def _under_way(row: SubscriptionRow, now: datetime) -> SubscriptionRow | None:
    """The subscription with the notification that comes next: the one under way, else a new one, or none."""
    if row.delivery in (Delivery.WAITING, Delivery.SENDING):
        return row
    queued = replace(row, delivery=moved(Delivery.DRAFT, Move.QUEUE), attempts=0, first_number=0, until_number=0)
    if row.status == Standing.REQUESTED:
        return replace(queued, kind=Kind.HANDSHAKE)
    if row.told_number < row.last_number:
        most = min(row.most_events or MOST_EVENTS, MOST_EVENTS)
        first, until = row.told_number + 1, min(row.last_number, row.told_number + most)
        return replace(queued, kind=Kind.EVENTS, first_number=first, until_number=until)
    if row.heartbeat_at is not None and row.heartbeat_at <= now:
        return replace(queued, kind=Kind.HEARTBEAT)
    return None


def _notification(context: Context, records: Records, row: SubscriptionRow, now: datetime) -> Notification:
    numbers = (row.first_number, row.until_number, MOST_EVENTS)
    told = told_events(context, records, row, numbers, now) if row.kind == Kind.EVENTS else ()
    id = notification_id(context.store.tenant, row.id, row.kind, row.first_number, row.until_number, row.fence)
    return Notification(id=id, kind=Kind(row.kind), subscription=row, events=told, at=now)


def told_events(
    context: Context, records: Records, row: SubscriptionRow, numbers: tuple[int, int, int], now: datetime
) -> tuple[Told, ...]:
    """The events of *numbers* (since, until, how many at most), without what the subscriber may not know at *now*."""
    who = subscriber(context, row)
    events = records.numbered_events(row.id, *numbers)
    return tuple(Told(event, not may_know(context, records, who, event, now)) for event in events)


# -- delivering


def deliver(messenger: Messenger, claimed: Claimed) -> Outcome:
    """Give it to the messenger; whatever goes wrong is this subscriber's alone."""
    try:
        return messenger.deliver(claimed.notification)
    except Exception as fault:
        return NotTaken(type(fault).__name__)


# -- saying what became of it


def conclude(context: Context, claimed: Claimed, outcome: Outcome, now: datetime, patience: Patience = USUAL) -> None:
    """Write the outcome, unless somebody else has it by now."""
    context.committed(lambda records: _settle(context, records, claimed, outcome, now, patience))


def _settle(
    context: Context, records: Records, claimed: Claimed, outcome: Outcome, now: datetime, patience: Patience
) -> None:
    row = records.lock_subscription(claimed.row.id)
    if row is None or row.delivery != Delivery.SENDING or row.fence != claimed.row.fence:
        return
    match outcome:
        case Arrived():
            records.save_subscription(_arrived(context, records, row, claimed.notification, now))
        case Gone():
            log.info("subscription %s: its endpoint is gone", row.id)
            records.save_subscription(ended(replace(row, delivery=moved(row.delivery, Move.TURN_DOWN)), "gone", now))
            records.drop_events_of(row.id)
        case NotTaken(code=code) if row.attempts >= patience.tries:
            log.warning("subscription %s is in error: %s", row.id, code)
            records.save_subscription(fail(context, records, row, code, now))
        case NotTaken(code=code):
            log.info("subscription %s was not told, try %s: %s", row.id, row.attempts, code)
            wait = patience.waits[row.attempts - 1]
            records.save_subscription(_put_off(row, code, now + wait))


def _put_off(row: SubscriptionRow, code: str, at: datetime) -> SubscriptionRow:
    return replace(row, delivery=moved(row.delivery, Move.PUT_OFF), error=code, next_try_at=at, lease_until=None)


def _arrived(
    context: Context, records: Records, row: SubscriptionRow, notification: Notification, now: datetime
) -> SubscriptionRow:
    if row.kind == Kind.HANDSHAKE and not records.have_ended(row.horizon):
        return replace(_put_off(row, "", now + UNSURE), attempts=0)
    if row.status == Standing.REQUESTED:
        recover(records, row, now)
        row = replace(row, status=Standing.ACTIVE, version=row.version + 1, updated_at=now)
    shown = [each.event.patient_id for each in notification.events if not each.is_withheld]
    records.write_list_read(at=now, actor=row.client, role=DISCLOSER, shown=shown, action="notification sent")
    period = row.heartbeat_seconds
    return replace(
        row, delivery=moved(row.delivery, Move.HAND_OVER), error="", lease_until=None, attempts=0,
        told_number=max(row.told_number, row.until_number),
        heartbeat_at=now + timedelta(seconds=period) if period else None,
    )  # fmt: skip


def without_notification(row: SubscriptionRow) -> SubscriptionRow:
    """The subscription with nothing on its way; what somebody may be sending is no business of its any more."""
    is_under_way = row.delivery in (Delivery.WAITING, Delivery.SENDING)
    return replace(
        row, delivery=Delivery.WITHDRAWN if is_under_way else row.delivery, fence=row.fence + 1, attempts=0,
        lease_until=None, next_try_at=None,
    )  # fmt: skip


def ended(row: SubscriptionRow, why: str, now: datetime) -> SubscriptionRow:
    """The subscription turned off: nothing is kept for it any more."""
    return replace(
        without_notification(row), status=Standing.OFF, error=why, version=row.version + 1, updated_at=now,
        started_at=None, heartbeat_at=None, told_number=row.last_number, horizon=0,
    )  # fmt: skip
