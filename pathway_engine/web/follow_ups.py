"""A deviation on the checklist: a note, and a task when the reader wants one, without losing what else is typed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from pathway_engine.domain.errors import TaskError, UnknownTask
from pathway_engine.domain.events import Act
from pathway_engine.domain.norway import OSLO
from pathway_engine.service.views import Principal, TaskDetail
from pathway_engine.web.answers import TEXT_LIMIT
from pathway_engine.web.asks import DAY_ENDS, Ask
from pathway_engine.web.language import local_day
from pathway_engine.web.ports import WorklistService

ASKED = "follow_up."
DAYS = {"today": 0, "tomorrow": 1, "week": 7}
"""By when a follow-up can be asked for: days from now, to the end of the day in Oslo."""


def wanted_item(form: Mapping[str, str]) -> str:
    """Return the item that the pressed button wants followed up; empty when another was pressed."""
    act = form.get("act", "")
    return act.removeprefix(ASKED) if act.startswith(ASKED) else ""


def follow_up(
    service: WorklistService, who: Principal, detail: TaskDetail, item: str, ask: Ask, form: Mapping[str, str],
    now: datetime,
) -> TaskDetail | TaskError:  # fmt: skip
    """Make the task of *item*, whose answer is saved already; return the task it was asked on, or the refusal."""
    try:
        return service.act(
            who, detail.task.id, Act.FOLLOW_UP, version=detail.task.version, key=_key(ask.key, item), now=now,
            reason=item, until=due_at(form.get(f"due.{item}", ""), now),
            comment=form.get(f"note.{item}", "").strip()[:TEXT_LIMIT],
        )  # fmt: skip
    except UnknownTask:
        raise
    except TaskError as error:
        return error


def due_at(code: str, now: datetime) -> datetime:
    """Return the end of the day that *code* names; of today for anything else."""
    day: date = local_day(now) + timedelta(days=DAYS.get(code, 0))
    return datetime.combine(day, time(DAY_ENDS.hour, DAY_ENDS.minute, DAY_ENDS.second), tzinfo=OSLO)


def _key(key: str, item: str) -> str:
    return hashlib.sha256(f"{key}/follow-up/{item}".encode()).hexdigest()[:32]
