"""The command line of the simulation: many seeds, one seed step by step, or the shortest run that still fails."""

from __future__ import annotations

import argparse
import logging
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter, process_time

from tests.deterministic.plan import Size, plan
from tests.deterministic.run import Run

MEMORY = Path("/dev/shm")
LAST_STEPS = 25


@dataclass
class Tally:
    """What many runs add up to."""

    patient_years: float = 0.0
    stays: int = 0
    steps: int = 0
    promises: int = 0
    own_seconds: float = 0.0
    same: int = 0
    other_version: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def add(self, run: Run) -> None:
        """Count a run."""
        self.patient_years += run.plan.patient_years
        self.stays += run.plan.stays
        self.steps += run.steps
        self.promises += run.promises_looked_at
        self.own_seconds += run.own_seconds
        self.faults += run.ledger.faults
        self.kinds += run.ledger.steps


@contextmanager
def world(seed: int, size: Size, until_step: int | None = None) -> Iterator[Run]:
    """A run on a file in memory that is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        run = Run(plan(seed, size), Path(folder) / "pathway.sqlite", until_step)
        try:
            yield run
        finally:
            run.end()


def lived(seed: int, size: Size, tally: Tally) -> Exception | None:
    """Live through one seed's world to its end; return what broke."""
    with world(seed, size) as run:
        try:
            run.live()
            compared = run.settle()
        except Exception as broken:
            tally.add(run)
            tally.broken.append(f"seed {seed} step {run.steps - 1}: {type(broken).__name__}: {broken}")
            print("\n".join(run.trace[-LAST_STEPS:]), flush=True)
            print(f"{tally.broken[-1]}\nagain: {_command(seed, size, run.steps)}", flush=True)
            return broken
        tally.add(run)
        tally.same += compared.same
        tally.other_version += compared.other_version
    return None


def _command(seed: int, size: Size, steps: int) -> str:
    return (
        f"python -m tests.deterministic --seed {seed} --patients {size.patients} --days {size.days} "
        f"--until-step {steps} --trace"
    )


def main(arguments: Sequence[str]) -> int:
    """Run the program; 0 when nothing broke."""
    logging.disable(logging.CRITICAL)
    asked = _parser().parse_args(arguments)
    size = Size(patients=asked.patients, days=asked.days)
    if asked.seed is not None and (asked.trace or asked.until_step is not None):
        return _one(asked.seed, size, asked.until_step)
    seeds = range(asked.first, asked.first + asked.seeds) if asked.seed is None else [asked.seed]
    return _many(seeds, size, asked.keep_going)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.deterministic", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many worlds")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="this world only")
    parser.add_argument("--patients", type=int, default=3, help="patients in each world")
    parser.add_argument("--days", type=int, default=45, help="days that each world lasts")
    parser.add_argument("--until-step", type=int, help="stop before this step")
    parser.add_argument("--trace", action="store_true", help="print every step")
    parser.add_argument("--keep-going", action="store_true", help="go on with the next seed after a failure")
    return parser


def _one(seed: int, size: Size, until_step: int | None) -> int:
    with world(seed, size, until_step) as run:
        try:
            run.live()
            if until_step is None:
                run.settle()
        finally:
            print("\n".join(run.trace))
            print(f"digest {run.digest}")
    return 0


def _many(seeds: Sequence[int], size: Size, keep_going: bool) -> int:
    tally, began, cpu = Tally(), perf_counter(), process_time()
    for seed in seeds:
        if lived(seed, size, tally) and not keep_going:
            break
    print(_report(tally, len(seeds), perf_counter() - began, process_time() - cpu))
    return 1 if tally.broken else 0


def _report(tally: Tally, seeds: int, seconds: float, cpu: float) -> str:
    lines = [
        f"seeds {seeds}, patient-years {tally.patient_years:.1f}, stays {tally.stays}"
        f" ({tally.stays / max(tally.patient_years, 1e-9):.1f} a patient-year), steps {tally.steps}",
        f"patient-years an hour of one core: {tally.patient_years / cpu * 3600:.0f} (wall {seconds:.0f} s, cpu {cpu:.0f} s,"
        f" of it the simulation's own looking {tally.own_seconds:.0f} s)",
        f"steps: {_counts(tally.kinds)}",
        f"faults: {_counts(tally.faults)}",
        f"promises looked at {tally.promises}; ended as without faults: {tally.same} patients"
        f" ({tally.other_version} more in another pathway version)",
        f"invariants broken: {len(tally.broken)}",
        *tally.broken,
    ]
    return "\n".join(lines)


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counted.items()))
