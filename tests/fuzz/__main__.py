"""`python -m tests.fuzz`: mutated inputs for every parser; exit 1 when one escapes, hangs or is dropped."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from tests.fuzz.corpus import REPOSITORY, reference
from tests.fuzz.feeding import HEADING, Figures, fed, feed_share
from tests.fuzz.targets import TARGETS

KEPT = REPOSITORY / "build" / "fuzz"
PIECES = 40
"""Into how many pieces the work is cut, so that no process waits long for another."""


def arguments() -> argparse.Namespace:
    """What is asked for."""
    asked = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    asked.add_argument("--inputs", type=int, default=1_000_000, help="how many inputs in all (default: %(default)s)")
    asked.add_argument("--seed", type=int, default=1, help="the same seed makes the same inputs (default: %(default)s)")
    asked.add_argument("--target", choices=sorted(TARGETS), help="feed only this one")
    asked.add_argument("--processes", type=int, default=2, help="how many at a time (default: %(default)s)")
    asked.add_argument("--replay", type=Path, help="feed one kept file again; its name begins with its target")
    return asked.parse_args()


def replay(file: Path, target: str | None) -> bool:
    """Feed one kept input again and say what happens."""
    name = target or file.name.partition("-")[0]
    data, figures = file.read_bytes(), Figures(name)
    print(f"{len(data)} bytes: {data[:200].hex(' ')}{' ...' if len(data) > 200 else ''}")
    fault = fed(next(iter(TARGETS[name].opened())), data, figures)
    print(fault or ("accepted" if figures.accepted else "refused"), f"in {figures.slowest_seconds:.3f} s")
    return not fault


def run(inputs: int, seed: int, targets: list[str], processes: int) -> list[Figures]:
    """Feed every target its share, a piece at a time, and add the figures up."""
    whole = sum(TARGETS[name].share for name in targets)
    pieces = [
        (name, range(first, count, PIECES))
        for name in targets
        if (count := round(inputs * TARGETS[name].share / whole))
        for first in range(PIECES)
    ]
    totals = {name: Figures(name) for name in targets}
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(feed_share, name, seed, numbers, KEPT) for name, numbers in pieces]
        for each in waiting:
            figures = each.result()
            totals[figures.target].add(figures)
    return list(totals.values())


def main() -> int:
    """Feed, print, and return 1 when anything is wrong."""
    asked = arguments()
    if asked.replay:
        return 0 if replay(asked.replay, asked.target) else 1
    if not reference():
        print("without PATHWAY_REFERENCE_DATA: samples and naughty strings of our own only")
    began = time.perf_counter()
    every = run(asked.inputs, asked.seed, [asked.target] if asked.target else list(TARGETS), asked.processes)
    print(HEADING)
    total = Figures("all")
    for figures in every:
        print(figures.line())
        total.add(figures)
    print(total.line())
    print(f"seed {asked.seed}, {time.perf_counter() - began:.0f} s on the clock")
    for fault in total.faults:
        print(fault)
    return 1 if total.faults or total.hangs else 0


if __name__ == "__main__":
    sys.exit(main())
