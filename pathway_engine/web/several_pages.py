"""Several tasks at once, and taking back at once: one form, one answer that says what went well and what did not."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pathway_engine.domain.errors import IllegalTransition, TaskError, UnknownTask
from pathway_engine.domain.events import Act
from pathway_engine.service.views import Principal, TaskView
from pathway_engine.web.day_ports import Days, DayService
from pathway_engine.web.errors import PageError, text_of
from pathway_engine.web.language import Language
from pathway_engine.web.notices import leave_notice
from pathway_engine.web.pages import language_of, page
from pathway_engine.web.sessions import Form, Now, SignedIn
from pathway_engine.web.worklist_pages import list_context

router = APIRouter()

ACTS = (Act.CLAIM, Act.GIVE_BACK, Act.ASSIGN)
_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
_TASK = "task."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one task: why not, in the reader's words, or nothing; and the key that it was done under."""

    task_id: str
    task: TaskView | None
    key: str
    problem: str = ""


@router.post("/several")
def act_on_several(request: Request, form: Form, who: SignedIn, service: Days, now: Now) -> HTMLResponse:
    """Do one act to every task that is ticked, each by itself; show the list with what became of each."""
    say = language_of(request)
    act, assignee, key = form.get("act", ""), form.get("assignee", ""), form.get("key", "")
    if act not in ACTS or not _KEY.fullmatch(key):
        raise PageError(400)
    before = service.day(who, now)
    wanted = _ticked(form)
    problem = _problem(act, assignee, dict(before.colleagues), wanted, say)
    known = {task.id: task for task in before.tasks}
    done = _Doing(service, who, Act(act), key, assignee if act == Act.ASSIGN else None, now, say)
    outcomes = [] if problem else [done.to(task_id, known.get(task_id), seen) for task_id, seen in wanted.items()]
    asked = dict(request.query_params) | {"select": "1" if problem else ""}
    shown = list_context(service.day(who, now), who, asked, now, say)
    told = {"notice": None, "done": outcomes, "act": act, "problem": problem, "ticked": wanted}
    return page(request, "worklist.html", 422 if problem else 200, **shown, **told)


def several_key(key: str, task_id: str) -> str:
    """Return the key of one task's act in a form for several: sent again, it is the same."""
    return hashlib.sha256(f"{key}/{task_id}".encode()).hexdigest()[:32]


def _ticked(form: Mapping[str, str]) -> dict[str, int]:
    found = {name.removeprefix(_TASK): version for name, version in form.items() if name.startswith(_TASK)}
    return {task_id: int(version) for task_id, version in found.items() if version.isascii() and version.isdigit()}


def _problem(act: str, assignee: str, colleagues: Mapping[str, str], wanted: object, say: Language) -> str:
    if not wanted:
        return say("several.none")
    return say("problem.assignee") if act == Act.ASSIGN and assignee not in colleagues else ""


@dataclass(frozen=True, slots=True)
class _Doing:
    """One act that is done to one task after the other."""

    service: DayService
    who: Principal
    act: Act
    key: str
    assignee: str | None
    now: datetime
    say: Language

    def to(self, task_id: str, task: TaskView | None, version: int) -> Outcome:
        """Do it to one task, and say what became of it."""
        key = several_key(self.key, task_id)
        try:
            self.service.act(
                self.who, task_id, self.act, version=version, key=key, now=self.now, assignee=self.assignee
            )
        except UnknownTask:
            return Outcome(task_id, task, key, self.say("several.gone"))
        except TaskError as error:
            return Outcome(task_id, task, key, self.say(f"several.{text_of(error).removeprefix('refused.')}"))
        return Outcome(task_id, task, key)


@router.post("/undo")
def undo(request: Request, form: Form, who: SignedIn, service: Days, now: Now) -> Response:
    """Take back what was just done to the tasks that the form names."""
    wanted = {name.removeprefix(_TASK): key for name, key in form.items() if name.startswith(_TASK)}
    if not wanted or not all(_KEY.fullmatch(key) for key in wanted.values()):
        raise PageError(400)
    problems = [problem for task_id, key in wanted.items() if (problem := _undone(service, who, task_id, key, now))]
    leave_notice(request, problems[0] if problems else "undone")
    only = next(iter(wanted))
    return RedirectResponse("/" if len(wanted) > 1 or problems else f"/tasks/{only}", 303)


def _undone(service: DayService, who: Principal, task_id: str, key: str, now: datetime) -> str:
    """Take it back; return the code of what to say when that is not possible."""
    try:
        service.undo(who, task_id, key, now)
    except UnknownTask:
        return "undo_gone"
    except IllegalTransition:
        return "undo_late"
    except TaskError:
        return "undo_conflict"
    return ""
