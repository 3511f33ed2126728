"""Notices: what went wrong and whose list it stands on until a person has seen to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, func, insert, select, text

from pathway_engine.storage.notice_tables import OPEN
from pathway_engine.storage.rows import NoticeRow
from pathway_engine.storage.statements import (
    ID,
    LIMIT,
    TENANT,
    TenantRecords,
    columns_of,
    is_pair,
    pairs,
    upsert,
    values_of,
)
from pathway_engine.storage.tables import table

_NOTICE = table("notice")
_SEAT = table("notice_seat")
_NAMES = [field.name for field in fields(NoticeRow)]
_COLUMNS = columns_of(_NOTICE, NoticeRow)
_AUDIENCES = msgspec.json.Decoder(tuple[tuple[str, str], ...])

_SAVE = upsert(_NOTICE, "tenant", "id")
_CLEAR_SEATS = delete(_SEAT).where(_SEAT.c.tenant == TENANT, _SEAT.c.notice_id == ID)
_ADD_SEATS = insert(_SEAT)
_BY_ID = select(*_COLUMNS).where(_NOTICE.c.tenant == TENANT, _NOTICE.c.id == ID)
_LOCK = _BY_ID.with_for_update()
_ABOUT = (
    select(*_COLUMNS)
    .where(_NOTICE.c.tenant == TENANT, _NOTICE.c.kind == bindparam("kind_"), _NOTICE.c.about == bindparam("about_"))
    .order_by(_NOTICE.c.raised_at, _NOTICE.c.id)
    .with_for_update()
)
_ON_LISTS = select(_SEAT.c.notice_id).where(_SEAT.c.tenant == TENANT, is_pair(_SEAT.c.unit, _SEAT.c.role, "seats"))
_LISTED = (
    select(*_COLUMNS)
    .where(_NOTICE.c.tenant == TENANT, _NOTICE.c.id.in_(_ON_LISTS))
    .order_by(_NOTICE.c.raised_at, _NOTICE.c.id)
    .limit(LIMIT)
)
_COUNTS = select(func.count(), func.count().filter(_NOTICE.c.audience == "[]")).where(
    _NOTICE.c.tenant == TENANT, text(OPEN)
)


class NoticeRecords(TenantRecords):
    """Notices: save, find, list, count."""

    def save_notice(self, row: NoticeRow, at: datetime) -> None:
        """Add a notice as changed *at*, or write it over the one with the same id; an ended one leaves the lists."""
        audience = msgspec.json.encode(row.audience).decode()
        self._insert(_SAVE, **{**values_of(row), "audience": audience, "changed_at": at})
        self._run(_CLEAR_SEATS, id_=row.id)
        seats = [] if row.ended_at else list(dict.fromkeys(row.audience))
        self._insert_all(_ADD_SEATS, [{"notice_id": row.id, "unit": unit, "role": role} for unit, role in seats])

    def notice(self, id: str) -> NoticeRow | None:
        """Return a notice, or None."""
        return next(iter(self._notices(_BY_ID, id_=id)), None)

    def lock_notice(self, id: str) -> NoticeRow | None:
        """Return a notice that nobody else may change until the transaction ends, or None."""
        return next(iter(self._notices(_LOCK, id_=id)), None)

    def notices_about(self, kind: str, about: str) -> list[NoticeRow]:
        """Return every notice of that kind about that row, oldest first, ended ones too, locked."""
        return self._notices(_ABOUT, kind_=kind, about_=about)

    def notices_of(self, seats: Sequence[tuple[str, str]], limit: int = 500) -> list[NoticeRow]:
        """Return the open notices on the lists of *seats* (unit, role), oldest first."""
        return self._notices(_LISTED, **pairs("seats", seats), limit_=limit) if seats else []

    def notice_counts(self) -> tuple[int, int]:
        """Count the open notices: all, and those on nobody's list."""
        every, unseen = self._run(_COUNTS).one()
        return int(every), int(unseen)

    def _notices(self, statement: Any, **values: Any) -> list[NoticeRow]:
        return [_notice(tuple(row)) for row in self._run(statement, **values)]


def _notice(values: tuple[Any, ...]) -> NoticeRow:
    named = dict(zip(_NAMES, values, strict=True))
    return NoticeRow(**{**named, "audience": _AUDIENCES.decode(named["audience"])})
