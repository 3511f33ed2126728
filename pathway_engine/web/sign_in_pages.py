"""Signing in: with a password, at an issuer, with an access key, or in a demonstration as a made-up person."""

from __future__ import annotations

import logging
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pathway_engine.domain.errors import PathwayEngineError
from pathway_engine.service.access.errors import AccessRefused
from pathway_engine.service.views import Principal
from pathway_engine.web.access_ports import SignOn
from pathway_engine.web.pages import page
from pathway_engine.web.ports import WorklistService
from pathway_engine.web.rights import home_of
from pathway_engine.web.sessions import (
    HINT_KEY,
    Form,
    Now,
    Service,
    Settings,
    begin,
    client_address,
    leave,
    safe_next,
    session_secret,
)
from pathway_engine.web.settings import WebSettings

router = APIRouter()
log = logging.getLogger(__name__)

WRONG = {"password": "sign_in.wrong_password", "key": "sign_in.wrong_key", "demo": "sign_in.wrong_demo"}
"""What is said when the secret is right, or there is none, and the directory has no such person."""


@router.get("/sign-in")
def sign_in_page(request: Request, service: Service, settings: Settings) -> HTMLResponse:
    """Show where to sign in."""
    ended = "ended" in request.query_params
    return sign_in_form(request, service, settings, safe_next(request.query_params.get("next", "/")), ended=ended)


@router.post("/sign-in")
def sign_in(request: Request, form: Form, service: Service, settings: Settings, now: Now) -> Response:
    """Begin a session for whoever proves who he or she is, or say that it is nobody."""
    onwards = safe_next(form.get("next", "/"))
    try:
        method, who = _whose(request, form, service, settings)
    except AccessRefused as refused:
        return sign_in_form(request, service, settings, onwards, status=403, wrong=refused.text)
    if who is None:
        return sign_in_form(request, service, settings, onwards, status=403, wrong=WRONG[method])
    begin(request, service, who, method, now)
    return RedirectResponse(onwards if onwards != "/" else home_of(who), 303)


@router.post("/sign-out")
def sign_out(request: Request, _form: Form, service: Service, settings: Settings, now: Now) -> Response:
    """End the session, here and in the browser; then at the issuer, where it began there."""
    _, row = service.access.session(session_secret(request), settings.lengths, now, is_seen=False)
    hint_key = str(request.session.get(HINT_KEY, ""))
    leave(request, service, now)
    at_issuer = _end_at_issuer(request, row.hint or "", hint_key, now) if row and row.method == "oidc" else ""
    return RedirectResponse(at_issuer or "/sign-in", 303)


def _end_at_issuer(request: Request, hint: str, hint_key: str, now: datetime) -> str:
    """Where to sign out at the issuer; empty when it has no such place, or is away: here it is done already."""
    sign_on: SignOn | None = request.app.state.sign_on
    try:
        return sign_on.end_address(hint, hint_key, now) if sign_on is not None else ""
    except PathwayEngineError as error:
        log.warning("signing out at the issuer: %s", error)
        return ""


def principal_of(service: WorklistService, person: str) -> Principal | None:
    """Return the person in the first of the roles that the directory gives him or her."""
    return service.principal(person, "")


def _whose(
    request: Request, form: dict[str, str], service: WorklistService, settings: WebSettings
) -> tuple[str, Principal | None]:
    chosen, key = form.get("demo", ""), form.get("key", "").strip()
    if chosen and settings.demo_sign_in:
        known = {f"{who.person}/{who.role}": who for who in service.principals_for_demo()}
        return "demo", known.get(chosen)
    if key:
        return "key", service.principal_of_access_key(key)
    address, now = client_address(request, settings), request.app.state.clock()
    person = service.access.sign_in(form.get("person", ""), form.get("password", ""), address, now)
    return "password", principal_of(service, person)


def sign_in_form(
    request: Request,
    service: WorklistService,
    settings: WebSettings,
    onwards: str,
    *,
    status: int = 200,
    wrong: str = "",
    ended: bool = False,
) -> HTMLResponse:
    """Return the page to sign in at; *wrong* is the key of what went wrong."""
    demo = service.principals_for_demo() if settings.demo_sign_in else []
    issuer = settings.sign_on_name if request.app.state.sign_on else ""
    return page(
        request, "sign_in.html", status, demo=demo, onwards=onwards, wrong=wrong, ended=ended, issuer=issuer
    )  # fmt: skip
