"""What has changed, told to open pages: one look a process at what is new, however many pages are open."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from pathway_engine.domain.errors import StorageError
from pathway_engine.service.news import Changes, Mark, Seen
from pathway_engine.service.views import Principal

LOOK_SECONDS = 2.0
STREAM_SECONDS = 60.0
"""How long one stream lasts before the browser asks anew, and shows anew that its session still lives."""
BEAT_SECONDS = 15.0
MOST_STREAMS = 200
RETRY_MS = 3000

log = logging.getLogger(__name__)
Look = Callable[[Mark | None, Seen | None], Changes]
"""Tells what has changed since a mark, but for what was seen already."""


@dataclass(eq=False, slots=True)
class _Page:
    """One open page: whose it is, and what is to be told next."""

    who: Principal
    told: asyncio.Event = field(default_factory=asyncio.Event)
    mark: Mark | None = None
    concerned: bool = False


class Watch:
    """Looks at what is new while any page is open, and wakes those whose lists may have changed."""

    def __init__(self, look_seconds: float = LOOK_SECONDS, stream_seconds: float = STREAM_SECONDS) -> None:
        self._look_seconds, self._stream_seconds = look_seconds, stream_seconds
        self._pages: set[_Page] = set()
        self._looking: asyncio.Task[None] | None = None
        self._mark: Mark | None = None
        self._seen: Seen = frozenset()
        self._closed = False

    @property
    def is_full(self) -> bool:
        """Whether as many pages are told as one process tells."""
        return self._closed or len(self._pages) >= MOST_STREAMS

    def close(self) -> None:
        """End every stream: the process is about to stop."""
        self._closed = True
        for page in self._pages:
            page.told.set()

    async def told(self, who: Principal, since: Mark | None, look: Look) -> AsyncIterator[str]:
        """Give server-sent events for one page of *who*, which knows what was so at *since*."""
        page = _Page(who)
        self._pages.add(page)
        try:
            yield f"retry: {RETRY_MS}\n\n"
            missed = await run_in_threadpool(look, since, None)
            yield _event(missed.mark) if missed.concern(who) else _known(missed.mark)
            self._look_on(look, missed)
            async for text in self._events(page):
                yield text
        finally:
            self._pages.discard(page)

    async def _events(self, page: _Page) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        ends = loop.time() + self._stream_seconds
        while not self._closed and loop.time() < ends:
            try:
                await asyncio.wait_for(page.told.wait(), min(BEAT_SECONDS, max(0.01, ends - loop.time())))
            except TimeoutError:
                yield _known(self._mark)
                continue
            page.told.clear()
            if page.concerned:
                page.concerned = False
                yield _event(page.mark)

    def _look_on(self, look: Look, known: Changes) -> None:
        if self._looking is None or self._looking.done():
            self._mark, self._seen = known.mark, known.seen
            self._looking = asyncio.create_task(self._look(look))

    async def _look(self, look: Look) -> None:
        while self._pages and not self._closed:
            await asyncio.sleep(self._look_seconds)
            try:
                found = await run_in_threadpool(look, self._mark, self._seen)
            except StorageError:
                log.warning("what is new cannot be looked at; looking again")
                continue
            self._mark, self._seen = found.mark, found.seen
            for page in [page for page in self._pages if found.concern(page.who)]:
                page.mark, page.concerned = found.mark, True
                page.told.set()


def _event(mark: Mark | None) -> str:
    return f"id: {mark}\nevent: changed\ndata: {mark}\n\n"


def _known(mark: Mark | None) -> str:
    """An event without data is none; but the browser asks anew from its id."""
    return f"id: {mark}\n\n"
