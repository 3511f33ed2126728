"""What Min dag, the visit and the telephone without a network ask of the service, beside what all pages do."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Protocol

from fastapi import Depends, Request

from pathway_engine.service.days import Day
from pathway_engine.service.feeds import Appointment
from pathway_engine.service.news import Changes, Mark, Seen
from pathway_engine.service.views import Principal, TaskView
from pathway_engine.web.ports import WorklistService


class DayService(WorklistService, Protocol):
    """The day of one person; every instant is aware and in UTC."""

    def day(self, who: Principal, now: datetime, purpose: str = "list read") -> Day:
        """Return the open tasks on the lists of *who*; that they were read is put on record as *purpose*."""

    def visit(self, who: Principal, task_id: str, now: datetime) -> tuple[TaskView, ...]:
        """Return the open tasks of the task's patient on the lists of *who*. Raises UnknownTask."""

    def undo(self, who: Principal, task_id: str, key: str, now: datetime) -> None:
        """Take back what *who* did under *key* a moment ago. Raises errors of the TaskError family."""

    def changes(self, since: Mark | None, now: datetime, seen: Seen | None = None) -> Changes:
        """Return whose lists are concerned by what came after *since*, but for what was *seen* already."""

    def new_feed(self, who: Principal, key: str, now: datetime) -> None:
        """Let *key* open the calendar of *who*, and no earlier key."""

    def end_feed(self, who: Principal, now: datetime) -> None:
        """Let no key open the calendar of *who*."""

    def has_feed(self, who: Principal) -> bool:
        """Return whether a key opens the calendar of *who*."""

    def feed(self, key: str, now: datetime) -> list[Appointment] | None:
        """Return what the calendar behind *key* holds, or None."""


def day_service_of(request: Request) -> DayService:
    """Return the service behind the pages."""
    service: DayService = request.app.state.service
    return service


Days = Annotated[DayService, Depends(day_service_of)]
