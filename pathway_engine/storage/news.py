"""What has changed lately, for pages that are open: the end of the log, and the tasks and notices saved last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BindParameter, bindparam, select, union

from pathway_engine.storage.statements import ID, LIMIT, TENANT, TenantRecords, by_number
from pathway_engine.storage.tables import table

Stamp = tuple[str, datetime]
"""A task or notice by its id, as it was saved at that instant."""
Seat = tuple[str, str]
"""Unit and role: whoever has the seat has the list."""

_LOG = table("log")
_TASK = table("task")
_AUDIENCE = table("task_audience")
_NOTICE = table("notice")
_SINCE: BindParameter[Any] = bindparam("since_", type_=_TASK.c.changed_at.type)
_IDS: BindParameter[Any] = bindparam("ids_", expanding=True)
_SEATS = msgspec.json.Decoder(tuple[Seat, ...])

_LAST = select(_LOG.c.seq).where(by_number(_LOG)).order_by(_LOG.c.seq.desc()).limit(1)
_TASKS = (
    select(_TASK.c.id, _TASK.c.changed_at)
    .where(_TASK.c.tenant == TENANT, _TASK.c.changed_at > _SINCE)
    .order_by(_TASK.c.changed_at.desc())
    .limit(LIMIT)
)
_NOTICES = (
    select(_NOTICE.c.id, _NOTICE.c.changed_at)
    .where(_NOTICE.c.tenant == TENANT, _NOTICE.c.changed_at > _SINCE)
    .order_by(_NOTICE.c.changed_at.desc())
    .limit(LIMIT)
)
_TOLD_OF = select(_LOG.c.patient_id).where(by_number(_LOG), _LOG.c.seq > ID)
_SAVED = select(_TASK.c.patient_id).where(_TASK.c.tenant == TENANT, _TASK.c.id.in_(_IDS))
_CONCERNED = select(_TASK.c.id).where(_TASK.c.tenant == TENANT, _TASK.c.patient_id.in_(union(_TOLD_OF, _SAVED)))
_SEATS_OF_PATIENTS = select(_AUDIENCE.c.unit, _AUDIENCE.c.role).where(
    _AUDIENCE.c.tenant == TENANT, _AUDIENCE.c.task_id.in_(_CONCERNED)
)
_AUDIENCES = select(_NOTICE.c.audience).where(_NOTICE.c.tenant == TENANT, _NOTICE.c.id.in_(_IDS)).distinct()


class NewsRecords(TenantRecords):
    """What changed last, by the indexes of the log's numbers and of the instants of saving."""

    def last_seq(self) -> int:
        """Return the number of the newest entry of the log; 0 when there is none."""
        return int(self._run(_LAST).scalar() or 0)

    def saved_since(self, since: datetime, limit: int) -> tuple[frozenset[Stamp], frozenset[Stamp]]:
        """Return the tasks and the notices that were saved after *since*, of each at most *limit*, the newest."""
        tasks, notices = (self._run(each, since_=since, limit_=limit) for each in (_TASKS, _NOTICES))
        return frozenset((id, at) for id, at in tasks), frozenset((id, at) for id, at in notices)

    def seats_told_of(self, since: int, task_ids: Sequence[str], notice_ids: Sequence[str]) -> frozenset[Seat]:
        """Return the seats on whose lists stand those notices, and tasks of the patients concerned.

        Those are the patients told of after entry *since*, and those of the tasks named.
        """
        of_tasks = self._run(_SEATS_OF_PATIENTS, id_=since, ids_=list(task_ids))
        of_notices = self._run(_AUDIENCES, ids_=list(notice_ids)) if notice_ids else ()
        decoded = (seat for (audience,) in of_notices for seat in _SEATS.decode(audience))
        return frozenset({(unit, role) for unit, role in of_tasks} | set(decoded))
