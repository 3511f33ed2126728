"""A drop folder before a small community's engine, and programs of its own that read it and may be killed."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import uuid4

from pathway_engine.domain.events import Happened
from pathway_engine.service.context import Context
from pathway_engine.storage.rows import InboxRow
from pathway_engine.transports.drop_folder import IN, DropFolder
from pathway_engine.workers.drop_reader import DropReader
from tests.service.community import START, Community

MAX_BYTES = 10_000
COUNTED = ("os.rename", "fcntl.flock", "open")


def plain_family(raw: bytes) -> str | None:
    """The family of the community's own messages."""
    return "plain" if raw.lstrip().startswith(b"{") else None


def message(number: int, **told: object) -> bytes:
    """A message of a patient of its own, who was admitted."""
    at = START.isoformat()
    entry = {
        "id": f"E{number}", "name": "admitted", "cause": f"admitted/VN{number}", "at": at, "recorded": at,
        "stay": f"VN{number}", "facts": {},
    }  # fmt: skip
    whole = {"id": f"M{number}", "patient": f"{number}", "stay": f"VN{number}", "entries": [entry], **told}
    return json.dumps(whole).encode()


@dataclass
class DropHouse:
    """An engine over *url* and the drop folder *folder*, with a clock in hand."""

    url: str
    folder: Path
    settle_seconds: float = 0.0
    now: datetime = START
    ticks: float = 0.0
    community: Community = field(init=False)
    reader: DropReader = field(init=False)

    def __post_init__(self) -> None:
        self.community = Community(self.url, pathways=())
        ids = count(1)
        name = f"{os.getpid()}x"
        self.drop = DropFolder(
            self.folder, lambda: f"{name}{next(ids)}", settle_seconds=self.settle_seconds, ticks=lambda: self.ticks
        )
        self.reader = DropReader(
            self.context, self.drop, lambda: self.now, max_bytes=MAX_BYTES, family_of=plain_family
        )  # fmt: skip

    @property
    def context(self) -> Context:
        # Several programs at once must not call their patients the same.
        return replace(self.community.engine.context, new_id=lambda: uuid4().hex)

    def close(self) -> None:
        self.community.close()

    def puts(self, name: str, raw: bytes) -> Path:
        """Put a file into `in` as a good sender does: under another name first."""
        path = self.drop.part(IN) / f".{name}.part"
        path.write_bytes(raw)
        return path.rename(self.drop.part(IN) / name)

    def takes(self, **time: float) -> int:
        """Let time pass, and take what is there."""
        self.now += timedelta(**time)
        self.ticks += timedelta(**time).total_seconds()
        return self.reader.take_all()

    def names(self, part: str) -> list[str]:
        return sorted(path.name for path in self.drop.part(part).iterdir())

    def texts(self, part: str) -> list[str]:
        return sorted(path.read_text("utf-8") for path in self.drop.part(part).iterdir())

    def inbox(self) -> list[InboxRow]:
        with self.context.store.reading() as records:
            return sorted(records.messages(limit=10_000), key=lambda row: row.id)

    def admissions(self) -> list[str]:
        """What stands on the logs, each as often as it stands there."""
        with self.context.store.reading() as records:
            patients = records.patients_with_entries()
            entries = [row.entry for patient in patients for row in records.log(patient)]
        return sorted(entry.cause for entry in entries if isinstance(entry, Happened))


def in_a_program(work: Callable[[], None]) -> int:
    """Do *work* in a process of its own, begin it, and return its id."""
    child = os.fork()
    if child:
        return child
    try:
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(70)
    os._exit(0)


def ended(child: int) -> int:
    """Wait for a program; return its exit code, or minus the signal that killed it."""
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def dies_at(step: int, folder: Path) -> list[str]:
    """Kill this process before its n-th step on files or in the database; return the steps so far."""
    steps: list[str] = []

    def counted(event: str, told: tuple[object, ...] = ()) -> None:
        if event == "open" and not str(told[0]).startswith(str(folder)):
            return
        if event in (*COUNTED, "commit", "committed"):
            steps.append(event)
            if len(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(counted)
    commits = Context.committed

    def committed(self: Context, work: Callable[..., object]) -> object:
        counted("commit")
        done = commits(self, work)
        counted("committed")
        return done

    Context.committed = committed  # type: ignore[method-assign, assignment]
    return steps
