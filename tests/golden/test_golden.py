"""What once followed from a log follows from it in every later version, by the definitions it began with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pathway_engine import __version__
from pathway_engine.service.log_files import export_log, import_log
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.storage.log_file import read_log_file
from pathway_engine.storage.schema import upgrade
from tests.golden import logs
from tests.golden.__main__ import main
from tests.golden.definitions import later_version
from tests.golden.logs import Release, opened, read_release, releases, what_followed, write_release
from tests.migrations.databases import PostgresqlDatabases, SqliteDatabases, folder_in_memory

FEWEST = 50


@dataclass(frozen=True)
class Imported:
    """A database into which all logs of a release were imported."""

    url: str
    release: Release

    def differing(self) -> dict[str, object]:
        """What is stored now and should not be, by log; what to read comes first, the digest last."""
        context = opened(self.url, self.release.files_in_force(), self.release.until)
        found = {log.name: what_followed(context, read_log_file(log.log).patient) for log in self.release.logs}
        context.store.close()
        expected = {log.name: (log.hash, log.lines) for log in self.release.logs}
        return {name: what for name, what in found.items() if what != expected[name]}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        with folder_in_memory() as folder:
            yield SqliteDatabases(folder).empty()
    else:
        databases = PostgresqlDatabases(request.getfixturevalue("postgres_server"))
        url = databases.empty()
        yield url
        databases.drop(url)


@pytest.fixture(scope="module", params=releases())
def imported(database: str, request: pytest.FixtureRequest) -> Imported:
    """Every log of a release, imported into a fresh database."""
    release = read_release(request.param)
    upgrade(database)
    context = opened(database, release.files_in_force(), release.until)
    for log in release.logs:
        import_log(context, log.log, actor="golden", now=release.until)
    context.store.close()
    return Imported(database, release)


def test_what_follows_from_every_golden_log_is_what_followed_then(imported: Imported) -> None:
    assert imported.differing() == {}


def test_rebuilding_under_later_definitions_changes_nothing(imported: Imported) -> None:
    """Mutant: rebuilding by the definition in force instead of the episode's own."""
    release = imported.release
    later = [later_version(files) for files in release.files_in_force()]
    context = opened(imported.url, later, release.until)
    rebuilt = rebuild(context, release.until, check=False)
    context.store.close()
    assert rebuilt.differing == ()
    assert imported.differing() == {}


def test_a_log_that_is_exported_again_is_the_same_log(imported: Imported) -> None:
    release = imported.release
    context = opened(imported.url, release.files_in_force(), release.until)
    for log in release.logs:
        told = read_log_file(log.log)
        again = read_log_file(export_log(context, told.patient, program=__version__, actor="golden", now=release.until))
        assert (again.entries, again.episodes) == (told.entries, told.episodes), log.name
    context.store.close()


def test_this_version_has_golden_logs() -> None:
    """Before a release: python -m tests.golden VERSION."""
    assert __version__ in releases()


@pytest.mark.parametrize("version", releases())
def test_a_release_has_many_golden_logs_and_most_of_them_lead_somewhere(version: str) -> None:
    release = read_release(version)
    kinds = {kind for kind in ("random", "journey", "hard") for log in release.logs if log.name.startswith(kind)}
    assert len(release.logs) >= FEWEST
    assert len([log for log in release.logs if log.lines]) > 0.8 * len(release.logs)
    assert kinds == {"random", "journey", "hard"}


def test_golden_logs_of_a_release_are_never_written_again(capsys: pytest.CaptureFixture[str]) -> None:
    before = {file: file.read_bytes() for file in (logs.FOLDER / __version__).iterdir()}
    assert main([__version__]) == 1
    assert "not written anew" in capsys.readouterr().out
    with pytest.raises(FileExistsError):
        write_release(read_release(__version__))
    assert {file: file.read_bytes() for file in (logs.FOLDER / __version__).iterdir()} == before


def test_golden_logs_are_written_by_the_version_that_they_are_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["99.0.0"]) == 1
    assert f"this program is {__version__}" in capsys.readouterr().out


def test_golden_logs_stay_small() -> None:
    sizes = [file.stat().st_size for file in Path(logs.FOLDER).rglob("*") if file.is_file()]
    assert sum(sizes) < 1_500_000
