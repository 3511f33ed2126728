"""MLLP on real sockets of this machine: every frame is answered, whatever the other side does."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest

from pathway_engine.transports.mllp import END, START, Peer, send
from tests.transports.wire import PATIENCE, Wire, connected, framed, listening


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
