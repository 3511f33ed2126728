"""Schedulers are killed and their clocks set an hour wrong; every wake-up is taken once, and none early."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WORDS = ("--seconds", "5", "--schedulers", "3", "--downtime", "0")


@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
def test_every_wakeup_is_taken_once_and_none_early(
    database: str, repository: Path, request: pytest.FixtureRequest
) -> None:
    """Mutants: what another scheduler has claimed is claimed again; a clock's word is taken at once."""
    size = ("--wakeups", "150" if database == "postgresql" else "100")
    url = ("--url", request.getfixturevalue("postgres_url")) if database == "postgresql" else ()
    run = subprocess.run(
        [sys.executable, "-m", "tests.timers", "--database", database, *size, *WORDS, *url],
        cwd=repository, env=None, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr
    assert "wake-ups: never 0, doubled 0, early 0" in run.stdout
