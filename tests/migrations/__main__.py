"""Kill the upgrade of every revision at every statement, on both databases; or keep rows of today's revision.

python -m tests.migrations                 N of N upgrades that were killed ended well
python -m tests.migrations --keep 0004     keep the rows of today's program as those of revision 0004
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.migrations.databases import Databases, SqliteDatabases, folder_in_memory, own_postgresql
from tests.migrations.kept_rows import write_rows
from tests.migrations.revisions import revisions
from tests.migrations.story import lived
from tests.migrations.trials import start, wrong_after_kill, wrong_after_two, wrong_after_undisturbed

TWINS = 20


def main() -> int:
    """Do what the command line asks; return the exit code."""
    told = argparse.ArgumentParser(prog="python -m tests.migrations", description=__doc__)
    told.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    told.add_argument("--twins", type=int, default=TWINS, help="how often two upgrade at once, for each revision")
    told.add_argument(
        "--keep", metavar="REVISION", choices=revisions(), help="write tests/migrations/rows/REVISION.json"
    )
    asked = told.parse_args()
    if asked.keep:
        return _keep(asked.keep)
    kinds = ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]
    tries = [wrong for kind in kinds for wrong in _tried(kind, asked.twins)]
    print(f"{sum(not wrong for wrong in tries)} of {len(tries)} disturbed upgrades ended as undisturbed ones do")
    return 1 if any(tries) else 0


@contextmanager
def _place(kind: str) -> Iterator[Databases]:
    if kind == "postgresql":
        with own_postgresql() as databases:
            yield databases
    else:
        with folder_in_memory() as folder:
            yield SqliteDatabases(folder)


def _tried(kind: str, twins: int) -> Iterator[list[str]]:
    """Try every revision's upgrade every way, and print what was wrong."""
    with _place(kind) as databases:
        for revision in (None, *revisions()[:-1]):
            with start(databases, revision) as at:
                tries = [wrong_after_undisturbed(at)]
                tries += [wrong_after_kill(at, step) for step in range(1, at.steps + 1)]
                tries += [wrong_after_two(at, number * at.steps // twins) for number in range(twins)]
            good = sum(not wrong for wrong in tries)
            print(f"{kind} from {revision or 'nothing'}: {good} of {len(tries)}, {at.steps} statements", flush=True)
            for line in (line for wrong in tries for line in wrong):
                print(f"  {line}")
            yield from tries


def _keep(revision: str) -> int:
    with folder_in_memory() as folder:
        url = SqliteDatabases(folder).empty()
        lived(url).close()
        try:
            print(write_rows(url, revision))
        except FileExistsError:
            print(f"the rows of {revision} are kept already; what a program once wrote is not written anew")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
