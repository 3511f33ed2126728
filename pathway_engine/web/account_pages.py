"""One's own account: the first password, a new one, the PIN; and the way back into a locked session."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pathway_engine.service.access.errors import AccessRefused
from pathway_engine.service.access.sessions import State
from pathway_engine.service.views import Principal
from pathway_engine.web.pages import page
from pathway_engine.web.ports import WorklistService
from pathway_engine.web.rights import home_of
from pathway_engine.web.sessions import (
    Form,
    Now,
    Service,
    Settings,
    SignedIn,
    begin,
    client_address,
    keep,
    leave,
    safe_next,
    session_secret,
)
from pathway_engine.web.sign_in_pages import principal_of

router = APIRouter()


# -- the first password


@router.get("/first-password")
def first_password_page(request: Request) -> HTMLResponse:
    """Show where to type the one-time secret and choose a password."""
    return page(request, "access_first.html", wrong="", person="")


@router.post("/first-password")
def set_first_password(request: Request, form: Form, service: Service, settings: Settings, now: Now) -> Response:
    """Set the password and begin a session, or say what would be right."""
    person, password = form.get("person", ""), form.get("password", "")
    if password != form.get("again", ""):
        return page(request, "access_first.html", 422, wrong="access.not_twice", person=person)
    try:
        address = client_address(request, settings)
        whose = service.access.set_first_password(person, form.get("one_time", ""), password, address, now)
    except AccessRefused as refused:
        return page(request, "access_first.html", 422, wrong=refused.text, person=person)
    who = principal_of(service, whose)
    if who is None:
        return page(request, "access_first.html", 422, wrong="access.wrong", person=person)
    begin(request, service, who, "password", now)
    return RedirectResponse(home_of(who), 303)


# -- the account


@router.get("/account")
def account_page(request: Request, who: SignedIn, service: Service) -> HTMLResponse:
    """Show what one may change about one's own account."""
    return _account(request, who, service)


@router.post("/account/password")
def change_password(request: Request, who: SignedIn, form: Form, service: Service, now: Now) -> Response:
    """Change the password; all sessions end, and this browser gets a new one."""
    if form.get("password", "") != form.get("again", ""):
        return _account(request, who, service, wrong="access.not_twice", at="password")
    try:
        service.access.change_password(who.person, form.get("old", ""), form.get("password", ""), now)
    except AccessRefused as refused:
        return _account(request, who, service, wrong=refused.text, at="password")
    begin(request, service, who, "password", now)
    request.session["account_notice"] = "access.password_changed"
    return RedirectResponse("/account", 303)


@router.post("/account/pin")
def choose_pin(request: Request, who: SignedIn, form: Form, service: Service, now: Now) -> Response:
    """Choose the PIN that opens the session again when it has locked."""
    try:
        service.access.set_pin(who.person, form.get("old", ""), form.get("pin", ""), now)
    except AccessRefused as refused:
        return _account(request, who, service, wrong=refused.text, at="pin")
    request.session["account_notice"] = "access.pin_chosen"
    return RedirectResponse("/account", 303)


@router.post("/account/sign-out-everywhere")
def sign_out_everywhere(request: Request, who: SignedIn, _form: Form, service: Service, now: Now) -> Response:
    """End every session of the person, this one too."""
    service.access.end_all(who.person, now)
    leave(request, service, now)
    return RedirectResponse("/sign-in", 303)


def _account(
    request: Request, who: Principal, service: WorklistService, *, wrong: str = "", at: str = ""
) -> HTMLResponse:
    return page(
        request, "access_account.html", 422 if wrong else 200, wrong=wrong, at=at,
        notice=request.session.pop("account_notice", ""), has_password=service.access.has_password(who.person),
        has_pin=service.access.has_pin(who.person), home=home_of(who),
    )  # fmt: skip


# -- locked


@router.post("/lock")
def lock(request: Request, _who: SignedIn, _form: Form, service: Service, now: Now) -> Response:
    """Lock the session: the PIN opens it again."""
    service.access.lock(session_secret(request), now)
    return RedirectResponse("/locked", 303)


@router.get("/locked")
def locked_page(request: Request, service: Service, settings: Settings, now: Now) -> Response:
    """Ask for the PIN, if there is a locked session with one."""
    onwards = safe_next(request.query_params.get("next", "/"))
    state, row = service.access.session(session_secret(request), settings.lengths, now)
    if row is None or state is State.ENDED or not service.access.has_pin(row.person):
        return RedirectResponse(f"/sign-in?next={onwards}", 303)
    if state is State.OPEN:
        return RedirectResponse(onwards, 303)
    return page(request, "access_locked.html", wrong="", onwards=onwards)


@router.post("/locked")
def unlock(request: Request, form: Form, service: Service, settings: Settings, now: Now) -> Response:
    """Open the session under a new id, or ask again; after some tries it has ended."""
    onwards, secret = safe_next(form.get("next", "/")), session_secret(request)
    try:
        renewed = service.access.unlock(secret, form.get("pin", ""), settings.lengths, now)
    except AccessRefused as refused:
        state, _ = service.access.session(secret, settings.lengths, now)
        if state is State.ENDED:
            return RedirectResponse(f"/sign-in?ended=1&next={onwards}", 303)
        return page(request, "access_locked.html", 403, wrong=refused.text, onwards=onwards)
    keep(request, renewed)
    return RedirectResponse(onwards, 303)
