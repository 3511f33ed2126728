"""Tasks as the worklists need them, and on whose lists each of them is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    select,
)

from pathway_engine.storage.patients import PATIENT
from pathway_engine.storage.rows import PatientRow, TaskRow, WorklistRow
from pathway_engine.storage.statements import (
    ID,
    LIMIT,
    TENANT,
    TenantRecords,
    columns_of,
    is_pair,
    pairs,
    upsert,
    values_of,
)
from pathway_engine.storage.tables import table

Audience = tuple[tuple[str, str, bool], ...]

_TASK = table("task")
_AUDIENCE = table("task_audience")
_TASK_NAMES = [field.name for field in fields(TaskRow)]
_PATIENT_NAMES = [field.name for field in fields(PatientRow)]
_COLUMNS = columns_of(_TASK, TaskRow)
_AUDIENCES = msgspec.json.Decoder(Audience)
_IDS: BindParameter[Any] = bindparam("ids_", expanding=True)

_ORDER: tuple[ColumnElement[Any], ...] = (
    _TASK.c.due_at.nulls_last(),
    _TASK.c.severity_rank,
    _TASK.c.step,
    _TASK.c.id,
)
SAVE = upsert(_TASK, "tenant", "id")
CLEAR_AUDIENCE = delete(_AUDIENCE).where(_AUDIENCE.c.tenant == TENANT, _AUDIENCE.c.task_id.in_(_IDS))
ADD_AUDIENCE = insert(_AUDIENCE)
_ALL = select(*_COLUMNS).where(_TASK.c.tenant == TENANT).order_by(*_ORDER)
_BY_ID = _ALL.where(_TASK.c.id == ID)
_OF_PATIENT = _ALL.where(_TASK.c.patient_id == ID)
WITHDRAWN = "entered-in-error"
_MAY_GO_ON = _TASK.c.ended_at.is_(None) | (_TASK.c.status == WITHDRAWN)
_LIVE_OF_PATIENT = _OF_PATIENT.where(_MAY_GO_ON)
_LIVE_OF_PATIENTS = select(*_COLUMNS).where(_TASK.c.tenant == TENANT, _TASK.c.patient_id.in_(_IDS), _MAY_GO_ON)
_OF_EPISODE = _ALL.where(_TASK.c.episode_id == ID)
_UNPLACED = _ALL.where(_TASK.c.owner_role == ID, _TASK.c.unit.is_(None), _TASK.c.ended_at.is_(None))

_OPEN: BindParameter[Any] = bindparam("open_", expanding=True)
_ON_LISTS = (
    select(
        func.min(_AUDIENCE.c.task_id).label("task_id"),
        func.min(case((_AUDIENCE.c.escalated, 1), else_=0)).label("escalated"),
    )
    .where(
        _AUDIENCE.c.tenant == TENANT,
        is_pair(_AUDIENCE.c.unit, _AUDIENCE.c.role, "seats"),
        _AUDIENCE.c.open.in_(_OPEN),
    )
    # Grouped by an expression: else SQLite walks through the whole primary key, which is in the groups' order.
    .group_by(_AUDIENCE.c.task_id.concat(literal_column("''")))
    .subquery()
)
WORKLIST = (
    select(*_COLUMNS, *columns_of(PATIENT, PatientRow), _ON_LISTS.c.escalated)
    .join_from(_ON_LISTS, _TASK, (_TASK.c.tenant == TENANT) & (_TASK.c.id == _ON_LISTS.c.task_id))
    .join(PATIENT, (PATIENT.c.tenant == TENANT) & (PATIENT.c.id == _TASK.c.patient_id))
    .order_by(*_ORDER)
    .limit(LIMIT)
)
_WORKLIST_OF_PATIENT = WORKLIST.where(_TASK.c.patient_id == ID)


class TaskRecords(TenantRecords):
    """Tasks: save, read, and the worklists."""

    def save_tasks(self, rows: Sequence[TaskRow], at: datetime) -> None:
        """Add the tasks as changed *at*, or write them over those with the same ids, audience and all."""
        if not rows:
            return
        self._insert_all(SAVE, [{**task_values(row), "changed_at": at} for row in rows])
        self._run(CLEAR_AUDIENCE, ids_=[row.id for row in rows])
        self._insert_all(ADD_AUDIENCE, [seat for row in rows for seat in seats(row)])

    def task(self, id: str) -> TaskRow | None:
        """Return a task, or None."""
        return next(iter(self._tasks(_BY_ID, id_=id)), None)

    def tasks_of_patient(self, patient_id: str) -> list[TaskRow]:
        """Return all tasks of a patient's record, ended ones too, in the order of a worklist."""
        return self._tasks(_OF_PATIENT, id_=patient_id)

    def live_tasks_of_patient(self, patient_id: str) -> list[TaskRow]:
        """Return the tasks of a patient's record that have no end, and those withdrawn: they may be raised again."""
        return self._tasks(_LIVE_OF_PATIENT, id_=patient_id)

    def open_tasks_of_patient(self, patient_id: str) -> list[TaskRow]:
        """Return the tasks of a patient's record that have no end."""
        return [row for row in self.live_tasks_of_patient(patient_id) if row.ended_at is None]

    def live_tasks_of(self, patient_ids: Sequence[str]) -> list[TaskRow]:
        """Return the tasks without an end of all these patients, and those withdrawn, in no order."""
        return self._tasks(_LIVE_OF_PATIENTS, ids_=list(patient_ids)) if patient_ids else []

    def tasks_of_episode(self, episode_id: str) -> list[TaskRow]:
        """Return all tasks of an episode, ended ones too, in the order of a worklist."""
        return self._tasks(_OF_EPISODE, id_=episode_id)

    def open_tasks_of_role(self, role: str) -> list[TaskRow]:
        """Return the open tasks that the role owns in no unit: they are on nobody's list."""
        return self._tasks(_UNPLACED, id_=role)

    def worklist(
        self,
        seats: Sequence[tuple[str, str]],
        *,
        include_closed: bool = False,
        limit: int = 500,
        patient_id: str | None = None,
    ) -> list[WorklistRow]:
        """Return the tasks on the lists of *seats* (unit, role), most urgent first.

        Sorted by deadline (without one last), by how binding the task is, by step and id.
        """
        if not seats:
            return []
        statement = WORKLIST if patient_id is None else _WORKLIST_OF_PATIENT
        rows = self._run(
            statement,
            **pairs("seats", seats),
            open_=[True, False] if include_closed else [True],
            limit_=limit,
            **({} if patient_id is None else {"id_": patient_id}),
        )
        return [_worklist_row(tuple(row)) for row in rows]

    def _tasks(self, statement: Any, **values: Any) -> list[TaskRow]:
        return [_task(tuple(row)) for row in self._run(statement, **values)]


