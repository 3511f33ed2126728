"""The audit: who read or changed what about whom, only ever added to, and the seals that make it a chain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, delete, func, insert, select

from pathway_engine.storage.audit_chain import Seal
from pathway_engine.storage.column_types import UtcDateTime
from pathway_engine.storage.rows import AuditRow
from pathway_engine.storage.statements import ID, LIMIT, TENANT, TenantRecords, by_number, columns_of, values_of
from pathway_engine.storage.tables import table

_AUDIT = table("audit")
_SEAL = table("audit_seal")
EXPIRED = "audit expired"
"""The action of a tombstone; its object is the highest id of the rows that it stands for."""

WRITE_AUDIT = insert(_AUDIT).inline()
_SINCE = bindparam("since_", type_=UtcDateTime())
_IDS: BindParameter[Any] = bindparam("ids_", expanding=True)
_LIKE: BindParameter[str] = bindparam("like_")
_OURS = _AUDIT.c.tenant == TENANT
_ROWS = select(*columns_of(_AUDIT, AuditRow))
_NEWEST_FIRST = _ROWS.order_by(_AUDIT.c.id.desc()).limit(LIMIT)
_NEWEST = _NEWEST_FIRST.where(by_number(_AUDIT))
_OF_PATIENT = _NEWEST_FIRST.where(_OURS, _AUDIT.c.patient_id == ID)
_ABOUT = _ROWS.where(_OURS, _AUDIT.c.patient_id.in_(_IDS))
_LISTS_WITH = _ROWS.where(_OURS, _AUDIT.c.patient_id.is_(None), _AUDIT.c.detail.like(_LIKE))
_BY_ID = _ROWS.where(by_number(_AUDIT), _AUDIT.c.id.in_(_IDS))
_IDS_AFTER = select(_AUDIT.c.id).where(by_number(_AUDIT), _AUDIT.c.id > ID).order_by(_AUDIT.c.id)
_TOMBSTONES = _ROWS.where(_OURS, _AUDIT.c.action == "audit expired").order_by(_AUDIT.c.id)
_WHERE: Mapping[str, ColumnElement[bool]] = {
    "before": _AUDIT.c.id < bindparam("before_"),
    "since": _AUDIT.c.at >= _SINCE,
    "until": _AUDIT.c.at < bindparam("until_", type_=UtcDateTime()),
    "actor": _AUDIT.c.actor == bindparam("actor_"),
    "patient": (_AUDIT.c.patient_id == bindparam("patient_"))
    | (_AUDIT.c.patient_id.is_(None) & _AUDIT.c.detail.like(_LIKE)),
}
"""What a share of the audit may be narrowed by."""


@cache
def _narrowed(*names: str) -> Select[Any]:
    """The newest rows for which all of *names* hold; a statement a combination."""
    return _NEWEST_FIRST.where(_OURS, *(_WHERE[name] for name in names))


_COUNT = select(func.count()).where(_OURS)
_DELETE = delete(_AUDIT).where(by_number(_AUDIT), _AUDIT.c.id.in_(_IDS))

_SEALS = select(*columns_of(_SEAL, Seal)).where(_SEAL.c.tenant == TENANT)
_LAST_SEAL = _SEALS.order_by(_SEAL.c.number.desc()).limit(1)
_SEALS_AFTER = _SEALS.where(_SEAL.c.number > ID).order_by(_SEAL.c.number).limit(LIMIT)
_SEALS_SINCE = _SEALS.where(_SEAL.c.sealed_at >= _SINCE, _SEAL.c.number > ID).order_by(_SEAL.c.number)
_SEALED_BEFORE = _SEALS.where(_SEAL.c.sealed_at < _SINCE).order_by(_SEAL.c.number.desc()).limit(1)
_ADD_SEAL = insert(_SEAL)
SEALS_AT_ONCE = 20


class AuditRecords(TenantRecords):
    """The audit: write, read, seal, and let go of what is too old."""

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

    def write_list_read(
        self, *, at: datetime, actor: str, role: str, shown: Iterable[str | None], action: str = "list read"
    ) -> None:  # fmt: skip
        """Record that *actor* was shown a list with the patients *shown*; their ids stand in the detail."""
        ids = sorted({each for each in shown if each})
        if ids:
            self.write_audit(
                at=at, actor=actor, role=role, action=action, patient_id=None, object_id=None, detail=" ".join(ids)
            )  # fmt: skip

    def audit(self, patient_id: str | None = None, limit: int = 100) -> list[AuditRow]:
        """Return the newest audit rows first, of one patient or of all."""
        if patient_id is None:
            return self._all(AuditRow, _NEWEST, limit_=limit)
        return self._all(AuditRow, _OF_PATIENT, id_=patient_id, limit_=limit)

    def audit_where(self, limit: int, **asked: Any) -> list[AuditRow]:
        """Return the newest rows first: `before` an id, `since` and `until` an instant, by `actor`, about `patient`.

        Of a patient also rows whose detail holds the id, be it as a part of another: the asker looks again.
        """
        told = {name: value for name, value in asked.items() if value is not None}
        values = {f"{name}_": value for name, value in told.items()}
        if "patient" in told:
            values["like_"] = f"%{told['patient']}%"
        return self._all(AuditRow, _narrowed(*sorted(told)), limit_=limit, **values)

    def audit_about(self, patients: Collection[str]) -> list[AuditRow]:
        """Return every row about one of *patients*, lists that showed one included, oldest first."""
        rows = self._all(AuditRow, _ABOUT, ids_=sorted(patients))
        for patient in sorted(patients):
            lists = self._all(AuditRow, _LISTS_WITH, like_=f"%{patient}%")
            rows += [row for row in lists if not set(patients).isdisjoint(row.detail.split(" "))]
        return sorted({row.id: row for row in rows}.values(), key=lambda row: row.id)

    def audit_count(self) -> int:
        """Return how many rows the audit has."""
        return int(self._run(_COUNT).scalar_one())

    def audit_ids_after(self, id: int) -> list[int]:
        """Return the ids of all rows above *id*, in their order."""
        return self._scalars(_IDS_AFTER, id_=id)

    def audit_rows(self, ids: Collection[int]) -> dict[int, AuditRow]:
        """Return the rows that are there, by id; not more than a thousand are asked for."""
        return {row.id: row for row in self._all(AuditRow, _BY_ID, ids_=sorted(ids))} if ids else {}

    def tombstones(self) -> list[AuditRow]:
        """Return the rows that stand for older ones, oldest first."""
        return self._all(AuditRow, _TOMBSTONES)

    def delete_audit(self, ids: Collection[int]) -> int:
        """Delete rows that a tombstone stands for, and return how many; the database refuses to delete others."""
        return self._run(_DELETE, ids_=sorted(ids)).rowcount if ids else 0

    # -- seals

    def may_seal(self) -> bool:
        """Whether nobody else seals now; on PostgreSQL the turn is kept until the transaction ends."""
        if self._connection.dialect.name != "postgresql":
            return True  # SQLite has one writer at a time
        turn = int.from_bytes(sha256(f"audit seal {self._tenant}".encode()).digest()[:8], signed=True)
        return bool(self._connection.execute(select(func.pg_try_advisory_xact_lock(turn))).scalar())

    def last_seal(self) -> Seal | None:
        """Return the newest seal."""
        return self._one(Seal, _LAST_SEAL)

    def last_seal_before(self, instant: datetime) -> Seal | None:
        """Return the newest seal that was made before *instant*."""
        return self._one(Seal, _SEALED_BEFORE, since_=instant)

    def seals_since(self, instant: datetime) -> list[Seal]:
        """Return the seals made since *instant*, oldest first."""
        return self._all(Seal, _SEALS_SINCE, since_=instant, id_=0)

    def seals(self, after: int = 0) -> Iterator[Seal]:
        """Give every seal with a higher number than *after*, in their order, a few at a time."""
        while found := self._all(Seal, _SEALS_AFTER, id_=after, limit_=SEALS_AT_ONCE):
            yield from found
            after = found[-1].number

    def add_seal(self, seal: Seal) -> None:
        """Add a seal. Raises ConcurrentChange when somebody else has added one of its number."""
        self._insert(_ADD_SEAL, **values_of(seal))
