"""What programs ask for: a new subscription, another form of one, an end; each its own client's alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from pathway_engine.domain.errors import TaskError
from pathway_engine.domain.subscriptions import Filter, Standing, Topic
from pathway_engine.service.subscriptions.delivery import ended, without_notification
from pathway_engine.storage.records import Records
from pathway_engine.storage.subscription_rows import SubscriptionRow

ROLE = "subscription"
KEPT_HEADER = "***"
"""What a secret is shown as; said back, it means the secret that is kept."""
MOST = 50
"""How many subscriptions a client may have."""


class TooManySubscriptions(TaskError):
    """The client has as many subscriptions as one may have; delete one."""


class OtherTopic(TaskError):
    """The numbers of a subscription count one topic's events; ask for another topic with a new subscription."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a program asks for; `headers` go with each notification, `status` is requested, off, or what it was."""

    topic: Topic
    filters: tuple[Filter, ...] = ()
    endpoint: str
    headers: tuple[tuple[str, str], ...] = ()
    content: str
    heartbeat_seconds: int | None = None
    timeout_seconds: int | None = None
    most_events: int | None = None
    purpose: str = ""
    ends_at: datetime | None = None
    status: str = Standing.REQUESTED


def subscribe(
    records: Records, id: str, client: str, holder: tuple[str, str], wanted: Wanted, now: datetime
) -> SubscriptionRow:
    """Keep a new subscription of *client* on behalf of *holder* (person, role), and what happens from now on."""
    if len(records.subscriptions_of(client)) >= MOST:
        raise TooManySubscriptions(f"There are {MOST} subscriptions of yours already; delete one that is over.")
    person, role = holder
    row = SubscriptionRow(
        id=id, client=client, person=person, role=role, topic=wanted.topic, endpoint=wanted.endpoint,
        content=wanted.content, status=Standing.REQUESTED, updated_at=now, version=0,
    )  # fmt: skip
    return _saved(records, _asked(row, wanted, now), "subscription created", now)


def change(records: Records, row: SubscriptionRow, wanted: Wanted, now: datetime) -> SubscriptionRow:
    """Let the subscription, which must be locked, be as *wanted*.

    Asked for anew, or with another endpoint, header or content, it shakes hands first, then goes on where it stopped.
    What it was told already is not told again.
    """
    if row.topic != wanted.topic:
        raise OtherTopic
    return _saved(records, _asked(row, wanted, now), "subscription changed", now)


def end(records: Records, row: SubscriptionRow, now: datetime) -> None:
    """Delete the subscription, which must be locked, and what there was to tell it."""
    records.delete_subscription(row.id)
    _audit(records, row, "subscription deleted", now)


def _asked(row: SubscriptionRow, wanted: Wanted, now: datetime) -> SubscriptionRow:
    told = replace(
        row, filters=wanted.filters, endpoint=wanted.endpoint, headers=_headers(row, wanted), content=wanted.content,
        heartbeat_seconds=wanted.heartbeat_seconds, timeout_seconds=wanted.timeout_seconds,
        most_events=wanted.most_events, purpose=wanted.purpose, ends_at=wanted.ends_at,
    )  # fmt: skip
    if wanted.status == Standing.OFF:
        return ended(told, "", now)
    is_other = (row.endpoint, row.headers, row.content) != (told.endpoint, told.headers, told.content)
    if wanted.status == Standing.REQUESTED or (is_other and row.status == Standing.ACTIVE) or not row.version:
        return _begun(told, now)
    return replace(told, version=row.version + 1, updated_at=now)


def _begun(row: SubscriptionRow, now: datetime) -> SubscriptionRow:
    return replace(
        without_notification(row), status=Standing.REQUESTED, error="", version=row.version + 1, updated_at=now,
        started_at=row.started_at or now, heartbeat_at=None,
    )  # fmt: skip


def _headers(row: SubscriptionRow, wanted: Wanted) -> tuple[tuple[str, str], ...]:
    kept = dict(row.headers)
    return tuple((name, kept.get(name, value) if value == KEPT_HEADER else value) for name, value in wanted.headers)


def _saved(records: Records, row: SubscriptionRow, action: str, now: datetime) -> SubscriptionRow:
    records.save_subscription(row)
    if row.status == Standing.OFF:
        records.drop_events_of(row.id)
    _audit(records, row, action, now)
    return row


def _audit(records: Records, row: SubscriptionRow, action: str, now: datetime) -> None:
    records.write_audit(
        at=now, actor=row.client, role=ROLE, action=action, patient_id=None, object_id=row.id, detail=row.topic
    )  # fmt: skip
