"""What an operator asks of the tables: how much waits, and since when. Each question is answered by an index."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, column, func, select, text
from sqlalchemy import table as any_table

from pathway_engine.storage.statements import NOW, TENANT, TenantRecords
from pathway_engine.storage.tables import ACTIVE, UNSETTLED, table

_INBOX, _OUTBOX, _EPISODE = table("inbox"), table("outbox"), table("episode")
_OLDEST_RECEIVED = (
    select(_INBOX.c.received_at)
    .where(_INBOX.c.tenant == TENANT, _INBOX.c.disposition.is_(None))
    .order_by(_INBOX.c.id)
    .limit(1)
)
_OLDEST_OUTGOING = (
    select(_OUTBOX.c.at).where(_OUTBOX.c.tenant == TENANT, text(UNSETTLED)).order_by(_OUTBOX.c.id).limit(1)
)
_DUE = select(func.count()).where(
    _EPISODE.c.tenant == TENANT, _EPISODE.c.parked_reason.is_(None), _EPISODE.c.next_wake_at <= NOW
)
_BY_PHASE = (
    select(_EPISODE.c.pathway, _EPISODE.c.phase, func.count())
    .where(_EPISODE.c.tenant == TENANT, text(ACTIVE))
    .group_by(_EPISODE.c.pathway, _EPISODE.c.phase)
    .order_by(_EPISODE.c.pathway, _EPISODE.c.phase)
)
_REVISION: Select[Any] = select(column("version_num")).select_from(any_table("alembic_version"))


class OperatingRecords(TenantRecords):
    """Ages and counts of what waits."""

    def oldest_waiting_message_at(self) -> datetime | None:
        """Return when the first of the received messages that wait to be applied came; None when none waits."""
        found: datetime | None = self._run(_OLDEST_RECEIVED).scalar()
        return found

    def oldest_unsettled_outgoing_at(self) -> datetime | None:
        """Return when the first of the messages that wait to be sent was decided on; None when none waits."""
        found: datetime | None = self._run(_OLDEST_OUTGOING).scalar()
        return found

    def due_episode_count(self, now: datetime) -> int:
        """Count the episodes that time should have changed by *now*, those that are parked left out."""
        return int(self._run(_DUE, now_=now).scalar_one())

    def active_episode_counts(self) -> dict[tuple[str, str], int]:
        """Count the running episodes by pathway and phase."""
        return {(pathway, phase): count for pathway, phase, count in self._run(_BY_PHASE)}

    def schema_revision(self) -> str:
        """Return the revision of the database's schema."""
        return str(self._run(_REVISION).scalar_one())
