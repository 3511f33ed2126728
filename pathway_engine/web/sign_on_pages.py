"""Signing in at an issuer: the way there, and the way back with a code."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from pathway_engine.domain.errors import PathwayEngineError, StorageError
from pathway_engine.service.access.errors import AccessRefused
from pathway_engine.service.access.passwords import digest
from pathway_engine.storage.access_rows import SignOnRow
from pathway_engine.web.access_ports import SignOn
from pathway_engine.web.errors import PageError
from pathway_engine.web.rights import home_of
from pathway_engine.web.sessions import Now, Service, Settings, begin, safe_next
from pathway_engine.web.sign_in_pages import principal_of, sign_in_form

router = APIRouter()
UNDER_WAY = "sign_on"
LONGEST = 2048
log = logging.getLogger(__name__)


@router.get("/sign-on")
def start(request: Request, service: Service, settings: Settings, now: Now) -> Response:
    """Send the browser to the issuer; what comes back must be for this browser."""
    onwards = safe_next(request.query_params.get("next", "/"))
    try:
        started = _sign_on(request).start(now)
    except PathwayEngineError as error:
        return _failed(request, service, settings, onwards, error)
    row = SignOnRow(
        state=digest(started.state), nonce=started.nonce, verifier=started.verifier, onwards=onwards, begun_at=now
    )
    service.access.begin_sign_on(row)
    request.session[UNDER_WAY] = started.state
    return RedirectResponse(started.address, 303)


@router.get("/sign-on/back")
def back(request: Request, service: Service, settings: Settings, now: Now) -> Response:
    """Begin a session for whom the issuer says it is, when the directory and the account say the same."""
    told = request.query_params
    state = str(request.session.pop(UNDER_WAY, ""))
    kept = service.access.take_sign_on(digest(state)) if state and told.get("state") == state else None
    if kept is None or not 0 < len(told.get("code", "")) <= LONGEST:
        return sign_in_form(request, service, settings, "/", status=403, wrong="access.sign_on_failed")
    try:
        done = _sign_on(request).finish(told["code"], told.get("iss"), kept, now)
        person = service.access.person_of_subject(done.issuer, done.subject, done.person, now)
    except AccessRefused as refused:
        return sign_in_form(request, service, settings, kept.onwards, status=403, wrong=refused.text)
    except PathwayEngineError as error:
        return _failed(request, service, settings, kept.onwards, error)
    who = principal_of(service, person)
    if who is None:
        return sign_in_form(request, service, settings, kept.onwards, status=403, wrong="access.not_linked")
    begin(request, service, who, "oidc", now, hint=done.hint, hint_key=done.hint_key)
    return RedirectResponse(kept.onwards if kept.onwards != "/" else home_of(who), 303)


def _failed(
    request: Request, service: Service, settings: Settings, onwards: str, error: PathwayEngineError
) -> Response:
    """Say that it did not work; why, in the log, which names nobody."""
    if isinstance(error, StorageError):
        raise error
    log.warning("sign-on at the issuer: %s", error)
    return sign_in_form(request, service, settings, onwards, status=502, wrong="access.sign_on_failed")


def _sign_on(request: Request) -> SignOn:
    found: SignOn | None = request.app.state.sign_on
    if found is None:
        raise PageError(404)
    return found
