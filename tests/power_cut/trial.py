"""Cut the power again and again while the engine works, and hold it to every answer that it gave."""

from __future__ import annotations

import itertools
import json
import random
import shutil
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from pathway_engine.domain.errors import StorageError
from pathway_engine.domain.events import Act
from pathway_engine.service import receiving
from pathway_engine.service.context import Context
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming
from pathway_engine.storage.connection import open_engine
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store
from tests.crash_points.record import half_done
from tests.crash_points.town import MendableChannel, catalogue, directories
from tests.power_cut.disk import Disk
from tests.power_cut.driver import run_on
from tests.service.community import START, directory

PATIENTS = 6
CUTS_OF_ONE_DATABASE = 10
MOST_OPERATIONS = 800
"""At the latest after so many operations of the disk comes the next cut: some twenty commits."""
WAY = ("admitted", "discharge_ready", "discharged")


@dataclass
class Figures:
    """What the cuts have shown; anything but zero in the last three is a broken promise."""

    cuts: int = 0
    acknowledged: int = 0
    lost: int = 0
    corrupt: int = 0
    half_done: int = 0
    words: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Was every promise kept?"""
        return not (self.lost or self.corrupt or self.half_done)

    def __str__(self) -> str:
        return (
            f"{self.cuts} cuts, {self.acknowledged} acknowledged: {self.lost} lost, "
            f"{self.corrupt} databases corrupt, {self.half_done} things half done"
        )


@dataclass
class Answered:
    """What the world outside was told about one database: raw messages by answer, and people's acts."""

    messages: dict[bytes, str] = field(default_factory=dict)
    acts: list[str] = field(default_factory=list)
    unanswered: list[bytes] = field(default_factory=list)
    known_before: int = 0

    @property
    def count(self) -> int:
        """How many things were answered."""
        return len(self.messages) + len(self.acts)


