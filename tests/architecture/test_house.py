"""What surrounds the program keeps its word: targets are listed, locks are whole, pages lead on."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.architecture.source_tree import REPOSITORY, project_files

DECISIONS = sorted((REPOSITORY / "docs" / "decisions").glob("[0-9]*.md"))
LINK = re.compile(r"\[[^\]]*\]\((?!\w+:|#)([^)#\s]+)[^)]*\)")


def _normal(requirement: str) -> str:
    return re.split(r"[\[<>=;~! ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def _asked_for(*extras: str) -> set[str]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    lists = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)]
    return {_normal(requirement) for requirements in lists for requirement in requirements}


def _pinned(lock: str) -> dict[str, str]:
    lines = (REPOSITORY / lock).read_text("utf-8").splitlines()
    pins = (line.split()[0].split("==") for line in lines if "==" in line and not line.startswith(" "))
    return {_normal(name): version for name, version in pins}


def test_each_target_of_make_is_in_its_help() -> None:
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    (targets,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    listing = subprocess.run(["make", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    listed = {line.split()[0] for line in listing.stdout.splitlines() if re.match(r"[a-z]+ {2}", line)}
    assert listed == set(targets.split())


@pytest.mark.parametrize(
    ("lock", "extras"),
    [
        pytest.param("requirements.lock", (), id="what-the-program-needs"),
        pytest.param("requirements-dev.lock", ("dev",), id="what-its-developers-need"),
    ],
)
def test_the_lock_pins_everything_that_is_asked_for(lock: str, extras: tuple[str, ...]) -> None:
    assert _asked_for(*extras) - set(_pinned(lock)) == set(), "run `make lock`"


def test_what_is_tested_is_what_is_shipped() -> None:
    tested = _pinned("requirements-dev.lock")
    shipped = _pinned("requirements.lock")
    assert {name: tested.get(name) for name in shipped} == shipped


@pytest.mark.parametrize("name", [".ci/run", *(f"scripts/{path.name}" for path in REPOSITORY.glob("scripts/*.sh"))])
def test_scripts_can_be_run_and_stop_at_the_first_error(name: str) -> None:
    script = REPOSITORY / name
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text("utf-8")


@pytest.mark.parametrize("page", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_why_what_and_what_else(page: Path) -> None:
    headings = re.findall(r"^## (.+)$", page.read_text("utf-8"), re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences", "Alternatives"]


def test_every_decision_is_listed() -> None:
    listing = (REPOSITORY / "docs" / "decisions" / "README.md").read_text("utf-8")
    assert [page.name for page in DECISIONS if page.name not in listing] == []


def test_every_link_between_pages_leads_to_a_file() -> None:
    pages = [path for path in project_files() if path.suffix == ".md"]
    assert [
        f"{page.relative_to(REPOSITORY)}: {target}"
        for page in pages
        for target in LINK.findall(page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ] == []
