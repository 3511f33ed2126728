"""Who is asking: signing in and out, and proof that a form came from our own page."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends, Request

from pathway_engine.service.views import Principal
from pathway_engine.web.errors import NotSignedIn, PageError
from pathway_engine.web.ports import WorklistService
from pathway_engine.web.rights import is_public, require
from pathway_engine.web.settings import WebSettings

FORM_TYPE = "application/x-www-form-urlencoded"
FORM_LIMIT = 256 * 1024
"""Bytes of one form."""
FIELD_LIMIT = 600
"""Fields of one form."""

_SAFE_NEXT = re.compile(r"/(tasks/[A-Za-z0-9_.~-]{1,200}|board|patients/[A-Za-z0-9_.~-]{1,200}(/answer)?)?")
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
    """Return who is asking, as the directory has that person now; raises NotSignedIn."""
    session = request.session
    if not _alive(session, settings, now):
        raise NotSignedIn
    who = service.principal(str(session.get("person", "")), str(session.get("role", "")))
    if who is None:
        raise NotSignedIn
    session["seen"] = now.timestamp()
    request.state.who = who
    return who


def permitted(request: Request, service: Service, settings: Settings, now: Now) -> None:
    """Hold every request against the table of rights, before anything of the page is done.

    Raises NotSignedIn, and PageError 403 where the table gives the route to others or to nobody.
    """
    if not is_public(request):
        require(signed_in(request, service, settings, now), request)


def begin(request: Request, who: Principal, now: datetime) -> None:
    """Begin a new session for *who*; nothing of the old one is kept but the language."""
    request.session.clear()
    request.session.update(person=who.person, role=who.role, began=now.timestamp(), seen=now.timestamp())


def form_token(request: Request) -> str:
    """Return the session's secret that every form carries back."""
    return str(request.session.setdefault("form_token", secrets.token_urlsafe(24)))


def safe_next(path: str) -> str:
    """Return *path* if it is a page of ours, otherwise the worklist."""
    return path if _SAFE_NEXT.fullmatch(path) else "/"


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


def _alive(session: Mapping[str, object], settings: WebSettings, now: datetime) -> bool:
    limits = (("seen", settings.session_idle), ("began", settings.session_absolute))
    return all(_within(session.get(mark), limit, now) for mark, limit in limits)


def _within(mark: object, limit: timedelta, now: datetime) -> bool:
    return isinstance(mark, int | float) and now.timestamp() - mark < limit.total_seconds()


SignedIn = Annotated[Principal, Depends(signed_in)]
Form = Annotated[dict[str, str], Depends(checked_form)]
