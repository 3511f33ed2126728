"""Places at the MLLP listener: a quota for each sender, and silence never shuts anybody out."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace

import pytest

from pathway_engine.transports.frames import MAX_STRAY_BYTES
from pathway_engine.transports.mllp import END, START, MllpSettings, send
from pathway_engine.transports.places import Places
from tests.transports.wire import Wire, connected, framed, listening, until

FEW = MllpSettings(port=0, max_connections=8, max_connections_per_peer=4, settle_seconds=0.0, linger_seconds=0.2)
"""Few places, so that they are soon taken; nobody is left alone for long."""


@dataclass(eq=False)
class Seated:
    """A guest in hand."""

    host: str
    is_proven: bool = False
    since: float = 0.0
    can_go: bool = True
    has_gone: bool = False

    def make_way(self) -> None:
        self.has_gone = True


def seated(places: Places, *guests: Seated) -> None:
    for guest in guests:
        assert places.take(guest, now=0.0)


@pytest.mark.parametrize(
    ("guests", "goes"),
    [
        pytest.param([Seated("a", since=2), Seated("a", since=1)], 1, id="silent-longest"),
        pytest.param([Seated("a", is_proven=True, since=1), Seated("a", since=2)], 1, id="never-sent-a-message"),
        pytest.param([Seated("a", can_go=False, since=1), Seated("a", since=2)], 1, id="not-at-work"),
        pytest.param([Seated("a", can_go=False), Seated("a", since=99.5)], None, id="nobody-that-can-go"),
    ],
)
def test_within_an_address_the_least_busy_makes_way(guests: list[Seated], goes: int | None) -> None:
    places = Places(most=9, most_per_host=2, settle_seconds=1)
    seated(places, *guests)
    assert places.take(Seated("a"), now=100.0) == (goes is not None)
    assert [guest.has_gone for guest in guests] == [number == goes for number in range(2)]


def test_beyond_an_address_the_one_with_most_guests_gives_a_place() -> None:
    """Mutant: whoever came first goes, and ten hosts of one vendor push out the only other sender."""
    places = Places(most=3, most_per_host=2, settle_seconds=1)
    alone, first, second = Seated("alone", since=1), Seated("many", since=2), Seated("many", since=3)
    seated(places, alone, first, second)
    assert places.take(Seated("new"), now=100.0)
    assert (alone.has_gone, first.has_gone, second.has_gone) == (False, True, False)
    assert len(places.taken) == 3


def test_a_quota_is_never_exceeded_by_pushing_others_out() -> None:
    places = Places(most=9, most_per_host=2, settle_seconds=1)
    others = [Seated("b"), Seated("b")]
    seated(places, *others, Seated("a", can_go=False), Seated("a", can_go=False))
    assert not places.take(Seated("a"), now=100.0)
    assert not any(guest.has_gone for guest in others)


def test_a_silent_connection_makes_way_and_is_told_nothing() -> None:
    """An answer that nobody asked for would be taken for that to the next message."""

    async def scene() -> None:
        async with listening(replace(FEW, max_connections_per_peer=1)) as server, connected(server) as silent:
            await until(lambda: server.open_connections == 1)
            assert await send("127.0.0.1", server.port, [b"one"]) == [b"AA|one"]
            assert await silent.closed() == b""
            assert server.counts["made way"] == 1 and "too many connections" not in server.counts

    asyncio.run(scene())


def test_a_half_message_makes_way_and_is_told_so() -> None:
    """Mutant: silent close on a bad frame."""

    async def scene() -> None:
        async with listening(replace(FEW, max_connections_per_peer=1)) as server, connected(server) as slow:
            await slow.put(START + b"MSH|half")
            await until(lambda: any(each.can_go for each in server.places.taken))
            await asyncio.sleep(0.01)
            assert await send("127.0.0.1", server.port, [b"one"]) == [b"AA|one"]
            assert await slow.answers(1) == [b"AR|too many connections|MSH|half"]

    asyncio.run(scene())


def test_a_sender_in_the_middle_of_its_second_message_does_not_make_way() -> None:
    async def scene() -> None:
        async with listening(replace(FEW, max_connections_per_peer=1)) as server, connected(server) as busy:
            await busy.put(framed(b"one") + START + b"tw")
            assert await busy.answers(1) == [b"AA|one"]
            async with connected(server) as late:
                assert await late.answers(1) == [b"AR|too many connections|"]
            await busy.put(b"o" + END)
            assert await busy.answers(1) == [b"AA|two"]

    asyncio.run(scene())


BAD = (b"", START + b"MSH|^~\\&|half", None, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(32)))
"""What a bad sender sends before it falls silent: nothing, half a message, its end, the greeting of TLS."""


@pytest.mark.parametrize("is_same_address", [True, False], ids=["of-the-same-address", "of-ten-addresses"])
def test_two_hundred_bad_senders_do_not_keep_a_good_one_out(is_same_address: bool) -> None:
    """Mutants: no limit for each address; no making way."""

    async def scene() -> None:
        settings = replace(FEW, max_connections=40, max_connections_per_peer=20)
        async with listening(settings) as server:
            with ExitStack() as bad:
                for number in range(200):
                    host = "127.0.0.1" if is_same_address else f"127.0.0.{2 + number % 10}"
                    bad.enter_context(await bad_sender(host, server.port, BAD[number % len(BAD)]))
                await until(lambda: server.counts["connections"] == 200)
                every = [f"{number}".encode() for number in range(20)]
                assert await send("127.0.0.1", server.port, every, timeout=20) == [b"AA|" + each for each in every]
                assert len(server.places.taken) <= 40

    asyncio.run(scene())


async def bad_sender(host: str, port: int, says: bytes | None) -> socket.socket:
    loop, wire = asyncio.get_running_loop(), socket.socket()
    wire.setblocking(False)
    wire.bind((host, 0))
    await loop.sock_connect(wire, ("127.0.0.1", port))
    if says is None:
        wire.shutdown(socket.SHUT_WR)
    elif says:
        await loop.sock_sendall(wire, says)
    return wire


class TestStreamsWithoutAnEnd:
    """Whatever goes on for ever is refused early, is told so, and is then read no more."""

    def test_bytes_that_begin_no_frame_have_no_longer_than_a_frame(self) -> None:
        """Mutant: only frames are timed; a byte a minute holds a place for ever."""

        async def scene() -> None:
            async with listening(replace(FEW, frame_idle_seconds=0.05)) as server, connected(server) as wire:
                await wire.put(b"GET / HTTP/1.1")
                assert await wire.answers(1) == [b"AR|timeout|"]

        asyncio.run(scene())

    def test_line_ends_do_not_hold_a_connection_open(self) -> None:
        """Mutant: every line end between messages begins the wait anew."""

        async def scene() -> None:
            async with listening(replace(FEW, connection_idle_seconds=0.1)) as server, connected(server) as wire:
                dripping = asyncio.create_task(dripped(wire, b"\r\n"))
                await until(lambda: server.counts["silent"] == 1)
                dripping.cancel()

        asyncio.run(scene())

    def test_too_many_bytes_that_begin_no_frame_are_refused(self) -> None:
        async def scene() -> None:
            async with listening(FEW) as server, connected(server) as wire:
                await wire.put(b"x" * (MAX_STRAY_BYTES + 1))
                assert await wire.answers(1) == [b"AR|stray bytes|"]

        asyncio.run(scene())

    def test_start_marks_without_end_are_answered_only_so_often(self) -> None:
        """Mutant: an answer for each; one packet of start marks keeps the listener busy for seconds."""

        async def scene() -> None:
            async with listening(FEW) as server, connected(server) as wire:
                await wire.put(START * 60_000)
                answers = (await wire.closed()).count(END)
                assert answers == server.counts["unfinished"] <= 21

        asyncio.run(scene())

    def test_a_sender_that_reads_no_answers_is_closed_for_good(self) -> None:
        """Mutant: the close waits for what nobody reads, and the socket is never freed."""

        async def scene() -> None:
            patience = replace(FEW, write_seconds=0.05, linger_seconds=0.05)
            async with listening(patience, handle=lengthy) as server:
                with socket.create_connection(("127.0.0.1", server.port)) as deaf:
                    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    deaf.sendall(framed(*[b"x"] * 40))
                    await until(lambda: server.counts["unread"] == 1)
                    await until(lambda: server.open_connections == 0)
                    await until(no_other_task)

        asyncio.run(scene())


async def lengthy(frame: bytes, peer: object) -> bytes:
    return frame * 1_000_000


def no_other_task() -> bool:
    return len(asyncio.all_tasks()) == 1


async def dripped(wire: Wire, drop: bytes) -> None:
    with suppress(ConnectionError):
        while True:
            await wire.put(drop)
            await asyncio.sleep(0.001)


@pytest.mark.parametrize(
    ("handle", "said"),
    [
        pytest.param("never", b"AR|no answer in time|one", id="the-service-hangs"),
        pytest.param("late", b"AR|internal|one", id="the-service-has-a-timeout-of-its-own"),
    ],
)
def test_a_message_that_is_not_answered_in_time_is_refused(handle: str, said: bytes) -> None:
    async def never(frame: bytes, peer: object) -> bytes:
        await asyncio.Event().wait()
        return frame

    async def late(frame: bytes, peer: object) -> bytes:
        raise TimeoutError

    handles: dict[str, Callable[..., Awaitable[bytes]]] = {"never": never, "late": late}

    async def scene() -> None:
        async with listening(replace(FEW, answer_seconds=0.1), handle=handles[handle]) as server:
            assert await send("127.0.0.1", server.port, [b"one"]) == [said]

    asyncio.run(scene())
