"""Nurses, leaders and offices at work: they look at their lists, do things, do them twice, and act on old views."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from pathway_engine.domain.definition import Checklist, ChecklistItem
from pathway_engine.domain.errors import TaskError
from pathway_engine.domain.events import Act, FactValue
from pathway_engine.domain.tasks import DEFER_REASONS, NOT_APPLICABLE_REASONS
from pathway_engine.service.views import Principal, TaskDetail, TaskView
from tests.deterministic.service import Service

HABITS = (
    (Act.COMPLETE, 40), (Act.CLAIM, 16), (Act.ANSWER, 12), (Act.DEFER, 8), (Act.ASSIGN, 8), (Act.COMMENT, 6),
    (Act.GIVE_BACK, 5), (Act.NOT_APPLICABLE, 5),
)  # fmt: skip
NEEDS_THE_PAGE = (Act.COMPLETE, Act.ANSWER, Act.ASSIGN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a person sends: the same one again is the same act."""

    who: Principal
    task_id: str
    act: Act
    version: int
    key: str
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def entry(self) -> str:
        """The id that the log must know it by."""
        return f"act:{self.who.person}:{self.key}"


def chosen(chance: Random, views: list[TaskView]) -> TaskView:
    """Choose a line, mostly from the top of the list, where what is most urgent stands."""
    return views[min(chance.randint(0, len(views) - 1), chance.randint(0, len(views) - 1))]


def order(chance: Random, service: Service, who: Principal, view: TaskView, key: str) -> Order:
    """Decide what to do to a line; opens the task's page where the act needs what is written there."""
    act = chance.choices([each for each, _ in HABITS], [weight for _, weight in HABITS])[0]
    detail = service.engine.task(who, view.id, service.now) if act in NEEDS_THE_PAGE else None
    more = _more(chance, act, view, detail, service.now)
    return Order(who=who, task_id=view.id, act=act, version=view.version, key=key, more=more)


def _more(chance: Random, act: Act, view: TaskView, detail: TaskDetail | None, now: datetime) -> dict[str, Any]:
    checklist = None if detail is None else detail.checklist
    match act:
        case Act.COMPLETE:
            return {"answers": _answers(chance, checklist, now, everything=True)}
        case Act.ANSWER:
            return {"answers": _answers(chance, checklist, now, everything=False)}
        case Act.DEFER:
            latest = min(view.due_at or now + timedelta(days=3), now + timedelta(days=3))
            return {"until": now + (latest - now) / 2, "reason": chance.choice(sorted(DEFER_REASONS))}
        case Act.ASSIGN:
            colleagues = [] if detail is None else detail.colleagues
            return {"assignee": chance.choice(colleagues)[0] if colleagues else "nobody"}
        case Act.NOT_APPLICABLE:
            return {"reason": chance.choice(sorted(NOT_APPLICABLE_REASONS))}
        case Act.COMMENT:
            return {"comment": "Ringte"}
        case _:
            return {}


def _answers(chance: Random, checklist: Checklist | None, now: datetime, *, everything: bool) -> dict[str, FactValue]:
    items = checklist.items if checklist else ()
    return {item.id: _answer(chance, item, now) for item in items if everything or chance.random() < 0.4}


def _answer(chance: Random, item: ChecklistItem, now: datetime) -> FactValue:
    match item.type:
        case "yes_no":
            return chance.choice(("yes", "no"))
        case "choice":
            return chance.choice(sorted(item.choices))
        case "number":
            return item.minimum or 1
        case "date":
            return date.fromordinal(now.toordinal() + chance.randint(0, 9))
        case _:
            return "tekst"


def sent(service: Service, told: Order) -> str:
    """Send an order; return ``done``, or the name of the refusal. Anything else is a fault and is raised."""
    try:
        service.engine.act(
            told.who, told.task_id, told.act, version=told.version, key=told.key, now=service.now, **told.more
        )
    except TaskError as refusal:
        return type(refusal).__name__
    return "done"
