"""Min dag: what is to be done, by whom and by when, the most urgent first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from pathway_engine.service.views import Principal, TaskView
from pathway_engine.web.pages import language_of, page
from pathway_engine.web.sessions import Now, Service, SignedIn
from pathway_engine.web.window import by_place, by_time, left_text, section_of, window_text

router = APIRouter()

VIEWS = ("mine", "unit", "unassigned")
ORDERS = ("time", "place")


@dataclass(frozen=True, slots=True)
class Selections:
    """The same list cut in three ways: mine, the unit's, and what nobody has taken."""

    mine: tuple[TaskView, ...]
    unit: tuple[TaskView, ...]
    unassigned: tuple[TaskView, ...]

    def of(self, view: str) -> tuple[TaskView, ...]:
        """Return the selection named *view*."""
        return {"mine": self.mine, "unit": self.unit, "unassigned": self.unassigned}[view]


def selections(tasks: Sequence[TaskView], who: Principal) -> Selections:
    """Cut the list of *who* into what is theirs, everything, and what nobody has."""
    return Selections(
        mine=tuple(task for task in tasks if task.performer == who.person),
        unit=tuple(tasks),
        unassigned=tuple(task for task in tasks if task.performer is None),
    )


@router.get("/")
def worklist_page(request: Request, who: SignedIn, service: Service, now: Now) -> HTMLResponse:
    """Show the list; without a choice in the address it opens on what is mine, if anything is."""
    say = language_of(request)
    found = selections(service.worklist(who, now), who)
    view = _choice(request.query_params.get("view"), VIEWS, "mine" if found.mine else "unit")
    order = _choice(request.query_params.get("order"), ORDERS, "time")
    shown = found.of(view)
    return page(
        request,
        "worklist.html",
        now=now,
        view=view,
        order=order,
        counts={name: len(found.of(name)) for name in VIEWS},
        groups=by_time(shown, now, say) if order == "time" else by_place(shown, say),
        section=lambda task: section_of(task, now),
        window=lambda task: window_text(task, now, say),
        left=lambda task: left_text(task, now, say),
        notice=request.session.pop("notice", ""),
    )


def _choice(asked: str | None, known: tuple[str, ...], otherwise: str) -> str:
    return asked if asked in known else otherwise
