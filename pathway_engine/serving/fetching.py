"""Threads that fetch messages for a worker: out of the drop folder, and from the message service."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread

from pathway_engine.app import drop_folder, message_service
from pathway_engine.channels.families import answers_in
from pathway_engine.clock import Clock
from pathway_engine.service.context import Context
from pathway_engine.settings import Settings, her_ids
from pathway_engine.transports.message_service import post
from pathway_engine.workers import drop_reader, message_poller
from pathway_engine.workers.drop_reader import DropReader
from pathway_engine.workers.message_poller import MessagePoller

log = logging.getLogger(__name__)
Turn = Callable[[Callable[[], bool]], int]
"""Fetch what is there, as long as the question is answered with yes; return how much was done with."""


class Fetcher:
    """A thread that fetches every *every_seconds*; what it has begun on is remembered by others, not here."""

    def __init__(self, name: str, turn: Turn, every_seconds: float) -> None:
        self._turn = turn
        self._every_seconds = every_seconds
        self._stop = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to fetch."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is in hand, then end."""
        self._stop.set()
        self._thread.join()

    @property
    def lives(self) -> bool:
        """Whether the thread is there."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.turn()
            self._stop.wait(self._every_seconds)

    def turn(self) -> int:
        """Fetch what is there; 0 also when the database or the other side is away, which is tried again."""
        try:
            return self._turn(lambda: not self._stop.is_set())
        except Exception as fault:
            log.error("%s: nothing could be fetched: %s", self._thread.name, type(fault).__name__)
            return 0


def reader_of_drops(context: Context, settings: Settings, clock: Clock) -> DropReader | None:
    """Who reads the drop folder of the settings; None without one. Raises OSError when it cannot be used."""
    if settings.drop_folder is None:
        return None
    folder = drop_folder(settings.drop_folder, settings)
    return DropReader(context, folder, clock, max_bytes=settings.message_max_bytes)


def poller_of_service(context: Context, settings: Settings, clock: Clock) -> MessagePoller | None:
    """Who reads the message service of the settings; None without one."""
    if not settings.message_service_url:
        return None
    return MessagePoller(context, message_service(settings), her_ids(settings), clock)


def bring_answer(context: Context, settings: Settings, number: int) -> bool:
    """Bring the answer to a message that was run again the way that the message came; False when there is none.

    Over MLLP and HTTP nobody waits any more: who sends the message again gets it. Raises OSError or
    MessageServiceError.
    """
    with context.store.reading() as records:
        row = records.message(number)
    way, _, _ = row.peer.partition(":")
    if row.answer is None:
        return False
    if way == drop_reader.PEER and settings.drop_folder is not None:
        drop_reader.put_answers(drop_folder(settings.drop_folder, settings), row.id, row.channel, row.answer)
        return True
    if way == message_poller.PEER and settings.message_service_url:
        for each in answers_in(row.channel, row.answer):
            post(message_service(settings), each)
        return True
    return False


def fetchers(context: Context, settings: Settings, clock: Clock) -> list[Fetcher]:
    """One thread for each way in that the settings name beside the listener."""
    found: list[Fetcher] = []
    if (reader := reader_of_drops(context, settings, clock)) is not None:
        found.append(Fetcher("drop folder", reader.take_all, settings.sweep_seconds))
    if (poller := poller_of_service(context, settings, clock)) is not None:
        found.append(Fetcher("message service", poller.fetch_all, settings.message_service_seconds))
    return found
