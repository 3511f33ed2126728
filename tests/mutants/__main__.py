"""Plant each mutant in a copy of the tree and run the tests that should catch it; exit 1 if any lives."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
ROOMS = ("pathway_engine", "pathways", "adapters", "simulations", "tests", "samples", "docs", "scripts")
FILES = (
    *("pyproject.toml", "requirements.lock", "requirements-dev.lock", "package.json", "package-lock.json"),
    *("Makefile", "Dockerfile", "compose.yaml", ".dockerignore", ".npmrc", "README.md", "CHANGELOG.md", "LICENSE"),
)


def mutants(topic: str = "*") -> list[Mapping[str, str]]:
    """Every mutant, as written in the files of `planted/`: one file a topic."""
    files = sorted((Path(__file__).parent / "planted").glob(f"{topic}.toml"))
    return [mutant for file in files for mutant in tomllib.loads(file.read_text())["mutant"]]


def catcher(mutant: Mapping[str, str], tree: Path) -> str | None:
    """Plant *mutant* in *tree*, run its tests on SQLite, take it out again; return the test that failed, if any.

    A mutant that only PostgreSQL shows names its tests with ``-k``.
    """
    file = tree / mutant["file"]
    sound = file.read_text()
    file.write_text(sound.replace(mutant["old"], mutant["new"], 1))
    tests = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *mutant["caught_by"].split()]
    chosen = [] if " -k " in mutant["caught_by"] else ["-k", "not postgresql"]
    try:
        run = subprocess.run([*tests, *chosen], cwd=tree, capture_output=True, check=False, text=True)
    finally:
        file.write_text(sound)
    return _failed_test(run.stdout) if run.returncode == 1 else None


def _failed_test(report: str) -> str:
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", report, re.MULTILINE)
    return failed.group(1) if failed else "a test without a name"


def outcomes(topic: str) -> Iterator[bool]:
    """Try every mutant of *topic* and print what became of it."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        for room in ROOMS:
            shutil.copytree(REPOSITORY / room, tree / room, ignore=shutil.ignore_patterns("__pycache__"))
        for name in FILES:
            shutil.copy(REPOSITORY / name, tree / name)
        for mutant in mutants(topic):
            test = catcher(mutant, tree)
            print(
                f"{'LIVES ' if test is None else 'caught'}  {mutant['breaks']}{f' by {test}' if test else ''}",
                flush=True,
            )
            yield test is not None


if __name__ == "__main__":
    results = list(outcomes(sys.argv[1] if len(sys.argv) > 1 else "*"))
    print(f"{sum(results)} of {len(results)} mutants caught")
    sys.exit(0 if all(results) else 1)
