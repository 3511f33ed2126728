"""A house on each database, in memory where there is a folder for that."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.outbox.house import House
from tests.outbox.receiver import Receiver, Wire

MEMORY = Path("/dev/shm")


@pytest.fixture
def sqlite_url() -> Iterator[str]:
    """A fresh SQLite database: sending commits twice a message, and the promise of the disk is not the question."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        yield f"sqlite:///{folder}/pathway.sqlite"


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def wire(receiver: Receiver) -> Wire:
    return Wire(receiver)


@pytest.fixture
def house(database_url: str, wire: Wire) -> Iterator[House]:
    made = House(database_url, wire)
    yield made
    made.close()
