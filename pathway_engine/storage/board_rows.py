"""Who may stand on a board, and how many places are free: found by index, cut to the reader by the service."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, insert, or_, select, text

from pathway_engine.storage.rows import FreePlacesRow
from pathway_engine.storage.statements import NOW, TENANT, TenantRecords, columns_of, is_pair, pairs
from pathway_engine.storage.tables import ACTIVE, table

_EPISODE, _TASK, _AUDIENCE, _PLACES = table("episode"), table("task"), table("task_audience"), table("free_places")

# Without DISTINCT, which leads SQLite to go through every episode in the order of patients.
_IN_PHASES = select(_EPISODE.c.patient_id).where(
    _EPISODE.c.tenant == TENANT,
    text(ACTIVE),
    is_pair(_EPISODE.c.pathway, _EPISODE.c.phase, "phases"),
)
_WORKED_ON = (
    select(_TASK.c.patient_id)
    .join_from(_AUDIENCE, _TASK, (_TASK.c.tenant == TENANT) & (_TASK.c.id == _AUDIENCE.c.task_id))
    .where(
        _AUDIENCE.c.tenant == TENANT,
        is_pair(_AUDIENCE.c.unit, _AUDIENCE.c.role, "seats"),
        _AUDIENCE.c.open.in_(bindparam("open_", expanding=True)),  # either: so the index of seats is the closest
        or_(_TASK.c.ended_at.is_(None), _TASK.c.ended_at >= NOW),
        _TASK.c.raised_at >= bindparam("raised_", type_=_TASK.c.raised_at.type),
    )
)
_SAY = insert(_PLACES)
_NEWEST = select(func.max(_PLACES.c.id)).where(_PLACES.c.tenant == TENANT).group_by(_PLACES.c.unit)
_SAID = (
    select(*columns_of(_PLACES, FreePlacesRow))
    .where(_PLACES.c.tenant == TENANT, _PLACES.c.id.in_(_NEWEST))
    .order_by(_PLACES.c.unit)
)


class BoardRecords(TenantRecords):
    """What boards ask: patients by phase, patients by work, free places."""

    def patients_in_phases(self, phases: Collection[tuple[str, str]]) -> set[str]:
        """Return the patients with a running episode in one of these (pathway, phase)."""
        if not phases:
            return set()
        return set(self._scalars(_IN_PHASES, **pairs("phases", sorted(phases))))

    def patients_worked_on(self, seats: Sequence[tuple[str, str]], since: datetime, raised: datetime) -> set[str]:
        """Return the patients with a task on the lists of *seats*, raised since then, that is open or ended *since*.

        Work that nobody ever ends must not make every board slower for ever.
        """
        if not seats:
            return set()
        return set(self._scalars(_WORKED_ON, **pairs("seats", seats), open_=[True, False], now_=since, raised_=raised))

    def say_free_places(self, unit: str, free: int, total: int | None, *, at: datetime, by: str) -> None:
        """Keep what somebody says of a unit's places."""
        self._insert(_SAY, unit=unit, free=free, total=total, at=at, by=by)

    def free_places(self) -> list[FreePlacesRow]:
        """Return the newest word on each unit, by unit."""
        return self._all(FreePlacesRow, _SAID)
