"""What quality figures are made of: checklists that were due, and whose stays are looked at. No names, no text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, select

from pathway_engine.storage.column_types import UtcDateTime
from pathway_engine.storage.patients import PATIENT
from pathway_engine.storage.statements import TENANT, TenantRecords
from pathway_engine.storage.tables import table

_TASK, _EPISODE = table("task"), table("episode")
_SINCE: BindParameter[Any] = bindparam("since_", type_=UtcDateTime())
_MUNICIPALITIES: BindParameter[Any] = bindparam("municipalities_", expanding=True)
_STEPS: BindParameter[Any] = bindparam("steps_", expanding=True)
_PERSON = PATIENT.alias("person")

_LISTS = (
    select(
        _TASK.c.episode_id, _TASK.c.step, _TASK.c.raised_at, _TASK.c.due_at, _TASK.c.ended_at, _TASK.c.status,
        PATIENT.c.municipality, PATIENT.c.district,
    )
    .join_from(_TASK, PATIENT, (PATIENT.c.tenant == _TASK.c.tenant) & (PATIENT.c.id == _TASK.c.patient_id))
    .where(
        _TASK.c.tenant == TENANT, _TASK.c.pathway == bindparam("pathway_"), _TASK.c.step.in_(_STEPS),
        _TASK.c.raised_at >= _SINCE, PATIENT.c.municipality.in_(_MUNICIPALITIES),
    )
    .order_by(_TASK.c.raised_at, _TASK.c.id)
)  # fmt: skip
_PATIENTS = (
    select(_PERSON.c.id, _PERSON.c.municipality, _PERSON.c.district)
    .join_from(_EPISODE, PATIENT, (PATIENT.c.tenant == _EPISODE.c.tenant) & (PATIENT.c.id == _EPISODE.c.patient_id))
    .join(
        _PERSON,
        (_PERSON.c.tenant == PATIENT.c.tenant) & (_PERSON.c.id == func.coalesce(PATIENT.c.survivor_id, PATIENT.c.id)),
    )
    .where(
        _EPISODE.c.tenant == TENANT, _EPISODE.c.pathway == bindparam("pathway_"),
        _EPISODE.c.closed_at.is_(None) | (_EPISODE.c.closed_at >= _SINCE),
        _PERSON.c.municipality.in_(_MUNICIPALITIES),
    )
    .distinct()
    .order_by(_PERSON.c.id)
)  # fmt: skip


class QualityRecords(TenantRecords):
    """Rows to count."""

    def lists_raised(
        self, pathway: str, steps: Sequence[str], municipalities: Sequence[str], since: datetime
    ) -> list[tuple[Any, ...]]:
        """Return the tasks of *steps* for patients of these municipalities, raised since then, oldest first.

        Each is episode, step, raised, due, ended, status, and the patient's municipality and district.
        """
        rows = self._run(
            _LISTS, pathway_=pathway, steps_=list(steps), municipalities_=list(municipalities), since_=since
        )
        return [tuple(row) for row in rows]

    def patients_followed(
        self, pathway: str, municipalities: Sequence[str], since: datetime
    ) -> list[tuple[str, str | None, str | None]]:
        """Return id, municipality and district of those with an episode that had not ended by then."""
        rows = self._run(_PATIENTS, pathway_=pathway, municipalities_=list(municipalities), since_=since)
        return [(row[0], row[1], row[2]) for row in map(tuple, rows)]
