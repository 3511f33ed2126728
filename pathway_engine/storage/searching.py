"""Rows that are searched for by any mix of conditions, in any order, a page at a time.

A page goes on behind the last row of the one before, by its place in the order and not by a count: rows that come and
go meanwhile move nobody to another page. Statements are made for each search; SQLAlchemy keeps their texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Executable, FromClause, Select, String, case, exists, func, select

from pathway_engine.storage.column_types import UtcDateTime
from pathway_engine.storage.conditions import (
    EVERYTHING,
    Before,
    Columns,
    Condition,
    In,
    Missing,
    Order,
    Position,
    Since,
    as_sql,
    behind,
    in_order,
)
from pathway_engine.storage.conditions import All as AllOf
from pathway_engine.storage.rows import EpisodeRow
from pathway_engine.storage.statements import TenantRecords, columns_of, is_pair, pairs
from pathway_engine.storage.tables import table

_TASK, _AUDIENCE, _EPISODE, _STAY = table("task"), table("task_audience"), table("episode"), table("stay")
_PATIENT = table("patient")
Seats = Sequence[tuple[str, str]]
BY_ID: Order = (("id", False),)


class TaskLine(NamedTuple):
    """What a list tells of a task; `definition_hash` is the pathway version that its episode keeps to."""

    id: str
    episode_id: str
    patient_id: str
    key: str
    pathway: str
    step: str
    status: str
    business_status: str
    hard: bool
    owner_role: str
    unit: str | None
    performer: str | None
    raised_at: datetime
    opens_at: datetime | None
    due_at: datetime | None
    deferred_until: datetime | None
    ended_at: datetime | None
    answered: int
    title_nb: str
    version: int
    stay: str | None
    changed_at: datetime
    definition_hash: str


class StayLine(NamedTuple):
    """A stay, whose it is, and what others call it by."""

    public_id: str
    stay: str
    patient_id: str
    at: datetime


class PatientLine(NamedTuple):
    """What a surviving patient is looked for by."""

    id: str
    family: str | None
    given: str | None
    birth_date: date | None
    city: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows: those that `condition` is true of, in `order`, behind the one at `after`, at most `limit`."""

    condition: Condition = EVERYTHING
    order: Order = BY_ID
    after: Position | None = None
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class Placed:
    """A row that was found, and its place in the order that was asked for."""

    row: Any
    position: tuple[Any, ...]


_LINE = [_TASK.c[name] for name in TaskLine._fields[:-1]]
_MAY_BEGIN = func.coalesce(_TASK.c.opens_at, _TASK.c.raised_at)
TASK_COLUMNS: Columns = {
    **_TASK.c, "starts_at": case((_TASK.c.ended_at < _MAY_BEGIN, _TASK.c.ended_at), else_=_MAY_BEGIN),
    "modified_at": case((_TASK.c.changed_at > _TASK.c.raised_at, _TASK.c.changed_at), else_=_TASK.c.raised_at),
    "assigned_unit": case((_TASK.c.performer.is_(None), _TASK.c.unit)),
    "told_status": func.nullif(_TASK.c.business_status, "", type_=String()),
    "priority": case((_TASK.c.hard, 0), else_=1),
}  # fmt: skip
"""A task's columns, and what follows from them.

`starts_at` is when work may begin, or ended before that; `modified_at` when it was last changed but not before it was
raised, `assigned_unit` whose it is while nobody has taken it, `told_status` its business status if any, `priority` 0
for what is urgent.
"""
_GOES_ON = case((_EPISODE.c.parked_reason.is_(None), "active"), else_="on-hold")
_WENT = {"entered-in-error": "entered-in-error", "finished": "completed"}
_PLAN_STATUS = case(_WENT, value=_EPISODE.c.status, else_=_GOES_ON)
_IN_CARE = {"completed": "finished", "on-hold": "onhold"}
EPISODE_COLUMNS: Columns = {
    **_EPISODE.c, "plan_status": _PLAN_STATUS,
    "care_status": case(_IN_CARE, value=_PLAN_STATUS, else_=_PLAN_STATUS),
}  # fmt: skip
"""An episode's columns, and its status as a plan and as a time of care."""
STAY_COLUMNS: Columns = {**_STAY.c, "id": _STAY.c.public_id}
PATIENT_COLUMNS: Columns = dict(_PATIENT.c)
_OF_SEATS = is_pair(_AUDIENCE.c.unit, _AUDIENCE.c.role, "seats")
_KEPT_TO = (_EPISODE.c.tenant == _TASK.c.tenant) & (_EPISODE.c.id == _TASK.c.episode_id)
_FEW = frozenset({"id", "patient_id", "episode_id", "key", "stay"})
"""Columns of which a value leaves few tasks: they are found first, and then asked on whose lists they stand."""


