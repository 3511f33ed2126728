"""Besøk: one task with its checklist, what can be done to it, and why it is here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pathway_engine.domain.errors import (
    IncompleteChecklist,
    InvalidAnswer,
    TaskError,
    UnknownTask,
    VersionConflict,
)
from pathway_engine.domain.events import Act
from pathway_engine.service.views import Principal, TaskDetail
from pathway_engine.web.answers import as_typed, field_name, typed_answers
from pathway_engine.web.asks import Ask, read_ask
from pathway_engine.web.errors import status_of, text_of
from pathway_engine.web.language import Language
from pathway_engine.web.pages import language_of, page
from pathway_engine.web.ports import WorklistService
from pathway_engine.web.sessions import Form, Now, Service, SignedIn
from pathway_engine.web.task_view import Draft, kept_of, progress, task_context

router = APIRouter()

LEAVES_THE_TASK = (Act.COMPLETE, Act.NOT_APPLICABLE)


@router.get("/tasks/{task_id}")
def task_page(request: Request, task_id: str, who: SignedIn, service: Service, now: Now) -> HTMLResponse:
    """Show one task."""
    detail = service.task(who, task_id, now)
    notice = request.session.pop("notice", "")
    return page(request, "task.html", **task_context(detail, now, language_of(request), Draft(), notice))


@router.post("/tasks/{task_id}")
def act_on_task(request: Request, task_id: str, who: SignedIn, form: Form, service: Service, now: Now) -> Response:
    """Do what the form asks and show where the work goes on, or show what must be corrected."""
    say = language_of(request)
    before = service.task(who, task_id, now)
    ask = read_ask(form, before, say)
    outcome = _outcome(service, who, before, ask, now)
    if isinstance(outcome, TaskDetail):
        request.session["notice"] = ask.act.value
        return RedirectResponse("/" if ask.act in LEAVES_THE_TASK else f"/tasks/{task_id}", 303)
    detail = service.task(who, task_id, now)
    draft = _draft(outcome, ask, form, detail, say)
    return page(request, "task.html", status_of(outcome), **task_context(detail, now, say, draft))


@router.post("/tasks/{task_id}/answers")
def save_answers(request: Request, task_id: str, who: SignedIn, form: Form, service: Service, now: Now) -> Response:
    """Save answers as they are given; the browser puts what comes back into the form."""
    before = service.task(who, task_id, now)
    ask = read_ask({**form, "act": Act.ANSWER}, before, language_of(request))
    outcome = _outcome(service, who, before, ask, now)
    if isinstance(outcome, TaskDetail):
        return page(request, "_saved.html", now=now, task=outcome.task, **progress(outcome, Draft()))
    winner = service.task(who, task_id, now).last_change if isinstance(outcome, VersionConflict) else None
    return page(request, "_not_saved.html", status_of(outcome), last_change=winner)


class NotFitting(InvalidAnswer):
    """The form itself holds something that does not fit; nothing was asked of the service."""


def _outcome(
    service: WorklistService, who: Principal, before: TaskDetail, ask: Ask, now: datetime
) -> TaskDetail | TaskError:
    """Do what is asked; return the task after it, or why it was refused."""
    if ask.problems:
        return NotFitting()
    if ask.act is Act.ANSWER and not ask.answers and ask.version == before.task.version:
        return before  # nothing new was typed
    try:
        return service.act(
            who,
            before.task.id,
            ask.act,
            version=ask.version,
            key=ask.key,
            now=now,
            answers=ask.answers,
            reason=ask.reason,
            comment=ask.comment,
            until=ask.until,
            assignee=ask.assignee,
        )
    except UnknownTask:
        raise
    except TaskError as error:
        return error


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
