"""What the pages ask of the worklist service; whoever answers these questions can stand behind them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from pathway_engine.domain.events import Act, FactValue
from pathway_engine.service.views import Principal, TaskDetail, TaskView
from pathway_engine.web.access_ports import AccessService

NO_ANSWERS: Mapping[str, FactValue] = MappingProxyType({})


class WorklistService(Protocol):
    """Worklists and tasks, already cut to what the asker may see; every instant is aware and in UTC."""

    @property
    def access(self) -> AccessService:
        """Accounts, sessions, sign-ons and emergency access."""

    def principal_of_access_key(self, key: str) -> Principal | None:
        """Return whose *key* it is, or None."""

    def principals_for_demo(self) -> list[Principal]:
        """Return the made-up persons that a demonstration may sign in as."""

    def principal(self, person: str, role: str) -> Principal | None:
        """Return *person* in *role* as the directory has it now, or None when it no longer does."""

    def worklist(self, who: Principal, now: datetime) -> list[TaskView]:
        """Return the open tasks on the list of *who*."""

    def task(self, who: Principal, task_id: str, now: datetime) -> TaskDetail:
        """Return one task. Raises UnknownTask for a missing task and for another unit's alike."""

    def act(
        self,
        who: Principal,
        task_id: str,
        act: Act,
        *,
        version: int,
        key: str,
        now: datetime,
        answers: Mapping[str, FactValue] = NO_ANSWERS,
        reason: str = "",
        comment: str = "",
        until: datetime | None = None,
        assignee: str | None = None,
    ) -> TaskDetail:
        """Do *act* once per *key* and return the task after it. Raises errors of the TaskError family."""

    def health(self, now: datetime) -> Mapping[str, object]:
        """Return ``{"ok": bool, ...}`` without patient data."""
