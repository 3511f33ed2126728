"""Subscriptions and their events: asked for, listened to, numbered, claimed, told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Select, bindparam, delete, exists, func, insert, or_, select, text, update
from sqlalchemy.sql import ColumnElement

from pathway_engine.storage.column_types import UtcDateTime
from pathway_engine.storage.statements import ID, LIMIT, NOW, TENANT, TenantRecords, columns_of, upsert, values_of
from pathway_engine.storage.subscription_rows import EventRow, Filters, Listener, Seats, SubscriptionRow
from pathway_engine.storage.subscription_tables import LISTENS, UNNUMBERED
from pathway_engine.storage.tables import table

_SUBSCRIPTION = table("subscription")
_EVENT = table("subscription_event")
_READ_FILTERS = msgspec.json.Decoder(Filters)
_READ_SEATS = msgspec.json.Decoder(Seats)
_READ_HEADERS = msgspec.json.Decoder(tuple[tuple[str, str], ...])
_THIS = (_SUBSCRIPTION.c.tenant == TENANT) & (_SUBSCRIPTION.c.id == ID)
_OF_THIS = (_EVENT.c.tenant == TENANT) & (_EVENT.c.subscription_id == ID)
_SINCE: BindParameter[int] = bindparam("since_")
_UNTIL: BindParameter[int] = bindparam("until_")
_BEFORE: BindParameter[Any] = bindparam("before_", type_=UtcDateTime())
_IDS: BindParameter[Any] = bindparam("ids_", expanding=True)


def _where(name: str, condition: str) -> ColumnElement[bool]:
    """The partial indexes' own words, so that both databases see that they fit."""
    return text(f"{name}.{condition}")  # type: ignore[return-value]


