"""The walls between the rooms stand, and a hole in any of them is seen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.contracts import layers
from tests.architecture.measuring import ring
from tests.architecture.source_tree import REPOSITORY, ROOMS

LINT = ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()", "--no-cache")
MODEL_HOUSE = (*ROOMS, "adapters.hl7v2", "pathway_engine.clock", *(room for layer in layers() for room in layer))


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    command = [sys.executable, *LINT]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_every_import_follows_the_contracts() -> None:
    verdict = _lint(REPOSITORY)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.fixture
def model_house(tmp_path: Path) -> Path:
    """All rooms, empty, under the project's own contracts."""
    for room in MODEL_HOUSE:
        folder = tmp_path.joinpath(*room.split("."))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text((REPOSITORY / "pyproject.toml").read_text("utf-8"), "utf-8")
    return tmp_path


def test_an_empty_house_keeps_the_contracts(model_house: Path) -> None:
    verdict = _lint(model_house)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


@pytest.mark.parametrize(
    ("room", "imported"),
    [
        pytest.param("pathway_engine.domain", "os", id="rules-that-open-files"),
        pytest.param("pathway_engine.domain", "sqlalchemy", id="rules-that-know-sql"),
        pytest.param("pathway_engine.domain", "pathway_engine.clock", id="rules-that-ask-the-time"),
        pytest.param("pathway_engine.domain", "pathway_engine.language", id="rules-that-know-files"),
        pytest.param("pathway_engine.storage", "pathway_engine.service", id="storage-that-knows-use-cases"),
        pytest.param("pathway_engine.web", "pathway_engine.transports", id="strangers-that-know-each-other"),
        pytest.param("adapters.hl7v2", "socket", id="an-adapter-that-opens-a-socket"),
        pytest.param("adapters.hl7v2", "pathway_engine.storage", id="an-adapter-that-knows-the-database"),
        pytest.param("pathway_engine.workers", "pathway_engine.web", id="a-worker-that-knows-pages"),
        pytest.param("pathway_engine.channels", "pathway_engine.fhir", id="a-family-that-knows-the-face"),
        pytest.param("simulations", "pathways", id="a-pathway-imported-as-code"),
    ],
)
def test_a_hole_in_a_wall_is_seen(model_house: Path, room: str, imported: str) -> None:
    model_house.joinpath(*room.split("."), "__init__.py").write_text(f"import {imported}\n", "utf-8")
    verdict = _lint(model_house)
    assert verdict.returncode == 1, verdict.stdout + verdict.stderr
    assert "BROKEN" in verdict.stdout


def test_two_files_that_import_each_other_are_seen(model_house: Path) -> None:
    room = model_house / "pathway_engine" / "service"
    (room / "acting.py").write_text("def act():\n    from pathway_engine.service import saving\n", "utf-8")
    (room / "saving.py").write_text("from pathway_engine.service import acting\n", "utf-8")
    verdict = _lint(model_house)
    assert verdict.returncode == 1, verdict.stdout + verdict.stderr
    assert "import each other in a ring BROKEN" in verdict.stdout


def test_no_file_leads_back_to_itself() -> None:
    assert ring() == []
