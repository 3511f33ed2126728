"""MLLP on real sockets of this machine: every frame is answered, whatever the other side does."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from pathway_engine.transports.mllp import END, START, MllpServer, MllpSettings, NoAnswer, Peer, send

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


class TestFrames:
    """However the bytes arrive, each message is answered once and in order."""

    @pytest.mark.parametrize(
        ("pieces", "expected"),
        [
            pytest.param([framed(b"one")], [b"AA|one"], id="one"),
            pytest.param([framed(b"one"), framed(b"two")], [b"AA|one", b"AA|two"], id="lasting-connection"),
            pytest.param([framed(b"one", b"two")], [b"AA|one", b"AA|two"], id="two-in-one-read"),
            pytest.param([START + b"on", b"e" + END], [b"AA|one"], id="split-in-the-middle"),
            pytest.param([START + b"one\x1c", b"\r"], [b"AA|one"], id="split-in-the-end-mark"),
            pytest.param([bytes([byte]) for byte in framed(b"one", b"two")], [b"AA|one", b"AA|two"], id="byte-by-byte"),
            pytest.param([b"\r\n" + framed(b"one") + b"\r\n" + framed(b"two")], [b"AA|one", b"AA|two"], id="line-ends"),
            pytest.param([b"GET / HTTP/1.1\r\n" + framed(b"one")], [b"AA|one"], id="garbage-before"),
            pytest.param([framed(b"")], [b"AA|"], id="empty"),
            pytest.param([framed("ærlig\r\r\nÅ".encode("latin-1"))], [b"AA|\xe6rlig\r\r\n\xc5"], id="bytes-as-sent"),
            pytest.param([framed(b"a\x1cb")], [b"AA|a\x1cb"], id="end-mark-halved-inside"),
            pytest.param([framed(b"x" * 1_000_000)], [b"AA|" + b"x" * 1_000_000], id="a-megabyte"),
        ],
    )
    def test_messages_are_answered_however_they_arrive(self, pieces: list[bytes], expected: list[bytes]) -> None:
        """Mutants: close after each reply; one message per read; blank line before the start mark."""

        async def scene() -> None:
            async with listening() as server, connected(server) as wire:
                reader = asyncio.create_task(wire.answers(len(expected)))
                for piece in pieces:
                    await wire.put(piece)
                    await asyncio.sleep(0)
                assert await reader == expected

        asyncio.run(scene())

    def test_twenty_messages_sent_ahead_are_answered_in_order(self) -> None:
        """Mutant: a task for each frame, so that the quick overtake the slow."""

        async def slow_first(frame: bytes, peer: Peer) -> bytes:
            for _ in range(40 - 2 * int(frame)):
                await asyncio.sleep(0)
            return frame

        async def scene() -> None:
            async with listening(handle=slow_first) as server, connected(server) as wire:
                every = [str(number).encode() for number in range(20)]
                await wire.put(framed(*every))
                assert await wire.answers(20) == every

        asyncio.run(scene())

    def test_eight_senders_are_answered_side_by_side(self) -> None:
        async def scene() -> None:
            async with listening() as server:
                every = [f"{number}".encode() for number in range(20)]
                found = await asyncio.gather(*(send("127.0.0.1", server.port, every) for _ in range(8)))
                assert found == [[b"AA|" + each for each in every]] * 8
                assert (server.counts["frames"], server.counts["answers"]) == (160, 160)

        asyncio.run(scene())

    def test_a_sender_that_wants_no_answer_gets_none(self) -> None:
        async def scene() -> None:
            async def only_two(frame: bytes, peer: Peer) -> bytes | None:
                return frame if frame == b"two" else None

            async with listening(handle=only_two) as server, connected(server) as wire:
                await wire.put(framed(b"one", b"two"))
                assert await wire.answers(1) == [b"two"]

        asyncio.run(scene())

    def test_bytes_between_frames_are_counted(self) -> None:
        async def scene() -> None:
            async with listening() as server, connected(server) as wire:
                await wire.put(b"junk\r\n" + framed(b"one") + b"more\r" + framed(b"two"))
                await wire.answers(2)
                assert server.counts["junk bytes"] == 8

        asyncio.run(scene())


class TestBadFrames:
    """A frame that cannot be taken is told so before the connection is closed."""

    def test_a_frame_that_is_too_large_is_refused_and_not_kept(self) -> None:
        """Mutant: no cap, and one sender fills the memory."""

        async def scene() -> None:
            async with (
                listening(replace(PATIENCE, max_frame_bytes=1000)) as server,
                connected(server) as wire,
            ):
                await wire.put(framed(b"x" * 1000))
                assert await wire.answers(1) == [b"AA|" + b"x" * 1000]
                await wire.put(START + b"MSH|^~\\&|" + b"x" * 200_000)
                assert await wire.answers(1) == [b"AR|oversize|MSH|^~\\&|" + b"x" * 11]
                assert await wire.closed() == b""
                assert server.counts["oversize"] == 1

        asyncio.run(scene())

    def test_a_large_frame_that_is_whole_is_refused_as_well(self) -> None:
        async def scene() -> None:
            async with listening(replace(PATIENCE, max_frame_bytes=10)) as server, connected(server) as wire:
                await wire.put(framed(b"x" * 11))
                assert (await wire.answers(1))[0].startswith(b"AR|oversize|")

        asyncio.run(scene())

    def test_a_frame_that_stops_in_the_middle_is_refused(self) -> None:
        """Mutant: no read time-out; ten idle sockets block a ward."""

        async def scene() -> None:
            async with (
                listening(replace(PATIENCE, frame_idle_seconds=0.05)) as server,
                connected(server) as wire,
            ):
                await wire.put(START + b"MSH|half")
                assert await wire.answers(1) == [b"AR|timeout|MSH|half"]
                assert await wire.closed() == b""

        asyncio.run(scene())

    def test_a_byte_now_and_then_does_not_hold_a_frame_open_for_ever(self) -> None:
        """Mutant: only the gap between two bytes is measured."""

        async def drip(wire: Wire) -> None:
            await wire.put(START)
            with suppress(ConnectionError):
                while True:
                    await wire.put(b"x")
                    await asyncio.sleep(0)

        async def scene() -> None:
            patience = replace(PATIENCE, frame_idle_seconds=20, frame_total_seconds=0.1)
            async with listening(patience) as server, connected(server) as wire:
                dripping = asyncio.create_task(drip(wire))
                assert (await wire.answers(1))[0].startswith(b"AR|timeout|x")
                dripping.cancel()

        asyncio.run(scene())

    def test_a_quiet_connection_is_closed_without_a_word(self) -> None:
        async def scene() -> None:
            async with (
                listening(replace(PATIENCE, connection_idle_seconds=0.05)) as server,
                connected(server) as wire,
            ):
                assert await wire.closed() == b""
                assert "timeout" not in server.counts

        asyncio.run(scene())

    def test_a_frame_cut_off_by_the_sender_is_refused(self) -> None:
        async def scene() -> None:
            async with listening() as server, connected(server) as wire:
                await wire.put(START + b"MSH|half")
                wire.writer.write_eof()
                assert await wire.answers(1) == [b"AR|unfinished|MSH|half"]

        asyncio.run(scene())

    def test_a_frame_without_end_is_refused_and_the_next_one_is_taken(self) -> None:
        """Mutant: two patients' messages are read as one."""

        async def scene() -> None:
            async with listening() as server, connected(server) as wire:
                await wire.put(START + b"one" + framed(b"two"))
                assert await wire.answers(2) == [b"AR|unfinished|one", b"AA|two"]

        asyncio.run(scene())

    def test_a_fault_of_ours_is_answered_and_the_connection_goes_on(self) -> None:
        """Mutant: the connection drops and the sender tries for ever."""

        async def faulty(frame: bytes, peer: Peer) -> bytes:
            if frame == b"one":
                raise KeyError(frame)
            return frame

        async def scene() -> None:
            async with listening(handle=faulty) as server, connected(server) as wire:
                await wire.put(framed(b"one", b"two"))
                assert await wire.answers(2) == [b"AR|internal|one", b"two"]

        asyncio.run(scene())

    def test_a_slow_sender_does_not_hold_up_another(self) -> None:
        async def scene() -> None:
            async with listening() as server, connected(server) as slow:
                await slow.put(START + b"MSH|")
                assert await send("127.0.0.1", server.port, [b"one"]) == [b"AA|one"]

        asyncio.run(scene())


