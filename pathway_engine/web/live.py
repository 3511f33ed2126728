"""What has changed, told to open pages: one look a process at the end of the log, however many pages are open."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from pathway_engine.domain.errors import StorageError
from pathway_engine.service.days import Changes
from pathway_engine.service.views import Principal

LOOK_SECONDS = 2.0
STREAM_SECONDS = 60.0
"""How long one stream lasts before the browser asks anew, and shows anew that its session still lives."""
BEAT_SECONDS = 15.0
MOST_STREAMS = 200
RETRY_MS = 3000

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Page:
    """One open page: whose it is, and what is to be told next."""

    who: Principal
    told: asyncio.Event = field(default_factory=asyncio.Event)
    seq: int = 0
    concerned: bool = False


class Watch:
    """Looks at the end of the log while any page is open, and wakes those whose lists may have changed."""

    def __init__(self, look_seconds: float = LOOK_SECONDS, stream_seconds: float = STREAM_SECONDS) -> None:
        self._look_seconds, self._stream_seconds = look_seconds, stream_seconds
        self._pages: set[_Page] = set()
        self._looking: asyncio.Task[None] | None = None
        self._seq: int | None = None
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

    async def told(
        self, who: Principal, since: int | None, look: Callable[[int | None], Changes]
    ) -> AsyncIterator[str]:
        """Give server-sent events for one page of *who*, which knows the log as far as *since*."""
        page = _Page(who)
        self._pages.add(page)
        try:
            yield f"retry: {RETRY_MS}\n\n"
            missed = await run_in_threadpool(look, since)
            if missed.concern(who):
                yield _event(missed.seq)
            self._look_on(look, missed.seq)
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
                yield ": still here\n\n"
                continue
            page.told.clear()
            if page.concerned:
                page.concerned = False
                yield _event(page.seq)

    def _look_on(self, look: Callable[[int | None], Changes], seq: int) -> None:
        if self._looking is None or self._looking.done():
            self._seq = seq
            self._looking = asyncio.create_task(self._look(look))

    async def _look(self, look: Callable[[int | None], Changes]) -> None:
        while self._pages and not self._closed:
            await asyncio.sleep(self._look_seconds)
            try:
                found = await run_in_threadpool(look, self._seq)
            except StorageError:
                log.warning("the end of the log cannot be looked at; looking again")
                continue
            self._seq = found.seq
            for page in [page for page in self._pages if found.concern(page.who)]:
                page.seq, page.concerned = found.seq, True
                page.told.set()


def _event(seq: int) -> str:
    return f"id: {seq}\nevent: changed\ndata: {seq}\n\n"
