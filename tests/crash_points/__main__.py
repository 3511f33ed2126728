"""Crash at every point of every scenario and print N of N; exit 1 if any run ends otherwise than without a crash."""

from __future__ import annotations

import argparse
import logging
import random
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

from tests.crash_points.databases import Databases, postgresql_in_memory, sqlite_in_memory
from tests.crash_points.scenarios import SCENARIOS, Scenario
from tests.crash_points.trial import Calm, Stage, calm, crashed

KINDS = {"sqlite": sqlite_in_memory, "postgresql": postgresql_in_memory}


def main() -> int:
    """Run what the command line asks for."""
    asked = _arguments()
    logging.disable(logging.CRITICAL)
    wrong = 0
    for kind in asked.database or KINDS:
        with ExitStack() as stack:
            databases: Databases = stack.enter_context(KINDS[kind]())  # type: ignore[assignment]
            wrong += _all(Stage(databases), asked)
    return 1 if wrong else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash_points", description=__doc__)
    parser.add_argument("--database", choices=tuple(KINDS), action="append", help="only this kind (default: both)")
    parser.add_argument("--scenario", help="only those whose name has this in it")
    parser.add_argument("--every", type=int, default=1, help="crash at every n-th point only")
    parser.add_argument("--child-every", type=int, default=10, help="let a real process die at every n-th crash")
    parser.add_argument("--twice", type=int, default=10, help="so many pairs of crashes a scenario, by chance")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _all(stage: Stage, asked: argparse.Namespace) -> int:
    """Print a line a scenario and the sum; return how many runs went wrong."""
    began, runs, failed = time.monotonic(), 0, 0
    for scenario in SCENARIOS:
        if asked.scenario and asked.scenario not in scenario.name:
            continue
        results = list(_results(stage, scenario, asked))
        good = sum(not words for words in results)
        print(f"{stage.databases.name:10}  {scenario.name:42} {good:5} of {len(results):5} converge", flush=True)
        for word in [word for words in results for word in words][:5]:
            print(f"    {word}", flush=True)
        runs, failed = runs + len(results), failed + len(results) - good
    print(
        f"{stage.databases.name:10}  {'all':42} {runs - failed:5} of {runs:5} converge, "
        f"{time.monotonic() - began:.0f} s",
        flush=True,
    )
    return failed


def _results(stage: Stage, scenario: Scenario, asked: argparse.Namespace) -> Iterator[list[str]]:
    run = calm(stage, scenario)
    for place, point in enumerate(range(1, len(run.points) + 1, asked.every)):
        yield crashed(stage, run, point, in_child=place % asked.child_every == asked.child_every - 1)
    yield from _twice(stage, run, asked)


def _twice(stage: Stage, run: Calm, asked: argparse.Namespace) -> Iterator[list[str]]:
    chance = random.Random(f"{asked.seed} {run.scenario.name}")
    for _ in range(asked.twice):
        first, second = chance.randint(1, len(run.points)), chance.randint(1, len(run.points))
        yield crashed(stage, run, first, second)


if __name__ == "__main__":
    sys.exit(main())
