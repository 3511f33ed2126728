"""Fetches what waits at the message service: each message is received, answered, and only then marked as read.

If the program dies in between, the message is still unread there and is fetched again: the inbox knows it by
sender and id, and the service is asked whether the answer has gone already. A message that its sender sent
twice, under the same id, is answered once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import takewhile

from pathway_engine.channels.families import NORWEGIAN, answers_in
from pathway_engine.clock import Clock
from pathway_engine.domain.errors import StorageError
from pathway_engine.service import receiving
from pathway_engine.service.context import Context
from pathway_engine.service.receiving import Incoming
from pathway_engine.storage.rows import InboxRow
from pathway_engine.transports.message_service import (
    MessageService,
    MessageServiceRefusal,
    Unread,
    document,
    mark_read,
    post,
    receipts,
    unread,
)

PEER = "message-service"
LEASE = timedelta(seconds=10)
log = logging.getLogger(__name__)


class MessagePoller:
    """Reads for the HER-ids *receivers*; several programs may, each message has its effect once."""

    def __init__(
        self, context: Context, service: MessageService, receivers: Sequence[int], clock: Clock, family: str = NORWEGIAN
    ) -> None:
        self._context = context
        self._service = service
        self._receivers = receivers
        self._clock = clock
        self._family = family

    def fetch_all(self, goes_on: Callable[[], bool] = lambda: True) -> int:
        """Fetch what is unread, oldest first; return how many messages were done with.

        One that cannot be handled stays unread and stops no other. Raises StorageError when the database
        is away, MessageServiceError when the list cannot be had.
        """
        waiting = takewhile(lambda _: goes_on(), unread(self._service, self._receivers))
        return sum(self._fetched(each) for each in waiting)

    def _fetched(self, waiting: Unread) -> bool:
        try:
            return self._received(waiting)
        except StorageError:
            raise
        except Exception as fault:
            log.error("message %s was not taken from the message service: %s", waiting.id, type(fault).__name__)
            return False

    def _received(self, waiting: Unread) -> bool:
        """Commit, answer, mark as read, in this order; False while the message waits to be applied."""
        now = self._clock()
        peer = f"{PEER}:{waiting.id}"
        incoming = Incoming(document(self._service, waiting.id), self._family, peer, now + LEASE)
        (stored,) = receiving.store(self._context, [incoming], now)
        row = self._applied(stored.inbox_id, is_new=stored.outcome == "new")
        if row.disposition is None:
            return False
        if row.answer is not None and row.peer == peer and not self._is_answered(waiting, stored.outcome != "new"):
            for answer in answers_in(self._family, row.answer):
                self._answer(waiting, answer)
        mark_read(self._service, waiting.id, waiting.receiver)
        return True

    def _applied(self, number: int, *, is_new: bool) -> InboxRow:
        now = self._clock()
        with self._context.store.reading() as records:
            row = records.message(number)
        is_due = is_new or row.next_try_at is None or row.next_try_at <= now
        if row.disposition is not None or not is_due:
            return row
        receiving.apply_these(self._context, [number], now)
        with self._context.store.reading() as records:
            return records.message(number)

    def _is_answered(self, waiting: Unread, is_known: bool) -> bool:
        """Only of a message that was begun on before must the service be asked."""
        return is_known and receipts(self._service, waiting.id).get(waiting.receiver) is not None

    def _answer(self, waiting: Unread, answer: bytes) -> None:
        try:
            post(self._service, answer)
        except MessageServiceRefusal as refusal:  # it would be refused for ever: what was received stays received
            log.error("the answer to message %s was refused: %s", waiting.id, refusal.code)
