"""The revisions are one line, lead to this program's tables, and let a patient's case go on as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from pathway_engine.service.catalogue import Files
from pathway_engine.service.context import build_context
from pathway_engine.service.engine import Engine
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.storage.connection import open_engine
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store
from pathway_engine.storage.tables import METADATA
from tests.golden.definitions import definition_files, later_version
from tests.migrations.databases import Databases
from tests.migrations.kept_rows import filled, kept_revisions, write_rows
from tests.migrations.revisions import revisions, scripts
from tests.migrations.snapshots import snapshot
from tests.migrations.story import PATHWAYS
from tests.service.community import Community, PlainChannel


def test_the_revisions_are_one_line_without_branches() -> None:
    assert [script.down_revision for script in scripts()] == [None, *revisions()[:-1]]
    assert [script.dependencies for script in scripts()] == [None] * len(revisions())
    assert list(revisions()) == sorted(revisions())


def test_each_revision_lies_in_a_file_of_its_number() -> None:
    assert [Path(script.path).name[:6] for script in scripts()] == [f"r{number}_" for number in revisions()]


@pytest.fixture(params=revisions())
def old(databases: Databases, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database with rows of each revision there has been."""
    url = databases.empty()
    filled(url, request.param)
    yield url
    databases.drop(url)


def test_what_rows_of_old_become_has_the_tables_of_this_program_and_no_others(old: str) -> None:
    upgrade(old)
    engine = open_engine(old)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        lacking = compare_metadata(context, METADATA)
    engine.dispose()
    assert lacking == [], "storage/tables.py differs: write a revision in storage/migrations/versions"


def test_after_an_upgrade_log_and_audit_are_still_only_added_to(old: str) -> None:
    """A migration that rebuilds one of these tables on SQLite must make its triggers again."""
    upgrade(old)
    engine = open_engine(old)
    for change in ("UPDATE log SET entry = ''", "DELETE FROM log", "UPDATE audit SET actor = ''", "DELETE FROM audit"):
        with pytest.raises(DBAPIError, match="only added to"), engine.begin() as connection:
            connection.execute(text(change))
    engine.dispose()


def last_told(url: str) -> datetime:
    """The instant of the newest entry of the kept log."""
    upgrade(url)
    store = Store(url)
    with store.reading() as records:
        patients = records.patients_with_entries()
        told = max(row.received_at for patient in patients for row in records.log(patient))
    store.close()
    return told


def test_after_an_upgrade_what_is_stored_is_what_the_log_says(old: str) -> None:
    now = last_told(old) + timedelta(days=9)
    community = Community(old, pathways=PATHWAYS, now=now)
    in_force(community, began_with(old))
    report = rebuild(community.engine.context, now, check=True)
    community.close()
    assert (report.patients, report.differing) == (2, ())
    assert report.episodes >= 4


def test_running_cases_go_on_by_the_definition_with_which_they_began(old: str) -> None:
    """Astrid is at home by the old version; who comes home when a later one is in force goes by that."""
    community = Community(old, pathways=PATHWAYS, now=last_told(old))
    in_force(community, [later_version(files) for files in began_with(old)])
    community.passes(hours=1)
    now = community.now
    community.send(id="F1", entries=[told("fall_reported", None, now)])
    community.send(id="F2", patient="900", stay="VN9", district="01", entries=[
        told("admitted", "VN9", now - timedelta(hours=9), receives_services=True),
        told("discharged", "VN9", now - timedelta(hours=3), destination="home"),
        told("fall_reported", None, now, id="a fall at the same time"),
    ])  # fmt: skip
    falls = [view for view in community.engine.worklist(community.who("kari"), now) if view.step == "HPH4"]
    report = rebuild(community.engine.context, now + timedelta(days=20), check=True)
    community.close()
    assert sorted(view.due_at - now for view in falls if view.due_at) == [timedelta(hours=4), timedelta(hours=6)]
    assert report.differing == ()


def told(name: str, stay: str | None, at: datetime, id: str = "", **facts: object) -> dict[str, object]:
    return {
        "id": id or f"{name}/{at}", "name": name, "cause": f"{name}/{stay or at}", "at": at.isoformat(),
        "recorded": at.isoformat(), "stay": stay, "facts": facts,
    }  # fmt: skip


def began_with(url: str) -> list[Files]:
    """The files of the definitions that the kept episodes began with."""
    store = Store(url)
    with store.reading() as records:
        hashes = {row.definition_hash for patient in ("patient-1", "patient-2") for row in records.episodes(patient)}
    store.close()
    return [definition_files(hash) for hash in sorted(hashes)]


def in_force(community: Community, files: Sequence[Files]) -> None:
    """Restart the community with other pathways in force."""
    community.close()
    directories = community.engine.context.directories
    context = build_context(
        Store(community.url), directories, files, [PlainChannel()], lambda: uuid4().hex, community.now
    )
    community.engine = Engine(context)


def test_rows_once_kept_are_not_written_anew(databases: Databases) -> None:
    url = databases.empty()
    filled(url, kept_revisions()[-1])
    with pytest.raises(FileExistsError):
        write_rows(url, kept_revisions()[0])
    databases.drop(url)


def test_the_kept_rows_fill_every_table(databases: Databases) -> None:
    """Guards the guard: a table without rows proves nothing about its upgrade."""
    url = databases.empty()
    filled(url, revisions()[0])
    found = snapshot(url)
    databases.drop(url)
    assert [name for name, rows in found.rows.items() if not rows] == []
