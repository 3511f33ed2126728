"""Messages from the wire: those that arrive during a commit share the next one, then each is applied in order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from queue import SimpleQueue
from threading import Thread
from typing import Protocol

from pathway_engine.clock import Clock
from pathway_engine.domain.errors import StorageError
from pathway_engine.service import receiving
from pathway_engine.service.channel import Answer, ApplicationFault, Verdict
from pathway_engine.service.context import Context
from pathway_engine.service.receiving import Incoming, Received
from pathway_engine.storage.errors import RefusedValue

LARGEST_BATCH = 200
LEASE = timedelta(seconds=10)
"""So long the heartbeat leaves a stored message to those who have taken it in hand here."""

log = logging.getLogger(__name__)


class Wants(Protocol):
    """When a sender wants to be answered."""

    @property
    def stored(self) -> bool:
        """Once the message is safe."""

    @property
    def applied(self) -> bool:
        """Once the message has had its effect."""


@dataclass(slots=True)
class Waiting:
    """A message on its way in. `answers` gets the answers that its sender waits for, in order, possibly none."""

    incoming: Incoming
    answers: Future[list[bytes]] = field(default_factory=Future)
    so_far: list[bytes] = field(default_factory=list)
    wants: Wants | None = None
    received: Received | None = None


class InboxWriter:
    """Two threads: one commits raw messages, many at once; the other applies them in order of arrival.

    An answer is given only after the commit that it speaks of. *wants* says which answers a message
    asks for. *left* hears of each message whose effect no sender waits for, and which is then left to the
    workers; without it everything is applied here. `stop` lets both threads finish what they have been given.
    """

    def __init__(
        self,
        context: Context,
        clock: Clock,
        wants: Callable[[Incoming], Wants],
        left: Callable[[], None] | None = None,
    ) -> None:
        self._context = context
        self._clock = clock
        self._wants = wants
        self._left = left
        self._arrived: SimpleQueue[Waiting | None] = SimpleQueue()
        self._stored: SimpleQueue[Waiting | None] = SimpleQueue()
        self._threads = [
            Thread(target=self._store_all, name="inbox-store", daemon=True),
            Thread(target=self._apply_all, name="inbox-apply", daemon=True),
        ]

    def start(self) -> None:
        """Begin to take messages."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Store and apply what has been taken, then end."""
        self._arrived.put(None)
        for thread in self._threads:
            thread.join()

    def take(self, incoming: Incoming) -> Future[list[bytes]]:
        """Take one message; the result is what to answer. Never raises on bad content."""
        waiting = Waiting(incoming)
        waiting.answers.set_running_or_notify_cancel()  # a sender that hangs up cancels nothing
        self._arrived.put(waiting)
        return waiting.answers

    # -- storing

    def _store_all(self) -> None:
        for batch in _batches(self._arrived, LARGEST_BATCH):
            self._store(batch)
        self._stored.put(None)

    def _store(self, batch: list[Waiting]) -> None:
        now = self._clock()
        try:
            kept = receiving.store(self._context, [self._held(each, now) for each in batch], now)
        except Exception as fault:
            log.error("%s messages could not be stored: %s", len(batch), type(fault).__name__)
            self._store_apart(batch, fault)
            return
        for each, received in zip(batch, kept, strict=True):
            each.received = received
            self._after_storing(each, received)

    def _held(self, each: Waiting, now: datetime) -> Incoming:
        """Hold back from the workers what is applied here."""
        each.wants = self._wants(each.incoming)
        is_left = self._left is not None and not each.wants.applied
        return each.incoming if is_left else replace(each.incoming, held_until=now + LEASE)

    def _store_apart(self, batch: list[Waiting], fault: Exception) -> None:
        """Unless the database itself is away, let each message stand for itself: one bad one spoils no others."""
        is_away = isinstance(fault, StorageError) and not isinstance(fault, RefusedValue)
        for each in batch:
            if is_away or len(batch) == 1:
                self._settle(each, self._not_stored)
            else:
                self._store([each])

    def _after_storing(self, each: Waiting, received: Received) -> None:
        """Answer what was only to be stored, or has its answer already; leave the rest to be applied."""
        try:
            wants = each.wants or self._wants(each.incoming)
            was_refused = received.refused_at_once
            if wants.stored and not was_refused:
                each.so_far += _some(receiving.stored_answer(self._context, received, self._clock()))
        except Exception as fault:
            log.error("message %s could not be answered: %s", received.inbox_id, type(fault).__name__)
            self._settle(each, self._not_stored)
            return
        if (wants.stored and not wants.applied and not was_refused) or received.disposition is not None:
            self._settle(each, lambda waiting: _final(waiting, wants, was_refused))
        if received.disposition is None and self._left is not None and each.answers.done():
            self._left()
        elif received.disposition is None:
            self._stored.put(each)

    def _not_stored(self, each: Waiting) -> list[bytes]:
        return _some(receiving.not_stored(self._context, each.incoming, self._clock()))

    # -- applying

    def _apply_all(self) -> None:
        for batch in _batches(self._stored, receiving.LARGEST_BATCH):
            self._apply(batch)

    def _apply(self, batch: list[Waiting]) -> None:
        numbers = [_number(each) for each in batch]
        try:
            rows = receiving.apply_these(self._context, numbers, self._clock())
        except Exception as fault:  # they are stored: the heartbeat applies them when the database is back
            log.error("%s messages wait to be applied: %s", len(batch), type(fault).__name__)
            for each in batch:
                self._settle(each, self._not_applied)
            return
        for each, number in zip(batch, numbers, strict=True):
            answer = rows[number].answer
            self._settle(each, lambda waiting, answer=answer: waiting.so_far + _some(answer))  # type: ignore[misc]

    def _not_applied(self, each: Waiting) -> list[bytes]:
        if each.so_far:
            return each.so_far
        channel = self._context.channels[each.incoming.channel]
        word = Answer(verdict=Verdict.ERROR, error=ApplicationFault())
        return _some(channel.answer(each.incoming.raw, word, self._clock(), _number(each)))

    def _settle(self, each: Waiting, word: Callable[[Waiting], list[bytes]]) -> None:
        """Give the answers, once."""
        if each.answers.done():
            return
        try:
            each.answers.set_result(word(each))
        except StopIteration:  # which no future of asyncio takes: its waiter would wait for ever
            each.answers.set_exception(RuntimeError("StopIteration"))
        except Exception as fault:
            # A future that holds a StopIteration never wakes whoever awaits it.
            each.answers.set_exception(RuntimeError(type(fault).__name__))


def _batches(queue: SimpleQueue[Waiting | None], largest: int) -> Iterator[list[Waiting]]:
    """Wait for one, then take along what has gathered; end after the None that ends the queue."""
    while (first := queue.get()) is not None:
        batch, goes_on = [first], True
        while len(batch) < largest and not queue.empty():
            waiting = queue.get()
            if waiting is None:
                goes_on = False
                break
            batch.append(waiting)
        yield batch
        if not goes_on:
            return


def _number(each: Waiting) -> int:
    return each.received.inbox_id if each.received else 0


def _final(each: Waiting, wants: Wants, was_refused: bool) -> list[bytes]:
    """The answers of a message whose end is known already: a resent one, or one refused at the door."""
    known = [] if each.received is None else _some(each.received.answer)
    return each.so_far + (known if wants.applied or was_refused else [])


def _some(answer: bytes | None) -> list[bytes]:
    return [] if answer is None else [answer]
