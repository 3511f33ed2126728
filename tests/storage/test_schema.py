"""Every released schema, with its rows in it, becomes today's; a program meets no other schema."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from pathway_engine.domain.errors import SchemaTooOld, StorageError
from pathway_engine.storage import Store, current_revision, require_current, schema, upgrade
from pathway_engine.storage.connection import open_engine
from pathway_engine.storage.patients import public_id_of_stay
from pathway_engine.storage.tables import METADATA
from tests.migrations.revisions import revisions
from tests.storage.example_rows import HOUR, NOON, appended, astrid, bjarne, episode, log_ids, stored, task

HEAD = schema.head_revision()
ENDED = {"postgresql": "2026-11-20 13:00+00", "sqlite": "1795179600000000"}
SEVERITIES = ["law", "agreement", "guideline", "local", "goal", "a word of ours"]


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = Store(database_url)
    yield store
    store.close()


def put_first_release_rows(connection: Connection) -> None:
    """Rows as a program of schema 0001 wrote them."""
    on_postgresql = connection.dialect.name == "postgresql"
    at = "'2026-11-20 12:00+00'" if on_postgresql else "1795176000000000"
    nothing = "'\\x7b7d'" if on_postgresql else "x'7b7d'"
    connection.exec_driver_sql(f"INSERT INTO patient (tenant, id, updated_at) VALUES ('default', 'astrid', {at})")
    connection.exec_driver_sql(
        "INSERT INTO episode (tenant, id, patient_id, pathway, ordinal, definition_hash, phase, status,"
        " opened_at, last_seq, last_key, state, version) VALUES"
        f" ('default', 'E1', 'astrid', 'hph', 1, 'abc', 'at_home', 'active', {at}, 0, '', {nothing}, 1)"
    )
    for number, severity in enumerate(SEVERITIES):
        connection.exec_driver_sql(
            "INSERT INTO task (tenant, id, episode_id, patient_id, key, pathway, step, status,"
            " business_status, severity, hard, verified, owner_role, raised_at, answered, questions,"
            " title_nb, title_en, waits_for, cause, rule_lines, version, body, audience) VALUES"
            f" ('default', 'T{number}', 'E1', 'astrid', 'K{number}', 'hph', 'HPH2', 'ready', '',"
            f" '{severity}', false, false, 'nurse', {at}, 0, 0, 'a', 'b', '', 'c', '1-2', 1, {nothing}, '[]')"
        )
        connection.exec_driver_sql(
            f"INSERT INTO task_audience VALUES ('default', 'T{number}', 'north', 'nurse', false, true)"
        )


def test_tasks_of_the_first_schema_are_ranked_by_how_binding_they_are(store: Store) -> None:
    upgrade(store.url, "0001")
    with store.engine.begin() as connection:
        put_first_release_rows(connection)
    upgrade(store.url)
    with store.reading() as records:
        rows = records.tasks_of_episode("E1")
        assert {row.severity: row.severity_rank for row in rows} == dict(
            zip(SEVERITIES, [0, 1, 2, 3, 4, 4], strict=True)
        )
        assert len(records.worklist([("north", "nurse")])) == len(SEVERITIES)


def test_an_upgraded_schema_keeps_what_the_old_one_promised(store: Store) -> None:
    upgrade(store.url, "0001")
    before = promises(store)
    upgrade(store.url)
    after = promises(store)
    assert not {name: lost for name, kept in before.items() if (lost := set(kept) - set(after[name]))}


def test_what_an_earlier_program_parked_is_tried_again_at_once(store: Store) -> None:
    upgrade(store.url, "0001")
    with store.engine.begin() as connection:
        put_first_release_rows(connection)
        connection.exec_driver_sql("UPDATE episode SET parked_reason = 'a bug', parked_at = opened_at")
    upgrade(store.url)
    with store.transaction() as records:
        (parked,) = records.parked()
        assert records.parked_due(parked.opened_at, 10) == [("E1", "astrid")]


def test_what_an_earlier_program_saved_can_be_searched(store: Store) -> None:
    upgrade(store.url, "0001")
    with store.engine.begin() as connection:
        put_first_release_rows(connection)
        told = b'{"stay":"VN1","key":"K1"}'.hex()
        body = f"'\\x{told}'" if connection.dialect.name == "postgresql" else f"x'{told}'"
        ended = ENDED[connection.dialect.name]
        connection.exec_driver_sql(f"UPDATE task SET body = {body}, ended_at = '{ended}' WHERE id = 'T1'")
        connection.exec_driver_sql("INSERT INTO stay SELECT tenant, 'VN1', id, updated_at FROM patient")
    upgrade(store.url)
    with store.reading() as records:
        first, last = (row for row in records.tasks_of_episode("E1") if row.id in ("T0", "T1"))
        assert (first.stay, first.changed_at) == (None, first.raised_at)
        assert (last.stay, last.changed_at) == ("VN1", NOON + HOUR)
        assert records.stay_of_public_id(public_id_of_stay("default", "VN1")) == ("VN1", "astrid")
        assert [row.changed_at for row in records.episodes("astrid")] == [first.raised_at]


def promises(store: Store) -> dict[str, list[str]]:
    """The names of every table's indexes and constraints."""
    seen = inspect(store.engine)
    return {
        name: sorted(
            str(found["name"])
            for found in [
                *seen.get_indexes(name),
                *seen.get_unique_constraints(name),
                *seen.get_foreign_keys(name),
                seen.get_pk_constraint(name),
            ]
        )
        for name in seen.get_table_names()
        if name != "alembic_version"
    }


