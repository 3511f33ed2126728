"""Calendar feeds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from pathway_engine.storage.statements import ID, TENANT, TenantRecords, upsert
from pathway_engine.storage.tables import table

_FEED = table("calendar_feed")

_PUT = upsert(_FEED, "tenant", "person")
_FORGET = delete(_FEED).where(_FEED.c.tenant == TENANT, _FEED.c.person == ID)
_THERE = select(_FEED.c.person).where(_FEED.c.tenant == TENANT, _FEED.c.person == ID)
_OWNER = select(_FEED.c.person, _FEED.c.role).where(_FEED.c.tenant == TENANT, _FEED.c.sha256 == ID)


class FeedRecords(TenantRecords):
    """Calendar feeds."""

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
