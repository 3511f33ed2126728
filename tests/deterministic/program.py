"""The command line of the simulation: many seeds, one seed step by step, or the shortest run that still fails."""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter, process_time

from tests.deterministic.plan import FAULTS, Size, plan
from tests.deterministic.run import Run
from tests.deterministic.shorten import shortest

MEMORY = Path("/dev/shm")
LAST_STEPS = 25


@dataclass
class Tally:
    """What many runs add up to."""

    patient_years: float = 0.0
    stays: int = 0
    steps: int = 0
    promises: int = 0
    same: int = 0
    other_version: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    cpu: float = 0.0

    def take(self, other: Tally) -> None:
        """Add what another tally has counted."""
        self.patient_years += other.patient_years
        self.stays += other.stays
        self.steps += other.steps
        self.promises += other.promises
        self.same += other.same
        self.other_version += other.other_version
        self.cpu += other.cpu
        self.faults += other.faults
        self.kinds += other.kinds
        self.broken += other.broken
        for what, seconds in other.seconds.items():
            self.seconds[what] = self.seconds.get(what, 0.0) + seconds

    def add(self, run: Run) -> None:
        """Count a run."""
        self.patient_years += run.plan.patient_years
        self.stays += run.plan.stays
        self.steps += run.steps
        self.promises += run.watch.promises_looked_at
        for what, seconds in run.watch.seconds.items():
            self.seconds[what] = self.seconds.get(what, 0.0) + seconds
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
    words = [f"python -m tests.deterministic --seed {seed} --patients {size.patients} --days {size.days}"]
    if size.only is not None:
        words.append(f"--only {','.join(str(number) for number in size.only)}")
    if size.faults != FAULTS:
        words.append(f"--faults {','.join(size.faults) or ','}")
    return " ".join([*words, f"--until-step {steps} --trace"])


def main(arguments: Sequence[str]) -> int:
    """Run the program; 0 when nothing broke."""
    logging.disable(logging.CRITICAL)
    asked = _parser().parse_args(arguments)
    size = Size(asked.patients, asked.days, asked.only, asked.faults)
    if asked.seed is not None and asked.shorten:
        return _shortest(asked.seed, size)
    if asked.seed is not None and (asked.trace or asked.until_step is not None):
        return _one(asked.seed, size, asked.until_step)
    seeds = range(asked.first, asked.first + asked.seeds) if asked.seed is None else [asked.seed]
    return _many(seeds, size, asked.jobs, asked.keep_going)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.deterministic", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="how many worlds")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="this world only")
    parser.add_argument("--patients", type=int, default=8, help="patients in each world")
    parser.add_argument("--days", type=int, default=365, help="days that each world lasts")
    parser.add_argument("--only", type=_numbers, help="only these patients, such as 0,2")
    parser.add_argument("--faults", type=_names, default=FAULTS, help=f"only these of {','.join(FAULTS)}")
    parser.add_argument("--until-step", type=int, help="stop before this step")
    parser.add_argument("--trace", action="store_true", help="print every step")
    parser.add_argument("--shorten", action="store_true", help="look for fewer patients and faults that fail alike")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="so many worlds at once")
    parser.add_argument("--keep-going", action="store_true", help="go on with the next seed after a failure")
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(each) for each in text.split(","))


def _names(text: str) -> tuple[str, ...]:
    names = tuple(each for each in text.split(",") if each)
    if unknown := sorted(set(names) - set(FAULTS)):
        raise argparse.ArgumentTypeError(f"no such faults: {', '.join(unknown)}")
    return names


def _one(seed: int, size: Size, until_step: int | None) -> int:
    with world(seed, size, until_step) as run:
        broken = _ended(run)
        print("\n".join(run.trace))
        print(f"digest {run.digest}" if broken is None else f"{type(broken).__name__}: {broken}")
    return 0 if broken is None else 1


def _ended(run: Run) -> Exception | None:
    try:
        run.live()
        if run.until_step is None:
            run.settle()
    except Exception as broken:
        return broken
    return None


def _shortest(seed: int, size: Size) -> int:
    found = shortest(size, lambda smaller: failure(seed, smaller))
    if found is None:
        print("nothing breaks")
        return 0
    print(f"the shortest found: {_command(seed, *found)}")
    return 1


def failure(seed: int, size: Size) -> tuple[str, int] | None:
    """What breaks in a world, by name, and after how many steps."""
    with world(seed, size) as run:
        broken = _ended(run)
        return None if broken is None else (getattr(broken, "name", type(broken).__name__), run.steps)


def _many(seeds: Sequence[int], size: Size, jobs: int, keep_going: bool) -> int:
    tally, began = Tally(), perf_counter()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        worlds = {pool.submit(one_world, seed, size): seed for seed in seeds}
        for done in as_completed(worlds):
            tally.take(done.result())
            line = f"seed {worlds[done]}: {tally.patient_years:.1f} patient-years so far, {len(tally.broken)} broken"
            print(line, flush=True)
            if tally.broken and not keep_going:
                pool.shutdown(cancel_futures=True)
                break
    print(report(tally, len(seeds), perf_counter() - began, jobs))
    return 1 if tally.broken else 0


def one_world(seed: int, size: Size) -> Tally:
    """Live through one seed's world in a process of its own; return what it came to."""
    logging.disable(logging.CRITICAL)
    tally, cpu = Tally(), process_time()
    lived(seed, size, tally)
    tally.cpu = process_time() - cpu
    return tally


def report(tally: Tally, seeds: int, seconds: float, jobs: int) -> str:
    """The figures of many runs, in words: they took *seconds* on the clock, in so many processes at once."""
    by_the_clock = tally.patient_years / max(seconds, 1e-9) * 3600
    of_a_core = tally.patient_years / max(tally.cpu, 1e-9) * 3600
    stays = tally.stays / max(tally.patient_years, 1e-9)
    lines = [
        f"seeds {seeds}, patient-years {tally.patient_years:.1f}, stays a patient-year {stays:.1f}",
        f"steps {tally.steps}",
        f"patient-years an hour: {by_the_clock:.0f} by the clock in {jobs} processes, {of_a_core:.0f} of one core"
        f" ({tally.cpu:.0f} s of CPU)",
        f"of these seconds: {', '.join(f'{what} {spent:.0f}' for what, spent in sorted(tally.seconds.items()))}",
        f"steps: {_counts(tally.kinds)}",
        f"faults: {_counts(tally.faults)}",
        f"promises looked at {tally.promises}; ended as without faults: {tally.same} patients,"
        f" {tally.other_version} in another pathway version",
        f"invariants broken: {len(tally.broken)}",
        *tally.broken,
    ]
    return "\n".join(lines)


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counted.items()))
