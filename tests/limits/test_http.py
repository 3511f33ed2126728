"""Connections of browsers, in a server of the test's own with little patience."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from pathway_engine.domain.errors import StorageError
from pathway_engine.web.connections import HttpLimits, bounded
from pathway_engine.web.health import Pulse
from tests.transports.wire import until

HURRIED = HttpLimits(max_connections=20, idle_seconds=0.2, request_seconds=0.6, answer_seconds=0.6)


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Read the body, then answer with so many bytes as the path says."""
    message = await receive()
    while message.get("more_body"):
        message = await receive()
    if message["type"] == "http.disconnect":
        return
    body = b"x" * int(scope["path"].strip("/") or 2)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(limits: HttpLimits = HURRIED) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    """A server within *limits*, and its port."""
    config = uvicorn.Config(
        echo, http=bounded(limits), ws="none", log_config=None, lifespan="off", timeout_graceful_shutdown=5
    )
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    running = asyncio.create_task(server._serve(sockets=[listener]))
    await until(lambda: server.started)
    try:
        yield server, listener.getsockname()[1]
    finally:
        server.should_exit = True
        await running


async def asked(port: int, *parts: bytes) -> bytes:
    """Send *parts*, wait until the other side closes, and return what came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(20):
            return await reader.read()
    finally:
        writer.close()


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"", id="not-a-byte"),
        pytest.param(b"GET / HT", id="half-a-line"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: here\r\n", id="half-the-headers"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nabc", id="half-the-body"),
    ],
)
def test_a_request_that_does_not_end_is_given_up_and_told_so(begun: bytes) -> None:
    """Mutant: the server's own default, which waits for ever."""

    async def scene() -> None:
        async with serving() as (server, port):
            assert (await asked(port, begun)).startswith(b"HTTP/1.1 408 ")
            await until(lambda: not server.server_state.connections and not server.server_state.tasks)

    asyncio.run(scene())


def test_a_byte_now_and_then_does_not_hold_a_request_open() -> None:
    async def scene() -> None:
        async with serving() as (_, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nX-Slow: ")
            async with asyncio.timeout(20):
                while not reader.at_eof() and not reader._buffer:  # type: ignore[attr-defined]
                    writer.write(b"x")
                    await asyncio.sleep(0.05)
            assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
            writer.close()

    asyncio.run(scene())


def test_an_answer_that_nobody_reads_is_thrown_away() -> None:
    async def scene() -> None:
        async with serving() as (server, port):
            with socket.socket() as deaf:
                deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                deaf.connect(("127.0.0.1", port))
                deaf.sendall(b"GET /30000000 HTTP/1.1\r\nHost: here\r\n\r\n")
                await until(lambda: bool(server.server_state.connections))
                await until(lambda: not server.server_state.connections)

    asyncio.run(scene())


def test_when_all_places_are_taken_the_longest_waiting_makes_way() -> None:
    """Mutant: the newcomer waits behind those that never ask."""

    async def scene() -> None:
        async with serving(HttpLimits(max_connections=3)) as (server, port):
            idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
            await until(lambda: len(server.server_state.connections) == 3)
            request = b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
            assert (await asked(port, request)).startswith(b"HTTP/1.1 200 ")
            async with asyncio.timeout(20):
                assert (await idle[0][0].read()).startswith(b"HTTP/1.1 408 ")
            for _, writer in idle:
                writer.close()

    asyncio.run(scene())


def test_requests_on_a_lasting_connection_are_left_in_peace() -> None:
    async def scene() -> None:
        async with serving() as (_, port):
            request = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for _ in range(12):
                writer.write(request)
                assert (await reader.readuntil(b"\r\n\r\nxx")).startswith(b"HTTP/1.1 200 ")
                await asyncio.sleep(0.08)
            writer.close()

    asyncio.run(scene())


def test_a_look_that_takes_long_is_not_waited_for_and_not_begun_twice() -> None:
    """Mutant: every question after the house's health begins a look of its own, and they pile up."""
    go_on, looks = Event(), list[int]()

    def look() -> dict[str, object]:
        looks.append(1)
        go_on.wait(20)
        return {"ok": True}

    async def scene() -> None:
        pulse = Pulse(patience_seconds=0.05)
        assert [(await pulse.felt(look))["ok"] for _ in range(3)] == [False] * 3
        go_on.set()
        patient = Pulse(patience_seconds=20)
        patient._look = pulse._look
        assert (await patient.felt(look))["ok"] is True
        assert len(looks) == 1

    asyncio.run(scene())


def test_a_pulse_without_a_database_is_red() -> None:
    def refuses() -> dict[str, object]:
        raise StorageError

    assert asyncio.run(Pulse().felt(refuses))["ok"] is False
