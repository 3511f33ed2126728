"""Without a network: what a telephone may keep of the day, and what comes from it when the network is back."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response

from pathway_engine.domain.errors import IllegalTransition, TaskError, UnknownTask, VersionConflict
from pathway_engine.domain.tasks import OPEN
from pathway_engine.service.days import Day
from pathway_engine.service.views import Principal, TaskDetail
from pathway_engine.web.day_ports import Days, DayService
from pathway_engine.web.follow_ups import due_at
from pathway_engine.web.language import Language
from pathway_engine.web.pages import STATIC, language_of, libraries, page, scripts_of
from pathway_engine.web.performing import perform, rebased
from pathway_engine.web.sessions import Form, Now, SignedIn, form_token
from pathway_engine.web.worklist_pages import ORDERS, VIEWS, Choice

router = APIRouter()

AT_LEAST = timedelta(hours=8)
"""How long a download holds however late it is made: a night shift begins before midnight."""
MOST_TASKS = 150
OUTCOME: dict[type[TaskError], str] = {VersionConflict: "conflict", IllegalTransition: "closed", UnknownTask: "gone"}


@router.get("/service-worker.js")
def service_worker() -> FileResponse:
    """Give the script that stands between the pages and the network; from the root, so that it sees all pages."""
    return FileResponse(STATIC / "day-worker.js", media_type="text/javascript")


@router.get("/offline")
def offline_page(request: Request) -> HTMLResponse:
    """Show that a page is not on the telephone, or is not any more."""
    return page(request, "day_offline.html", wiped="wiped" in request.query_params)


@router.get("/offline/queued")
def queued(request: Request) -> HTMLResponse:
    """Give what a form says when its answers are kept on the telephone."""
    return page(request, "_queued.html")


@router.get("/offline/pages")
def pages_of_the_day(who: SignedIn, service: Days, now: Now) -> JSONResponse:
    """Return the addresses that make up the day, for how many seconds they may be kept, and whose they are."""
    assets = [*libraries().styles, *libraries().scripts, *scripts_of("day"), "/static/icon.svg", "/static/day-db.js"]
    lasts = max(due_at("today", now) - now, AT_LEAST)  # a length: the telephone's clock may be wrong
    told = {"pages": _addresses(service.day(who, now, "day downloaded")), "assets": assets, "person": who.person}
    return JSONResponse(told | {"lasts_seconds": int(lasts.total_seconds())})


def _addresses(day: Day) -> list[str]:
    lists = [Choice(view=view, order=order).address() for view, order in product(VIEWS, ORDERS)]
    tasks = day.tasks[:MOST_TASKS]
    first_of = {task.patient_id: task.id for task in reversed(tasks) if task.patient_id}
    visits = [f"/visit/{task_id}" for task_id in first_of.values()]
    return ["/", *lists, "/outbox", *(f"/tasks/{task.id}" for task in tasks), *visits]


@router.get("/outbox")
def outbox_page(request: Request, who: SignedIn) -> HTMLResponse:
    """Show what waits on the telephone; only the telephone knows it."""
    return page(request, "day_outbox.html")


@router.get("/outbox/token")
def token(request: Request, who: SignedIn) -> JSONResponse:
    """Return what a form from the outbox must carry, and whose session it is."""
    return JSONResponse({"form_token": form_token(request), "person": who.person})


@router.post("/outbox")
def take_in(request: Request, form: Form, who: SignedIn, service: Days, now: Now) -> Response:
    """Do what was asked without a network, or say what happened meanwhile; nothing is done half."""
    say, task_id = language_of(request), form.get("task", "")
    try:
        before = service.task(who, task_id, now)
        _, outcome = perform(service, who, before, rebased(form, before, say), say, now)
    except UnknownTask:
        return JSONResponse({"outcome": "gone"})
    if isinstance(outcome, TaskDetail):
        return JSONResponse({"outcome": "done", "version": outcome.task.version})
    return JSONResponse(_refusal(service, who, task_id, outcome, say, now))


def _refusal(
    service: DayService, who: Principal, task_id: str, error: TaskError, say: Language, now: datetime
) -> dict[str, object]:
    """What became of the task meanwhile, in words, and the version that a comment can be added to."""
    detail = service.task(who, task_id, now)
    kind = next((OUTCOME[kind] for kind in type(error).__mro__ if kind in OUTCOME), "invalid")
    if kind == "conflict" and detail.task.status not in OPEN:
        kind = "closed"
    change = detail.last_change
    last = say("conflict.last", what=say.note(change[1]), at=say.moment(change[0])) if change else ""
    return {"outcome": kind, "last": last, "version": detail.task.version}