class TestLimits:
    """No sender can take all connections, and a stop finishes what is in hand."""

    @pytest.mark.parametrize("limit", ["max_connections", "max_connections_per_peer"])
    def test_one_connection_too_many_is_told_so(self, limit: str) -> None:
        """Mutant: no limit; also one that never frees a place."""

        async def scene() -> None:
            one_only = {"max_connections": 100, "max_connections_per_peer": 100, limit: 1}
            patience = replace(PATIENCE, **one_only)  # type: ignore[arg-type, unused-ignore]
            async with listening(patience) as server:
                async with connected(server) as first:
                    await first.put(framed(b"one"))
                    assert await first.answers(1) == [b"AA|one"]
                    async with connected(server) as second:
                        assert await second.answers(1) == [b"AR|too many connections|"]
                        assert await second.closed() == b""
                await until(lambda: server.open_connections == 0)
                assert await send("127.0.0.1", server.port, [b"three"]) == [b"AA|three"]

        asyncio.run(scene())

    def test_a_stop_answers_what_was_whole_and_refuses_what_was_not(self) -> None:
        """Mutant: cancel at once, and the hospital does not know what was stored."""

        async def scene() -> None:
            begun, go_on = asyncio.Event(), asyncio.Event()

            async def waiting(frame: bytes, peer: Peer) -> bytes:
                begun.set()
                await go_on.wait()
                return frame

            server = MllpServer(waiting, PATIENCE, refuse=refuse)
            await server.start()
            port = server.port
            async with connected(server) as wire:
                await wire.put(framed(b"one", b"two") + START + b"thr")
                await begun.wait()
                stopping = asyncio.create_task(server.stop())
                await until(lambda: server.is_stopping)
                go_on.set()
                assert await wire.answers(3) == [b"one", b"two", b"AR|stopping|thr"]
                assert await wire.closed() == b""
                await stopping
            with pytest.raises(OSError, match=r"."):
                await send("127.0.0.1", port, [b"late"])

        asyncio.run(scene())

    def test_a_stop_does_not_wait_for_ever(self) -> None:
        async def scene() -> None:
            begun = asyncio.Event()

            async def stuck(frame: bytes, peer: Peer) -> bytes:
                begun.set()
                await asyncio.Event().wait()
                return frame

            server = MllpServer(stuck, PATIENCE, refuse=refuse)
            await server.start()
            async with connected(server) as wire:
                await wire.put(framed(b"one"))
                await begun.wait()
                await server.stop(grace_seconds=0.05)
                assert server.open_connections == 0

        asyncio.run(scene())

    def test_the_server_listens_on_this_machine_only_unless_told_otherwise(self) -> None:
        assert MllpSettings().host == "127.0.0.1"


