"""The web application: routes, sessions and headers joined around a worklist service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from pathway_engine.domain.errors import StorageError, TaskError
from pathway_engine.web import (
    account_pages,
    answer_pages,
    board_pages,
    calendar_pages,
    emergency_pages,
    inbox_pages,
    json_pages,
    live_pages,
    management_pages,
    manual_pages,
    messages,
    offline_pages,
    patient_pages,
    public_pages,
    several_pages,
    sign_in_pages,
    sign_on_pages,
    task_pages,
    telling_pages,
    visit_pages,
    worklist_pages,
)
from pathway_engine.web.access_ports import SignOn
from pathway_engine.web.api import BELOW, create_api
from pathway_engine.web.compression import Compressed
from pathway_engine.web.errors import Locked, NotSignedIn, PageError, status_of
from pathway_engine.web.headers import SafeAnswers
from pathway_engine.web.health import Pulse
from pathway_engine.web.live import Watch
from pathway_engine.web.pages import STATIC, error_page, page, unavailable_page
from pathway_engine.web.ports import WorklistService
from pathway_engine.web.sessions import permitted, safe_next, session_secret
from pathway_engine.web.settings import WebSettings

if TYPE_CHECKING:
    from pathway_engine.clock import Clock

RETRY_AFTER_SECONDS = "10"
ASKED_BY_SCRIPTS = frozenset({"/live", "/day/cards", "/outbox/token", "/offline/pages"})
"""What only our own scripts ask: somebody who is not signed in is told so, not led to a page."""
ROOMS = (
    public_pages, sign_in_pages, sign_on_pages, account_pages, emergency_pages, worklist_pages, several_pages,
    task_pages, visit_pages, live_pages, calendar_pages, offline_pages, board_pages, manual_pages, answer_pages,
    patient_pages, telling_pages, inbox_pages, management_pages, json_pages, messages,
)  # fmt: skip
Handler = Callable[[Request, Exception], Awaitable[Response]]


def create_app(
    service: WorklistService,
    settings: WebSettings,
    clock: Clock,
    door: messages.MessageDoor | None = None,
    sign_on: SignOn | None = None,
    mounts: Mapping[str, ASGIApp] | None = None,
) -> FastAPI:
    """Return the pages of *service*; *clock* answers with the present instant, aware and in UTC.

    Without a *door* no message is let in, without *sign_on* nobody signs in at an issuer. *mounts* are applications
    of their own by the path that they answer below; they let in whom they themselves know.
    """
    app = FastAPI(
        title="Pathway Engine", docs_url=None, redoc_url=None, openapi_url=None, dependencies=[Depends(permitted)]
    )
    app.state.service, app.state.settings, app.state.clock = service, settings, clock
    app.state.pulse, app.state.door, app.state.sign_on = Pulse(), door, sign_on
    app.state.watch = Watch()
    for room in ROOMS:
        app.include_router(room.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.state.api = create_api(service, settings, clock)
    app.mount(BELOW, app.state.api)
    for path, mounted in (mounts or {}).items():
        app.mount(path, mounted)
        app.router.routes.append(Route(path, AtItsRoot(mounted)))
    for error, handler in HANDLERS.items():
        app.add_exception_handler(error, handler)
    app.add_middleware(
        SessionMiddleware,
        secret_key=settings.session_secret,
        session_cookie=settings.cookie_name,
        max_age=int(settings.session_absolute.total_seconds()),
        same_site="lax",
        https_only=settings.https_only,
    )
    app.add_middleware(Compressed)
    app.add_middleware(SafeAnswers, https_only=settings.https_only, led_to=sign_on.led_to if sign_on else "")
    return app


class AtItsRoot:
    """Answers at a mounted application's own address, without the slash that a mount asks for."""

    def __init__(self, mounted: ASGIApp) -> None:
        self._mounted = mounted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on as one for the application's root."""
        root = scope["path"]
        await self._mounted({**scope, "root_path": root, "path": f"{root}/"}, receive, send)


async def _not_signed_in(request: Request, _error: Exception) -> Response:
    """Ask for a sign-in; a program gets 401, a half-written form is told that it is not saved."""
    if _is_json(request) or request.url.path in ASKED_BY_SCRIPTS:
        return JSONResponse({"error": "not signed in"}, 401)
    if request.url.path.endswith("/answers"):
        return page(request, "_not_saved.html", 401)
    onwards = safe_next(request.url.path)
    ended = "ended=1&" if session_secret(request) else ""
    return RedirectResponse(f"/sign-in?{ended}next={onwards}", 303)


async def _locked(request: Request, _error: Exception) -> Response:
    """Ask for the PIN; a program gets 401, a half-written form is told that it is not saved."""
    if _is_json(request) or request.url.path in ASKED_BY_SCRIPTS:
        return JSONResponse({"error": "locked"}, 401)
    if request.url.path.endswith("/answers"):
        return page(request, "_not_saved.html", 401)
    return RedirectResponse(f"/locked?next={safe_next(request.url.path)}", 303)


async def _page_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, PageError)
    if request.url.path.endswith("/answers"):
        return page(request, "_not_saved.html", error.status)
    return error_page(request, error.status, error.text)


async def _refused(request: Request, error: Exception) -> Response:
    """A refusal that no page has shown itself; in practice a task that is not there for the asker."""
    assert isinstance(error, TaskError)
    return _answer(request, status_of(error))


async def _unavailable(request: Request, _error: Exception) -> Response:
    """The database is away: nothing was saved, and the same can be asked again soon."""
    if _is_json(request):
        response: Response = JSONResponse({"error": "unavailable"}, 503)
    elif request.url.path.endswith("/answers"):
        response = page(request, "_not_saved.html", 503)
    else:
        response = unavailable_page(request)
    response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _answer(request, error.status_code)


async def _unreadable(request: Request, _error: Exception) -> Response:
    return _answer(request, 400)


def _answer(request: Request, status: int) -> Response:
    if _is_json(request):
        return JSONResponse({"error": f"{status}"}, status)
    text = status if status in {400, 403, 404, 405, 413, 415} else 400
    return error_page(request, status, f"error.{text}")


def _is_json(request: Request) -> bool:
    return request.url.path.startswith("/api/") or request.url.path == messages.PATH


HANDLERS: dict[type[Exception], Handler] = {
    NotSignedIn: _not_signed_in,
    Locked: _locked,
    PageError: _page_error,
    TaskError: _refused,
    StorageError: _unavailable,
    HTTPException: _http,
    RequestValidationError: _unreadable,
}
