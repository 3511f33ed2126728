"""MLLP, the wire of HL7 v2: messages between a start and an end mark on a lasting connection."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from pathway_engine.domain.errors import PathwayEngineError
from pathway_engine.transports.frames import (
    END,
    HEAD_BYTES,
    MAX_FRAME_BYTES,
    START,
    Deframer,
    Oversize,
    Stray,
    Unfinished,
)
from pathway_engine.transports.places import Places

__all__ = [
    "END", "MAX_FRAME_BYTES", "START", "Deframer", "MllpServer", "MllpSettings", "NoAnswer", "Oversize", "Peer",
    "Stray", "Unfinished", "send",
]  # fmt: skip

CHUNK_BYTES = 64 * 1024
HANDSHAKE_SECONDS = 10.0
MOST_LOST_IN_A_ROW = 20
"""How many frames without an end are answered, one after the other, before the sender is given up."""
LINGER_BYTES = 4 * 1024 * 1024
"""How much of what a refused sender still sends is read, so that it finds its refusal."""

log = logging.getLogger(__name__)


class NoAnswer(PathwayEngineError):
    """The other side took the message, or not, but did not answer in time. Send it again unchanged."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end: address, port, and the subject of its certificate if it showed one."""

    host: str
    port: int
    certificate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MllpSettings:
    """Where to listen and how much one sender may ask for; sizes in bytes, times in seconds.

    `frame_idle_seconds` is the longest wait between two bytes of a frame, `frame_total_seconds` the
    longest for a whole frame, `connection_idle_seconds` the longest between frames. An answer may take
    `answer_seconds` to find and `write_seconds` to be read. `settle_seconds` is how long a connection is
    left alone before it may have to make way (see `Places`). `port` 0 means any free port. `tls` with
    `verify_mode=CERT_REQUIRED` asks for client certificates.
    """

    host: str = "127.0.0.1"
    port: int = 2575
    max_frame_bytes: int = MAX_FRAME_BYTES
    frame_idle_seconds: float = 10.0
    frame_total_seconds: float = 30.0
    connection_idle_seconds: float = 300.0
    answer_seconds: float = 60.0
    write_seconds: float = 30.0
    linger_seconds: float = 2.0
    settle_seconds: float = 1.0
    max_connections: int = 100
    max_connections_per_peer: int = 20
    tls: ssl.SSLContext | None = None


Handle = Callable[[bytes, Peer], Awaitable[bytes | None]]
"""Takes one message and gives the answer, or None when the sender wants none."""

Refuse = Callable[[str, bytes], bytes]
"""Words the answer to a frame that cannot be taken, from the reason and the frame's first bytes.

Reasons: ``oversize``, ``timeout``, ``unfinished``, ``stray bytes``, ``stopping``, ``internal``,
``no answer in time``, ``too many connections``.
"""


