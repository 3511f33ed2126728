"""What storage alone can say: the same was written by two at once."""

from __future__ import annotations

from pathway_engine.domain.errors import StorageError


class ConcurrentChange(StorageError):
    """Somebody else wrote the same at the same time. Run the transaction again."""
