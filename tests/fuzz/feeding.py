"""Feeding a target its share: every input made of a seed and a number, every fault kept for a replay."""

from __future__ import annotations

import signal
import time
import traceback
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from types import FrameType

from tests.fuzz.mutating import Grammar, mutated
from tests.fuzz.targets import TARGETS, Feed

LONGEST_SECONDS = 1.0
"""CPU seconds after which an input counts as a hang."""
GIVEN_UP_SECONDS = 20.0
"""CPU seconds after which it is not waited for."""
MOST_KEPT = 20


class HangsForEver(BaseException):
    """An input is given up."""


@dataclass
class Figures:
    """What became of the inputs of one target."""

    target: str
    inputs: int = 0
    accepted: int = 0
    refused: int = 0
    hangs: int = 0
    slowest_seconds: float = 0.0
    cpu_seconds: float = 0.0
    faults: list[str] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        """Put the figures of another share to these."""
        self.inputs += other.inputs
        self.accepted += other.accepted
        self.refused += other.refused
        self.hangs += other.hangs
        self.slowest_seconds = max(self.slowest_seconds, other.slowest_seconds)
        self.cpu_seconds += other.cpu_seconds
        self.faults += other.faults

    def line(self) -> str:
        """The figures in one line."""
        return (
            f"{self.target:12}{self.inputs:>10,}{self.accepted:>10,}{self.refused:>10,}{len(self.faults):>8}"
            f"{self.hangs:>7}{self.slowest_seconds:>10.3f} s{self.cpu_seconds:>9.0f} s"
        )


HEADING = (
    f"{'target':12}{'inputs':>10}{'accepted':>10}{'refused':>10}{'faults':>8}{'hangs':>7}{'slowest':>12}{'CPU':>11}"
)


@cache
def _grammar(target: str) -> Grammar:
    return TARGETS[target].grammar()


def input_of(target: str, seed: int, number: int) -> bytes:
    """The input that *number* is, the same each time."""
    return mutated(Random(f"{seed}/{target}/{number}"), _grammar(target))


def feed_share(target: str, seed: int, numbers: range, kept: Path) -> Figures:
    """Feed the inputs of *numbers*; those with a fault are kept as files in *kept*."""
    figures = Figures(target)
    feeds = TARGETS[target].opened()
    try:
        for number, feed in zip(numbers, feeds, strict=False):
            data = input_of(target, seed, number)
            fault = fed(feed, data, figures)
            if fault and len(figures.faults) < MOST_KEPT:
                figures.faults.append(f"{fault} (seed {seed}, number {number}; {_kept(target, data, kept)})")
    finally:
        if isinstance(feeds, Generator):
            feeds.close()
    return figures


def fed(feed: Feed, data: bytes, figures: Figures) -> str:
    """Feed one input and count it; return what is wrong, or nothing.

    What took too long is fed once more, and the shorter time counts: machines are noisy.
    """
    is_taken, fault, took = _tried(feed, data)
    if took > LONGEST_SECONDS and not fault:
        _, fault, again = _tried(feed, data)
        took = min(took, again)
    figures.accepted += is_taken is True
    figures.refused += is_taken is False
    figures.inputs += 1
    figures.cpu_seconds += took
    figures.slowest_seconds = max(figures.slowest_seconds, took)
    if took > LONGEST_SECONDS:
        figures.hangs += 1
        fault = fault or f"took {took:.1f} s"
    return fault


def _tried(feed: Feed, data: bytes) -> tuple[bool | None, str, float]:
    """Whether it was taken, what was wrong, and the CPU seconds."""
    began = time.process_time()
    is_taken, fault = None, ""
    try:
        with _given_up():
            is_taken = feed(data)
    except HangsForEver:
        fault = f"given up after {GIVEN_UP_SECONDS:.0f} s"
    except Exception as wrong:
        fault = f"{type(wrong).__name__}: {str(wrong)[:200]} at {_place(wrong)}"
    return is_taken, fault, time.process_time() - began


def _place(wrong: Exception) -> str:
    frame = traceback.extract_tb(wrong.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


def _kept(target: str, data: bytes, folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{target}-{sha256(data).hexdigest()[:12]}.bin"
    file.write_bytes(data)
    return file.name


@contextmanager
def _given_up() -> Iterator[None]:
    """Raise HangsForEver inside when the CPU has been at it for too long."""

    def give_up(_number: int, _frame: FrameType | None) -> None:
        raise HangsForEver

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, GIVEN_UP_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
