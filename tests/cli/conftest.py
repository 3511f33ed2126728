"""A database with the demonstration's patients, and the commands over it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pathway_engine import clock
from pathway_engine.cli import main
from pathway_engine.demonstration.seeding import demo_settings, seeded
from pathway_engine.settings import PREFIX, Settings, database_url

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def seeded_database() -> Iterator[Path]:
    """The file of a database with the made-up community, as it is now."""
    with demo_settings(0, 0) as settings:
        with seeded(settings, clock.now()):
            pass
        yield Path(database_url(settings).removeprefix("sqlite:///"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command in an empty folder, without any setting."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)

    def runs(*words: str, given: str | bytes | None = None) -> Result:
        return CliRunner().invoke(main, list(words), input=given)

    return runs


@pytest.fixture
def run_seeded(run: Run, seeded_database: Path, tmp_path: Path) -> Run:
    """Run a command over a copy of the made-up community."""
    shutil.copy(seeded_database, tmp_path / "pathway.sqlite")
    return run
