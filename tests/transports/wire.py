"""A listener on this machine, and senders that put bytes on the wire as they like."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from pathway_engine.transports.mllp import END, START, MllpServer, MllpSettings, Peer

PATIENCE = MllpSettings(port=0, linger_seconds=0.2)
"""The usual patience, on any free port."""


async def echo(frame: bytes, peer: Peer) -> bytes:
    return b"AA|" + frame


def refuse(reason: str, head: bytes) -> bytes:
    return f"AR|{reason}|".encode() + head[:20]


def framed(*messages: bytes) -> bytes:
    return b"".join(START + message + END for message in messages)


@asynccontextmanager
async def listening(
    settings: MllpSettings = PATIENCE, handle: Callable[[bytes, Peer], Awaitable[bytes | None]] = echo
) -> AsyncIterator[MllpServer]:
    """A server that has begun to listen, and is stopped at the end."""
    server = MllpServer(handle, settings, refuse=refuse)
    await server.start()
    try:
        yield server
    finally:
        await server.stop(grace_seconds=5)


class Wire:
    """A sender that puts bytes on the wire as it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def put(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answers(self, count: int) -> list[bytes]:
        """The next *count* answers."""
        found = []
        async with asyncio.timeout(20):
            for _ in range(count):
                whole = await self.reader.readuntil(END)
                found.append(whole.removeprefix(START).removesuffix(END))
        return found

    async def closed(self) -> bytes:
        """What still comes before the other side closes."""
        async with asyncio.timeout(20):
            return await self.reader.read()


@asynccontextmanager
async def connected(server: MllpServer) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=4_000_000)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for *condition*, and fail when it never comes true."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0)
