"""Registration by hand for wards without integration: four fields, the road of a message, and a receipt."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from pathway_engine.domain.errors import NotPermitted
from pathway_engine.service.manual_message import STATUSES
from pathway_engine.service.registering import Registration, WrongRegistration
from pathway_engine.service.views import Principal
from pathway_engine.web.board_pages import Boards
from pathway_engine.web.board_ports import BoardService
from pathway_engine.web.errors import PageError
from pathway_engine.web.language import read_moment
from pathway_engine.web.pages import language_of, page
from pathway_engine.web.sessions import Form, Now, SignedIn

router = APIRouter()
FIELDS = ("unit", "identity", "status", "municipality", "day")
_KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")


@router.get("/board/register")
def register_page(request: Request, who: SignedIn, service: Boards) -> HTMLResponse:
    """Show the empty form."""
    return _form(request, who, service, {}, {}, 200)


@router.post("/board/register")
def register(request: Request, who: SignedIn, form: Form, service: Boards, now: Now) -> Response:
    """Take the registration and lead to its receipt; or show the fields that must be put right."""
    key = form.get("key", "")
    if not _KEY.fullmatch(key):
        raise PageError(400)
    try:
        given = Registration(
            unit=form.get("unit", ""), identity=_digits(form.get("identity", "")), status=form.get("status", ""),
            municipality=form.get("municipality", ""), day=read_moment(form.get("day", "")), key=key,
        )  # fmt: skip
        receipt = service.register(who, given, now)
    except ValueError:
        return _form(request, who, service, form, {"day": "unreadable"}, 422)
    except WrongRegistration as wrong:
        return _form(request, who, service, form, wrong.fields, 422)
    except NotPermitted:
        return _form(request, who, service, form, {"unit": "unit"}, 403)
    return RedirectResponse(f"/board/register/{receipt.number}", 303)


@router.get("/board/register/{number}")
def receipt_page(request: Request, number: int, who: SignedIn, service: Boards, now: Now) -> HTMLResponse:
    """Show the receipt of a registration of one's own ward."""
    return page(request, "manual_receipt.html", receipt=service.registration(who, number, now))


def _form(
    request: Request, who: Principal, service: BoardService, typed: Mapping[str, str], wrong: Mapping[str, str],
    status: int,
) -> HTMLResponse:  # fmt: skip
    say = language_of(request)
    return page(
        request, "manual.html", status, wards=service.wards_by_hand(who), municipalities=service.municipalities(),
        statuses={code: say.pick(each.text) for code, each in STATUSES.items()},
        typed={name: typed.get(name, "") for name in FIELDS},
        wrong={name: say(f"manual_wrong.{code}") for name, code in wrong.items()},
        key=typed.get("key") or secrets.token_urlsafe(16),
    )  # fmt: skip


def _digits(text: str) -> str:
    return "".join(text.split())
