"""Tavle: the patients of a ward or of a municipality's office, who waits longest first; and free places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pathway_engine.domain.errors import TaskError
from pathway_engine.service.free_places import SaidPlaces
from pathway_engine.web.board_ports import BoardService
from pathway_engine.web.board_view import board_words, place_sum, tone_of
from pathway_engine.web.errors import status_of
from pathway_engine.web.language import Language
from pathway_engine.web.notices import leave_notice, taken_notice
from pathway_engine.web.pages import language_of, page
from pathway_engine.web.rights import may
from pathway_engine.web.sessions import Form, Now, SignedIn

router = APIRouter()
REFRESH_SECONDS = 60
_COUNT = re.compile(r"[0-9]{1,4}")


def board_service_of(request: Request) -> BoardService:
    """Return the service behind the boards."""
    service: BoardService = request.app.state.service
    return service


Boards = Annotated[BoardService, Depends(board_service_of)]


@router.get("/board")
def board_page(request: Request, who: SignedIn, service: Boards, now: Now) -> HTMLResponse:
    """Show the board; ``?wall=1`` shows initials alone and nothing to press."""
    return _board(request, who, service, now, 200, {})


@router.post("/board/places")
def say_places(request: Request, who: SignedIn, form: Form, service: Boards, now: Now) -> Response:
    """Keep how many places are free, and show the board again."""
    say = language_of(request)
    said, problem = _read_places(form, say)
    if said is None:
        return _board(request, who, service, now, 422, {form.get("unit", ""): problem})
    try:
        service.say_places(who, said, now)
    except TaskError as error:
        return _board(request, who, service, now, status_of(error), {said.unit: say("board.places_wrong")})
    leave_notice(request, "board_done.places")
    return RedirectResponse("/board", 303)


def _board(
    request: Request, who: SignedIn, service: BoardService, now: Now, status: int, problems: Mapping[str, str]
) -> HTMLResponse:
    say, board = language_of(request), service.board(who, now)
    return page(
        request, "board.html", status, now=now, board=board, places=place_sum(board), tone=tone_of,
        wall=request.query_params.get("wall") == "1", refresh=REFRESH_SECONDS, problems=problems,
        may_answer=may(who, "GET", "/patients/{patient_id}/answer"), may_tell=may(who, "POST", "/board/places"),
        by_hand=bool(service.wards_by_hand(who)), notice=taken_notice(request), **board_words(say, now),
    )  # fmt: skip


def _read_places(form: Mapping[str, str], say: Language) -> tuple[SaidPlaces | None, str]:
    free, total = form.get("free", "").strip(), form.get("total", "").strip()
    if not _COUNT.fullmatch(free) or (total and not _COUNT.fullmatch(total)):
        return None, say("board.places_wrong")
    return SaidPlaces(unit=form.get("unit", ""), free=int(free), total=int(total) if total else None), ""
