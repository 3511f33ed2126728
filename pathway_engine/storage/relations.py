"""Whose lists a patient's tasks and notices are on or were on: what a relation to the patient is made of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from pathway_engine.storage.statements import ID, TENANT, TenantRecords
from pathway_engine.storage.tables import table

_TASK = table("task")
_AUDIENCE = table("task_audience")
_NOTICE = table("notice")
_SEAT = table("notice_seat")

_THEIR = _TASK.alias("their")
# The last condition follows from the others, and leads SQLite from the few instead of through all lists.
_LISTS = (
    select(_AUDIENCE.c.unit, _AUDIENCE.c.role, _TASK.c.ended_at)
    .join_from(_TASK, _AUDIENCE, (_AUDIENCE.c.tenant == TENANT) & (_AUDIENCE.c.task_id == _TASK.c.id))
    .where(
        _TASK.c.tenant == TENANT,
        _TASK.c.patient_id == ID,
        _AUDIENCE.c.task_id.in_(select(_THEIR.c.id).where(_THEIR.c.tenant == TENANT, _THEIR.c.patient_id == ID)),
    )
)
_NOTICED = (
    select(_SEAT.c.unit, _SEAT.c.role)
    .join_from(_NOTICE, _SEAT, (_SEAT.c.tenant == _NOTICE.c.tenant) & (_SEAT.c.notice_id == _NOTICE.c.id))
    .where(_NOTICE.c.tenant == TENANT, _NOTICE.c.patient_id == ID)
)
"""By way of the seats, which open notices alone have."""


class RelationRecords(TenantRecords):
    """Who has, or had, work with a patient."""

    def lists_of_patient(self, patient_id: str) -> list[tuple[str, str, datetime | None]]:
        """Return unit, role and end (None of an open task) of the lists that the patient's tasks are or were on."""
        return list(dict.fromkeys((unit, role, at) for unit, role, at in self._run(_LISTS, id_=patient_id)))

    def notice_seats_of_patient(self, patient_id: str) -> list[tuple[str, str]]:
        """Return unit and role of the lists that open notices about the patient are on."""
        return list(dict.fromkeys((unit, role) for unit, role in self._run(_NOTICED, id_=patient_id)))
