"""An upgrade cut off before each of its steps and run again: does it end as if nothing had been?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from signal import SIGKILL

from tests.migrations.databases import Databases
from tests.migrations.kept_rows import filled
from tests.migrations.killing import DONE, begun, ended, steps_of_upgrade
from tests.migrations.revisions import rewritten
from tests.migrations.snapshots import Snapshot, lost, snapshot


@dataclass(frozen=True, slots=True)
class Start:
    """A database of *revision* (None: without tables), with rows or without, as upgrades find it.

    `before` is what stands in it, `after` what an upgrade that nobody disturbs makes of it, in `steps` steps.
    """

    databases: Databases
    revision: str | None
    url: str
    before: Snapshot
    after: Snapshot
    steps: int


@contextmanager
def start(databases: Databases, revision: str | None, *, with_rows: bool = True) -> Iterator[Start]:
    """Make a database of *revision*, upgrade a copy of it, and throw the original away at the end."""
    url = databases.empty()
    if revision is not None:
        _fill(url, revision, with_rows)
    with copied(databases, url) as copy:
        steps = steps_of_upgrade(copy)
        after = snapshot(copy)
    yield Start(databases, revision, url, snapshot(url), after, steps)
    databases.drop(url)


def _fill(url: str, revision: str, with_rows: bool) -> None:
    if with_rows:
        filled(url, revision)
    else:
        steps_of_upgrade(url, revision)


@contextmanager
def copied(databases: Databases, url: str) -> Iterator[str]:
    """Give a copy of the database, and throw it away afterwards."""
    copy = databases.copy(url)
    yield copy
    databases.drop(copy)


def wrong_after_undisturbed(at: Start) -> list[str]:
    """What an undisturbed upgrade has lost."""
    return [f"rows of {name} are lost or changed" for name in lost(at.before, at.after, rewritten(at.revision))]


def wrong_after_kill(at: Start, step: int) -> list[str]:
    """Kill an upgrade before its *step*, look, upgrade again; return what was not as it should be."""
    with copied(at.databases, at.url) as url:
        code = ended(begun(url, step))
        between = snapshot(url)
        again = ended(begun(url))
        found = snapshot(url)
    wrong = {
        f"ended with {code} instead of being killed": code != -SIGKILL,
        "left the database neither as it was nor upgraded": between not in (at.before, at.after),
        f"could not be run again: {again}": again != DONE,
        "ended otherwise when it was run again": found != at.after,
    }
    return [f"killed before step {step} of {at.steps}: {what}" for what, is_so in wrong.items() if is_so]


def wrong_after_two(at: Start, step: int = 0) -> list[str]:
    """Let two upgrade at once, one of them killed before its *step* if one is given."""
    with copied(at.databases, at.url) as url:
        codes = [ended(process) for process in [begun(url, step), begun(url)]]
        found = snapshot(url)
    wrong = [] if found == at.after else ["two at once ended otherwise than one"]
    if codes[1] != DONE or codes[0] not in (DONE, -SIGKILL):
        wrong.append(f"two at once ended with {codes}")
    return wrong
