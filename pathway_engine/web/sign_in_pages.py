"""Signing in with an access key, or in a demonstration as a made-up person."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pathway_engine.service.views import Principal
from pathway_engine.web.pages import page
from pathway_engine.web.ports import WorklistService
from pathway_engine.web.sessions import Form, Now, Service, Settings, begin, safe_next
from pathway_engine.web.settings import WebSettings

router = APIRouter()


@router.get("/sign-in")
def sign_in_page(request: Request, service: Service, settings: Settings) -> HTMLResponse:
    """Show where to type the access key."""
    ended = "ended" in request.query_params
    return _sign_in(request, service, settings, safe_next(request.query_params.get("next", "/")), ended=ended)


@router.post("/sign-in")
def sign_in(request: Request, form: Form, service: Service, settings: Settings, now: Now) -> Response:
    """Begin a session for whose key it is, or say that it is nobody's."""
    onwards = safe_next(form.get("next", "/"))
    who = _whose(form, service, settings)
    if who is None:
        return _sign_in(request, service, settings, onwards, status=403, wrong=True)
    begin(request, who, now)
    return RedirectResponse(onwards, 303)


@router.post("/sign-out")
def sign_out(request: Request, _form: Form) -> Response:
    """End the session."""
    request.session.clear()
    return RedirectResponse("/sign-in", 303)


def _whose(form: dict[str, str], service: WorklistService, settings: WebSettings) -> Principal | None:
    chosen = form.get("demo", "")
    if chosen and settings.demo_sign_in:
        known = {f"{who.person}/{who.role}": who for who in service.principals_for_demo()}
        return known.get(chosen)
    key = form.get("key", "").strip()
    return service.principal_of_access_key(key) if key else None


def _sign_in(
    request: Request,
    service: WorklistService,
    settings: WebSettings,
    onwards: str,
    *,
    status: int = 200,
    wrong: bool = False,
    ended: bool = False,
) -> HTMLResponse:
    demo = service.principals_for_demo() if settings.demo_sign_in else []
    return page(request, "sign_in.html", status, demo=demo, onwards=onwards, wrong=wrong, ended=ended)
