"""Where a process is scraped: a port of its own that answers one question, beside whatever else the process does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import Receive, Scope, Send

from pathway_engine import clock as machine
from pathway_engine.clock import Clock
from pathway_engine.metrics.exposition import exposed
from pathway_engine.metrics.look import Look
from pathway_engine.metrics.watched import Watched
from pathway_engine.settings import bindable
from pathway_engine.web.connections import HttpLimits, Server, bounded, listening

PATH = "/metrics"
LIMITS = HttpLimits(max_connections=20, idle_seconds=5.0, request_seconds=5.0, answer_seconds=15.0)
STOP_SECONDS = 2


class Endpoint:
    """Answers GET on `PATH` with the metrics, and anything else with 404 or 405."""

    def __init__(self, watched: Watched, look: Look) -> None:
        self._watched = watched
        self._look = look

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        assert scope["type"] == "http"
        if scope["path"] != PATH:
            await _answer(send, 404, b"the metrics are at /metrics\n")
        elif scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, b"GET\n", ((b"allow", b"GET, HEAD"),))
        else:
            accept = dict(scope["headers"]).get(b"accept", b"").decode("latin-1")
            body, kind = exposed(await self._look.seen(), self._watched, accept)
            await _answer(send, 200, body, ((b"content-type", kind.encode()),))


async def _answer(send: Send, status: int, body: bytes, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    always = ((b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store"))
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *always]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def measuring(host: str, port: int, watched: Watched, clock: Clock) -> AsyncIterator[str]:
    """Answer scrapes at *host* and *port*; give the whole address. Raises SettingsError when it is taken."""
    with bindable("PATHWAY_METRICS_PORT", host, port):
        listener, address = listening(host, port)
    look = Look(lambda: watched.engine.state(clock(), machine.now))
    config = uvicorn.Config(
        Endpoint(watched, look), http=bounded(LIMITS), ws="none", log_config=None, access_log=False, lifespan="off",
        proxy_headers=False, server_header=False, timeout_graceful_shutdown=STOP_SECONDS,
    )  # fmt: skip
    server = Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"{address.rstrip('/')}{PATH}"
    finally:
        server.should_exit = True
        await serving
        look.close()
