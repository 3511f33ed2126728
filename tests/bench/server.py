"""The program itself, started as an installation starts it, on a database of the bench's own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.resources import files as resources
from pathlib import Path

from pathway_engine.storage.store import Store
from tests.bench.databases import cpu_of_family
from tests.cli.programs import Program, started

STORED, APPLIED = "EPJS", "EPJ"
"""The sending application that is answered once a message is stored, and the one that waits until it is applied."""
TOGETHER = (("mllp", "worker"),)
LISTENER = (("mllp",),)
WORKER = (("worker",),)
"""The parts of each process."""


def write_directory(folder: Path) -> Path:
    """Write the demonstration's directory with the two senders, and return its file."""
    text = (resources("pathway_engine.demonstration") / "directory.yaml").read_text("utf-8")
    known = "  - {id: fjordsyk_epj, application: EPJ,"
    assert known in text
    also = known.replace("fjordsyk_epj", "fjordsyk_epjs").replace("EPJ,", f"{STORED}, acknowledge: stored,")
    line = next(line for line in text.splitlines() if line.startswith(known))
    file = folder / "directory.yaml"
    file.write_text(text.replace(line, f"{line}\n{line.replace(known, also)}"), "utf-8")
    return file


@dataclass(frozen=True, slots=True)
class Service:
    """The processes of an installation, and the port that its listener has."""

    programs: tuple[Program, ...]
    port: int

    def cpu_seconds(self) -> float:
        """Processor time of all of them so far."""
        return sum(cpu_of_family(program.running.pid) for program in self.programs)


@contextmanager
def serving(folder: Path, url: str, processes: Sequence[Sequence[str]]) -> Iterator[Service]:
    """Start *processes* on the database at *url*; the first of them has the listener, if any."""
    settings = {"directory": str(write_directory(folder)), "database_url": url, "mllp_port": "0", "log_level": "error"}
    with ExitStack() as stack:
        programs = [stack.enter_context(started("serve", *parts, folder=folder, **settings)) for parts in processes]
        has_listener = "mllp" in processes[0]
        yield Service(tuple(programs), int(programs[0].until("mllp").rpartition(":")[2]) if has_listener else 0)


def waiting(store: Store) -> int:
    """How many messages are stored and not applied."""
    with store.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM inbox WHERE disposition IS NULL").scalar_one())


def drained(store: Store, patience_seconds: float) -> tuple[int, float]:
    """Wait until nothing waits, or patience ends; return how many still wait, and the instant."""
    end = time.perf_counter() + patience_seconds
    while (left := waiting(store)) and time.perf_counter() < end:
        time.sleep(0.05)
    return left, time.perf_counter()
