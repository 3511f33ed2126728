"""Pages for everybody, signed in or not: how accessible the program is, and help in short steps by role."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from pathway_engine.web.language import Language
from pathway_engine.web.pages import language_of, page

router = APIRouter()

REVIEWED = "2026-11-22"
"""The day on which the statement was last held against the pages."""

HELP = {
    "home_care_nurse": 5, "home_care_leader": 4, "allocation_office": 4, "ward_nurse": 3, "message_responsible": 5,
    "operator": 3,
}  # fmt: skip
"""The roles that have help, in the order of the page, and how many steps each has."""


@router.get("/accessibility")
def accessibility_page(request: Request) -> HTMLResponse:
    """Show the accessibility statement."""
    return page(request, "accessibility.html", reviewed=REVIEWED)


@router.get("/help")
def help_page(request: Request) -> HTMLResponse:
    """Show what to do, in short steps by role."""
    say = language_of(request)
    return page(request, "help.html", chapters=[(role, steps_of(role, say)) for role in HELP])


def steps_of(role: str, say: Language) -> list[str]:
    """Return the steps of a role, first to last."""
    return [say(f"help_{role}.{number}") for number in range(1, HELP[role] + 1)]
