"""The JSON API for programs, under ``/api/v1``: lists, tasks and acts, described by an OpenAPI document of its own."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Path, Request
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from pathway_engine import __version__
from pathway_engine.domain.errors import TaskError, UnknownTask
from pathway_engine.domain.events import Act
from pathway_engine.service.views import TaskDetail, TaskView
from pathway_engine.web.api_asks import ActOnTask, act_in
from pathway_engine.web.api_problems import PROBLEM, TOLD, Problem, Refused, told
from pathway_engine.web.day_ports import Days
from pathway_engine.web.errors import PageError
from pathway_engine.web.ports import WorklistService
from pathway_engine.web.sessions import Now, SignedIn, permitted, same_origin
from pathway_engine.web.settings import WebSettings

if TYPE_CHECKING:
    from pathway_engine.clock import Clock

BELOW = "/api/v1"
TITLE = "Pathway Engine"
TOKEN_HEADER = "x-form-token"  # noqa: S105 -- a header's name
REFUSALS = {
    401: "Nobody is signed in, or the key is nobody's.", 403: "The role or the session does not allow it.",
    404: "There is no such task for you.", 409: "Somebody else was first; read it again, then decide.",
    413: "The body is too large.", 415: "The body is not JSON by its type.",
    422: "It does not fit, or the task does not allow it now.", 503: "The database is away.",
}  # fmt: skip
router = APIRouter()


class Worklist(BaseModel):
    """The open tasks on the caller's lists, earliest deadline first, those without one last."""

    tasks: list[TaskView]


def _refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Problem, "description": REFUSALS[status]} for status in statuses}


TaskId = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.~-]{0,199}$")]


@router.get("/worklist", responses=_refusals(401, 403, 503))
def worklist(who: SignedIn, service: Days, now: Now) -> Worklist:
    """The open tasks on the caller's lists. That they were read is put on record."""
    return Worklist(tasks=service.worklist(who, now))


@router.get("/tasks/{task_id}", responses=_refusals(401, 403, 404, 422, 503))
def task(task_id: TaskId, who: SignedIn, service: Days, now: Now) -> TaskDetail:
    """One task with its checklist, answers, comments, what may be done to it, and why it is there."""
    return service.task(who, task_id, now)


def protected(request: Request) -> None:
    """Hold a writing request of a browser's session against the form's secret; a bearer's key proves itself.

    Raises PageError 403.
    """
    if request.headers.get("authorization", "").partition(" ")[0].lower() == "bearer":
        return
    expected = str(request.session.get("form_token", ""))
    given = request.headers.get(TOKEN_HEADER, "")
    if not (expected and same_origin(request.headers) and hmac.compare_digest(given.encode(), expected.encode())):
        raise PageError(403)


BODY = {"required": True, "content": {"application/json": {"schema": ActOnTask.model_json_schema()}}}


@router.post(
    "/tasks/{task_id}/acts", responses=_refusals(401, 403, 404, 409, 413, 415, 422, 503),
    openapi_extra={"requestBody": BODY}, dependencies=[Depends(protected)],
)  # fmt: skip
def act_on_task(
    task_id: TaskId, who: SignedIn, service: Days, now: Now, asked: Annotated[ActOnTask, Depends(act_in)]
) -> TaskDetail:
    """Do one act, once for each key, and return the task as it then is.

    What the task does not allow is 422 with the acts that it does allow now in `legal_acts`.
    """
    before = service.task(who, task_id, now)
    try:
        if asked.deed is Act.UNDO:
            service.undo(who, task_id, asked.key, now)
            return service.task(who, task_id, now)
        return service.act(
            who, task_id, asked.deed, version=asked.version, key=asked.key, now=now,
            answers=asked.typed(before.checklist), reason=asked.reason, comment=asked.words, until=asked.moment,
            assignee=asked.assignee,
        )  # fmt: skip
    except UnknownTask:
        raise
    except TaskError as error:
        raise Refused(error, service.task(who, task_id, now).allowed) from error


@router.get("/openapi.json")
def openapi() -> dict[str, Any]:
    """This document."""
    return document()


def create_api(service: WorklistService, settings: WebSettings, clock: Clock) -> FastAPI:
    """Return the API as an application of its own, to be mounted under `BELOW`."""
    app = FastAPI(
        title=TITLE, version=__version__, docs_url=None, redoc_url=None, openapi_url=None,
        dependencies=[Depends(permitted)], redirect_slashes=False,
    )  # fmt: skip
    app.state.service, app.state.settings, app.state.clock, app.state.below = service, settings, clock, BELOW
    app.include_router(router)
    for error in TOLD:
        app.add_exception_handler(error, told)
    return app


@cache
def document() -> dict[str, Any]:
    """Return the OpenAPI document: bearer keys, and every refusal as a problem."""
    described = get_openapi(
        title=TITLE, version=__version__, routes=router.routes, servers=[{"url": BELOW}],
        description="Lists and tasks of home care, wards and offices, cut to what the key's person may see.",
    )  # fmt: skip
    described.setdefault("components", {})["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for path, methods in described["paths"].items():
        for operation in methods.values():
            _finish(operation, is_open=path == "/openapi.json")
    return described


def _finish(operation: dict[str, Any], *, is_open: bool) -> None:
    if not is_open:
        operation["security"] = [{"key": []}]
    for status, response in operation["responses"].items():
        content: Mapping[str, Any] = response.get("content", {})
        if int(status) >= 400 and "application/json" in content:
            response["content"] = {PROBLEM: content["application/json"]}
