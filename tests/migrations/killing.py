"""An upgrade in a process of its own, which is killed at a chosen statement as a power cut would do it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

from pathway_engine.storage.schema import upgrade

DONE, FAILED = 0, 3


class Steps:
    """Counts what an upgrade asks of the database, its commit too, and acts before the n-th of it."""

    def __init__(self, fatal: int = 0, act: Callable[[], None] = lambda: None) -> None:
        self.count = 0
        self._fatal = fatal
        self._act = act

    def statement(self, *_: object) -> None:
        """Before a statement."""
        self._took_one()

    def commit(self, *_: object) -> None:
        """Before a commit."""
        self._took_one()

    def _took_one(self) -> None:
        self.count += 1
        if self.count == self._fatal:
            self._act()


@contextmanager
def counted(steps: Steps) -> Iterator[None]:
    """Let *steps* see every statement and commit of this process."""
    event.listen(Engine, "before_cursor_execute", steps.statement)
    event.listen(Engine, "commit", steps.commit)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", steps.statement)
        event.remove(Engine, "commit", steps.commit)


def steps_of_upgrade(url: str, revision: str = "head") -> int:
    """Upgrade, and return how many statements and commits that took."""
    steps = Steps()
    with counted(steps):
        upgrade(url, revision)
    return steps.count


def begun(url: str, fatal: int = 0) -> int:
    """Begin to upgrade in a process of its own that kills itself before its step *fatal*; return its id."""
    process = os.fork()
    if process:
        return process
    code = FAILED
    try:
        with counted(Steps(fatal, _die)):
            upgrade(url)
        code = DONE
    finally:
        os._exit(code)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def ended(process: int) -> int:
    """Wait for the process; return its exit code, negative for the signal that killed it."""
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)
