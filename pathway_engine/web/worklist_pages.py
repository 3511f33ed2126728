"""Min dag: what is to be done, by whom and by when, the most urgent first."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from pathway_engine.service.days import Day
from pathway_engine.service.news import Mark
from pathway_engine.service.views import Principal, TaskView
from pathway_engine.web.day_ports import Days
from pathway_engine.web.language import Language
from pathway_engine.web.notices import taken_notice
from pathway_engine.web.pages import language_of, page
from pathway_engine.web.sessions import Form, Now, SignedIn
from pathway_engine.web.window import (
    Group,
    by_patient,
    by_route,
    by_time,
    left_text,
    route_name,
    route_of,
    section_of,
    window_text,
)

router = APIRouter()

VIEWS = ("mine", "unit", "unassigned")
ORDERS = ("time", "patient", "route")
SEARCH_LIMIT = 80
"""Characters of what is searched for."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What of the list is shown and how; everything but `search` stands in the address, and that never does."""

    view: str
    order: str = "time"
    step: str = ""
    overdue: bool = False
    route: str = ""
    select: bool = False
    search: str = ""

    def address(self, **changed: object) -> str:
        """Return the address of the same list with something *changed*."""
        told = {name: getattr(self, name) for name in ("view", "order", "step", "overdue", "route", "select")}
        kept = {name: "1" if value is True else value for name, value in (told | changed).items() if value}
        kept = {name: value for name, value in kept.items() if (name, value) != ("order", "time")}
        return "/?" + urlencode(kept)

    def takes(self, task: TaskView) -> bool:
        """Whether *task* is among what is asked for."""
        words = f"{task.patient_name} {task.address} {task.area}".casefold()
        return (
            (not self.step or task.step == self.step)
            and (not self.overdue or task.overdue)
            and (not self.route or route_of(task) == self.route)
            and all(word in words for word in self.search.casefold().split())
        )


def read_choice(asked: Mapping[str, str], found: Selections) -> Choice:
    """Return the choice that an address makes; what it does not say opens on what is mine, if anything is."""
    return Choice(
        view=_one_of(asked.get("view"), VIEWS, "mine" if found.mine else "unit"),
        order=_one_of(asked.get("order"), ORDERS, "time"),
        step=_one_of(asked.get("step"), tuple({task.step for task in found.unit}), ""),
        overdue=asked.get("overdue") == "1",
        route=_one_of(asked.get("route"), tuple({route_of(task) for task in found.unit}), ""),
        select=asked.get("select") == "1",
        search=asked.get("search", "").strip()[:SEARCH_LIMIT],
    )


@router.get("/")
def worklist_page(request: Request, who: SignedIn, service: Days, now: Now) -> HTMLResponse:
    """Show the list."""
    shown = list_context(service.day(who, now), who, request.query_params, now, language_of(request))
    return page(request, "worklist.html", **shown, notice=taken_notice(request), done=())


@router.post("/")
def search_page(request: Request, form: Form, who: SignedIn, service: Days, now: Now) -> HTMLResponse:
    """Show what is found by name or address, which therefore stands in no address, log or history."""
    asked = {**request.query_params, "search": form.get("search", "")}
    shown = list_context(service.day(who, now), who, asked, now, language_of(request))
    return page(request, "worklist.html", **shown, notice=None, done=())


@router.get("/day/cards")
def cards(request: Request, who: SignedIn, service: Days, now: Now) -> HTMLResponse:
    """Give the cards of the list as they are now, for a page that shows them already."""
    shown = list_context(service.day(who, now, "list refreshed"), who, request.query_params, now, language_of(request))
    return page(request, "_cards.html", **shown)


def list_context(day: Day, who: Principal, asked: Mapping[str, str], now: datetime, say: Language) -> dict[str, object]:
    """Return everything that the list shows."""
    found = selections(day.tasks, who)
    choice = read_choice(asked, found)
    chosen = found.of(choice.view)
    shown = tuple(task for task in chosen if choice.takes(task))
    return {
        "now": now,
        "mark": str(Mark(day.seq, now)),
        "choice": choice,
        "views": VIEWS,
        "orders": ORDERS,
        "counts": {name: len(found.of(name)) for name in VIEWS},
        "groups": _groups(shown, choice, now, say),
        "narrowed": len(shown) < len(chosen),
        "steps": _counted(task.step for task in chosen),
        "routes": [(code, route_name(code, found.unit, say)) for code in _counted(map(route_of, found.unit)) if code],
        "overdue_count": sum(task.overdue for task in chosen),
        "colleagues": day.colleagues,
        "key": secrets.token_urlsafe(16),
        "section": lambda task: section_of(task, now),
        "window": lambda task: window_text(task, now, say),
        "left": lambda task: left_text(task, now, say),
    }


def _groups(tasks: Sequence[TaskView], choice: Choice, now: datetime, say: Language) -> list[Group]:
    if choice.order == "patient":
        return by_patient(tasks, say)
    return by_route(tasks, say) if choice.order == "route" else by_time(tasks, now, say)


def _counted(values: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for value in sorted(values):
        counts[value] = counts.get(value, 0) + 1
    return counts


def _one_of(asked: str | None, known: tuple[str, ...], otherwise: str) -> str:
    return asked if asked is not None and asked in known else otherwise
