"""What a browser's connection may cost: so many at a time, and no longer to ask than a person's network needs."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

LOOK_SECONDS = 0.5
DISCARDED_BYTES = 4 * 1024 * 1024
"""How much of a body is passed over after the answer has gone out, so that the sender finds the answer."""
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
TOO_MANY = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 10\r\nContent-Length: 0\r\n\r\n"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """Limits of one listener, times in seconds.

    A request may rest `idle_seconds` between two bytes and take `request_seconds` in all; after it, the
    answer may take `answer_seconds` to be given and read.
    """

    max_connections: int = 400
    idle_seconds: float = 10.0
    request_seconds: float = 30.0
    answer_seconds: float = 90.0


class Server(uvicorn.Server):
    """uvicorn without its own signal handlers: one stop is for all parts."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to whoever runs the parts."""
        yield


def listening(host: str, port: int) -> tuple[socket.socket, str]:
    """Listen; return the socket and its address. Port 0 is any free one. Raises OSError."""
    listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    own, given = listener.getsockname()[:2]
    return listener, f"http://{f'[{own}]' if ':' in own else own}:{given}/"


def bounded(limits: HttpLimits) -> type[H11Protocol]:
    """Return uvicorn's HTTP/1.1 within *limits*; by itself uvicorn waits for ever for the rest of a request."""

    class Bounded(BoundedHttp):
        pass

    Bounded.limits = limits
    return Bounded


class BoundedHttp(H11Protocol):
    """A connection that knows how long it has been waiting for the rest of a request."""

    limits = HttpLimits()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a place; the longest waiting connection makes way when there is none."""
        self._since = self._heard = self.loop.time()
        self._passed_over = 0
        super().connection_made(transport)
        self._look_again = self.loop.call_later(LOOK_SECONDS, self._look)
        if len(self.connections) > self.limits.max_connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        self._look_again.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, but not for ever after the answer."""
        self._heard = self.loop.time()
        if self._asked is not None and self._asked.response_complete and self._asked.more_body:
            self._passed_over += len(data)
            if self._passed_over > DISCARDED_BYTES:
                self.transport.abort()
                return
        super().data_received(data)

    def on_response_complete(self) -> None:
        """Wait for the next request from now on."""
        self._since = self._heard = self.loop.time()
        super().on_response_complete()

    @property
    def waits_for_a_request(self) -> bool:
        """Whether the connection waits for a request, or for the rest of one."""
        asked = self._asked
        return asked is None or asked.response_complete or asked.more_body

    @property
    def waits_since(self) -> float:
        """When it began to wait for its request."""
        return self._since

    def give_up(self, answer: bytes) -> None:
        """Close; *answer* says why when nothing else has been answered to this request."""
        if self.transport.is_closing():
            self.transport.abort()
            return
        if self._asked is None or self._asked.response_complete or not self._asked.response_started:
            self.transport.write(answer)
        self.transport.close()

    @property
    def _asked(self) -> RequestResponseCycle | None:
        """The request that was asked last; None before the first, which uvicorn's types do not say."""
        return self.cycle

    def _look(self) -> None:
        self._look_again = self.loop.call_later(LOOK_SECONDS, self._look)
        now, limits = self.loop.time(), self.limits
        if self.waits_for_a_request and not self.transport.is_closing():
            is_late = now - self._heard > limits.idle_seconds or now - self._since > limits.request_seconds
        else:
            is_late = now - self._heard > limits.answer_seconds
        if is_late:
            log.warning("http connection given up: too slow")
            self.give_up(TOO_SLOW)

    def _make_room(self) -> None:
        others: list[Any] = [each for each in self.connections if each is not self]
        waiting = [each for each in others if each.waits_for_a_request and not each.transport.is_closing()]
        if waiting:
            min(waiting, key=lambda each: each.waits_since).give_up(TOO_SLOW)
        else:
            log.warning("http connection refused: too many connections")
            self.give_up(TOO_MANY)
