"""What time the database's machine has: a second opinion for programs that run elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DateTime, func, select

from pathway_engine.storage.store import Store, told_plainly

_NOW = select(func.clock_timestamp(type_=DateTime(timezone=True)))


def database_clock(store: Store) -> datetime | None:
    """Return the present instant as the database server has it; None when there is no server.

    Raises StorageError when it cannot be asked.
    """
    if store.engine.dialect.name != "postgresql":
        return None
    with told_plainly(), store.engine.connect() as connection:
        said: datetime = connection.execute(_NOW).scalar_one()
    return said.astimezone(UTC)
