"""PostgreSQL itself keeps one tenant from another's rows, whatever a statement forgets."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import Connection, inspect, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from pathway_engine.storage import Store, row_security, upgrade
from pathway_engine.storage.connection import open_engine
from pathway_engine.storage.row_security import tenant_option
from pathway_engine.storage.tables import METADATA
from tests.storage.example_rows import NOON, astrid, bjarne, stored

TENANT_TABLES = sorted(table.name for table in METADATA.tables.values() if "tenant" in table.c)


@pytest.fixture
def ordinary(postgres_server: str, postgres_url: str) -> Iterator[str]:
    """The address of a database that belongs to a role without privileges."""
    role, name = f"role_{uuid4().hex}", make_url(postgres_url).database
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS".encode())
        connection.execute(f"ALTER DATABASE {name} OWNER TO {role}".encode())
    url = make_url(postgres_url).set(username=role).render_as_string(hide_password=False)
    upgrade(url)
    yield url
    with psycopg.connect(postgres_server.replace("/postgres?", f"/{name}?", 1), autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {role}".encode())
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} OWNER TO CURRENT_USER".encode())
        connection.execute(f"DROP ROLE {role}".encode())


@pytest.fixture
def north(ordinary: str) -> Iterator[Store]:
    store = Store(ordinary, "north's own")
    with store.transaction() as records:
        astrid(records)
        stored(records)
        records.put_access_key("k", "kari", NOON)
    yield store
    store.close()


@pytest.fixture
def south(ordinary: str) -> Iterator[Store]:
    store = Store(ordinary, "south")
    with store.transaction() as records:
        bjarne(records)
    yield store
    store.close()


def counted(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one())


def test_a_statement_without_a_tenant_sees_the_own_rows_alone(north: Store, south: Store) -> None:
    with north.engine.connect() as connection:
        assert connection.execute(text("SELECT DISTINCT tenant FROM patient")).scalars().all() == ["north's own"]
        assert counted(connection, "inbox") == 1
    with south.engine.connect() as connection:
        assert connection.execute(text("SELECT DISTINCT tenant FROM patient")).scalars().all() == ["south"]
        assert counted(connection, "inbox") == 0


def test_no_row_of_another_tenant_is_changed_or_deleted(north: Store, south: Store) -> None:
    with south.engine.begin() as connection:
        assert connection.execute(text("UPDATE inbox SET peer = 'x'")).rowcount == 0
        assert connection.execute(text("DELETE FROM access_key")).rowcount == 0
    with north.engine.connect() as connection:
        assert counted(connection, "access_key") == 1


def test_no_row_is_written_for_another_tenant(north: Store, south: Store) -> None:
    """Mutant: the policy checks what is read and not what is written."""
    for statement in (
        "INSERT INTO heartbeat (tenant, name, at) VALUES ('north''s own', 'x', now())",
        "UPDATE patient SET tenant = 'north''s own'",
    ):
        with pytest.raises(SQLAlchemyError), south.engine.begin() as connection:
            connection.execute(text(statement))


def test_a_connection_that_says_nothing_sees_nothing(ordinary: str, north: Store) -> None:
    engine = open_engine(ordinary)
    with engine.connect() as connection:
        assert {table: counted(connection, table) for table in TENANT_TABLES if counted(connection, table)} == {}
    engine.dispose()


def test_forgetting_the_setting_leads_back_to_the_own_tenant(north: Store, south: Store) -> None:
    with south.engine.connect() as connection:
        connection.execute(text("RESET ALL"))
        assert connection.execute(text("SELECT DISTINCT tenant FROM patient")).scalars().all() == ["south"]


def test_every_table_with_a_tenant_is_held_to_it(north: Store) -> None:
    """Mutant: a table that a later migration makes is forgotten."""
    with north.engine.connect() as connection:
        held = connection.execute(
            text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity AND relforcerowsecurity")
        )
        assert sorted(held.scalars()) == TENANT_TABLES
        policies = connection.execute(text("SELECT tablename FROM pg_policies WHERE with_check IS NOT NULL"))
        assert sorted(policies.scalars()) == TENANT_TABLES
        there = set(inspect(connection).get_table_names())
        assert [name for name in there if name not in TENANT_TABLES] == ["alembic_version"]


def test_a_migration_sees_every_tenant_s_rows_and_the_walls_stand_again_after_it(
    ordinary: str, north: Store, south: Store
) -> None:
    engine = open_engine(ordinary)
    with engine.begin() as connection:
        row_security.lift(connection)
        assert counted(connection, "patient") == 2
        row_security.hold(connection)
        assert counted(connection, "patient") == 0
    engine.dispose()


def test_the_program_s_own_statements_are_as_cut_as_ever(north: Store, south: Store) -> None:
    with north.reading() as records:
        assert records.patient("bjarne") is None
    with south.reading() as records:
        assert records.patient("bjarne") is not None


@pytest.mark.parametrize("tenant", ["a b", "a\\b", "å'\"", "-c x=y"])
def test_a_tenant_of_any_name_sees_its_own_rows(ordinary: str, tenant: str) -> None:
    store = Store(ordinary, tenant)
    with store.transaction() as records:
        astrid(records)
    with store.engine.connect() as connection:
        assert connection.execute(text("SELECT current_setting('app.tenant')")).scalar_one() == tenant
        assert counted(connection, "patient") == 1
    store.close()


def test_the_option_is_one_argument() -> None:
    assert tenant_option("a b\\c") == "-c app.tenant=a\\ b\\\\c"
