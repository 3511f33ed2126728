"""Plant each mutant in a copy of the tree and run the tests that should catch it; exit 1 if any lives."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
ROOMS = ("pathway_engine", "pathways", "adapters", "simulations", "tests", "samples", "docs", "scripts")
FILES = ("pyproject.toml", "Makefile", "README.md", "CHANGELOG.md")


def mutants() -> list[Mapping[str, str]]:
    """The list, as written."""
    found: list[Mapping[str, str]] = tomllib.loads((Path(__file__).parent / "mutants.toml").read_text())["mutant"]
    return found


def killed(mutant: Mapping[str, str], tree: Path) -> bool:
    """Plant *mutant* in *tree*, run its tests on SQLite, and take it out again."""
    file = tree / mutant["file"]
    sound = file.read_text()
    file.write_text(sound.replace(mutant["old"], mutant["new"], 1))
    tests = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *mutant["caught_by"].split()]
    chosen = [] if " -k " in mutant["caught_by"] else ["-k", "not postgresql"]
    try:
        return subprocess.run([*tests, *chosen], cwd=tree, capture_output=True, check=False).returncode == 1
    finally:
        file.write_text(sound)


def outcomes() -> Iterator[bool]:
    """Try every mutant and print what became of it."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        for room in ROOMS:
            shutil.copytree(REPOSITORY / room, tree / room, ignore=shutil.ignore_patterns("__pycache__"))
        for name in FILES:
            shutil.copy(REPOSITORY / name, tree / name)
        for mutant in mutants():
            caught = killed(mutant, tree)
            print(f"{'caught' if caught else 'LIVES '}  {mutant['breaks']}", flush=True)
            yield caught


if __name__ == "__main__":
    results = list(outcomes())
    print(f"{sum(results)} of {len(results)} mutants caught")
    sys.exit(0 if all(results) else 1)
