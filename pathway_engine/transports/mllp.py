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

START = b"\x0b"
END = b"\x1c\r"
CHUNK_BYTES = 64 * 1024
MAX_FRAME_BYTES = 1024 * 1024
HANDSHAKE_SECONDS = 10.0
HEAD_BYTES = 4096
"""How much of a bad frame is shown to whoever words the refusal."""

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
    longest for a whole frame, `connection_idle_seconds` the longest between frames. `port` 0 means
    any free port. `tls` with `verify_mode=CERT_REQUIRED` asks for client certificates.
    """

    host: str = "127.0.0.1"
    port: int = 2575
    max_frame_bytes: int = MAX_FRAME_BYTES
    frame_idle_seconds: float = 10.0
    frame_total_seconds: float = 30.0
    connection_idle_seconds: float = 300.0
    write_seconds: float = 30.0
    linger_seconds: float = 2.0
    max_connections: int = 100
    max_connections_per_peer: int = 20
    tls: ssl.SSLContext | None = None


Handle = Callable[[bytes, Peer], Awaitable[bytes | None]]
"""Takes one message and gives the answer, or None when the sender wants none."""

Refuse = Callable[[str, bytes], bytes]
"""Words the answer to a frame that cannot be taken, from the reason and the frame's first bytes.

Reasons: ``oversize``, ``timeout``, ``unfinished``, ``stopping``, ``internal``, ``too many connections``.
"""


class Oversize(PathwayEngineError):
    """The frame is larger than is taken."""


class Unfinished(PathwayEngineError):
    """A new frame began before the last one had ended."""

    def __init__(self, head: bytes) -> None:
        super().__init__()
        self.head = head


class Deframer:
    """Cuts a stream of bytes into frames; holds at most one unfinished frame of the largest size."""

    def __init__(self, max_frame_bytes: int) -> None:
        self._max = max_frame_bytes
        self._buffer = bytearray()
        self._searched = 0
        self.inside = False
        self._junk_bytes = 0

    def feed(self, data: bytes) -> None:
        """Add what was received."""
        self._buffer += data

    def head(self) -> bytes:
        """The first bytes of the frame that is not finished."""
        return bytes(self._buffer[:HEAD_BYTES]) if self.inside else b""

    def skipped(self) -> int:
        """How many bytes, line ends aside, stood between frames since this was last asked."""
        count, self._junk_bytes = self._junk_bytes, 0
        return count

    def next(self) -> bytes | None:
        """Return the next whole frame without its marks, None when there is none yet.

        Raises `Oversize`, after which the stream is of no more use, or `Unfinished` with the lost
        frame's first bytes, after which the next frame follows.
        """
        if not self.inside and not self._enter():
            return None
        end = self._buffer.find(END, self._searched)
        again = self._buffer.find(START, self._searched, end if end >= 0 else len(self._buffer))
        if again >= 0:
            raise self._lose(again)
        if max(end, 0) > self._max or (end < 0 and len(self._buffer) > self._max + 1):
            raise Oversize
        if end < 0:
            self._searched = max(len(self._buffer) - 1, 0)
            return None
        frame = bytes(self._buffer[:end])
        self._leave(end + len(END))
        return frame

    def _enter(self) -> bool:
        """Skip to the next start mark; line ends between frames are usual, other bytes are counted."""
        start = self._buffer.find(START)
        skipped = self._buffer if start < 0 else self._buffer[:start]
        self._junk_bytes += sum(byte not in b"\r\n" for byte in skipped)
        self._leave(len(self._buffer) if start < 0 else start + 1)
        self.inside = start >= 0
        return self.inside

    def _leave(self, position: int) -> None:
        del self._buffer[:position]
        self._searched = 0
        self.inside = False

    def _lose(self, start: int) -> Unfinished:
        lost = Unfinished(bytes(self._buffer[: min(start, HEAD_BYTES)]))
        self._leave(start + 1)
        self.inside = True
        return lost


class MllpServer:
    """Listens for MLLP and answers each connection's frames one after the other, in order.

    `counts` says what was seen: ``frames``, ``answers``, ``connections``, ``junk bytes``, and one
    count for each reason of refusal.
    """

    def __init__(self, handle: Handle, settings: MllpSettings, *, refuse: Refuse) -> None:
        self.handle = handle
        self.settings = settings
        self.refuse = refuse
        self.stopping = asyncio.Event()
        self._open: dict[asyncio.Task[None], str] = {}
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
        self.stopping.set()
        if self._server is not None:
            self._server.close()
        if self._open:
            _, late = await asyncio.wait(set(self._open), timeout=grace_seconds)
            for connection in late:
                connection.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        peer = _peer(writer)
        is_welcome = self._has_room(peer)
        self._open[task] = peer.host if is_welcome else ""
        try:
            connection = _Connection(self, reader, writer, peer)
            await (connection.serve() if is_welcome else connection.turn_away())
        except (OSError, TimeoutError) as lost:
            log.info("mllp connection lost: %s", type(lost).__name__)
        finally:
            del self._open[task]
            writer.close()
            with suppress(OSError, TimeoutError):
                await writer.wait_closed()

    def _has_room(self, peer: Peer) -> bool:
        self.counts["connections"] += 1
        welcome = [host for host in self._open.values() if host]
        settings = self.settings
        return len(welcome) < settings.max_connections and (
            welcome.count(peer.host) < settings.max_connections_per_peer
        )


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
        self._waited = 0.0

    async def serve(self) -> None:
        """Answer frames until the other side closes, is silent, or sends what cannot be taken."""
        trouble = None
        while trouble is None:
            trouble = await self._answer_whole_frames() or await self._receive()
        if self._frames.inside:
            await self._turn_down(trouble, self._frames.head())
            await self._linger()

    async def turn_away(self) -> None:
        """Say that there are too many connections already."""
        await self._turn_down("too many connections", b"")
        await self._linger()

    async def _answer_whole_frames(self) -> str | None:
        """Answer what is whole; return why the connection must end, or None."""
        while True:
            try:
                frame = self._frames.next()
            except Oversize:
                return "oversize"
            except Unfinished as lost:
                self._waited = 0.0
                await self._turn_down("unfinished", lost.head)
                continue
            self._server.counts["junk bytes"] += self._frames.skipped()
            if frame is None:
                return None
            self._waited = 0.0
            await self._answer(frame)

    async def _answer(self, frame: bytes) -> None:
        self._server.counts["frames"] += 1
        try:
            answer = await self._server.handle(frame, self._peer)
        except Exception as wrong:
            log.error("mllp handler failed: %s", type(wrong).__name__)
            await self._turn_down("internal", frame[:HEAD_BYTES])
            return
        if answer is not None:
            await self._write(answer)
            self._server.counts["answers"] += 1

    async def _receive(self) -> str | None:
        """Wait for more bytes; return why the connection must end, or None."""
        if self._waited >= self._settings.frame_total_seconds:  # bytes that are always there never time out
            return "timeout"
        read = asyncio.ensure_future(self._reader.read(CHUNK_BYTES))
        stopping = asyncio.ensure_future(self._server.stopping.wait())
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            await asyncio.wait({read, stopping}, timeout=self._patience(), return_when=asyncio.FIRST_COMPLETED)
            self._waited += clock() - began if self._frames.inside else 0.0
            if not read.done():
                return "stopping" if stopping.done() else "timeout"
            data = read.result()
        finally:
            read.cancel()
            stopping.cancel()
        self._frames.feed(data)
        return None if data else "unfinished"

    def _patience(self) -> float:
        """How many seconds the next byte may take."""
        settings = self._settings
        if not self._frames.inside:
            return settings.connection_idle_seconds
        return min(settings.frame_idle_seconds, settings.frame_total_seconds - self._waited)

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

    async def _write(self, answer: bytes) -> None:
        self._writer.write(START + answer + END)
        async with asyncio.timeout(self._settings.write_seconds):
            await self._writer.drain()

    async def _linger(self) -> None:
        """Let the refusal arrive: a close with unread bytes would reset the connection and lose it."""
        if self._writer.can_write_eof():
            self._writer.write_eof()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.linger_seconds):
                while await self._reader.read(CHUNK_BYTES):
                    pass


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
