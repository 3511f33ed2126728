"""Programs that run beside the tests: started, read from, and stopped by their own id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pathway_engine.settings import PREFIX


@dataclass
class Program:
    """A running `pathway`; `lines` is what it has printed so far."""

    running: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def until(self, start: str) -> str:
        """Read on until a line begins with *start*; return the rest of that line."""
        assert self.running.stdout is not None
        for line in self.running.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.strip().startswith(start):
                return line.strip().removeprefix(start).strip()
        raise AssertionError(f"no line begins with {start!r} in: {self.lines}")

    def end(self, number: int = signal.SIGTERM) -> int:
        """Stop it with a signal, and return its exit code."""
        self.running.send_signal(number)
        return self.running.wait(timeout=120)


def environment(**settings: str) -> dict[str, str]:
    """The environment without settings of the machine, with *settings*."""
    rest = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**rest, "PYTHONUNBUFFERED": "1", **{f"{PREFIX}{name.upper()}": value for name, value in settings.items()}}


@contextmanager
def started(*words: str, folder: Path, **settings: str) -> Iterator[Program]:
    """Start `pathway` with *words* in *folder*, and see that it has ended afterwards."""
    running = subprocess.Popen(
        [sys.executable, "-m", "pathway_engine.cli", *words], cwd=folder, env=environment(**settings), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Program(running)
    finally:
        running.kill()
        running.communicate()


def ran(*words: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `pathway` with *words* to its end."""
    return subprocess.run(
        [sys.executable, "-m", "pathway_engine.cli", *words], cwd=folder, env=environment(**settings), text=True,
        stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip
