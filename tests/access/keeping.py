"""What a matrix of accesses leaves behind: a world that is quick to build, and every line that it logs."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.access.world import World

MEMORY = Path("/dev/shm")


@contextmanager
def world_in_memory() -> Iterator[World]:
    """A world whose database is in memory, where the machine has a folder for that."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as folder:
        world = World(Path(folder))
        yield world
        world.close()


@contextmanager
def lines_logged() -> Iterator[list[str]]:
    """Every line that is logged, as it would be written."""
    lines: list[str] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keeping()
    logging.getLogger().addHandler(handler)
    yield lines
    logging.getLogger().removeHandler(handler)
