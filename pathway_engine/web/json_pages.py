"""The worklist and the tasks as JSON, with the same session and limits; and the health of the house."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from pathway_engine.web.sessions import Now, Service, SignedIn

router = APIRouter()


@router.get("/api/worklist")
def worklist(who: SignedIn, service: Service, now: Now) -> JSONResponse:
    """Return ``{"tasks": [...]}``, one record a line of the worklist."""
    return JSONResponse({"tasks": plain(service.worklist(who, now))})


@router.get("/api/tasks/{task_id}")
def task(task_id: str, who: SignedIn, service: Service, now: Now) -> JSONResponse:
    """Return one task with its checklist, answers, comments and why it is here."""
    return JSONResponse(plain(service.task(who, task_id, now)))


@router.get("/health")
async def health(request: Request, service: Service, now: Now) -> JSONResponse:
    """Return what the service says of itself: 200 when it is well, 503 otherwise."""
    told = await request.app.state.pulse.felt(lambda: service.health(now))
    return JSONResponse(plain(told), 200 if told.get("ok") is True else 503)


def plain(value: object) -> object:
    """Return *value* as JSON knows it; instants are written in UTC with a Z."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value