class MllpServer:
    """Listens for MLLP and answers each connection's frames one after the other, in order.

    `counts` says what was seen: ``frames``, ``answers``, ``connections``, ``junk bytes``, one count for
    each reason of refusal, and how many connections were closed because they were ``silent``, ``made
    way`` for another, did not read their answer (``unread``), or were too many to be told so
    (``cut off``).
    """

    def __init__(self, handle: Handle, settings: MllpSettings, *, refuse: Refuse) -> None:
        self.handle = handle
        self.settings = settings
        self.refuse = refuse
        self.places = Places(settings.max_connections, settings.max_connections_per_peer, settings.settle_seconds)
        self.is_stopping = False
        self._open: dict[asyncio.Task[None], _Connection] = {}
        self._server: asyncio.Server | None = None
        self.counts: Counter[str] = Counter()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def open_connections(self) -> int:
        """How many connections are open now."""
        return len(self._open)

    async def start(self) -> None:
        """Begin to listen."""
        settings = self.settings
        self._server = await asyncio.start_server(
            self._connected,
            settings.host,
            settings.port,
            limit=CHUNK_BYTES,
            ssl=settings.tls,
            ssl_handshake_timeout=HANDSHAKE_SECONDS if settings.tls else None,
        )

    async def stop(self, grace_seconds: float = 30.0) -> None:
        """Take no more frames, answer those that are whole, then close; force it after *grace_seconds*."""
        self.is_stopping = True
        if self._server is not None:
            self._server.close()
        for connection in self._open.values():
            connection.end("stopping")
        if self._open:
            _, late = await asyncio.wait(set(self._open), timeout=grace_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.counts["connections"] += 1
        connection = _Connection(self, reader, writer, _peer(writer))
        has_place = self.places.take(connection, connection.since)
        if not has_place and len(self._open) >= 2 * self.settings.max_connections:
            self.counts["cut off"] += 1  # so many that telling each would be the load
            writer.transport.abort()
            return
        self._open[task] = connection
        try:
            await (connection.serve() if has_place else connection.turn_away())
        except TimeoutError:
            self.counts["unread"] += 1
        except OSError as lost:
            log.info("mllp connection lost: %s", type(lost).__name__)
        finally:
            del self._open[task]
            self.places.leave(connection)
            await _closed(writer, self.settings.linger_seconds)


async def _closed(writer: asyncio.StreamWriter, seconds: float) -> None:
    """Close; what the other side has not taken after *seconds* is thrown away."""
    writer.close()
    try:
        async with asyncio.timeout(seconds):
            await writer.wait_closed()
    except (OSError, TimeoutError):
        writer.transport.abort()


class _Connection:
    """One connection, from its first byte to its close, which is never silent after a bad frame."""

    def __init__(
        self, server: MllpServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: Peer
    ) -> None:
        self._server = server
        self._settings = server.settings
        self._reader = reader
        self._writer = writer
        self._peer = peer
        self._frames = Deframer(self._settings.max_frame_bytes)
        self._clock = asyncio.get_running_loop().time
        self._waiting: asyncio.Timeout | None = None
        self._begun = False
        self._lost_in_a_row = 0
        self._must_end = "stopping" if server.is_stopping else ""
        self.since = self._clock()
        self.is_proven = False

    # -- what `Places` asks

    @property
    def host(self) -> str:
        """The address of the sender."""
        return self._peer.host

    @property
    def can_go(self) -> bool:
        """Whether nothing whole is lost by closing."""
        return self._waiting is not None and not self._must_end and not (self.is_proven and self._begun)

    def make_way(self) -> None:
        """Close for another's sake; a frame that was begun is answered first."""
        self._server.counts["made way"] += 1
        self.end("too many connections")

    def end(self, reason: str) -> None:
        """Close as soon as what is whole has been answered."""
        self._must_end = reason
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(self._clock())

    # -- the conversation

    async def turn_away(self) -> None:
        """Say that there are too many connections already."""
        await self._turn_down("too many connections", b"")
        await self._linger()

    async def serve(self) -> None:
        """Answer frames until the other side closes, is silent, or sends what cannot be taken."""
        trouble = None
        while trouble is None:
            trouble = await self._answer_whole_frames() or await self._receive()
        if self._frames.begun:
            await self._turn_down(trouble, self._frames.head())
            await self._linger()
        elif trouble == "timeout":
            self._server.counts["silent"] += 1

    async def _answer_whole_frames(self) -> str | None:
        """Answer what is whole; return why the connection must end, or None."""
        while self._lost_in_a_row < MOST_LOST_IN_A_ROW:
            try:
                frame = self._frames.next()
            except Oversize:
                return "oversize"
            except Stray:
                return "stray bytes"
            except Unfinished as lost:
                self._begun = False
                self._lost_in_a_row += 1
                await self._turn_down("unfinished", lost.head)
                continue
            self._server.counts["junk bytes"] += self._frames.skipped()
            if frame is None:
                return None
            await self._answer(frame)
        return "unfinished"

    async def _answer(self, frame: bytes) -> None:
        self._server.counts["frames"] += 1
        answer = await self._handled(frame)
        if answer is not None:
            await self._write(answer)
            self._server.counts["answers"] += 1
        self._begun, self._lost_in_a_row = False, 0
        self.since, self.is_proven = self._clock(), True

    async def _handled(self, frame: bytes) -> bytes | None:
        try:
            async with asyncio.timeout(self._settings.answer_seconds) as patience:
                return await self._server.handle(frame, self._peer)
        except Exception as wrong:
            log.error("mllp handler failed: %s", type(wrong).__name__)
            reason = "no answer in time" if patience.expired() else "internal"
            await self._turn_down(reason, frame[:HEAD_BYTES])
            return None

    async def _receive(self) -> str | None:
        """Wait for more bytes; return why the connection must end, or None."""
        if self._frames.begun != self._begun:
            self._begun, self.since = self._frames.begun, self._clock()
        patience = 0.0 if self._must_end else self._patience()
        if patience <= 0 and not self._must_end:  # bytes that are always there never time out
            return "timeout"
        try:
            async with asyncio.timeout(patience) as self._waiting:
                data = await self._reader.read(CHUNK_BYTES)
        except TimeoutError:
            return self._must_end or "timeout"
        finally:
            self._waiting = None
        self._frames.feed(data)
        return None if data else "unfinished"

    def _patience(self) -> float:
        """How many seconds the next byte may take."""
        settings, waited = self._settings, self._clock() - self.since
        if not self._begun:
            return settings.connection_idle_seconds - waited
        return min(settings.frame_idle_seconds, settings.frame_total_seconds - waited)

    async def _turn_down(self, reason: str, head: bytes) -> None:
        self._server.counts[reason] += 1
        log.warning("mllp frame refused: %s", reason)
        try:
            answer = self._server.refuse(reason, head)
        except Exception as wrong:
            log.error("mllp refusal could not be worded: %s", type(wrong).__name__)
            return
        if answer:
            await self._write(answer)
        await asyncio.sleep(0)  # many refusals in a row hold up nobody else

    async def _write(self, answer: bytes) -> None:
        self._writer.write(START + answer + END)
        async with asyncio.timeout(self._settings.write_seconds):
            await self._writer.drain()

    async def _linger(self) -> None:
        """Let the refusal arrive: a close with unread bytes would reset the connection and lose it."""
        if self._writer.can_write_eof():
            self._writer.write_eof()
        left = LINGER_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.linger_seconds):
                while left > 0 and (data := await self._reader.read(CHUNK_BYTES)):
                    left -= len(data)
                    await asyncio.sleep(0)


