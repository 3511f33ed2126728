"""A frame and a form without an end: how much of them is taken, and what it costs."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from urllib.parse import urlsplit

from pathway_engine.transports.frames import START
from tests.limits.house import LONG_ENOUGH, House, code_of, message

GIBIBYTE = 1 << 30
PIECE = b"x" * (1 << 20)
MOST_MEMORY = 16 * (1 << 20)
MOST_SENT = 64 * (1 << 20)
"""What a refused sender may get rid of, mostly into the buffers of the system."""


@dataclass
class Giant:
    """How it went: bytes that got rid of, the answer, the growth of memory, and what others were answered meanwhile."""

    sent: int
    answer: bytes
    grown: int
    others: set[str]

    def wrong(self) -> list[str]:
        """What breaks the promise."""
        found = [] if self.grown < MOST_MEMORY else [f"memory grew by {self.grown >> 20} MB"]
        found += [] if self.sent < MOST_SENT else [f"{self.sent >> 20} MB were taken"]
        return found + ([] if self.others == {"AA"} else [f"others were answered {sorted(self.others)}"])


def poured(on: House, port: int, head: bytes, name: str) -> Giant:
    """Send *head* and then a gibibyte, as fast as it goes; meanwhile another sender works."""
    sender, others = on.sender(), set[str]()
    others.add(sender.ask(message(f"{name}BEFORE")))
    before = peak = on.memory()
    sent, answer = 0, bytearray()

    def pour() -> None:
        nonlocal sent
        with socket.create_connection(("127.0.0.1", port), timeout=LONG_ENOUGH) as wire:
            with suppress(OSError):
                wire.sendall(head)
                while sent < GIBIBYTE:
                    sent += wire.send(PIECE)
            with suppress(OSError):
                while data := wire.recv(1 << 16):
                    answer.extend(data)

    thread = Thread(target=pour, daemon=True)
    thread.start()
    count = 0
    while thread.is_alive() or count < 3:
        count += 1
        others.add(sender.ask(message(f"{name}{count}")))
        peak = max(peak, on.memory())
    thread.join()
    sender.close()
    return Giant(sent, bytes(answer), peak - before, others)


def giant_frame(on: House) -> list[str]:
    """A message of a gibibyte without its end."""
    giant = poured(on, on.mllp, START + message("GIANT"), "FRAME")
    return giant.wrong() + ([] if code_of(giant.answer) in {"AE", "AR"} else ["the frame was not answered"])


def giant_form(on: House) -> list[str]:
    """A form of a gibibyte, said beforehand and not."""
    return [*_form(on, b"Content-Length: %d" % GIBIBYTE, "SAID"), *_form(on, b"Transfer-Encoding: chunked", "CHUNKED")]


def _form(on: House, length: bytes, name: str) -> list[str]:
    place = urlsplit(on.web)
    head = (
        b"POST /sign-in HTTP/1.1\r\nHost: here\r\nContent-Type: application/x-www-form-urlencoded\r\n%s\r\n\r\n"
        % length
    )
    giant = poured(on, place.port or 80, head + (b"40000000\r\n" if b"chunked" in length else b""), name)
    return giant.wrong() + ([] if giant.answer.startswith(b"HTTP/1.1 413 ") else [f"{name}: {giant.answer[:40]!r}"])
