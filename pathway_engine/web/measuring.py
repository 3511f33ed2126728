"""How many requests there were and how long their answers took, by route template: an address may name somebody."""

from __future__ import annotations

import time
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"


class Tally(Protocol):
    """Where counts and durations are kept."""

    def count(self, name: str, labels: tuple[str, ...] = (), by: int = 1) -> None:
        """Add to a count."""

    def time(self, name: str, seconds: float, labels: tuple[str, ...] = ()) -> None:
        """Add a duration, in seconds."""


class Measured:
    """Counts and times every request around the whole application; answers that go on for ever are only counted."""

    def __init__(self, app: ASGIApp, tally: Tally) -> None:
        self._app = app
        self._tally = tally

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        since, status, stream = time.monotonic(), 500, False

        async def noticed(message: Message) -> None:
            nonlocal status, stream
            if message["type"] == "http.response.start":
                status = message["status"]
                stream = any(value.startswith(b"text/event-stream") for _, value in message.get("headers", ()))
            await send(message)

        try:
            await self._app(scope, receive, noticed)
        finally:
            method, route = method_of(scope), template_of(scope)
            self._tally.count("pathway_http_requests_total", (method, route, str(status)))
            if not stream:
                self._tally.time("pathway_http_request_seconds", time.monotonic() - since, (method, route))


def method_of(scope: Scope) -> str:
    """The method, if it is one of those that are known."""
    return scope["method"] if scope["method"] in METHODS else OTHER


def template_of(scope: Scope) -> str:
    """The template of the route that answered, with that of the mount before it; `OTHER` when none did."""
    route: Any = scope.get("route")
    path = getattr(route, "path_format", None) or getattr(route, "path", None)
    mounted = _mounted(scope)
    if not isinstance(path, str):
        return f"{mounted}/" if mounted else OTHER
    return f"{mounted}{path}" or "/"


def _mounted(scope: Scope) -> str:
    """Below which of our own mounts the route lies; a root path holds no part of a template."""
    outer = scope.get("app_root_path", "")
    root: str = scope.get("root_path", "")
    return root.removeprefix(outer)
