"""The schema's versions: which one a database has, and how it becomes this program's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect

from pathway_engine.domain.errors import SchemaTooOld, StorageError
from pathway_engine.storage import row_security
from pathway_engine.storage.connection import open_engine
from pathway_engine.storage.errors import SchemaTooNew
from pathway_engine.storage.store import Store, told_plainly

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
UPGRADE_LOCK = 7_402_117
"""Any number: it only has to be the same in every program that upgrades this database."""


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to *revision* in one transaction: whole, or not at all.

    Two that upgrade at once wait for each other. Raises StorageError when the result would have
    rows that refer to nothing, SchemaTooNew when a newer program has upgraded the database. An error
    of a migration itself is the database's own.
    """
    from alembic import command  # every start would wait for it, and hardly one upgrades

    engine = open_engine(url, foreign_keys=False)
    try:
        with engine.begin() as connection:
            _wait_for_others(connection)
            _require_known(_revision(connection))
            row_security.lift(connection)
            command.upgrade(_configuration(connection), revision)
            row_security.hold(connection)
            _check_references(connection)
    finally:
        engine.dispose()


def current_revision(url: str) -> str | None:
    """Return the revision of the database's schema; None when it has none."""
    engine = open_engine(url)
    try:
        with told_plainly(), engine.connect() as connection:
            return _revision(connection)
    finally:
        engine.dispose()


def head_revision() -> str | None:
    """Return the revision that this program works with: the last one."""
    return max(_revisions(), default=None)


def _revisions() -> set[str]:
    """The revisions that this program knows, by their files' names: a start must not wait for alembic."""
    return {file.name[1:].partition("_")[0] for file in (MIGRATIONS / "versions").glob("r[0-9]*_*.py")}


def require_current(store: Store) -> None:
    """Raise SchemaTooOld or SchemaTooNew unless the store's database has this program's revision."""
    with told_plainly(), store.engine.connect() as connection:
        found = _revision(connection)
    _require_known(found)
    if found != head_revision():
        raise SchemaTooOld(
            f"The database's schema is {found or 'missing'}; this program works with {head_revision()}. "
            "Run `pathway db upgrade`."
        )


def _require_known(found: str | None) -> None:
    if found is not None and found not in _revisions():
        raise SchemaTooNew(
            f"The database's schema is {found}, which this program does not know; it works with {head_revision()}. "
            "A newer program has upgraded the database: use that one, or restore the backup from before."
        )


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def _configuration(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _wait_for_others(connection: Connection) -> None:
    # SQLite: the transaction began with BEGIN IMMEDIATE, which waits by itself.
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})")


def _check_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = sorted({row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")})
    if broken:
        raise StorageError(f"Rows of {', '.join(broken)} would refer to nothing; nothing was changed.")
