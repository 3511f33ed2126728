"""Contests and storms of retries on one task, through two programs and over HTTP, on both databases.

python -m tests.concurrency --rounds 20 --most 50
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pathway_engine.domain.events import Act
from pathway_engine.service.engine import Engine
from tests.concurrency import contests, pages
from tests.migrations.databases import SqliteDatabases, folder_in_memory, own_postgresql
from tests.service.community import Community

FEWEST = 2


def main() -> int:
    """Do what the command line asks; return the exit code."""
    told = argparse.ArgumentParser(prog="python -m tests.concurrency", description=__doc__)
    told.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    told.add_argument("--rounds", type=int, default=10, help="contests of each kind and database")
    told.add_argument("--most", type=int, default=50, help="writers at once in the largest contest")
    asked = told.parse_args()
    kinds = ["sqlite", "postgresql"] if asked.database == "both" else [asked.database]
    tries = [wrong for kind in kinds for wrong in _tried(kind, asked.rounds, asked.most)]
    print(f"{sum(not wrong for wrong in tries)} of {len(tries)} contests and storms ended with one winner")
    return 1 if any(tries) else 0


@contextmanager
def _empty(kind: str) -> Iterator[str]:
    if kind == "postgresql":
        with own_postgresql() as databases:
            yield databases.empty()
    else:
        with folder_in_memory() as folder:
            yield SqliteDatabases(folder).empty()


def _tried(kind: str, rounds: int, most: int) -> Iterator[list[str]]:
    """Every round has another number of writers, from two to *most*."""
    sizes = [FEWEST + number * (most - FEWEST) // max(1, rounds - 1) for number in range(rounds)]
    with _empty(kind) as url:
        community = Community(url)
        community.brought_home()
        engines = contests.programs(community, 2)
        tries = [*_acts(community, engines, sizes), *_pages(community, engines, sizes)]
        contests.close([*engines, community.engine])
    good = sum(not wrong for _, wrong in tries)
    print(f"{kind}: {good} of {len(tries)}, {FEWEST} to {most} writers at once", flush=True)
    for what, wrong in tries:
        for line in wrong:
            print(f"  {what}: {line}")
        yield wrong


def _acts(community: Community, engines: list[Engine], sizes: list[int]) -> Iterator[tuple[str, list[str]]]:
    for size in sizes:
        yield f"{size} writers", contests.contest(community, engines, size, Act.COMMENT, comment="Ringte")
        yield f"{size} retries", contests.storm(community, engines, size, Act.COMMENT, comment="Ringte igjen")


def _pages(community: Community, engines: list[Engine], sizes: list[int]) -> Iterator[tuple[str, list[str]]]:
    with pages.served(engines[0], community) as one, pages.served(engines[1], community) as other:
        for size in sizes:
            community.passes(minutes=1)
            with pages.nurses(community, [one, other], size) as browsers:
                yield f"{size} browsers", pages.contest(community, browsers, {"act": "comment", "comment": "Ringte"})
                again = {"act": "comment", "comment": "Ringte igjen"}
                yield f"{size} forms", pages.storm(community, browsers[0], size, again)


if __name__ == "__main__":
    sys.exit(main())
