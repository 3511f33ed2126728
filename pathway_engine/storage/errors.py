"""What storage alone can say: the same was written by two at once."""

from __future__ import annotations

from pathway_engine.domain.errors import StorageError


class ConcurrentChange(StorageError):
    """Somebody else wrote the same at the same time. Run the transaction again."""


class Unwritable(StorageError):
    """The database works, but refuses what is to be written. Trying again changes nothing."""