class TestSending:
    """The client gives up in time and never takes silence for an answer."""

    def test_silence_is_no_answer(self) -> None:
        async def silent(frame: bytes, peer: Peer) -> None:
            return None

        async def scene() -> None:
            async with listening(handle=silent) as server:
                with pytest.raises(NoAnswer):
                    await send("127.0.0.1", server.port, [b"one"], timeout=0.1)

        asyncio.run(scene())

    def test_a_close_is_no_answer(self) -> None:
        async def scene() -> None:
            async with listening(replace(PATIENCE, connection_idle_seconds=0.05)) as server:

                async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                    await reader.readuntil(END)
                    writer.close()

                other = await asyncio.start_server(closes, "127.0.0.1", 0)
                port = other.sockets[0].getsockname()[1]
                with pytest.raises(NoAnswer):
                    await send("127.0.0.1", port, [b"one"])
                other.close()
                assert server.counts["frames"] == 0

        asyncio.run(scene())


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of the server, of a known sender and of a stranger, for this test run."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl on this machine to make certificates with")
    folder = tmp_path_factory.mktemp("keys")
    for name, subject in {"server": "localhost", "client": "fjordsyk-epj", "stranger": "x"}.items():
        made = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={subject}"
        files = ["-keyout", f"{name}.key", "-out", f"{name}.pem", "-addext", "subjectAltName=DNS:localhost"]
        subprocess.run([openssl, *made.split(), *files], cwd=folder, check=True, capture_output=True)
    return folder


class TestTls:
    """With client certificates nobody unknown gets as far as a frame."""

    def server_side(self, keys: Path) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(keys / "server.pem", keys / "server.key")
        context.load_verify_locations(keys / "client.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def client_side(self, keys: Path, name: str | None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(keys / "server.pem"))
        if name:
            context.load_cert_chain(keys / f"{name}.pem", keys / f"{name}.key")
        return context

    def test_a_known_sender_is_told_apart_by_its_certificate(self, keys: Path) -> None:
        async def name_of(frame: bytes, peer: Peer) -> bytes:
            return peer.certificate.encode()

        async def scene() -> None:
            settings = replace(PATIENCE, tls=self.server_side(keys))
            async with listening(settings, name_of) as server:
                context = self.client_side(keys, "client")
                assert await send("localhost", server.port, [b"one"], tls=context) == [b"commonName=fjordsyk-epj"]

        asyncio.run(scene())

    @pytest.mark.parametrize("name", [None, "stranger"])
    def test_an_unknown_sender_is_never_heard(self, keys: Path, name: str | None) -> None:
        """Mutant: verify_mode not asked for."""

        async def scene() -> None:
            settings = replace(PATIENCE, tls=self.server_side(keys))
            async with listening(settings) as server:
                with pytest.raises((OSError, NoAnswer)):
                    await send("localhost", server.port, [b"one"], tls=self.client_side(keys, name))
                assert server.counts["frames"] == 0

        asyncio.run(scene())
