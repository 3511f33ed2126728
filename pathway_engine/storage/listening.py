"""What a transaction that writes knows of subscriptions: who listens, asked once, and what is to be told them."""

from __future__ import annotations

from collections.abc import Iterable

from pathway_engine.storage.noted import Noted
from pathway_engine.storage.records import Records
from pathway_engine.storage.statements import TenantRecords
from pathway_engine.storage.subscription_rows import EventRow, Listener, SubscriptionRow
from pathway_engine.storage.subscriptions import LISTENING, event_values, listener


class Listening(Records):
    """Who listens is asked at the first change, without making the notes of a batch be written before it."""

    _noted: Noted
    _listeners: list[Listener] | None = None

    def listeners(self) -> list[Listener]:
        """Return the subscriptions for which events are kept."""
        if self._listeners is None:
            found = TenantRecords._run(self, LISTENING)  # not by `_run` here, which writes the notes first
            self._listeners = [listener(named) for named in found.named()]
        return self._listeners

    def save_subscription(self, row: SubscriptionRow) -> None:
        """Add a subscription, or write it over the one with the same id."""
        super().save_subscription(row)
        self._listeners = None

    def add_events(self, rows: Iterable[EventRow]) -> None:
        """Keep events, each for one subscriber; what the notes say twice of the same resource is said once."""
        for row in rows:
            key = (row.subscription_id, row.type, row.focus)
            before = self._noted.events.get(key)
            method = "POST" if before and before["method"] == "POST" and row.method == "PUT" else row.method
            self._noted.events[key] = {**event_values(row), "method": method}
