"""Innboks: messages that stopped, why, what would be right, and putting them in their place by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pathway_engine.domain.errors import TaskError, UnknownTask
from pathway_engine.service.inbox_acts import InboxAct
from pathway_engine.service.inbox_views import MessageInFull, MessageLine, Pile, Sought
from pathway_engine.web.errors import PageError, status_of
from pathway_engine.web.inbox_ports import Inbox
from pathway_engine.web.language import Language
from pathway_engine.web.pages import language_of, page
from pathway_engine.web.sessions import Form, Now, SignedIn

router = APIRouter()

_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
ACTS = ("run_again", "place", "send_again", "move")
ON_A_PATIENT = ("place", "move")
LONGEST_NAME = 100
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Shelf:
    """The messages that lie in the inbox for one reason."""

    pile: Pile
    lines: tuple[MessageLine, ...]


@router.get("/inbox")
def inbox_page(request: Request, who: SignedIn, service: Inbox, now: Now) -> HTMLResponse:
    """Show what waits for a person."""
    lines = service.inbox(who, now)
    shelves = [Shelf(pile, tuple(line for line in lines if line.pile is pile)) for pile in Pile]
    say = language_of(request)
    return page(
        request, "inbox.html", shelves=[shelf for shelf in shelves if shelf.lines], count=len(lines), now=now,
        why=lambda line: why_of(line, say), notice=request.session.pop("inbox_notice", ""),
    )  # fmt: skip


@router.get("/inbox/{way}/{number}")
def message_page(request: Request, way: str, number: str, who: SignedIn, service: Inbox, now: Now) -> HTMLResponse:
    """Show one message."""
    return _shown(request, service.message_in_full(who, f"{way}/{number}", now))


@router.post("/inbox/{way}/{number}/search")
def search_patient(
    request: Request, way: str, number: str, who: SignedIn, form: Form, service: Inbox, now: Now
) -> HTMLResponse:
    """Look for the patient of a message; what was typed is in no address."""
    say = language_of(request)
    sought, problem = _sought(form, say)
    full = service.message_in_full(who, f"{way}/{number}", now, sought)
    return _shown(request, full, 422 if problem else 200, problem=problem, sought=sought)


@router.post("/inbox/{way}/{number}")
def act_on_message(
    request: Request, way: str, number: str, who: SignedIn, form: Form, service: Inbox, now: Now
) -> Response:
    """Do what the form asks; show the inbox when that helped, the message with why when it did not."""
    name, asked = f"{way}/{number}", _asked(form)
    if problem := _missing(asked, language_of(request)):
        return _shown(request, service.message_in_full(who, name, now), 422, problem=problem, reason=asked.reason)
    try:
        is_taken = service.act_on_message(who, name, asked, now)
    except UnknownTask:
        raise
    except TaskError as error:
        full = service.message_in_full(who, name, now)
        return _shown(request, full, status_of(error), problem=language_of(request)("inbox.changed"))
    _bring_answer(request, way, number)
    request.session["inbox_notice"] = f"inbox_done.{asked.act}" if is_taken else "inbox_done.not"
    return RedirectResponse("/inbox" if is_taken else f"/inbox/{name}", 303)


def why_of(line: MessageLine, say: Language) -> str:
    """Return why a message stopped, in the reader's words."""
    return say.texts.get(f"stopped.{line.code}", say("stopped.other", code=line.code))


def right_of(line: MessageLine, say: Language) -> str:
    """Return what would be right, in the reader's words."""
    return say.texts.get(f"right.{line.code}", say(f"right.{line.pile}"))


def _shown(
    request: Request, full: MessageInFull, status: int = 200, *, problem: str = "", sought: Sought | None = None,
    reason: str = "",
) -> HTMLResponse:  # fmt: skip
    say = language_of(request)
    return page(
        request, "inbox_message.html", status, full=full, why=why_of(full.line, say), right=right_of(full.line, say),
        problem=problem, sought=sought, reason=reason, key=uuid4().hex, notice=request.session.pop("inbox_notice", ""),
    )  # fmt: skip


def _asked(form: Mapping[str, str]) -> InboxAct:
    act, key = form.get("act", ""), form.get("key", "")
    if act not in ACTS or not _KEY.fullmatch(key):
        raise PageError(400)
    reason = form.get("reason", "").strip()[:LONGEST_REASON]
    return InboxAct(act=act, key=key, patient_id=form.get("patient", "")[:LONGEST_NAME], reason=reason)


def _missing(asked: InboxAct, say: Language) -> str:
    """What the form lacks, in the reader's words; empty when nothing."""
    if asked.act in ON_A_PATIENT and not asked.patient_id:
        return say("inbox.choose_first")
    return say("inbox.reason_first") if asked.act == "move" and not asked.reason else ""


def _sought(form: Mapping[str, str], say: Language) -> tuple[Sought, str]:
    """Return whom the form looks for, and what is wrong with it."""
    number, born = form.get("number", "").strip(), form.get("birth_date", "").strip()
    name = form.get("name", "").strip()[:LONGEST_NAME]
    if number:
        return Sought(number=number[:30]), ""
    try:
        return Sought(birth_date=date.fromisoformat(born), name=name), ""
    except ValueError:
        return Sought(), say("inbox.search_wrong")


def _bring_answer(request: Request, way: str, number: str) -> None:
    """Let the sender have its answer the way that the message came, where the program knows one."""
    bring: Callable[[int, datetime], None] | None = getattr(request.app.state, "bring_answer", None)
    if bring is not None and way == "in":
        bring(int(number), request.app.state.clock())
