"""Databases that can be killed, in memory where there is a folder for that."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.databases import Postgresql, Sqlite, database

MEMORY = Path("/dev/shm")


@pytest.fixture
def memory() -> Iterator[Path]:
    """An empty folder, gone afterwards."""
    with tempfile.TemporaryDirectory(
        prefix="pathway-crash-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None
    ) as name:
        yield Path(name)


@pytest.fixture
def sqlite(memory: Path) -> Iterator[Sqlite | Postgresql]:
    """A file."""
    with database("sqlite", memory / "database") as made:
        yield made


@pytest.fixture
def postgresql(memory: Path, postgres_server: str) -> Iterator[Sqlite | Postgresql]:
    """A server of the test's own; the shared one is only there so that their library is loaded in its way."""
    with database("postgresql", memory / "database") as made:
        yield made
