"""Timers at length: `python -m tests.timers --help`. Ends with 1 when any promise was broken."""

from __future__ import annotations

import argparse
import atexit
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.postgres_server import started_in
from tests.timers.plans import QUESTIONS, filled, milliseconds
from tests.timers.population import Population
from tests.timers.scenarios import Trial, downtime, storm

MEMORY = Path("/dev/shm")
SWEEP_LIMIT_MS = 1.0


def main() -> int:
    """Run the trials that are asked for, print the figures, and return 1 for any violation."""
    asked = _arguments()
    databases = ["postgresql", "sqlite"] if asked.database == "both" else [asked.database]
    violations = 0
    for database in databases:
        if asked.empty_sweep:
            violations += _sweeps(database, asked.empty_sweep)
            continue
        schedulers = 1 if database == "sqlite" else asked.schedulers
        people = Population(asked.wakeups, asked.seconds)
        with _database(database, asked.url) as (url, folder):
            trial = storm(url, folder, people, schedulers, kill=asked.kill, step=asked.step)
            violations += _told(f"{database}, storm", trial)
        if asked.downtime:
            with _database(database, asked.url) as (url, folder):
                trial = downtime(url, folder, Population(asked.downtime, 60.0, "1 week"))
                violations += _told(f"{database}, downtime", trial)
    return 1 if violations else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.timers", description=__doc__)
    parser.add_argument("--database", choices=["postgresql", "sqlite", "both"], default="both")
    parser.add_argument("--url", help="an empty PostgreSQL database to use (for a single trial)")
    parser.add_argument("--wakeups", type=int, default=10_000, help="patients who each wait for one instant")
    parser.add_argument("--seconds", type=float, default=300.0, help="over how many seconds their wake-ups are spread")
    parser.add_argument("--schedulers", type=int, default=4, help="how many at a time (on SQLite one)")
    parser.add_argument("--downtime", type=int, default=10_000, help="patients of the month of downtime; 0 for none")
    parser.add_argument(
        "--empty-sweep", type=int, default=0, metavar="ROWS", help="only measure sweeps that find nothing"
    )
    parser.add_argument("--kill", action=argparse.BooleanOptionalAction, default=True, help="kill schedulers")
    parser.add_argument("--step", action=argparse.BooleanOptionalAction, default=True, help="set clocks an hour wrong")
    return parser.parse_args()


def _told(name: str, trial: Trial) -> int:
    print(f"{name}: {trial.figures}; {trial.findings.line()}", flush=True)
    return trial.findings.violations


def _sweeps(database: str, rows: int) -> int:
    slow = 0
    with _database(database, None) as (url, _):
        store = filled(url, rows)
        for question in QUESTIONS:
            took = milliseconds(store, question)
            slow += question == "due episodes" and took >= SWEEP_LIMIT_MS
            print(f"{database}, {rows} rows: {question} {took:.3f} ms", flush=True)
        store.close()
    return slow


@contextlib.contextmanager
def _database(kind: str, url: str | None) -> Iterator[tuple[str, Path]]:
    """Give the address of an empty database, and a folder; both are gone afterwards."""
    memory = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="pathway-timers-", dir=memory) as name:
        folder = Path(name)
        if kind == "sqlite":
            yield f"sqlite:///{folder}/pathway.sqlite", folder
        elif url is not None:
            yield url, folder
        else:
            with _postgresql(folder) as address:
                yield address, folder


@contextlib.contextmanager
def _postgresql(folder: Path) -> Iterator[str]:
    # Its lock lies in this folder and is made anew when the program ends; so this runs after that.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    server = started_in(folder)
    try:
        address = server.get_uri()
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute("CREATE DATABASE timers TEMPLATE template0")
        yield "postgresql+psycopg://" + address.removeprefix("postgresql://").replace("/postgres?", "/timers?", 1)
    finally:
        server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
