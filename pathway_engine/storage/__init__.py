"""The room that knows SQL: what has been received, decided and sent, kept in one database."""

from __future__ import annotations

from pathway_engine.storage.records import Records
from pathway_engine.storage.schema import current_revision, require_current, upgrade
from pathway_engine.storage.store import Store

__all__ = ["Records", "Store", "current_revision", "require_current", "upgrade"]
