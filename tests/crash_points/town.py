"""An engine that may die, and those around it who go on: senders, people, an operator, the heartbeat."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import func, make_url, select

from pathway_engine.domain.directory import Directories, Sender
from pathway_engine.domain.events import Reading
from pathway_engine.service.calendars import calendars
from pathway_engine.service.catalogue import Catalogue
from pathway_engine.service.context import Context
from pathway_engine.service.engine import Engine
from pathway_engine.service.views import Principal
from pathway_engine.storage.connection import open_engine
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store
from pathway_engine.storage.tables import table
from tests.crash_points.databases import Databases
from tests.crash_points.points import Points, Wire
from tests.service.community import START, PlainChannel, directory, shipped_files

SINCE = START - timedelta(days=99)


@dataclass
class Callers:
    """What those around the engine remember; no crash of the engine's process changes it.

    `step` is what they are at, `heard` every answer by what it answers, `seen` what a person read
    before acting, `is_mended` whether an operator has installed the mended program. `tell` hands
    each piece on to whoever outlives this process.
    """

    tell: Callable[[str, str, str], object] = lambda kind, key, value: None
    step: int = 0
    is_mended: bool = False
    heard: dict[str, str] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)

    def learn(self, kind: str, key: str, value: str) -> None:
        """Remember one thing."""
        match kind:
            case "heard":
                self.heard[key] = value
            case "seen":
                self.seen[key] = value
            case "mended":
                self.is_mended = True
            case _:
                self.step = int(value)
        self.tell(kind, key, value)


class MendableChannel(PlainChannel):
    """The plain channel, whose poison does no harm once it `is_mended`."""

    is_mended = False

    def read(self, raw: bytes, sender: Sender) -> Reading:
        """Read, as the version of the program that runs now does."""
        return super().read(raw.replace(b"poison", b"mended") if self.is_mended else raw, sender)


@dataclass
class Town:
    """The engine of one process on the database at *url*, and the instant it is."""

    url: str
    points: Points = field(default_factory=Points)
    callers: Callers = field(default_factory=Callers)
    now: datetime = START
    engine: Engine = field(init=False)

    def start(self) -> None:
        """Begin as a process does: on whatever the database holds."""
        store = Store(self.url)
        wire = wire_of(make_url(self.url).get_backend_name())
        wire.lead_to(self.url, self.points)
        store.engine = wire.engine
        channel = MendableChannel()
        channel.is_mended = self.callers.is_mended
        context = Context(
            store=store, directories=directories(is_mended=self.callers.is_mended), catalogue=catalogue(),
            channels={channel.name: channel}, new_id=_numbered(store),
        )  # fmt: skip
        self.engine = Engine(context)
        context.committed(lambda records: context.catalogue.register(records, SINCE))

    def stop(self) -> None:
        """End in order."""
        self.engine.context.store.close()

    def hear(self, key: str, answer: str) -> None:
        """Let a caller get its answer; the process may die just before and just after."""
        with self.points.around("ANSWER"):
            self.callers.learn("heard", key, answer)

    def sweep(self) -> None:
        """One beat, as the scheduler does it."""
        self.engine.wake_due(self.now)
        self.engine.beat("scheduler", self.now)

    def who(self, person: str) -> Principal:
        """A person of the directory, in his or her first role."""
        principal = self.engine.principal(person, directory().people[person].seats[0][1])
        assert principal is not None, person
        return principal


@cache
def wire_of(kind: str) -> Wire:
    """The one engine for databases of a kind, as the program opens it."""
    return Wire(open_engine(f"{kind}:///elsewhere"))


def _numbered(store: Store) -> Callable[[], str]:
    """Ids of new patients in the order in which they come, whichever process they come to."""
    with store.engine.connect() as connection:
        known = connection.execute(select(func.count()).select_from(table("patient"))).scalar_one()
    numbers = itertools.count(known + 1)
    return lambda: f"patient-{next(numbers)}"


@cache
def catalogue() -> Catalogue:
    """The shipped pathway, read once: processes come and go too often here to read it each time."""
    return Catalogue([shipped_files()], calendars(directory()))


def directories(*, is_mended: bool) -> Directories:
    """The directory; the mended one knows one sender more."""
    known = directory()
    sender = Sender(id="elsewhere-epj", application="EPJ", facility="ELSEWHERE", organisation="fjord")
    senders = {**known.senders, ("EPJ", "ELSEWHERE"): sender} if is_mended else known.senders
    return Directories(((SINCE, replace(known, senders=senders)),))


def prepared(databases: Databases, before: Callable[[Town], None]) -> str:
    """The address of a database in which *before* has happened."""
    url = databases.new()
    upgrade(url)
    town = Town(url)
    before(town)
    return url
