"""Who may open what: one table of every route; what does not stand in it is nobody's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from fastapi import Request

from pathway_engine.domain.roles import ADMIN, AUDITOR, DESIGNER, GP_READER, HOME_CARE, OFFICE, OPERATOR, WARD
from pathway_engine.service.views import Principal
from pathway_engine.web.errors import PageError

ANYONE = frozenset({"anyone"})
"""Also those who have not signed in."""

NURSES = HOME_CARE | WARD
CARE = NURSES | OFFICE
EVERYBODY = CARE | {OPERATOR, GP_READER, AUDITOR}
"""Whoever has signed in and may meet a patient's name; whose, the service decides."""
SIGNED_IN = EVERYBODY | {DESIGNER, ADMIN}
"""Whoever has signed in: for pages without patients."""

ANSWERS = frozenset({"allocation_office"})
"""Whoever answers the hospital."""
TELLERS = HOME_CARE | ANSWERS
"""Whoever tells by hand what no message tells of a patient."""
MESSAGES = frozenset({"message_responsible", OPERATOR})
"""Whoever answers for messages, or for the program: the latter sees nothing of what they say."""
LEADERS = frozenset({"home_care_leader", "allocation_office"})

RIGHTS: Mapping[tuple[str, str], frozenset[str]] = {
    ("GET", "/sign-in"): ANYONE,
    ("POST", "/sign-in"): ANYONE,
    ("POST", "/sign-out"): ANYONE,
    ("GET", "/first-password"): ANYONE,
    ("POST", "/first-password"): ANYONE,
    ("GET", "/sign-on"): ANYONE,
    ("GET", "/sign-on/back"): ANYONE,
    ("GET", "/locked"): ANYONE,  # the session's own PIN is asked for there
    ("POST", "/locked"): ANYONE,
    ("POST", "/lock"): SIGNED_IN,
    ("GET", "/account"): SIGNED_IN,
    ("POST", "/account/password"): SIGNED_IN,
    ("POST", "/account/pin"): SIGNED_IN,
    ("POST", "/account/sign-out-everywhere"): SIGNED_IN,
    ("GET", "/emergency"): CARE,
    ("POST", "/emergency"): CARE,
    ("GET", "/emergency/{patient_id}"): CARE,
    ("GET", "/health"): ANYONE,
    ("GET", "/accessibility"): ANYONE,
    ("GET", "/help"): ANYONE,
    ("POST", "/messages"): ANYONE,  # the sender's key is asked for at the door itself
    ("GET", "/"): EVERYBODY,
    ("POST", "/"): EVERYBODY,
    ("GET", "/day/cards"): EVERYBODY,
    ("POST", "/several"): EVERYBODY,
    ("POST", "/undo"): EVERYBODY,
    ("GET", "/visit/{task_id}"): EVERYBODY,
    ("GET", "/live"): EVERYBODY,
    ("GET", "/service-worker.js"): ANYONE,
    ("GET", "/offline"): ANYONE,
    ("GET", "/offline/queued"): ANYONE,
    ("GET", "/offline/pages"): EVERYBODY,
    ("GET", "/outbox"): EVERYBODY,
    ("GET", "/outbox/token"): EVERYBODY,
    ("POST", "/outbox"): EVERYBODY,
    ("GET", "/calendar"): EVERYBODY,
    ("POST", "/calendar"): EVERYBODY,
    ("GET", "/calendar/{key}.ics"): ANYONE,  # the key is the person's own
    ("GET", "/tasks/{task_id}"): EVERYBODY,
    ("POST", "/tasks/{task_id}"): EVERYBODY,
    ("POST", "/tasks/{task_id}/answers"): EVERYBODY,
    ("GET", "/inbox"): MESSAGES,
    ("GET", "/inbox/{way}/{number}"): MESSAGES,
    ("POST", "/inbox/{way}/{number}"): MESSAGES,
    ("POST", "/inbox/{way}/{number}/search"): frozenset({"message_responsible"}),
    ("GET", "/management"): LEADERS,
    ("GET", "/management/charts/{name}"): LEADERS,
    ("GET", "/management/report"): LEADERS,
    ("GET", "/management/report.csv"): LEADERS,
    ("GET", "/api/worklist"): EVERYBODY,
    ("GET", "/api/tasks/{task_id}"): EVERYBODY,
    ("GET", "/api/v1/worklist"): EVERYBODY,
    ("GET", "/api/v1/tasks/{task_id}"): EVERYBODY,
    ("POST", "/api/v1/tasks/{task_id}/acts"): EVERYBODY,
    ("GET", "/api/v1/openapi.json"): ANYONE,
    ("GET", "/board"): WARD | ANSWERS,
    ("POST", "/board/places"): ANSWERS,
    ("GET", "/board/register"): WARD,
    ("POST", "/board/register"): WARD,
    ("GET", "/board/register/{number}"): WARD,
    ("GET", "/patients/{patient_id}"): CARE,
    ("POST", "/patients/{patient_id}/told"): TELLERS,
    ("GET", "/patients/{patient_id}/answer"): ANSWERS,
    ("POST", "/patients/{patient_id}/answer"): ANSWERS,
}
"""By method and path: the roles, of which one is enough. Patients are cut to the asker's own in the service."""


def roles_of(method: str, path: str) -> frozenset[str]:
    """Return who may use a route; nobody, unless the table says so."""
    return RIGHTS.get(("GET" if method == "HEAD" else method, path), frozenset())


def may(who: Principal, method: str, path: str) -> bool:
    """Whether one of the roles of *who* is enough for a route."""
    return bool(roles_of(method, path) & ANYONE.union(who.roles))


def home_of(who: Principal) -> str:
    """Return the page that *who* begins at."""
    return "/" if may(who, "GET", "/") else "/account"


def is_page(path: str) -> bool:
    """Whether *path* is one of a page that needs signing in: where one may be led to afterwards."""
    return any(pattern.fullmatch(path) for pattern in _pages())


def is_public(request: Request) -> bool:
    """Whether the route that *request* came by is for anyone."""
    return roles_of(request.method, _route_of(request)) >= ANYONE


def require(who: Principal, request: Request) -> None:
    """Raise PageError 403 when *who* may not use the route that *request* came by."""
    if not may(who, request.method, _route_of(request)):
        raise PageError(403)


@cache
def _pages() -> tuple[re.Pattern[str], ...]:
    shown = [path for (method, path), roles in RIGHTS.items() if method == "GET" and not roles & ANYONE]
    return tuple(_pattern(path) for path in shown if not path.startswith("/api/"))


def _pattern(path: str) -> re.Pattern[str]:
    """Paths of the route; an id has a letter or digit first, so that no path leads upwards."""
    parts = re.split(r"\{\w+\}", path)
    return re.compile(r"[A-Za-z0-9][A-Za-z0-9_.~-]{0,199}".join(map(re.escape, parts)))


def _route_of(request: Request) -> str:
    """Return the path of the route that answers *request*, as it is declared, below what it is mounted under."""
    return f"{getattr(request.app.state, 'below', '')}{request.scope['route'].path}"