_ROWS = select(*columns_of(_SUBSCRIPTION, SubscriptionRow)).where(_SUBSCRIPTION.c.tenant == TENANT)
_EVENTS = select(*columns_of(_EVENT, EventRow))
LISTENING = select(*columns_of(_SUBSCRIPTION, Listener)).where(
    _SUBSCRIPTION.c.tenant == TENANT, _where("subscription", LISTENS)
)
"""One statement a transaction, and in most installations of an index without rows."""
ADD_EVENT = insert(_EVENT).inline()
_SAVE = upsert(_SUBSCRIPTION, "tenant", "id")
_BY_ID = _ROWS.where(_SUBSCRIPTION.c.id == ID)
_LOCK = _BY_ID.with_for_update()
_OF_CLIENT = _ROWS.where(_SUBSCRIPTION.c.client == bindparam("client_")).order_by(_SUBSCRIPTION.c.id)
_DELETE = delete(_SUBSCRIPTION).where(_THIS)
_DELETE_EVENTS_OF = delete(_EVENT).where(_OF_THIS)
_UNNUMBERED = _EVENTS.where(_OF_THIS, _where("subscription_event", UNNUMBERED)).order_by(_EVENT.c.id).limit(LIMIT)
_NUMBER = update(_EVENT).where(_EVENT.c.tenant == TENANT, _EVENT.c.id == ID).values(number=bindparam("number"))
_DROP = delete(_EVENT).where(_EVENT.c.tenant == TENANT, _EVENT.c.id.in_(_IDS))
_NUMBERED = (
    _EVENTS.where(_OF_THIS, _EVENT.c.number >= _SINCE, _EVENT.c.number <= _UNTIL).order_by(_EVENT.c.number).limit(LIMIT)
)
_HAS_NEW = exists().where(
    _EVENT.c.tenant == _SUBSCRIPTION.c.tenant,
    _EVENT.c.subscription_id == _SUBSCRIPTION.c.id,
    _where("subscription_event", UNNUMBERED),
)
_HAS_WORK = or_(
    _SUBSCRIPTION.c.status == "requested",
    _SUBSCRIPTION.c.delivery.in_(("waiting", "sending")),
    _SUBSCRIPTION.c.told_number < _SUBSCRIPTION.c.last_number,
    _SUBSCRIPTION.c.heartbeat_at <= NOW,
    _SUBSCRIPTION.c.ends_at <= NOW,
    _HAS_NEW,
)
_DUE = (
    _SUBSCRIPTION.c.tenant == TENANT,
    _SUBSCRIPTION.c.status.in_(("requested", "active")),
    _SUBSCRIPTION.c.lease_until.is_(None) | (_SUBSCRIPTION.c.lease_until <= NOW),
    _SUBSCRIPTION.c.next_try_at.is_(None) | (_SUBSCRIPTION.c.next_try_at <= NOW),
    _HAS_WORK,
)
_IS_ANY_DUE: Select[Any] = select(_SUBSCRIPTION.c.id).where(*_DUE).limit(1)
NEXT = (
    select(*columns_of(_SUBSCRIPTION, SubscriptionRow))
    .where(*_DUE)
    # Whose endpoint answers goes before whose does not, then whoever has waited longest.
    .order_by(_SUBSCRIPTION.c.attempts, _SUBSCRIPTION.c.tried_at.nulls_first(), _SUBSCRIPTION.c.id)
    .limit(1)
    .with_for_update(of=_SUBSCRIPTION, skip_locked=True)
)
_GIVEN_UP = (
    _ROWS.where(_SUBSCRIPTION.c.status == "error", _SUBSCRIPTION.c.updated_at < _BEFORE)
    .order_by(_SUBSCRIPTION.c.id)
    .limit(LIMIT)
    .with_for_update(skip_locked=True)
)
_KEEPER = _SUBSCRIPTION.alias("keeper")
_IS_OWED = exists().where(
    _KEEPER.c.tenant == _EVENT.c.tenant,
    _KEEPER.c.id == _EVENT.c.subscription_id,
    _KEEPER.c.started_at.is_not(None),
    _EVENT.c.number.is_(None) | (_EVENT.c.number > _KEEPER.c.told_number),
)
_OLD = select(_EVENT.c.id).where(_EVENT.c.tenant == TENANT, _EVENT.c.at < _BEFORE, ~_IS_OWED).limit(LIMIT)
_COUNTS = (
    select(_SUBSCRIPTION.c.status, func.count())
    .where(_SUBSCRIPTION.c.tenant == TENANT)
    .group_by(_SUBSCRIPTION.c.status)
)
_WAITING = select(func.count()).select_from(_EVENT).where(_EVENT.c.tenant == TENANT, _IS_OWED)
_NEWEST_TRANSACTION = text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
_OLDEST_TRANSACTION = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")


