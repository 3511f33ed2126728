"""A log that this program does not wholly know is refused, and nothing of it is left out in silence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import insert

from pathway_engine.domain.errors import PathwayEngineError
from pathway_engine.domain.events import Act
from pathway_engine.service.log_files import import_log
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.storage.codec import KINDS, LOG_FORMAT, DateRecord
from pathway_engine.storage.errors import IncompatibleLog, SchemaTooNew
from pathway_engine.storage.schema import require_current, upgrade
from pathway_engine.storage.tables import table
from tests.migrations.databases import SqliteDatabases, folder_in_memory
from tests.migrations.revisions import scripts
from tests.migrations.snapshots import snapshot
from tests.service.community import Community

FOLDER = Path(__file__).parent / "incompatible"
FORMATS = Path(__file__).parent / "formats"
REFUSALS = {
    "newer-format": "format is pathway-log/3; this program reads pathway-log/2",
    "unknown-kind": "Log entry 2 .* found the kind 'split'; would be right: acted, happened, voided",
    "unknown-field": "Log entry 2 .* found the field 'witness' in the kind acted; would be right: id, task, act",
    "unknown-act": "Log entry 2 .* found a field of the kind acted that is missing or not of its type",
    "unknown-fact-type": "Log entry 1 .* not of its type",
    "fact-with-more-than-a-date": "Log entry 1 .* not of its type",
    "missing-instant": "Log entry 1 .* missing",
    "unknown-definition": "Pathway version 000000000000 is not in the database",
    "definition-that-cannot-be-read": "Pathway version 000000000000 of the log cannot be read",
    "definition-that-is-not-what-it-says": "000000000000 is not what it says; it is 9c0eb9958f1c",
    "unknown-head": "not a log as pathway-log/2 has it; would be right: format, program, patient",
}


@pytest.fixture
def community(sqlite_url: str) -> Iterator[Community]:
    made = Community(sqlite_url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def bystander() -> Iterator[Community]:
    """A community to which nothing happens."""
    with folder_in_memory() as folder:
        made = Community(SqliteDatabases(folder).empty())
        yield made
        made.close()


def test_every_incompatible_log_has_its_words() -> None:
    assert {file.stem for file in FOLDER.glob("*.json")} == set(REFUSALS)


@pytest.mark.parametrize("name", REFUSALS)
def test_importing_an_incompatible_log_is_refused_and_leaves_nothing(bystander: Community, name: str) -> None:
    """Mutant: unknown fields ignored."""
    before = snapshot(bystander.url)
    with pytest.raises(IncompatibleLog, match=REFUSALS[name]):
        import_log(bystander.engine.context, (FOLDER / f"{name}.json").read_bytes(), actor="golden", now=bystander.now)
    assert snapshot(bystander.url) == before


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"null", b'{"format":7}', b'{"format":"17 31 31 12345"}'])
def test_what_is_no_log_at_all_is_refused_without_quoting_it(bystander: Community, text: bytes) -> None:
    with pytest.raises(IncompatibleLog, match="format is another") as refused:
        import_log(bystander.engine.context, text, actor="golden", now=bystander.now)
    assert "12345" not in str(refused.value)


@pytest.mark.parametrize("twice", ["patient", "entry", "stay"])
def test_what_is_here_already_is_not_imported_again(community: Community, twice: str) -> None:
    told = json.loads((FOLDER / "unknown-kind.json").read_bytes())
    del told["entries"][1]
    import_log(community.engine.context, json.dumps(told).encode(), actor="golden", now=community.now)
    other = json.loads(json.dumps(told))
    if twice != "patient":
        other["patient"] = "p2"
    if twice == "stay":
        other["entries"][0]["id"] = "another"
    before = snapshot(community.url)
    with pytest.raises(PathwayEngineError, match="in the database already"):
        import_log(community.engine.context, json.dumps(other).encode(), actor="golden", now=community.now)
    assert snapshot(community.url) == before


def with_a_later_entry(community: Community) -> None:
    """The first patient's log gets an entry as only a later program writes it."""
    entry = '{"kind":"split","id":"x","cause":"split/VN1","recorded_at":"2026-11-20T10:00:00Z"}'
    with community.engine.context.store.engine.begin() as connection:
        connection.execute(
            insert(table("log")).values(
                tenant="default", patient_id="patient-1", entry_id="x", entry=entry, received_at=community.now
            )
        )


@pytest.mark.parametrize("check", [True, False])
def test_rebuilding_a_log_with_a_later_entry_is_refused_before_anything_is_written(
    community: Community, check: bool
) -> None:
    community.brought_home()
    with_a_later_entry(community)
    before = snapshot(community.url)
    with pytest.raises(IncompatibleLog, match=r"Log entry \d+ cannot be read: found the kind 'split'"):
        rebuild(community.engine.context, community.now, check=check)
    assert snapshot(community.url) == before


def test_a_log_with_a_later_entry_stops_its_patient_visibly_and_nobody_else(community: Community) -> None:
    community.brought_home()
    with_a_later_entry(community)
    community.send(patient="200", stay="VN2", district="01", entries=[
        {"id": "a", "name": "admitted", "cause": "admitted/VN2", "at": community.now.isoformat(), "stay": "VN2",
         "recorded": community.now.isoformat(), "facts": {"receives_services": True}},
    ])  # fmt: skip
    stopped = community.tell("discharged", destination="home")
    community.passes(days=2)
    with community.engine.context.store.reading() as records:
        assert len(records.episodes("patient-2")) == 1
        assert records.message(stopped.inbox_id).disposition is None
        assert "IncompatibleLog" in records.message(stopped.inbox_id).reason


# --- Formats and schemas ------------------------------------------------------------------------


def test_what_an_entry_may_hold_changes_only_with_its_format_and_a_migration() -> None:
    """A new kind or field: raise LOG_FORMAT, say it in a migration, and keep its shape here beside the old ones."""
    kept = json.loads((FORMATS / f"{LOG_FORMAT}.json").read_bytes())
    assert shape() == kept
    declared = [script.module.LOG_FORMAT for script in scripts() if hasattr(script.module, "LOG_FORMAT")]
    assert declared == list(range(1, LOG_FORMAT + 1))


def shape() -> dict[str, object]:
    """The fields of every kind with their types, and the acts."""
    records: dict[str, type[msgspec.Struct]] = {**KINDS, "$date": DateRecord}
    kinds = {
        kind: {field.encode_name: str(field.type) for field in msgspec.structs.fields(record)}
        for kind, record in records.items()
    }
    return {"kinds": kinds, "acts": [act.value for act in Act]}


def test_a_database_that_a_newer_program_has_upgraded_is_refused(database_url: str) -> None:
    """At the start, and by an upgrade, which leaves it as it is."""
    community = Community(database_url)
    with community.engine.context.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9001'")
    before = snapshot(database_url)
    said = r"schema is 9001, which this program does not know; it works with \d+\. A newer program"
    with pytest.raises(SchemaTooNew, match=said):
        require_current(community.engine.context.store)
    with pytest.raises(SchemaTooNew, match=said):
        upgrade(database_url)
    assert snapshot(database_url) == before
    community.close()
