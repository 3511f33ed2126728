"""A bad network between the program and its database: silent, slow, or cutting every connection."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

CHUNK_BYTES = 1 << 16


@dataclass
class Network:
    """Carries bytes between a port of this machine and a Unix socket, as well as it is told to."""

    goal: str
    port: int = 0
    delay_seconds: float = 0.0
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _wires: set[asyncio.StreamWriter] = field(default_factory=set)
    _carrying: set[asyncio.Task[None]] = field(default_factory=set)

    def silence(self) -> None:
        """Carry nothing more, and close nothing."""
        self._loop.call_soon_threadsafe(self._open.clear)

    def mend(self) -> None:
        """Carry again, at once."""
        self.delay_seconds = 0.0
        self._loop.call_soon_threadsafe(self._open.set)

    def slow_down(self, seconds: float) -> None:
        """Let every packet take *seconds*."""
        self.delay_seconds = seconds

    def cut(self) -> None:
        """Reset every connection that is open."""
        self._loop.call_soon_threadsafe(self._abort)

    def _abort(self) -> None:
        for wire in self._wires:
            wire.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carrying.add(task)
        try:
            there_reader, there = await asyncio.open_unix_connection(self.goal)
            self._wires |= {writer, there}
            await asyncio.gather(self._carry(reader, there), self._carry(there_reader, writer))
            self._wires -= {writer, there}
        except OSError:
            writer.transport.abort()
        finally:
            self._carrying.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                await asyncio.sleep(self.delay_seconds)
                await self._open.wait()
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _serve(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self._open.set()

    async def _end(self) -> None:
        assert self._server is not None
        self._server.close()
        self._abort()
        for task in set(self._carrying):
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)
        self._loop.stop()


@contextmanager
def network(goal: str) -> Iterator[Network]:
    """A network to the Unix socket *goal*, in a thread of its own."""
    between = Network(goal)
    thread = Thread(target=between._loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(between._serve(), between._loop).result(30)
    try:
        yield between
    finally:
        asyncio.run_coroutine_threadsafe(between._end(), between._loop)
        thread.join(30)
        between._loop.close()
