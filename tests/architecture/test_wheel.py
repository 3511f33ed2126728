"""What is shipped is the whole program: it runs from its wheel, anywhere, with its definitions and pages."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from tests.architecture.source_tree import REPOSITORY, ROOMS, project_files

VENDOR = Path("pathway_engine/web/static/vendor")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the tree as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    built = subprocess.run(build, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def shipped(wheel: Path) -> set[str]:
    """The names of the files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def _written_files() -> set[str]:
    names = (path.relative_to(REPOSITORY) for path in project_files())
    return {str(name) for name in names if name.parts[0] in ROOMS}


def test_every_file_of_every_room_ships(shipped: set[str]) -> None:
    assert _written_files() - shipped == set()


def test_definitions_and_pages_are_among_the_files_that_are_looked_for() -> None:
    kinds = {Path(name).suffix for name in _written_files()}
    assert {".yaml", ".html", ".typed"} <= kinds


def test_fetched_browser_files_ship_although_git_ignores_them(shipped: set[str]) -> None:
    fetched = {str(VENDOR / path.name) for path in (REPOSITORY / VENDOR).glob("*")}
    assert fetched, "run `make setup`: the browser's libraries have not been fetched"
    assert fetched - shipped == set()


def test_nothing_but_the_rooms_ships(shipped: set[str]) -> None:
    roots = {name.split("/")[0] for name in shipped}
    assert {root for root in roots if not root.endswith(".dist-info")} == set(ROOMS)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files laid out as an installer lays them, far from the tree."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def _run(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    elsewhere = installed.parent
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=elsewhere, env=environment, capture_output=True, text=True, check=False)


def test_program_tells_its_version_from_its_wheel(installed: Path) -> None:
    answer = _run(installed, "-m", "pathway_engine.cli", "--version")
    assert answer.returncode == 0, answer.stderr
    assert metadata.version("pathway-engine") in answer.stdout


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_are_read_from_the_wheel_and_not_from_the_tree(installed: Path, room: str) -> None:
    answer = _run(installed, "-c", f"import {room}; print({room}.__file__)")
    assert Path(answer.stdout.strip()).is_relative_to(installed)


def test_no_other_distribution_claims_a_name_of_ours() -> None:
    claims = metadata.packages_distributions()
    assert {room: sorted(set(claims.get(room, []))) for room in ROOMS if room in claims} in (
        {},
        {room: ["pathway-engine"] for room in ROOMS},
    )