class SubscriptionRecords(TenantRecords):
    """Subscriptions: save, find, listen, claim; events: add, number, read, drop."""

    # -- those who ask

    def save_subscription(self, row: SubscriptionRow) -> None:
        """Add a subscription, or write it over the one with the same id."""
        written = {
            "filters": msgspec.json.encode(row.filters).decode(), "headers": msgspec.json.encode(row.headers),
        }  # fmt: skip
        self._insert(_SAVE, **{**values_of(row), **written})

    def subscription(self, id: str) -> SubscriptionRow | None:
        """Return a subscription, or None."""
        return next(iter(self._subscriptions(_BY_ID, id_=id)), None)

    def lock_subscription(self, id: str) -> SubscriptionRow | None:
        """Return a subscription that nobody else may change until the transaction ends, or None."""
        return next(iter(self._subscriptions(_LOCK, id_=id)), None)

    def subscriptions_of(self, client: str) -> list[SubscriptionRow]:
        """Return the subscriptions of *client*."""
        return self._subscriptions(_OF_CLIENT, client_=client)

    def delete_subscription(self, id: str) -> None:
        """Delete a subscription and what there was to tell it."""
        self._run(_DELETE_EVENTS_OF, id_=id)
        self._run(_DELETE, id_=id)

    def _subscriptions(self, statement: Any, **values: Any) -> list[SubscriptionRow]:
        return [_subscription(named) for named in self._run(statement, **values).named()]

    # -- what happens

    def listeners(self) -> list[Listener]:
        """Return the subscriptions for which events are kept."""
        return [listener(named) for named in self._run(LISTENING).named()]

    def add_events(self, rows: Iterable[EventRow]) -> None:
        """Keep events, each for one subscriber, without a number."""
        self._insert_all(ADD_EVENT, [event_values(row) for row in rows])

    def unnumbered_events(self, id: str, limit: int) -> list[EventRow]:
        """Return what a subscription, which must be locked, has to be told and has no number yet."""
        return self._events(_UNNUMBERED, id_=id, limit_=limit)

    def number_event(self, id: int, number: int) -> None:
        """Give an event its number."""
        self._run(_NUMBER, id_=id, number=number)

    def drop_events(self, ids: Sequence[int]) -> int:
        """Delete events; return how many there were."""
        return self._run(_DROP, ids_=list(ids)).rowcount if ids else 0

    def drop_events_of(self, id: str) -> None:
        """Delete every event of a subscription."""
        self._run(_DELETE_EVENTS_OF, id_=id)

    def numbered_events(self, id: str, since: int, until: int, limit: int) -> list[EventRow]:
        """Return a subscription's events with the numbers *since* to *until*, in their order."""
        return self._events(_NUMBERED, id_=id, since_=since, until_=until, limit_=limit)

    def old_events(self, before: datetime, limit: int) -> list[int]:
        """Return the ids of events before that instant that no subscriber waits for any more."""
        return self._scalars(_OLD, before_=before, limit_=limit)

    def _events(self, statement: Any, **values: Any) -> list[EventRow]:
        return [
            EventRow(**{**named, "lists": _READ_SEATS.decode(named["lists"])})
            for named in self._run(statement, **values).named()
        ]

    # -- telling

    def is_any_subscription_due(self, now: datetime) -> bool:
        """Whether somebody has to be told something at *now*."""
        return self._run(_IS_ANY_DUE, now_=now).first() is not None

    def next_subscription(self, now: datetime) -> SubscriptionRow | None:
        """Lock and return a subscription that has something to be told at *now*; those that others lock are left."""
        return next(iter(self._subscriptions(NEXT, now_=now)), None)

    def subscriptions_given_up(self, before: datetime, limit: int) -> list[SubscriptionRow]:
        """Lock and return those that have been in error since before that instant."""
        return self._subscriptions(_GIVEN_UP, before_=before, limit_=limit)

    def newest_transaction(self) -> int:
        """Return a number above that of every transaction that has written so far; 0 where writers take turns."""
        return self._transaction(_NEWEST_TRANSACTION)

    def have_ended(self, horizon: int) -> bool:
        """Whether every transaction below that number has ended."""
        return horizon == 0 or self._transaction(_OLDEST_TRANSACTION) >= horizon

    def _transaction(self, statement: Any) -> int:
        if self._connection.dialect.name != "postgresql":
            return 0
        return int(self._connection.execute(statement).scalar_one())

    # -- watching

    def subscription_counts(self) -> dict[str, int]:
        """Count subscriptions by status, and under ``events`` what they have not been told yet."""
        counts = dict.fromkeys(("requested", "active", "error", "off"), 0)
        counts.update({status: count for status, count in self._run(_COUNTS)})
        return {**counts, "events": int(self._run(_WAITING).scalar_one())}


def listener(named: dict[str, Any]) -> Listener:
    """A row of `LISTENING`."""
    return Listener(**{**named, "filters": _READ_FILTERS.decode(named["filters"])})


def event_values(row: EventRow) -> dict[str, Any]:
    """An event as it is added: the database numbers the row."""
    values = {**values_of(row), "lists": msgspec.json.encode(row.lists).decode()}
    del values["id"]
    return values


def _subscription(named: dict[str, Any]) -> SubscriptionRow:
    read = {"filters": _READ_FILTERS.decode(named["filters"]), "headers": _READ_HEADERS.decode(named["headers"])}
    return SubscriptionRow(**{**named, **read})
