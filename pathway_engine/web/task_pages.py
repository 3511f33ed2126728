"""Besøk: one task with its checklist, what can be done to it, and why it is here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pathway_engine.domain.errors import (
    IncompleteChecklist,
    TaskError,
    VersionConflict,
)
from pathway_engine.domain.events import Act
from pathway_engine.service.views import Principal, TaskDetail
from pathway_engine.web.answers import as_typed, field_name, typed_answers
from pathway_engine.web.asks import Ask, read_ask
from pathway_engine.web.day_ports import Days, DayService
from pathway_engine.web.errors import status_of, text_of
from pathway_engine.web.follow_ups import wanted_item
from pathway_engine.web.language import Language
from pathway_engine.web.notices import leave_done, taken_notice
from pathway_engine.web.pages import language_of, page
from pathway_engine.web.performing import outcome_of, perform
from pathway_engine.web.sessions import Form, Now, SignedIn
from pathway_engine.web.task_view import Draft, kept_of, progress, task_context
from pathway_engine.web.visits import due_in_visit

router = APIRouter()

LEAVES_THE_TASK = (Act.COMPLETE, Act.NOT_APPLICABLE)


@router.get("/tasks/{task_id}")
def task_page(request: Request, task_id: str, who: SignedIn, service: Days, now: Now) -> HTMLResponse:
    """Show one task."""
    detail = service.task(who, task_id, now)
    shown = task_context(detail, now, language_of(request), Draft())
    return page(request, "task.html", **shown, notice=taken_notice(request), visit=in_visit(request.query_params))


@router.post("/tasks/{task_id}")
def act_on_task(request: Request, task_id: str, who: SignedIn, form: Form, service: Days, now: Now) -> Response:
    """Do what the form asks and show where the work goes on, or show what must be corrected."""
    say = language_of(request)
    before = service.task(who, task_id, now)
    ask, outcome = perform(service, who, before, form, say, now)
    if isinstance(outcome, TaskDetail):
        leave_done(request, Act.FOLLOW_UP if wanted_item(form) else ask.act, task_id, ask.key)
        return RedirectResponse(_onwards(service, who, task_id, ask.act, in_visit(form), now), 303)
    detail = service.task(who, task_id, now)
    shown = task_context(detail, now, say, _draft(outcome, ask, form, detail, say))
    return page(request, "task.html", status_of(outcome), **shown, notice=None, visit=in_visit(form))


def in_visit(asked: Mapping[str, str]) -> bool:
    """Whether the task is one of a visit, after which the patient's next comes."""
    return asked.get("visit") == "1"


def _onwards(service: DayService, who: Principal, task_id: str, act: Act, visiting: bool, now: datetime) -> str:
    """Where the work goes on: on the task itself, after it on the list, in a visit with what else is due there."""
    if act not in LEAVES_THE_TASK:
        return f"/tasks/{task_id}" + ("?visit=1" if visiting else "")
    following = next(iter(due_in_visit(service.visit(who, task_id, now), now)), None) if visiting else None
    return f"/tasks/{following.id}?visit=1" if following else "/"


@router.post("/tasks/{task_id}/answers")
def save_answers(request: Request, task_id: str, who: SignedIn, form: Form, service: Days, now: Now) -> Response:
    """Save answers as they are given; the browser puts what comes back into the form."""
    before = service.task(who, task_id, now)
    ask = read_ask({**form, "act": Act.ANSWER}, before, language_of(request))
    outcome = outcome_of(service, who, before, ask, now)
    if isinstance(outcome, TaskDetail):
        shown = progress(outcome, Draft())
        return page(
            request, "_saved.html", now=now, task=outcome.task, detail=outcome, changed=frozenset(ask.answers), **shown
        )
    winner = service.task(who, task_id, now).last_change if isinstance(outcome, VersionConflict) else None
    return page(request, "_not_saved.html", status_of(outcome), last_change=winner)


def _draft(error: TaskError, ask: Ask, form: Mapping[str, str], detail: TaskDetail, say: Language) -> Draft:
    """Keep what was typed, and say what is wrong where it is wrong."""
    conflict = isinstance(error, VersionConflict)
    typed = typed_answers(detail.checklist, form)
    problems = dict(ask.problems)
    if isinstance(error, IncompleteChecklist):
        problems |= _required(detail, typed, say)
    explained = not (conflict or problems)
    return Draft(
        act=ask.act.value,
        typed=kept_of(typed, form, detail) if conflict else typed,
        fields={name: form.get(name, "") for name in ("reason", "comment", "until", "assignee")},
        problems=problems,
        refusal="" if ask.problems else say(text_of(error)),
        explanation=str(error) if explained else "",
        conflict=conflict,
    )


def _required(detail: TaskDetail, typed: Mapping[str, str], say: Language) -> dict[str, str]:
    """Return what to say at each required item that has no answer."""
    items = detail.checklist.items if detail.checklist else ()
    values = {item.id: typed.get(item.id) or as_typed(detail.answers.get(item.id)) for item in items}
    missing = [item for item in items if item.required and not values[item.id]]
    return {field_name(item): say("problem.required", item=say.pick(item.text)) for item in missing}
