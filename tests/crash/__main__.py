"""The long run: `python -m tests.crash --database postgresql --kills 300 --acknowledged 100000`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from tests.crash.databases import database
from tests.crash.run import DECK, POSTGRESQL_DECK, Plan, run


def main() -> int:
    """Run, print the figures, and return 1 when any guarantee was violated."""
    asked = _arguments()
    plan = Plan(
        acknowledge=asked.acknowledge, kills=asked.kills, acknowledged=asked.acknowledged, seed=asked.seed,
        connections=asked.connections, helpers=asked.workers if asked.database == "postgresql" else 0,
        deck=POSTGRESQL_DECK if asked.database == "postgresql" else DECK,
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="pathway-crash-", dir=asked.folder) as folder:
        _lock_here(Path(folder))
        with database(asked.database, Path(folder) / "database") as made:
            print(f"{asked.database}, answered once {asked.acknowledge}, seed {asked.seed}", flush=True)
            report = run(plan, made, Path(folder))
    print("\n".join(report.lines()), flush=True)
    return 0 if report.sound else 1


def _lock_here(folder: Path) -> None:
    """Else PostgreSQL's library locks one file for the whole machine, owned by whoever came first."""
    runtime = folder / "runtime"
    (runtime / "python_PostgresServer").mkdir(parents=True)
    runtime.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)


def _arguments() -> argparse.Namespace:
    asks = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    asks.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    asks.add_argument("--acknowledge", choices=("stored", "applied", "both"), default="stored")
    asks.add_argument("--kills", type=int, default=300, help="at least so many")
    asks.add_argument("--acknowledged", type=int, default=100_000, help="at least so many messages")
    asks.add_argument("--connections", type=int, default=64, help="senders side by side")
    asks.add_argument("--workers", type=int, default=2, help="workers that help to drain PostgreSQL at the end")
    asks.add_argument("--folder", type=Path, help="where the database lies; the system's temporary folder unless said")
    asks.add_argument("--seed", type=int, default=1)
    return asks.parse_args()


if __name__ == "__main__":
    sys.exit(main())