class Machine:
    """A computer with a disk, on which the engine runs as it is."""

    def __init__(self, folder: Path, seed: int, *, synchronous: str = "") -> None:
        self.figures = Figures()
        self._chance = random.Random(seed)
        self._file = folder / "pathway.sqlite"
        self._empty = folder / "empty.sqlite"
        self._disk = Disk()
        self._now = START
        self._numbers = itertools.count(1)
        upgrade(f"sqlite:///{self._empty}")
        self._sql = open_engine(f"sqlite:///{self._file}")
        run_on(self._sql, self._disk, synchronous=synchronous)

    def cut(self, times: int) -> Figures:
        """Let the power fail so many times."""
        while self.figures.cuts < times:
            self._new_database()
            for _ in range(min(CUTS_OF_ONE_DATABASE, times - self.figures.cuts)):
                if not self._lived_through_a_cut():
                    break
        return self.figures

    def _new_database(self) -> None:
        for left in self._file.parent.glob(f"{self._file.name}*"):
            left.unlink()
        shutil.copy(self._empty, self._file)
        self._disk.plates.clear()
        self._answered, self._told = Answered(), dict.fromkeys(range(PATIENTS), 0)

    def _lived_through_a_cut(self) -> bool:
        """Work until the power fails, start again and look; return whether the database is still whole."""
        self._disk.autocheckpoint_pages = self._chance.choice((20, 50, 200, 1000))
        self._disk.cut_power_at(self._chance.randint(1, MOST_OPERATIONS))
        try:
            self._work()
            self._sql.dispose()
            self._disk.power_returns(self._chance)
            self.figures.cuts += 1
            whole = self._seen_after_the_cut()
        except (StorageError, SQLAlchemyError) as error:
            self.figures.words.append(f"cut {self.figures.cuts}: {type(error).__name__} {error}".splitlines()[0])
            whole = False
        finally:
            self._sql.dispose()
        self.figures.corrupt += not whole
        return whole

    # -- the engine at work

    def _boot(self) -> Engine:
        store = Store(f"sqlite:///{self._file}")
        store.engine = self._sql
        channel = MendableChannel()
        context = Context(
            store=store, directories=directories(is_mended=False), catalogue=catalogue(),
            channels={channel.name: channel}, new_id=lambda: f"patient-{next(self._numbers)}",
        )  # fmt: skip
        context.committed(lambda records: context.catalogue.register(records, START))
        return Engine(context)

    def _work(self) -> None:
        """Do this and that until the disk fails; nothing that it fails at has been answered."""
        try:
            engine = self._boot()
            engine.wake_due(self._now)
            while self._disk.is_on:
                what = self._chance.choices((self._receive, self._sweep, self._act), (6, 2, 2))[0]
                what(engine)
        except StorageError:
            if self._disk.is_on:
                raise

    def _receive(self, engine: Engine) -> None:
        """Store several messages in one commit, then apply them one by one, sometimes beside a reader."""
        again, self._answered.unanswered = self._answered.unanswered, []
        batch = again + [self._message() for _ in range(self._chance.randint(1, 5))]
        self._answered.unanswered = list(batch)
        beside = engine.context.store.reading() if self._chance.random() < 0.2 else nullcontext()
        with beside:
            stored = receiving.store(engine.context, [_incoming(raw) for raw in batch], self._now)
            for raw in batch:
                self._answered.messages.setdefault(raw, "stored")
            self._answered.unanswered = []
            for raw, received in zip(batch, stored, strict=True):
                answer = receiving.apply_stored(engine.context, received, self._now).answer
                self._answered.messages[raw] = (answer or b"").decode()

    def _message(self) -> bytes:
        patient, number = self._chance.randrange(PATIENTS), next(self._numbers)
        place, stay = self._told[patient], f"VN{patient}"
        self._told[patient] += 1
        name = WAY[place] if place < len(WAY) else "fall_reported"
        entry = {
            "id": f"E{number}", "name": name, "cause": f"{name}/{stay}/{place}", "at": self._now.isoformat(),
            "recorded": self._now.isoformat(), "stay": stay,
            "facts": {"receives_services": True, "destination": "home"},
        }  # fmt: skip
        told = {"id": f"C{number}", "patient": str(patient), "stay": stay, "district": "01", "entries": [entry]}
        return json.dumps(told).encode()

    def _sweep(self, engine: Engine) -> None:
        self._now += timedelta(hours=self._chance.randint(1, 8))
        engine.wake_due(self._now)
        engine.beat("scheduler", self._now)

    def _act(self, engine: Engine) -> None:
        kari = engine.principal("kari", directory().people["kari"].seats[0][1])
        assert kari is not None
        tasks = engine.worklist(kari, self._now)
        if tasks:
            task, key = self._chance.choice(tasks), f"{next(self._numbers)}"
            engine.act(kari, task.id, Act.COMMENT, version=task.version, key=key, now=self._now, comment="Ringte")
            self._answered.acts.append(f"act:kari:{key}")

    # -- after the cut

    def _seen_after_the_cut(self) -> bool:
        with self._sql.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        if found != ["ok"]:
            self.figures.words.append(f"cut {self.figures.cuts}: {found[0]}")
            return False
        engine = self._boot()
        lost, half = list(self._lost(engine)), half_done(engine, self._now)
        self.figures.acknowledged += self._answered.count - self._answered.known_before
        self.figures.lost += len(lost)
        self.figures.half_done += len(half)
        self.figures.words += [f"cut {self.figures.cuts}: {word}" for word in [*lost, *half]]
        self._forget(engine)
        return True

    def _lost(self, engine: Engine) -> Iterator[str]:
        with engine.context.store.reading() as records:
            kept = {row.sha256: row for row in records.messages(limit=1_000_000)}
            for raw, answer in self._answered.messages.items():
                row = kept.get(sha256(raw).hexdigest())
                if row is None or row.raw != raw:
                    yield f"a message answered {answer!r} is not there"
                elif answer == "accepted" and row.disposition != "applied":
                    yield f"a message answered {answer!r} is {row.disposition or 'waiting'}"
            for entry in self._answered.acts:
                if not records.has_entry(entry):
                    yield f"the act {entry} was confirmed and is not there"

    def _forget(self, engine: Engine) -> None:
        """What is there after one cut is held against the next cuts by what the database says of it."""
        answered = self._answered
        with engine.context.store.reading() as records:
            kept = records.messages(limit=1_000_000)
            answered.messages = {row.raw: "accepted" if row.disposition == "applied" else "stored" for row in kept}
            answered.acts = [entry for entry in answered.acts if records.has_entry(entry)]
        answered.known_before = answered.count


def _incoming(raw: bytes) -> Incoming:
    return Incoming(raw, "plain", "power cut")
