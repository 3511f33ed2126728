"""The long version, with figures: `python -m tests.outbox`; ends with 1 when a promise was broken."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg

from tests.outbox.crashing import DyingWire, crashed_at
from tests.outbox.house import House
from tests.outbox.receiver import Receiver
from tests.outbox.relays import with_kills, with_threads
from tests.postgres_server import started_in

MEMORY = Path("/dev/shm")


def arguments() -> argparse.Namespace:
    """What to run, and how much of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.outbox", description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000, help="messages for each run")
    parser.add_argument("--patients", type=int, default=500, help="patients that they are about")
    parser.add_argument("--relays", type=int, default=4, help="relays at a time")
    parser.add_argument("--kills", type=int, default=100, help="how often a relay is killed")
    parser.add_argument("--seed", type=int, default=1, help="what chance is drawn from")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append", help="only on this one")
    return parser.parse_args()


@contextmanager
def databases(folder: Path) -> Iterator[dict[str, object]]:
    """Fresh databases on demand, in memory where there is a folder for that."""
    server = started_in(folder)
    yield {"folder": folder, "postgresql": server.get_uri()}
    server.cleanup()


def fresh(kind: str, at: dict[str, object]) -> str:
    """The address of a new, empty database."""
    name = f"outbox_{uuid4().hex}"
    if kind == "sqlite":
        return f"sqlite:///{at['folder']}/{name}.sqlite"
    address = str(at["postgresql"])
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    return f"postgresql+psycopg://{address.removeprefix('postgresql://').replace('/postgres?', f'/{name}?', 1)}"


def crash_points(url: str) -> tuple[int, list[str]]:
    """Die once at every point of a relay; return how many points there are, and what was broken."""
    receiver = Receiver()
    wire = DyingWire(receiver)
    house, number = House(url, wire), 1
    while crashed_at(house, wire, number, (f"anna-{number}", f"berit-{number}")):
        number += 1
    wrong = receiver.violations(house.decided)
    house.close()
    return number - 1, wrong


def ran(kind: str, at: dict[str, object], asked: argparse.Namespace) -> list[str]:
    """Run everything on one kind of database, print the figures, return what was broken."""
    points, wrong = crash_points(fresh(kind, at))
    print(f"{kind + ', crash at every point':34} {points:7} points {'':43} {len(wrong):3} violations", flush=True)
    threads = with_threads(fresh(kind, at), asked.relays, asked.messages, asked.patients, asked.seed)
    print(threads.line(f"{kind}, {asked.relays} relays, bad line"), flush=True)
    killed = with_kills(fresh(kind, at), asked.relays, asked.messages, asked.patients, asked.kills, asked.seed)
    print(killed.line(f"{kind}, {asked.relays} relays, killed"), flush=True)
    return [*wrong, *threads.violations, *killed.violations]


def main() -> int:
    """Print every figure, then what was broken."""
    asked = arguments()
    logging.disable()  # refused connections are what this is about
    broken: list[str] = []
    with ExitStack() as stack:
        memory = MEMORY if os.access(MEMORY, os.W_OK) else None
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="outbox-", dir=memory)))
        at = stack.enter_context(databases(folder))
        for kind in asked.database or ("sqlite", "postgresql"):
            broken += ran(kind, at, asked)
    for line in broken[:20]:
        print(line)
    print("broken" if broken else "every message arrived, in order, under one id")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
