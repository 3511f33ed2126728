"""Pathway files as they were when an episode began with them, named by their hash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from pathway_engine.storage.rows import DefinitionRow
from pathway_engine.storage.statements import ID, TENANT, TenantRecords, columns_of, insert_into
from pathway_engine.storage.tables import table

_DEFINITION = table("definition")
_PUT = insert_into(_DEFINITION).on_conflict_do_nothing(index_elements=["tenant", "hash"])
_ALL = (
    select(*columns_of(_DEFINITION, DefinitionRow))
    .where(_DEFINITION.c.tenant == TENANT)
    .order_by(_DEFINITION.c.pathway, _DEFINITION.c.at, _DEFINITION.c.hash)
)
_KEPT = (
    select(_DEFINITION.c.hash, _DEFINITION.c.at)
    .where(_DEFINITION.c.tenant == TENANT)
    .order_by(_DEFINITION.c.pathway, _DEFINITION.c.at, _DEFINITION.c.hash)
)
_BY_HASH = _ALL.where(_DEFINITION.c.hash == ID)


class DefinitionRecords(TenantRecords):
    """Definitions: put once, read for ever."""

    def put_definition(self, hash: str, pathway: str, version: str, files: bytes, at: datetime) -> None:
        """Keep a definition; one with that hash stays as it is."""
        self._insert(_PUT, hash=hash, pathway=pathway, version=version, files=files, at=at)

    def definition(self, hash: str) -> DefinitionRow | None:
        """Return a definition, or None."""
        return self._one(DefinitionRow, _BY_HASH, id_=hash)

    def definitions_kept(self) -> list[tuple[str, datetime]]:
        """Return the hash of each definition and since when it has been kept, by pathway and age."""
        return [(hash, at) for hash, at in self._run(_KEPT)]

    def definitions(self) -> list[DefinitionRow]:
        """Return all definitions, by pathway and age, oldest first."""
        return self._all(DefinitionRow, _ALL)
