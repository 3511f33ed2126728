"""What storage alone can say: two wrote the same at once, a value is taken nowhere, or nothing can be written now."""

from __future__ import annotations

from pathway_engine.domain.errors import StorageError


class ConcurrentChange(StorageError):
    """Somebody else wrote the same at the same time. Run the transaction again."""


class RefusedValue(StorageError):
    """The database works, but takes this value nowhere. Trying again changes nothing."""


class DatabaseUnusable(StorageError):
    """The database cannot be used now, whatever is written: no connection, a full disk, a missing right."""
