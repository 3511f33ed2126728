"""PostgreSQL itself holds every row to its tenant: a connection says once whose rows it may see.

The setting is part of how a connection is opened, so no statement pays for it, and `RESET` leads back to it.
The owner of the tables is held to it too (FORCE); a superuser is not, so a program should not be one.
"""

from __future__ import annotations

from sqlalchemy import Connection, Table, inspect

from pathway_engine.storage.tables import METADATA

SETTING = "app.tenant"
POLICY = "own_tenant"


def tenant_option(tenant: str) -> str:
    """Return what a connection is opened with so that it sees the rows of *tenant* alone."""
    escaped = "".join(f"\\{sign}" if sign in "\\ " else sign for sign in tenant)
    return f"-c {SETTING}={escaped}"


def lift(connection: Connection) -> None:
    """Let the tables' owner see every tenant's rows until `hold`: a migration changes them all."""
    for name in _held(connection):
        connection.exec_driver_sql(f'ALTER TABLE "{name}" NO FORCE ROW LEVEL SECURITY')


def hold(connection: Connection) -> None:
    """Hold every table that has a tenant to it, also against its owner."""
    for name in _held(connection):
        connection.exec_driver_sql(f'ALTER TABLE "{name}" ENABLE ROW LEVEL SECURITY')
        connection.exec_driver_sql(f'ALTER TABLE "{name}" FORCE ROW LEVEL SECURITY')
        connection.exec_driver_sql(f'DROP POLICY IF EXISTS {POLICY} ON "{name}"')
        own = f"tenant = current_setting('{SETTING}', true)"
        connection.exec_driver_sql(f'CREATE POLICY {POLICY} ON "{name}" USING ({own}) WITH CHECK ({own})')


def _held(connection: Connection) -> list[str]:
    if connection.dialect.name != "postgresql":
        return []
    there = set(inspect(connection).get_table_names())
    return sorted(table.name for table in METADATA.tables.values() if table.name in there and _has_tenant(table))


def _has_tenant(table: Table) -> bool:
    return "tenant" in table.c