def task_values(row: TaskRow) -> dict[str, Any]:
    return {**values_of(row), "audience": msgspec.json.encode(row.audience).decode()}


def _task(values: tuple[Any, ...]) -> TaskRow:
    named = dict(zip(_TASK_NAMES, values, strict=True))
    return TaskRow(**{**named, "audience": _AUDIENCES.decode(named["audience"])})


def _worklist_row(values: tuple[Any, ...]) -> WorklistRow:
    patient = values[len(_TASK_NAMES) : -1]
    return WorklistRow(
        task=_task(values[: len(_TASK_NAMES)]),
        patient=PatientRow(**dict(zip(_PATIENT_NAMES, patient, strict=True))),
        escalated=bool(values[-1]),
    )


def seats(row: TaskRow) -> list[dict[str, Any]]:
    """One row for each list; on a list both of its own and by escalation, the task is its own."""
    by_seat: dict[tuple[str, str], bool] = {}
    for unit, role, escalated in row.audience:
        by_seat[unit, role] = escalated and by_seat.get((unit, role), True)
    return [
        {"task_id": row.id, "unit": unit, "role": role, "escalated": escalated, "open": is_open(row.ended_at)}
        for (unit, role), escalated in by_seat.items()
    ]


def is_open(ended_at: datetime | None) -> bool:
    """A task is open until it has an end."""
    return ended_at is None
