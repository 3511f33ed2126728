"""What callers do, one step after another; each goes on with the same step until it has its answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

from pathway_engine.app import import_directory
from pathway_engine.domain.events import Act
from pathway_engine.service import receiving, running_again, waking
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.storage.records import Records
from tests.crash_points.town import Town

Told = Mapping[str, Any]


class Step(Protocol):
    """One thing that somebody wants done, at an instant (hours after the beginning)."""

    @property
    def at(self) -> float:
        """When, in hours after the beginning."""

    def take(self, town: Town) -> None:
        """Do it, or what of it is not answered yet."""

    def lost(self, town: Town, records: Records, number: int) -> Iterator[str]:
        """What of step *number* was answered and is not in the database."""


@dataclass(frozen=True)
class Send:
    """A sender's messages, one after the other; what is not answered is sent again, the very same bytes.

    *together* stores all in one commit before any is applied; *stored_only* asks for no more than that.
    """

    at: float
    messages: tuple[Told, ...]
    together: bool = False
    stored_only: bool = False

    def take(self, town: Town) -> None:
        left = [(key, raw) for key, raw in self._keyed(town.callers.step) if key not in town.callers.heard]
        if not self.together:
            for key, raw in left:
                town.hear(key, _text(town.engine.receive(_incoming(raw), town.now).answer))
            return
        context = town.engine.context
        kept = receiving.store(context, [_incoming(raw) for _, raw in left], town.now)
        for (key, _), received in zip(left, kept, strict=True):
            if self.stored_only:
                answer = receiving.stored_answer(context, received, town.now)
            else:
                answer = receiving.apply_stored(context, received, town.now).answer
            town.hear(key, _text(answer))

    def lost(self, town: Town, records: Records, number: int) -> Iterator[str]:
        kept = {row.sha256: row for row in records.messages(limit=1000)}
        for key, raw in self._keyed(number):
            answer, row = town.callers.heard.get(key), kept.get(sha256(raw).hexdigest())
            if answer is not None and (row is None or row.raw != raw):
                yield f"message {key} was answered {answer!r} and is not in the inbox"
            elif answer == "accepted" and row is not None and row.disposition != "applied":
                yield f"message {key} was answered {answer!r} and is {row.disposition or 'waiting'}"

    def _keyed(self, number: int) -> Iterator[tuple[str, bytes]]:
        for place, told in enumerate(self.messages):
            yield f"{number}.{place}", json.dumps(told).encode()


def _incoming(raw: bytes) -> receiving.Incoming:
    return receiving.Incoming(raw, "plain", "crash points")


def _text(answer: bytes | None) -> str:
    return (answer or b"").decode()


@dataclass(frozen=True)
class Do:
    """A person acts on a task of the list; unanswered, the same form is sent again with the same key."""

    at: float
    person: str
    step: str
    act: Act
    more: Callable[[Town], dict[str, Any]] = lambda town: {}
    known: Mapping[str, Any] = field(default_factory=dict)

    def take(self, town: Town) -> None:
        key = str(town.callers.step)
        if key in town.callers.heard:
            return
        who = town.who(self.person)
        if key not in town.callers.seen:
            view = next(view for view in town.engine.worklist(who, town.now) if view.step == self.step)
            town.callers.learn("seen", key, f"{view.version} {view.id}")
        version, _, task_id = town.callers.seen[key].partition(" ")
        told = {**self.more(town), **self.known}
        detail = town.engine.act(who, task_id, self.act, version=int(version), key=key, now=town.now, **told)
        town.hear(key, detail.task.status)

    def lost(self, town: Town, records: Records, number: int) -> Iterator[str]:
        if str(number) in town.callers.heard and not records.has_entry(f"act:{self.person}:{number}"):
            yield f"{self.person}'s {self.act} was confirmed and is not in the log"


@dataclass(frozen=True)
class Sweep:
    """A beat of the heartbeat; *is_faulty* is a program whose clocks break on every episode."""

    at: float
    is_faulty: bool = False

    def take(self, town: Town) -> None:
        if self.is_faulty:
            with patch.object(waking, "refresh", side_effect=ZeroDivisionError):
                town.sweep()
        else:
            town.sweep()

    def lost(self, town: Town, records: Records, number: int) -> Iterator[str]:
        yield from ()


@dataclass(frozen=True)
class RunAgain:
    """An operator runs what was set aside again, after looking whether it still is; *mends* comes with a fix."""

    at: float
    message_id: str
    mends: bool = False

    def take(self, town: Town) -> None:
        if self.mends and not town.callers.is_mended:
            town.callers.learn("mended", "", "")
            town.stop()
            town.start()
        with town.engine.context.store.reading() as records:
            (row,) = [row for row in records.messages(limit=1000) if row.message_id == self.message_id]
            begun = records.message_history(row.id)
        if row.disposition in ("rejected", "unplaced", "dead") and not begun:
            running_again.run_again(town.engine.context, row.id, "mia", town.now)

    def lost(self, town: Town, records: Records, number: int) -> Iterator[str]:
        yield from ()


@dataclass(frozen=True)
class Restart:
    """The program is stopped in order and started again."""

    at: float

    def take(self, town: Town) -> None:
        town.stop()
        town.start()

    def lost(self, town: Town, records: Records, number: int) -> Iterator[str]:
        yield from ()


@dataclass(frozen=True)
class Import:
    """An operator imports a directory, and the next, until both are told to be in force."""

    at: float
    file: Path

    def take(self, town: Town) -> None:
        key = str(town.callers.step)
        if key not in town.callers.heard:
            import_directory(town.engine.context.store, self.file, town.now)
            town.hear(key, "imported")

    def lost(self, town: Town, records: Records, number: int) -> Iterator[str]:
        digest = sha256(self.file.read_bytes()).hexdigest()
        if str(number) in town.callers.heard and digest not in [known for _, known, _ in records.directories()]:
            yield f"the directory of step {number} was imported and is not there"


@dataclass(frozen=True)
class Rebuild:
    """An operator folds every log anew."""

    at: float

    def take(self, town: Town) -> None:
        rebuild(town.engine.context, town.now, check=False)
        town.hear(str(town.callers.step), "rebuilt")

    def lost(self, town: Town, records: Records, number: int) -> Iterator[str]:
        if str(number) in town.callers.heard:
            for episode in rebuild(town.engine.context, town.now, check=True).differing:
                yield f"everything was rebuilt, and episode {episode} differs"


@dataclass(frozen=True)
class Grant:
    """An operator gives a person an access key."""

    at: float
    person: str
    key: str

    def take(self, town: Town) -> None:
        town.engine.grant_access_key(self.person, self.key, town.now)
        town.hear(str(town.callers.step), "granted")

    def lost(self, town: Town, records: Records, number: int) -> Iterator[str]:
        if str(number) in town.callers.heard and town.engine.principal_of_access_key(self.key) is None:
            yield f"{self.person}'s key was granted and opens nothing"


def instant(step: Step) -> timedelta:
    """How long after the beginning a step is taken."""
    return timedelta(hours=step.at)
