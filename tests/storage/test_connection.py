"""A database that could lose what was acknowledged is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from pathway_engine.domain.errors import StorageError
from pathway_engine.domain.events import Demographics
from pathway_engine.storage import Records, Store, connection, upgrade
from pathway_engine.storage.connection import database_url
from tests.storage.example_rows import NOON, appended, astrid


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [
        pytest.param("journal_mode", "wal", id="readers-do-not-wait"),
        pytest.param("synchronous", 2, id="commit-waits-for-the-disk"),
        pytest.param("foreign_keys", 1, id="rows-refer-to-something"),
        pytest.param("busy_timeout", 10_000, id="writers-wait-for-each-other"),
    ],
)
def test_sqlite_is_opened_durably(sqlite_url: str, pragma: str, expected: object) -> None:
    store = Store(sqlite_url)
    with store.engine.connect() as connection:
        assert connection.execute(text(f"PRAGMA {pragma}")).scalar() == expected
    store.close()


def test_sqlite_in_memory_is_refused() -> None:
    store = Store("sqlite://")
    with pytest.raises(StorageError, match="wal"), store.transaction():
        pass


def set_and_wait(address: str, change: str, shown: str, expected: str) -> None:
    """Change a server setting, and wait until a new connection is shown *expected*."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(change.encode())
        connection.execute("SELECT pg_reload_conf()")
    for _ in range(2000):
        with psycopg.connect(address, autocommit=True) as connection:
            if connection.execute(f"SHOW {shown}".encode()).fetchone() == (expected,):
                return
    raise AssertionError(f"{shown} did not become {expected}")


@pytest.fixture
def forgetful_postgres(postgres_server: str, postgres_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    set_and_wait(postgres_server, f"ALTER SYSTEM SET {request.param} = off", request.param, "off")
    yield postgres_url
    set_and_wait(postgres_server, f"ALTER SYSTEM RESET {request.param}", request.param, "on")


@pytest.mark.parametrize("forgetful_postgres", ["fsync", "full_page_writes"], indirect=True)
def test_a_postgresql_that_does_not_wait_for_the_disk_is_refused(forgetful_postgres: str) -> None:
    store = Store(forgetful_postgres)
    with pytest.raises(StorageError, match="off; on is needed"), store.transaction():
        pass
    store.close()


@pytest.mark.parametrize("forgetful_postgres", ["synchronous_commit"], indirect=True)
def test_a_postgresql_that_acknowledges_early_is_told_not_to(forgetful_postgres: str) -> None:
    store = Store(forgetful_postgres)
    with store.engine.connect() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
    store.close()


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        pytest.param("postgresql://h/d", "postgresql+psycopg", id="postgresql"),
        pytest.param("postgres://h/d", "postgresql+psycopg", id="short-form"),
        pytest.param("postgresql+psycopg2://h/d", "postgresql+psycopg", id="another-driver"),
        pytest.param("sqlite:////var/pathway.db", "sqlite", id="sqlite"),
    ],
)
def test_an_address_gets_the_driver_that_the_program_uses(given: str, driver: str) -> None:
    assert database_url(given).drivername == driver


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(StorageError, match="'mysql'; sqlite or postgresql is needed"):
        database_url("mysql://h/d")


def test_a_store_does_not_show_its_password() -> None:
    store = Store("postgresql://pathway:hunter2@localhost/pathway")
    assert "hunter2" not in repr(store)
    store.close()


def test_a_full_disk_is_told_and_leaves_nothing(sqlite_url: str) -> None:
    upgrade(sqlite_url)
    store = Store(sqlite_url)
    with store.transaction() as records:
        records.beat("sweep", NOON)
        pages = records._connection.execute(text("PRAGMA page_count")).scalar()
    with pytest.raises(StorageError, match="SQLITE_FULL"), store.transaction() as records:
        records._connection.execute(text(f"PRAGMA max_page_count = {pages}"))
        records.put_definition("h", "hph", "1", b"x" * 1_000_000, NOON)
    with store.transaction() as records:
        assert records.definitions() == []
        records.beat("sweep", NOON)
    store.close()


def test_a_row_that_refers_to_nothing_is_refused(database_url: str) -> None:
    upgrade(database_url)
    store = Store(database_url)
    with pytest.raises(StorageError), store.transaction() as records:
        appended(records, "nobody", "a")
    store.close()


def test_a_database_that_cannot_be_reached_is_told_as_such(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/no/such/folder/pathway.db")
    with pytest.raises(StorageError, match="refused"), store.transaction():
        pass


MANY = 3000
ROWS_READ = text("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'patient'")


def rows_read_for_a_log(store: Store, patient_id: str) -> int:
    """How many patients the database reads to see that there is the one whose log grows."""
    with store.engine.begin() as asked:
        before = asked.execute(ROWS_READ).scalar_one()
        for number in range(20):
            appended(Records(asked, store.tenant), patient_id, f"{patient_id} {number}")
        return int(asked.execute(ROWS_READ).scalar_one() - before)


def test_a_plan_made_while_a_table_was_empty_is_not_kept(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "PLANNED_ANEW_SECONDS", 0.0)
    upgrade(postgres_url)
    store = Store(postgres_url)
    with store.transaction() as records:
        astrid(records)
    rows_read_for_a_log(store, "astrid")
    with store.transaction() as records:
        for number in range(MANY):
            records.add_patient(f"patient-{number}", Demographics(), [], NOON)
    read = rows_read_for_a_log(store, f"patient-{MANY - 1}")
    store.close()
    assert read < MANY, "a patient is looked up by the key, not among all of the tenant"