async def send(
    host: str,
    port: int,
    messages: Sequence[bytes],
    *,
    timeout: float = 30.0,
    tls: ssl.SSLContext | None = None,
) -> list[bytes]:
    """Send *messages* one after the other on one connection and return their answers, in order.

    Each answer, and the connection, may take *timeout* seconds. Raises `NoAnswer` when one is late
    or the other side closes first, OSError when there is no connection.
    """
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    except TimeoutError:
        raise NoAnswer("There was no connection in time.") from None
    try:
        frames = Deframer(MAX_FRAME_BYTES)
        return [await _ask(reader, writer, frames, message, timeout) for message in messages]
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def _ask(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    frames: Deframer,
    message: bytes,
    timeout: float,
) -> bytes:
    try:
        async with asyncio.timeout(timeout):
            writer.write(START + message + END)
            await writer.drain()
            while (answer := frames.next()) is None:
                data = await reader.read(CHUNK_BYTES)
                if not data:
                    raise NoAnswer("The other side closed the connection without an answer.")
                frames.feed(data)
            return answer
    except TimeoutError:
        raise NoAnswer from None


def _peer(writer: asyncio.StreamWriter) -> Peer:
    host, port, *_ = writer.get_extra_info("peername") or ("", 0)
    certificate = writer.get_extra_info("peercert") or {}
    names = [f"{key}={value}" for entry in certificate.get("subject", ()) for key, value in entry]
    return Peer(str(host), int(port), ", ".join(names))
