"""Two hundred bad senders: silent, slow, half, or speaking another tongue; each comes back when it is sent away."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from pathway_engine.transports.frames import START

BAD = 200
HOSTS = tuple(f"127.0.0.{number}" for number in range(2, 12))
"""Other addresses of this machine."""
GREETING_OF_TLS = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(32))
DROP_SECONDS = 1.0
RETURN_SECONDS = 1.0

Wire = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def silence(wire: Wire) -> None:
    """Send nothing."""


async def half(wire: Wire) -> None:
    """Send half a message."""
    wire[1].write(START + b"MSH|^~\\&|EPJ|FJORDSYK|")


async def drip(wire: Wire) -> None:
    """Send a byte a second."""
    wire[1].write(START)
    while not wire[0].at_eof():
        wire[1].write(b"M")
        await asyncio.sleep(DROP_SECONDS)


async def half_close(wire: Wire) -> None:
    """Say that nothing more comes."""
    wire[1].write_eof()


async def garbage(wire: Wire) -> None:
    """Speak TLS where none is spoken."""
    wire[1].write(GREETING_OF_TLS)


WAYS = (silence, half, drip, half_close, garbage)


async def bad_sender(number: int, port: int, host: str) -> None:
    """Be bad for ever."""
    while True:
        with suppress(OSError):
            wire = await asyncio.open_connection("127.0.0.1", port, local_addr=(host, 0))
            try:
                being = asyncio.create_task(WAYS[number % len(WAYS)](wire))
                await wire[0].read()
                being.cancel()
            finally:
                wire[1].close()
        await asyncio.sleep(RETURN_SECONDS)


async def crowd_of(count: int, port: int, hosts: tuple[str, ...]) -> None:
    """Let *count* bad senders in, from *hosts* in turn."""
    being = [asyncio.create_task(bad_sender(each, port, hosts[each % len(hosts)])) for each in range(count)]
    print("here", flush=True)
    await asyncio.gather(*being)


@contextmanager
def crowd(port: int, is_same_address: bool = False, count: int = BAD) -> Iterator[None]:
    """The crowd in a process of its own, from the address of the good senders or from ten others."""
    words = [sys.executable, "-m", "tests.limits.crowd", str(count), str(port)]
    with subprocess.Popen([*words, "same" if is_same_address else "others"], stdout=subprocess.PIPE, text=True) as run:
        try:
            assert run.stdout is not None
            assert run.stdout.readline() == "here\n"
            yield
        finally:
            run.kill()


if __name__ == "__main__":
    asyncio.run(
        crowd_of(int(sys.argv[1]), int(sys.argv[2]), ("127.0.0.1",) if sys.argv[3] == "same" else HOSTS),
    )
