"""The municipality's answer to the hospital: one form, whose sending completes the step and sends the message."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pathway_engine.domain.errors import TaskError, VersionConflict
from pathway_engine.domain.events import Act
from pathway_engine.service.office_answers import OfficeAnswer
from pathway_engine.service.views import Principal, TaskDetail
from pathway_engine.web.answers import field_name, typed_answers
from pathway_engine.web.asks import Ask, read_ask
from pathway_engine.web.board_pages import Boards
from pathway_engine.web.board_ports import BoardService
from pathway_engine.web.errors import PageError, status_of, text_of
from pathway_engine.web.language import Language
from pathway_engine.web.notices import leave_notice, taken_notice
from pathway_engine.web.pages import language_of, page
from pathway_engine.web.sessions import Form, Now, SignedIn
from pathway_engine.web.task_view import Draft, task_context

router = APIRouter()
REPLY, DAY = "can_receive", "offer_ready_on"


@router.get("/patients/{patient_id}/answer")
def answer_page(request: Request, patient_id: str, who: SignedIn, service: Boards, now: Now) -> HTMLResponse:
    """Show the form while there is something to answer, and how far the last answer has come."""
    return _shown(request, patient_id, who, service, now, Draft(), 200)


@router.post("/patients/{patient_id}/answer")
def give_answer(request: Request, patient_id: str, who: SignedIn, form: Form, service: Boards, now: Now) -> Response:
    """Complete the step, which sends the message; or show what must be put right."""
    say = language_of(request)
    answer = service.office_answer(who, patient_id, now)
    task_id = form.get("task", "")
    detail = service.task(who, task_id, now)
    if detail.task.patient_id != answer.patient_id:
        raise PageError(404)
    ask = read_ask({**form, "act": Act.COMPLETE.value}, detail, say)
    problems = {**_lacking(detail, form, say), **ask.problems}
    if problems:
        return _shown(request, patient_id, who, service, now, _draft(detail, form, problems, ""), 422)
    try:
        _complete(service, who, detail, ask, now)
    except TaskError as error:
        draft = _draft(detail, form, {}, say(text_of(error)), conflict=isinstance(error, VersionConflict))
        return _shown(request, patient_id, who, service, now, draft, status_of(error))
    leave_notice(request, "board_done.answered")
    return RedirectResponse(f"/patients/{patient_id}/answer", 303)


def _complete(service: BoardService, who: Principal, detail: TaskDetail, ask: Ask, now: datetime) -> None:
    service.act(
        who, detail.task.id, Act.COMPLETE, version=ask.version, key=ask.key, now=now, answers=ask.answers
    )  # fmt: skip


def _shown(
    request: Request, patient_id: str, who: Principal, service: BoardService, now: datetime, draft: Draft, status: int
) -> HTMLResponse:
    answer = service.office_answer(who, patient_id, now)
    say, notice = language_of(request), taken_notice(request)
    return page(
        request, "answer.html", status, answer=answer, now=now, notice=notice, draft=draft,
        form=_form(answer, who, service, now, draft, say),
    )  # fmt: skip


def _form(
    answer: OfficeAnswer, who: Principal, service: BoardService, now: datetime, draft: Draft, say: Language
) -> dict[str, object] | None:
    """What the form shows; None when nothing is to be answered."""
    if answer.task_id is None:
        return None
    return task_context(service.task(who, answer.task_id, now), now, say, draft)


def _lacking(detail: TaskDetail, form: Mapping[str, str], say: Language) -> dict[str, str]:
    """What must be said and is not: what the checklist requires, and the day where one is promised."""
    typed = typed_answers(detail.checklist, form)
    items = detail.checklist.items if detail.checklist else ()
    needs_day = typed.get(REPLY) == "from_date"
    return {
        field_name(item): say("problem.required", item=say.pick(item.text))
        for item in items
        if not typed.get(item.id) and (item.required or (item.id == DAY and needs_day))
    }


def _draft(
    detail: TaskDetail, form: Mapping[str, str], problems: Mapping[str, str], refusal: str, *, conflict: bool = False
) -> Draft:
    """Keep what was typed, and say what is wrong."""
    typed = typed_answers(detail.checklist, form)
    return Draft(act=Act.COMPLETE.value, typed=typed, problems=problems, refusal=refusal, conflict=conflict)