def test_the_migrations_lead_to_the_tables_of_this_program(store: Store) -> None:
    upgrade(store.url)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_upgrading_twice_changes_nothing(store: Store) -> None:
    upgrade(store.url)
    with store.transaction() as records:
        appended(records, astrid(records), "a")
        records.save_episode(episode(), NOON)
        records.save_tasks([task()], NOON)
        stored(records)
    upgrade(store.url)
    with store.reading() as records:
        assert (log_ids(records, "astrid"), records.task("T1")) == (["a"], task())


def test_two_that_upgrade_at_once_both_succeed(store: Store) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(upgrade, [store.url, store.url]))
    require_current(store)


@pytest.mark.parametrize("found", [None, "0001"])
def test_a_program_refuses_another_schema(store: Store, found: str | None) -> None:
    if found:
        upgrade(store.url, found)
    assert current_revision(store.url) == found
    with pytest.raises(SchemaTooOld, match="pathway db upgrade"):
        require_current(store)
    upgrade(store.url)
    require_current(store)


@pytest.fixture
def broken_migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Today's migrations and one more, which creates a table and then fails."""
    copy = tmp_path / "migrations"
    (copy / "versions").mkdir(parents=True)
    for source in schema.MIGRATIONS.rglob("*.py"):
        (copy / source.relative_to(schema.MIGRATIONS)).write_text(source.read_text())
    (copy / "versions" / "r9999_broken.py").write_text(
        f"from alembic import op\nrevision = '9999'\ndown_revision = '{HEAD}'\n"
        "def upgrade():\n    op.execute('CREATE TABLE half (id integer)')\n    op.execute('nonsense')\n"
    )
    monkeypatch.setattr(schema, "MIGRATIONS", copy)


@pytest.mark.usefixtures("broken_migrations")
@pytest.mark.parametrize("start", [None, *revisions()])
def test_a_migration_that_fails_leaves_the_schema_as_it_was(store: Store, start: str | None) -> None:
    if start:
        upgrade(store.url, start)
    tables = inspect(store.engine).get_table_names()
    with pytest.raises(DBAPIError):
        upgrade(store.url)
    assert current_revision(store.url) == start
    assert inspect(store.engine).get_table_names() == tables


def test_an_upgrade_that_would_leave_rows_referring_to_nothing_is_undone(sqlite_url: str) -> None:
    upgrade(sqlite_url, "0001")
    store = Store(sqlite_url)
    with store.transaction() as records:
        bjarne(records)
    store.close()
    careless = open_engine(sqlite_url, foreign_keys=False)
    with careless.begin() as connection:
        connection.execute(text("DELETE FROM patient"))
    careless.dispose()
    with pytest.raises(StorageError, match="identifier would refer to nothing"):
        upgrade(sqlite_url)
    assert current_revision(sqlite_url) == "0001"
