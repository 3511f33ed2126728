"""Resources as clients wrote them over FHIR, and the newest entry of a stay, by which its versions are told apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BindParameter, bindparam, func, insert, select

from pathway_engine.storage.rows import KeptRow
from pathway_engine.storage.statements import ID, TENANT, TenantRecords, columns_of, values_of
from pathway_engine.storage.tables import table

_KEPT = table("kept_resource")
_LOG = table("log")
_COLUMNS = columns_of(_KEPT, KeptRow)
_TYPE: BindParameter[str] = bindparam("type_")
_IDS: BindParameter[Any] = bindparam("ids_", expanding=True)
_LATER = _KEPT.alias("later")

_ADD = insert(_KEPT)
_NEWEST = (
    select(*_COLUMNS)
    .where(_KEPT.c.tenant == TENANT, _KEPT.c.type == _TYPE, _KEPT.c.id.in_(_IDS))
    .where(
        ~select(_LATER.c.version)
        .where(
            _LATER.c.tenant == TENANT, _LATER.c.type == _KEPT.c.type, _LATER.c.id == _KEPT.c.id,
            _LATER.c.version > _KEPT.c.version,
        )
        .exists()
    )
)  # fmt: skip
_NEWEST_BY = (
    select(*_COLUMNS)
    .where(
        _KEPT.c.tenant == TENANT, _KEPT.c.type == _TYPE, _KEPT.c.id == ID, _KEPT.c.sender == bindparam("sender_")
    )
    .order_by(_KEPT.c.version.desc())
    .limit(1)
)  # fmt: skip
_LAST_OF_STAY = select(func.max(_LOG.c.seq)).where(_LOG.c.tenant == TENANT, _LOG.c.stay == ID)
_LAST_OF_STAYS = (
    select(_LOG.c.stay, func.max(_LOG.c.seq))
    .where(_LOG.c.tenant == TENANT, _LOG.c.stay.in_(_IDS))
    .group_by(_LOG.c.stay)
)


class KeptRecords(TenantRecords):
    """What clients wrote, as they wrote it."""

    def keep_resource(self, row: KeptRow) -> None:
        """Keep a version. Raises ConcurrentChange when another wrote the same one at the same time."""
        self._insert(_ADD, **values_of(row))

    def kept_resource(self, type: str, id: str) -> KeptRow | None:
        """Return the newest version of what a client wrote, or None when nobody did."""
        return self.kept_resources(type, [id]).get(id)

    def kept_by(self, sender: str, type: str, id: str) -> KeptRow | None:
        """Return the newest version that *sender* wrote, or None when it wrote none."""
        return self._one(KeptRow, _NEWEST_BY, type_=type, id_=id, sender_=sender)

    def kept_resources(self, type: str, ids: Sequence[str]) -> dict[str, KeptRow]:
        """Return the newest version of each of the resources *ids* that a client wrote."""
        rows = self._all(KeptRow, _NEWEST, type_=type, ids_=list(ids)) if ids else []
        return {row.id: row for row in rows}

    def last_seq_of_stay(self, stay: str) -> int:
        """Return the number of the newest entry of the stay, 0 when there is none."""
        return int(self._run(_LAST_OF_STAY, id_=stay).scalar() or 0)

    def last_seqs_of_stays(self, stays: Sequence[str]) -> dict[str, int]:
        """Return the number of the newest entry of each stay that has any."""
        return {stay: int(seq) for stay, seq in self._run(_LAST_OF_STAYS, ids_=list(stays))} if stays else {}
