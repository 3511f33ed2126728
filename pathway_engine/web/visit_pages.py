"""Besøk: all that is due with one patient, walked through task by task."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from pathway_engine.web.day_ports import Days
from pathway_engine.web.pages import language_of, page
from pathway_engine.web.sessions import Now, SignedIn
from pathway_engine.web.visits import due_in_visit
from pathway_engine.web.window import left_text, section_of, window_text

router = APIRouter()


@router.get("/visit/{task_id}")
def visit_page(request: Request, task_id: str, who: SignedIn, service: Days, now: Now) -> HTMLResponse:
    """Show what is due with the patient, what the patient finds important, and where to begin."""
    say = language_of(request)
    tasks = service.visit(who, task_id, now)
    due = due_in_visit(tasks, now)
    first = service.task(who, (due or tasks)[0].id, now) if tasks else service.task(who, task_id, now)
    return page(
        request,
        "day_visit.html",
        now=now,
        first=first,
        due=due,
        later=tuple(task for task in tasks if task not in due),
        section=lambda task: section_of(task, now),
        window=lambda task: window_text(task, now, say),
        left=lambda task: left_text(task, now, say),
    )
