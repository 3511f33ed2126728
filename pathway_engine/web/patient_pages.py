"""Pasientforløp: one patient's phases, clocks, tasks with their reasons, messages, notes, and who has looked."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from pathway_engine.service.course_views import PhaseView
from pathway_engine.service.told_by_hand import EVENTS
from pathway_engine.service.views import Principal
from pathway_engine.web.board_pages import Boards
from pathway_engine.web.board_ports import BoardService
from pathway_engine.web.board_view import board_words, long_text, tone_of
from pathway_engine.web.language import Language
from pathway_engine.web.notices import taken_notice
from pathway_engine.web.pages import language_of, page
from pathway_engine.web.rights import may
from pathway_engine.web.sessions import Now, SignedIn
from pathway_engine.web.window import left_text, section_of, window_text

router = APIRouter()


@router.get("/patients/{patient_id}")
def patient_page(request: Request, patient_id: str, who: SignedIn, service: Boards, now: Now) -> HTMLResponse:
    """Show one patient."""
    return shown_patient(request, patient_id, who, service, now, {}, ())


def shown_patient(
    request: Request, patient_id: str, who: Principal, service: BoardService, now: datetime,
    typed: Mapping[str, str], wrong: Sequence[str],
) -> HTMLResponse:  # fmt: skip
    """Show one patient; where something could not be told, what was typed and which fields are *wrong*."""
    say, course = language_of(request), service.patient(who, patient_id, now)
    return page(
        request, "patient.html", 422 if wrong else 200, course=course, now=now, tone=tone_of,
        may_board=may(who, "GET", "/board"), may_inbox=may(who, "GET", "/inbox"),
        lasted=lambda phase: lasted_text(phase, now, say),
        section=lambda task: section_of(task, now), window=lambda task: window_text(task, now, say),
        left=lambda task: left_text(task, now, say), events=EVENTS, typed=typed, wrong=wrong,
        key=typed.get("key") or secrets.token_urlsafe(16), notice=taken_notice(request), **board_words(say, now),
    )  # fmt: skip


def lasted_text(phase: PhaseView, now: datetime, say: Language) -> str:
    """Return from when to when the phase was, and how long."""
    long = long_text((phase.until or now) - phase.since, say)
    if phase.until is None:
        return say("course.since", since=say.moment(phase.since), long=long)
    return say("course.from_to", since=say.moment(phase.since), until=say.moment(phase.until), long=long)
