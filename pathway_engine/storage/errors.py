"""What storage alone can say: two at once, a refused value, a database away, a schema or a log too new."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from pathway_engine.domain.errors import PathwayEngineError, StorageError


class ConcurrentChange(StorageError):
    """Somebody else wrote the same at the same time. Run the transaction again."""


class RefusedValue(StorageError):
    """The database works, but takes this value nowhere. Trying again changes nothing."""


class DatabaseUnusable(StorageError):
    """The database cannot be used now, whatever is written: no connection, a full disk, a missing right."""


class SchemaTooNew(StorageError):
    """A newer program has upgraded the database. Use that program, or restore the backup from before."""


class IncompatibleLog(PathwayEngineError):
    """The log holds what this program does not know. Use the program that wrote it, or a newer one.

    It concerns one patient and no more, so it is no StorageError: the others' messages and clocks go on.
    """


def comes_from_database(error: Exception) -> bool:
    """Whether *error* is what a statement ended in, before the transaction's end tells it as one of these."""
    return isinstance(error, SQLAlchemyError | StorageError)
