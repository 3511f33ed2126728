"""Answers made smaller on the way, where nobody elsewhere can learn from their size.

A page carries the form's secret and patients' names beside what stands in its address. Whoever can make a browser
open addresses of his choice, and see how long the answers are, could guess at them (BREACH). So pages are made
smaller only when the browser says that it was no other site that led to them; style sheets and scripts always are.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

SMALLEST = 1000
"""Bytes below which an answer is left as it is."""

LEVEL = 6
OUR_OWN = ("same-origin", "none")
"""Values of Sec-Fetch-Site that no other site can bring about; older browsers, and plain HTTP, tell nothing."""


class Compressed:
    """Compresses by gzip what may be."""

    def __init__(self, app: ASGIApp) -> None:
        self._plain = app
        self._smaller = GZipMiddleware(app, minimum_size=SMALLEST, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        answer = self._smaller if scope["type"] == "http" and may_be_smaller(scope) else self._plain
        await answer(scope, receive, send)


def may_be_smaller(scope: Scope) -> bool:
    """Whether the length of the answer tells nobody anything."""
    if scope["path"].startswith("/static/"):
        return True
    return Headers(scope=scope).get("sec-fetch-site") in OUR_OWN
