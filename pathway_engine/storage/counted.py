"""How many messages a transaction stores and disposes of: told once it is committed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pathway_engine.storage.inbox import NewMessage
from pathway_engine.storage.listening import Listening
from pathway_engine.storage.rows import StoredMessage

Traffic = tuple[str, str, str]
"""``received`` or ``settled``, the message's family, and the outcome or the disposition."""


class Counted(Listening):
    """Records that count the messages that go through them."""

    def __init__(self, connection: Any, tenant: str) -> None:
        super().__init__(connection, tenant)
        self._received: Counter[Traffic] = Counter()
        self._settled: dict[int, Traffic] = {}

    @property
    def traffic(self) -> Counter[Traffic]:
        """How many messages this transaction stores and disposes of, which holds once it is committed."""
        return self._received + Counter(self._settled.values())

    def store_messages(self, messages: Sequence[NewMessage]) -> list[StoredMessage]:
        """Keep many messages. Raises ConcurrentChange when another stores one of them at the same time."""
        stored = super().store_messages(messages)
        self._received.update(("received", each.row.channel, each.outcome) for each in stored)
        return stored
