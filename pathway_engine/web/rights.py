"""Who may open what: one table of every route; what does not stand in it is nobody's."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request

from pathway_engine.service.views import Principal
from pathway_engine.web.errors import PageError

ANYONE = frozenset({"anyone"})
"""Also those who have not signed in."""

NURSES = frozenset({"home_care_nurse", "primary_contact", "home_care_leader", "ward_nurse"})
CARE = NURSES | {"allocation_office", "message_responsible"}
EVERYBODY = CARE | {"operator"}
"""Whoever has signed in."""

WARD, OFFICE = frozenset({"ward_nurse"}), frozenset({"allocation_office"})

RIGHTS: Mapping[tuple[str, str], frozenset[str]] = {
    ("GET", "/sign-in"): ANYONE,
    ("POST", "/sign-in"): ANYONE,
    ("POST", "/sign-out"): ANYONE,
    ("GET", "/health"): ANYONE,
    ("POST", "/messages"): ANYONE,  # the sender's key is asked for at the door itself
    ("GET", "/"): EVERYBODY,
    ("GET", "/tasks/{task_id}"): EVERYBODY,
    ("POST", "/tasks/{task_id}"): EVERYBODY,
    ("POST", "/tasks/{task_id}/answers"): EVERYBODY,
    ("GET", "/api/worklist"): EVERYBODY,
    ("GET", "/api/tasks/{task_id}"): EVERYBODY,
    ("GET", "/board"): WARD | OFFICE,
    ("POST", "/board/places"): OFFICE,
    ("GET", "/board/register"): WARD,
    ("POST", "/board/register"): WARD,
    ("GET", "/board/register/{number}"): WARD,
    ("GET", "/patients/{patient_id}"): CARE,
    ("GET", "/patients/{patient_id}/answer"): OFFICE,
    ("POST", "/patients/{patient_id}/answer"): OFFICE,
}
"""By method and path: the roles, of which one is enough. Patients are cut to the asker's own in the service."""


def roles_of(method: str, path: str) -> frozenset[str]:
    """Return who may use a route; nobody, unless the table says so."""
    return RIGHTS.get(("GET" if method == "HEAD" else method, path), frozenset())


def may(who: Principal, method: str, path: str) -> bool:
    """Whether one of the roles of *who* is enough for a route."""
    return bool(roles_of(method, path) & ANYONE.union(who.roles))


def is_public(request: Request) -> bool:
    """Whether the route that *request* came by is for anyone."""
    return roles_of(request.method, _route_of(request)) >= ANYONE


def require(who: Principal, request: Request) -> None:
    """Raise PageError 403 when *who* may not use the route that *request* came by."""
    if not may(who, request.method, _route_of(request)):
        raise PageError(403)


def _route_of(request: Request) -> str:
    """Return the path of the route that answers *request*, as it is declared."""
    return str(request.scope["route"].path)