class SearchRecords(TenantRecords):
    """Searches: tasks on somebody's lists; episodes, stays and patients of whomever, for the service to cut."""

    def search_tasks(self, seats: Seats, wanted: Wanted) -> list[Placed]:
        """Return `TaskLine`s of tasks on the lists of *seats*, ended ones too."""
        if not seats:
            return []
        found = self._visible(wanted.condition).join(_EPISODE, _KEPT_TO)
        statement = select(*_LINE, _EPISODE.c.definition_hash).select_from(found)
        lists = self._on_lists(wanted.condition)
        ours = statement.where(*lists).params(pairs("seats", seats))
        return _placed(TaskLine, self._page(ours, _TASK, TASK_COLUMNS, wanted))

    def count_tasks(self, seats: Seats, condition: Condition) -> int:
        """Return how many tasks of those on the lists of *seats* there are that *condition* is true of."""
        if not seats:
            return 0
        statement = select(func.count()).select_from(self._visible(condition))
        ours = statement.where(_TASK.c.tenant == self._tenant, *self._on_lists(condition))
        found = self._searched(ours.where(as_sql(condition, TASK_COLUMNS)).params(pairs("seats", seats)))
        return int(found[0][0])

    def _visible(self, condition: Condition) -> FromClause:
        if _leaves_few(condition):
            return _TASK
        lists = select(_AUDIENCE.c.task_id).where(
            _AUDIENCE.c.tenant == self._tenant, _OF_SEATS, *_open_or_not(condition)
        )
        # By group and not DISTINCT, of an expression: else SQLite walks through the whole primary key.
        seen = lists.group_by(_AUDIENCE.c.task_id.concat("")).with_only_columns(
            func.min(_AUDIENCE.c.task_id).label("task_id")
        )
        on = seen.subquery()
        return on.join(_TASK, (_TASK.c.tenant == self._tenant) & (_TASK.c.id == on.c.task_id))

    def _on_lists(self, condition: Condition) -> list[ColumnElement[bool]]:
        if not _leaves_few(condition):
            return []
        mine = (_AUDIENCE.c.tenant == _TASK.c.tenant) & (_AUDIENCE.c.task_id == _TASK.c.id)
        return [exists().where(mine, _OF_SEATS)]

    def search_episodes(self, wanted: Wanted) -> list[Placed]:
        """Return `EpisodeRow`s."""
        statement = select(*columns_of(_EPISODE, EpisodeRow))
        rows = self._page(statement, _EPISODE, EPISODE_COLUMNS, wanted)
        names = [column.name for column in columns_of(_EPISODE, EpisodeRow)]
        width = len(names)
        return [
            Placed(EpisodeRow(**dict(zip(names, row[:width], strict=True))), tuple(row[width:])) for row in rows
        ]  # fmt: skip

    def search_stays(self, wanted: Wanted) -> list[Placed]:
        """Return `StayLine`s."""
        statement = select(*(_STAY.c[name] for name in StayLine._fields))
        return _placed(StayLine, self._page(statement, _STAY, STAY_COLUMNS, wanted))

    def search_patients(self, wanted: Wanted) -> list[Placed]:
        """Return `PatientLine`s of surviving patients."""
        columns = (_PATIENT.c[name] for name in PatientLine._fields)
        statement = select(*columns).where(_PATIENT.c.survivor_id.is_(None))
        return _placed(PatientLine, self._page(statement, _PATIENT, PATIENT_COLUMNS, wanted))

    def _page(self, statement: Select[Any], of: Any, columns: Columns, wanted: Wanted) -> list[Sequence[Any]]:
        order, condition = wanted.order, as_sql(wanted.condition, columns)
        if of is _TASK or any(isinstance(part, In) for part in _parts(wanted.condition)):
            columns = {**columns, "id": columns["id"].concat("")}  # else SQLite walks through all ids in their order
        ours = statement.where(of.c.tenant == self._tenant, condition)
        if wanted.after is not None:
            ours = ours.where(behind(order, _as_kept(order, wanted.after, columns), columns))
        keys = [columns[name].label(f"key_{number}") for number, (name, _) in enumerate(order)]
        return self._searched(ours.add_columns(*keys).order_by(*in_order(order, columns)).limit(wanted.limit))

    def _searched(self, statement: Executable) -> list[Sequence[Any]]:
        """Run a statement that was made for this search alone; it is not kept."""
        self._before(statement)
        return list(self._connection.execute(statement))


def _placed(kind: type[TaskLine | StayLine | PatientLine], rows: Sequence[Sequence[Any]]) -> list[Placed]:
    width = len(kind._fields)
    return [Placed(kind._make(row[:width]), tuple(row[width:])) for row in rows]


def _open_or_not(condition: Condition) -> list[ColumnElement[bool]]:
    """The audience's own word on whether a task is open, where *condition* says which are wanted."""
    if any(part == Missing("ended_at") for part in _parts(condition)):
        return [_AUDIENCE.c.open.in_([True])]
    return [_AUDIENCE.c.open.in_([True, False])]


def _leaves_few(condition: Condition) -> bool:
    """Whether an index of tasks leads to less than the lists do: by a key, or from an instant on."""
    for part in _parts(condition):
        if isinstance(part, In) and part.column in _FEW:
            return True
        if isinstance(part, Since) and part.column == "changed_at":
            return True
        if isinstance(part, Before) and part.column == "due_at":
            return any(other == Missing("ended_at") for other in _parts(condition))
    return False


def _parts(condition: Condition) -> Sequence[Condition]:
    """What must hold at once."""
    if isinstance(condition, AllOf):
        return [part for each in condition.conditions for part in _parts(each)]
    return [condition]


def _as_kept(order: Order, position: Position, columns: Columns) -> list[Any]:
    """A position as it was told in text, with instants as such."""
    kinds = [isinstance(columns[name].type, UtcDateTime) for name, _ in order]
    return [
        datetime.fromisoformat(value) if is_instant and isinstance(value, str) else value
        for is_instant, value in zip(kinds, position, strict=True)
    ]


__all__ = ["BY_ID", "PatientLine", "Placed", "SearchRecords", "StayLine", "TaskLine", "Wanted"]
