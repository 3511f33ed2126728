"""What every answer tells the browser: run nothing foreign, keep nothing of patients, stand in no frame."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pathway_engine.web.pages import error_page, is_address

log = logging.getLogger(__name__)

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
WIPED_AT_SIGN_OUT = '"storage"'
"""Pages of the day on the telephone go with the session, whatever the script managed to do."""
FOR_EVER, A_DAY = "public, max-age=31536000, immutable", "public, max-age=86400"
"""How long a static file may be kept: one whose address names its content never changes."""

HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}


class SafeAnswers:
    """Puts the headers on every answer, and gives a plain page where the program itself fails."""

    def __init__(self, app: ASGIApp, https_only: bool, led_to: str = "") -> None:
        """*led_to* is the issuer's origin, where the form that signs out leads; browsers hold redirects to this too."""
        self.app = app
        policy = CONTENT_SECURITY_POLICY.replace("form-action 'self'", f"form-action 'self' {led_to}".rstrip())
        self.headers = ALWAYS | {"Content-Security-Policy": policy} | (HTTPS_ONLY if https_only else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._add(MutableHeaders(scope=message), scope, message["status"])
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except ClientDisconnect:
            log.info("a request was broken off")
        except Exception as error:
            _log_without_its_text(error)
            if started:
                raise
            await error_page(Request(scope), 500, "error.500")(scope, receive, send_with_headers)

    def _add(self, headers: MutableHeaders, scope: Scope, status: int) -> None:
        headers.update(self.headers)
        if scope["path"] == "/sign-out":
            headers["Clear-Site-Data"] = WIPED_AT_SIGN_OUT
        if not scope["path"].startswith("/static/"):
            headers["Cache-Control"] = "no-store"
        elif status == 200 and is_address(scope["path"], scope["query_string"].decode("latin-1")):
            headers["Cache-Control"] = FOR_EVER
        else:
            headers.setdefault("Cache-Control", A_DAY)


def _log_without_its_text(error: Exception) -> None:
    """Log where it failed, not the error's text: that may name a patient."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-8:]))
    log.error("unhandled %s at %s", type(error).__name__, where)
