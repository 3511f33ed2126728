"""MLLP when too many come, when it is told to stop, and when the other side says nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from pathway_engine.transports.mllp import END, START, MllpServer, MllpSettings, NoAnswer, Peer, send
from tests.transports.wire import PATIENCE, connected, framed, listening, refuse, until


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
