"""The service under test: a real engine on a real file, with a clock that can be wrong and a fuse that kills it."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import event

from pathway_engine.channels.hl7v2 import HL7V2, Hl7v2Channel
from pathway_engine.domain.directory import Directories, Directory
from pathway_engine.domain.episode import Rules
from pathway_engine.service.calendars import calendars
from pathway_engine.service.catalogue import Catalogue
from pathway_engine.service.channel import Channel
from pathway_engine.service.context import Context
from pathway_engine.service.engine import Engine
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store
from pathway_engine.storage.unit_of_work import UnitOfWork
from pathway_engine.workers.scheduler import Heartbeat
from tests.deterministic.letters import JOURNAL_CHANNEL, JournalChannel
from tests.service.community import shipped_files

TENANT = "default"
T = TypeVar("T")


class Crash(BaseException):
    """The program dies here; what was committed is all that is left."""


@dataclass
class Fuse:
    """Kills the program at the n-th thing it does to the database; `blown` says where, once it has.

    What still runs on its way out does nothing any more, as in a process that is gone.
    """

    left: int | None = None
    blown: str | None = None

    def burn(self, where: str) -> None:
        """One more thing is about to be done, or was done last."""
        if self.blown is not None:
            raise Crash(self.blown)
        if self.left is None:
            return
        self.left -= 1
        if self.left <= 0:
            self.left = None
            self.blown = where
            raise Crash(where)


class MortalStore(Store):
    """A store whose program may die before any statement, before any commit, or just after one.

    Of the life *before* this one it inherits what SQLAlchemy made of the statements, a tenth of the time, and
    nothing else: every connection was closed.
    """

    def __init__(self, url: str, fuse: Fuse, before: MortalStore | None) -> None:
        super().__init__(url)
        self.fuse = fuse
        if before is not None:
            self.engine = before.engine
            return
        event.listen(self.engine, "before_cursor_execute", self._statement)
        event.listen(self.engine, "commit", lambda connection: fuse.burn("commit"))

    def _statement(self, *about: Any) -> None:
        self.fuse.burn("statement")

    @contextmanager
    def transaction(self) -> Iterator[UnitOfWork]:
        """A transaction as the store's own; the program may die between the commit and the next word."""
        with super().transaction() as records:
            yield records
        self.fuse.burn("after commit")


@cache
def pathway_versions() -> tuple[Mapping[str, bytes], Mapping[str, bytes]]:
    """HPH as it ships, and a later version that gives the first visit five days instead of three."""
    shipped = shipped_files()
    text = shipped["pathway.yaml"].decode().replace('version: "1.0.0"', 'version: "2.0.0"')
    before, step, rest = text.partition("  HPH2:\n")
    changed = before + step + rest.replace("due: 3 days", "due: 5 days", 1)
    assert changed != text
    return shipped, {**shipped, "pathway.yaml": changed.encode()}


@cache
def _known_rules() -> dict[int, Rules]:
    return {}


class KnownCatalogue(Catalogue):
    """A catalogue that reads the same files once in all its lives: what they mean does not change."""

    def _read(self, files: Mapping[str, bytes]) -> Rules:
        name = hash(tuple(sorted(files.items())))
        rules = _known_rules().get(name) or super()._read(files)
        _known_rules()[name] = rules
        return self._rules.setdefault(rules.pathway.hash, rules)


@dataclass
class Service:
    """An engine that can be killed and begun anew on the same file.

    `true_now` is what time it is in the simulated world, `offset` how wrong the service's clock is.
    `looking` is a connection of the simulation's own, to see what is committed.
    """

    file: Path
    directories_now: Callable[[], Directories]
    true_now: datetime
    fuse: Fuse = field(default_factory=Fuse)
    version: int = 0
    offset: timedelta = timedelta()
    patients: int = 0
    engine: Engine = field(init=False)
    heartbeat: Heartbeat = field(init=False)
    store: MortalStore | None = field(init=False, default=None)
    looking: sqlite3.Connection = field(init=False)

    @property
    def now(self) -> datetime:
        """What the service's clock says."""
        return self.true_now + self.offset

    def __post_init__(self) -> None:
        self.looking = sqlite3.connect(self.file, isolation_level=None)

    def open(self) -> None:
        """Begin anew, as a process does; what is armed may kill it again."""
        self.store = store = MortalStore(f"sqlite:///{self.file}", self.fuse, self.store)
        catalogue = KnownCatalogue([pathway_versions()[self.version]], calendars(Directory()))
        channels: dict[str, Channel] = {HL7V2: Hl7v2Channel(), JOURNAL_CHANNEL: JournalChannel()}
        context = Context(store, self.directories_now(), catalogue, channels, self._new_id)
        context.committed(lambda records: catalogue.register(records, self.now))
        self.engine = Engine(context)
        self.heartbeat = Heartbeat(self.engine, lambda: self.now, ticks=lambda: self.true_now.timestamp())

    def end(self) -> None:
        """The process is no more."""
        if self.store is not None:
            self.store.close()

    def begin_anew(self) -> int:
        """Kill and begin anew until it lives; return how often that took."""
        tries = 0
        while True:
            tries += 1
            self.end()
            self.fuse.blown = None
            try:
                self.until_death(self.open)
            except Crash:
                continue
            return tries

    def until_death(self, work: Callable[[], T]) -> T:
        """Do *work*. Raises Crash when the program died in it, whatever it said on its way out."""
        try:
            result = work()
        except Exception:
            self._bury()
            raise
        self._bury()
        return result

    def _bury(self) -> None:
        if self.fuse.blown is not None:
            raise Crash(self.fuse.blown)

    def _new_id(self) -> str:
        self.patients += 1
        return f"patient-{self.patients}"


@cache
def _empty_schema() -> bytes:
    """An empty database of the present schema, made once."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty.sqlite"
        upgrade(f"sqlite:///{file}")
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
        connection.close()
        return file.read_bytes()


def empty_database(file: Path) -> None:
    """Write an empty database of the present schema."""
    file.write_bytes(_empty_schema())
