"""Calendar feeds, and what the end of the log says of whose lists have changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from pathway_engine.storage.statements import ID, TENANT, TenantRecords, upsert
from pathway_engine.storage.tables import table

_FEED = table("calendar_feed")
_LOG = table("log")
_TASK = table("task")
_AUDIENCE = table("task_audience")

_PUT = upsert(_FEED, "tenant", "person")
_FORGET = delete(_FEED).where(_FEED.c.tenant == TENANT, _FEED.c.person == ID)
_THERE = select(_FEED.c.person).where(_FEED.c.tenant == TENANT, _FEED.c.person == ID)
_OWNER = select(_FEED.c.person, _FEED.c.role).where(_FEED.c.tenant == TENANT, _FEED.c.sha256 == ID)
_LAST = select(_LOG.c.seq).where(_LOG.c.tenant == TENANT).order_by(_LOG.c.seq.desc()).limit(1)
_SEATS = (
    select(_AUDIENCE.c.unit, _AUDIENCE.c.role)
    .join_from(_TASK, _AUDIENCE, (_AUDIENCE.c.tenant == TENANT) & (_AUDIENCE.c.task_id == _TASK.c.id))
    .where(
        _TASK.c.tenant == TENANT,
        _TASK.c.patient_id.in_(select(_LOG.c.patient_id).where(_LOG.c.tenant == TENANT, _LOG.c.seq > ID)),
    )
    .distinct()
)


class FeedRecords(TenantRecords):
    """Calendar feeds, and the end of the log."""

    def put_feed(self, person: str, role: str, sha256: str, at: datetime) -> None:
        """Let the key with that hash open the person's calendar, and no other."""
        self._insert(_PUT, person=person, role=role, sha256=sha256, at=at)

    def forget_feed(self, person: str) -> None:
        """Let no key open the person's calendar."""
        self._run(_FORGET, id_=person)

    def has_feed(self, person: str) -> bool:
        """Say whether a key opens the person's calendar."""
        return self._run(_THERE, id_=person).first() is not None

    def feed_owner(self, sha256: str) -> tuple[str, str] | None:
        """Return whose calendar the key with that hash opens, and by which role, or None."""
        row = self._run(_OWNER, id_=sha256).first()
        return None if row is None else (row[0], row[1])

    def last_seq(self) -> int:
        """Return the number of the newest entry of the log; 0 when there is none."""
        return int(self._run(_LAST).scalar() or 0)

    def seats_told_of(self, since: int) -> list[tuple[str, str]]:
        """Return the seats (unit, role) on whose lists stand tasks of the patients told of after entry *since*."""
        return [(unit, role) for unit, role in self._run(_SEATS, id_=since)]
