"""The outbox: what is to be sent, once for each key, however often it is decided again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, update

from pathway_engine.storage.rows import OutgoingRow
from pathway_engine.storage.statements import ID, TENANT, TenantRecords, columns_of, insert_into
from pathway_engine.storage.tables import table

_OUTBOX = table("outbox")
PUT_OUTGOING = insert_into(_OUTBOX).on_conflict_do_nothing(index_elements=["tenant", "key"])
_BY_STATUS = (
    select(*columns_of(_OUTBOX, OutgoingRow))
    .where(_OUTBOX.c.tenant == TENANT, _OUTBOX.c.status == bindparam("status_"))
    .order_by(_OUTBOX.c.id)
)
_SETTLE = (
    update(_OUTBOX)
    .where(_OUTBOX.c.tenant == TENANT, _OUTBOX.c.key == ID)
    .values(status=bindparam("status"), settled_at=bindparam("settled_at"))
)


class OutboxRecords(TenantRecords):
    """Outgoing messages: put, read, settle."""

    def put_outgoing(
        self, *, key: str, patient_id: str, episode_id: str, message: str, body: bytes, at: datetime
    ) -> None:
        """Put a message in the outbox; one with that key that is there already stays as it is."""
        self._insert(
            PUT_OUTGOING,
            key=key,
            patient_id=patient_id,
            episode_id=episode_id,
            message=message,
            body=body,
            status="waiting",
            at=at,
        )

    def outgoing(self, status: str = "waiting") -> list[OutgoingRow]:
        """Return outgoing messages of that status, in the order in which they were decided."""
        return self._all(OutgoingRow, _BY_STATUS, status_=status)

    def settle_outgoing(self, key: str, *, status: str, at: datetime) -> None:
        """Say what became of an outgoing message: sent, dead or withdrawn."""
        self._change_one(_SETTLE, "outgoing message", id_=key, status=status, settled_at=at)
