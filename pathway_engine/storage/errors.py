"""What storage alone can say: the same was written by two at once, or a value is taken nowhere."""

from __future__ import annotations

from pathway_engine.domain.errors import StorageError


class RefusedValue(StorageError):
    """The database is well, but takes this value nowhere. Another try would not change that."""


class ConcurrentChange(StorageError):
    """Somebody else wrote the same at the same time. Run the transaction again."""
