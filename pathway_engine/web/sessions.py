"""Who is asking: signing in and out, and proof that a form came from our own page."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, Request

from pathway_engine.language.starring import is_opaque, starred
from pathway_engine.service.access.sessions import State
from pathway_engine.service.views import Principal
from pathway_engine.web.errors import Locked, NotSignedIn, PageError
from pathway_engine.web.ports import WorklistService
from pathway_engine.web.rights import is_page, is_public, require
from pathway_engine.web.settings import WebSettings

FORM_TYPE = "application/x-www-form-urlencoded"
FORM_LIMIT = 256 * 1024
"""Bytes of one form."""
FIELD_LIMIT = 600
"""Fields of one form."""
SESSION = "sid"
"""Under which name the cookie holds the session's secret."""

HINT_KEY = "hint_key"
"""Under which it holds what opens the hint for signing out at the issuer."""

QUIET = frozenset({"/live", "/day/cards", "/outbox/token"})
"""What pages ask by themselves: nobody's doing, so it does not keep a session alive."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def service_of(request: Request) -> WorklistService:
    """Return the service behind the pages."""
    service: WorklistService = request.app.state.service
    return service


def settings_of(request: Request) -> WebSettings:
    """Return the installation's choices."""
    settings: WebSettings = request.app.state.settings
    return settings


def now_of(request: Request) -> datetime:
    """Return the present instant, from the clock that the application was given."""
    instant: datetime = request.app.state.clock()
    return instant


Service = Annotated[WorklistService, Depends(service_of)]
Settings = Annotated[WebSettings, Depends(settings_of)]
Now = Annotated[datetime, Depends(now_of)]


def signed_in(request: Request, service: Service, settings: Settings, now: Now) -> Principal:
    """Return who is asking, as the directory has that person now; raises NotSignedIn and Locked."""
    known: Principal | None = getattr(request.state, "who", None)
    if known is None:
        known = _by_key(request, service) or _by_session(request, service, settings, now)
        request.state.who = known
    return known


def _by_key(request: Request, service: WorklistService) -> Principal | None:
    """Whose access key a program sends with its request; None without one. Raises NotSignedIn."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not request.url.path.startswith("/api/"):
        return None
    who = service.principal_of_access_key(key.strip())
    if who is None:
        raise NotSignedIn
    return who


def _is_unattended(request: Request) -> bool:
    """Whether a page asks by itself, with nobody there: an open board that renews itself says so in a header."""
    return request.url.path in QUIET or "x-unattended" in request.headers


def _by_session(request: Request, service: WorklistService, settings: WebSettings, now: datetime) -> Principal:
    state, row = service.access.session(
        session_secret(request), settings.lengths, now, is_seen=not _is_unattended(request)
    )
    if row is None or state is State.ENDED:
        raise NotSignedIn
    if state is State.LOCKED:
        raise Locked if service.access.has_pin(row.person) else NotSignedIn
    who = service.principal(row.person, row.role)
    if who is None:
        raise NotSignedIn
    return who


def session_secret(request: Request) -> str:
    """Return the secret of the browser's session, empty when it has none."""
    return str(request.session.get(SESSION, ""))


def permitted(request: Request, service: Service, settings: Settings, now: Now) -> None:
    """Hold every request against the table of rights, before anything of the page is done.

    Raises NotSignedIn, and PageError 403 where the table gives the route to others or to nobody.
    """
    if not is_public(request):
        require(signed_in(request, service, settings, now), request)


def begin(
    request: Request, service: WorklistService, who: Principal, method: str, now: datetime, *, hint: str = "",
    hint_key: str = "",
) -> None:  # fmt: skip
    """Begin a new session for *who* under a new id; nothing of the old one is kept but the language."""
    leave(request, service, now)
    keep(request, service.access.begin(who, method, now, hint))
    if hint_key:
        request.session[HINT_KEY] = hint_key


def keep(request: Request, secret: str) -> None:
    """Let the browser keep *secret*, and nothing of before but what signs it out at the issuer."""
    hint_key = request.session.get(HINT_KEY)
    request.session.clear()
    if hint_key:
        request.session[HINT_KEY] = hint_key
    request.session[SESSION] = secret


def leave(request: Request, service: WorklistService, now: datetime) -> None:
    """End the browser's session, here and there."""
    if session_secret(request):
        service.access.end(session_secret(request), now)
    request.session.clear()


def client_address(request: Request, settings: WebSettings) -> str:
    """Return where the request came from; behind a proxy, what that one wrote last into X-Forwarded-For."""
    forwarded = request.headers.get("x-forwarded-for", "") if settings.https_only else ""
    peer = request.client.host if request.client else ""
    return forwarded.rpartition(",")[2].strip()[:64] or peer


def form_token(request: Request) -> str:
    """Return the session's secret that every form carries back."""
    return str(request.session.setdefault("form_token", secrets.token_urlsafe(24)))


def safe_next(path: str) -> str:
    """Return *path* if it is a page of ours, otherwise the worklist; no number of a person is sent on."""
    is_told = is_opaque(path.rpartition("/")[2]) or starred(path) == path
    return path if is_told and is_page(path) else "/"


async def checked_form(request: Request) -> dict[str, str]:
    """Return the form's fields when it came from our own page; raises PageError otherwise."""
    if not same_origin(request.headers):
        raise PageError(403, "error.403_form")
    form = _fields(request.headers.get("content-type", ""), await _body(request))
    expected = str(request.session.get("form_token", ""))
    if not expected or not hmac.compare_digest(form.get("form_token", "").encode(), expected.encode()):
        raise PageError(403, "error.403_form")
    return form


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether the browser says that the form came from us.

    Browsers tell it in Sec-Fetch-Site over HTTPS; older ones in Origin, which is "null" under our own
    Referrer-Policy. Where neither says anything, the form's secret alone decides.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin", "null")
    return origin == "null" or urlsplit(origin).netloc == headers.get("host")


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_LIMIT:
            raise PageError(413)
    return bytes(body)


def _fields(content_type: str, body: bytes) -> dict[str, str]:
    if content_type.partition(";")[0].strip().lower() != FORM_TYPE:
        raise PageError(415)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=FIELD_LIMIT)
    except ValueError:
        raise PageError(400) from None
    return {name: _CONTROL.sub("", value).replace("\r\n", "\n") for name, value in pairs}


SignedIn = Annotated[Principal, Depends(signed_in)]
Form = Annotated[dict[str, str], Depends(checked_form)]
