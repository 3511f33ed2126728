"""The audit: who read or changed what about whom, only ever added to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select

from pathway_engine.storage.rows import AuditRow
from pathway_engine.storage.statements import ID, LIMIT, TENANT, TenantRecords, columns_of
from pathway_engine.storage.tables import table

_AUDIT = table("audit")
WRITE_AUDIT = insert(_AUDIT).inline()
_NEWEST = (
    select(*columns_of(_AUDIT, AuditRow)).where(_AUDIT.c.tenant == TENANT).order_by(_AUDIT.c.id.desc()).limit(LIMIT)
)
_OF_PATIENT = _NEWEST.where(_AUDIT.c.patient_id == ID)


class AuditRecords(TenantRecords):
    """The audit: write and read."""

    def write_audit(
        self,
        *,
        at: datetime,
        actor: str,
        role: str,
        action: str,
        patient_id: str | None,
        object_id: str | None,
        outcome: str = "ok",
        detail: str = "",
    ) -> None:
        """Record that *actor* did *action*; ids and codes only, no names or identity numbers."""
        self._insert(
            WRITE_AUDIT,
            at=at,
            actor=actor,
            role=role,
            action=action,
            patient_id=patient_id,
            object_id=object_id,
            outcome=outcome,
            detail=detail,
        )

    def audit(self, patient_id: str | None = None, limit: int = 100) -> list[AuditRow]:
        """Return the newest audit rows first, of one patient or of all."""
        if patient_id is None:
            return self._all(AuditRow, _NEWEST, limit_=limit)
        return self._all(AuditRow, _OF_PATIENT, id_=patient_id, limit_=limit)
