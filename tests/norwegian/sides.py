"""Two engines that speak Norwegian to each other: a hospital and a municipality, drop folders between them."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from pathway_engine.channels.norwegian import NorwegianChannel
from pathway_engine.channels.norwegian_writer import NorwegianWriter
from pathway_engine.channels.plain_writer import PlainWriter
from pathway_engine.domain.directory import Directories, Directory, Organisation, Partner, Person, Sender, Speaks
from pathway_engine.domain.events import Act, FactValue, Happened
from pathway_engine.domain.message_slots import KINDS
from pathway_engine.domain.settlement import settle
from pathway_engine.service.context import build_context
from pathway_engine.service.engine import Engine
from pathway_engine.service.outward import Post
from pathway_engine.service.receiving import Incoming, Received
from pathway_engine.service.views import Principal, TaskView
from pathway_engine.storage.rows import OutgoingRow
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store
from pathway_engine.transports.drop_folder import IN, OUT, QUARANTINE, RECEIPTS, DropFolder
from pathway_engine.transports.folder import FolderTransport
from pathway_engine.workers.drop_reader import DropReader
from tests.adapters.norwegian import letters
from tests.service.community import PlainChannel, shipped_files

START = datetime.fromisoformat("2026-11-16T08:00:00+00:00")
PATHWAYS = {"hospital": ("dialogue", "ward_stay"), "town": ("dialogue", "hph", "ward_stay")}
NURSE, OFFICE, WARD = "kari", "tor", "sif"


def directory(side: str, dialogs: tuple[str, ...] = ("1.0", "1.1")) -> Directory:
    """What both know of each other; *side* is whose own the organisations are."""
    organisations = (
        Organisation(
            id="fjord", name="Fjordby sykehus", kind="hospital", her_id=letters.HOSPITAL, ours=side == "hospital"
        ),
        Organisation(
            id="ward", name="Medisin 2", kind="ward", parent="fjord", her_id=letters.WARD, services=("8668/1",),
            roles=("ward_nurse", "message_responsible") if side == "hospital" else (),
        ),
        Organisation(
            id="5001", name="Fjordby kommune", kind="municipality", municipality="5001", her_id=letters.TOWN,
            ours=side == "town",
        ),
        Organisation(
            id="home", name="Sykepleietjenesten", kind="unit", parent="5001", her_id=letters.HOME_CARE,
            services=("8663/KP02",),
            roles=("home_care_nurse", "home_care_leader", "primary_contact") if side == "town" else (),
        ),
        Organisation(
            id="office", name="Tildelingskontoret", kind="unit", parent="5001", her_id=letters.OFFICE,
            services=("8663/KD0501",), roles=("allocation_office", "message_responsible") if side == "town" else (),
        ),
    )  # fmt: skip
    people = (
        Person(id=NURSE, name="Kari Sykepleier", seats=(("home", "home_care_nurse"),)),
        Person(
            id=OFFICE, name="Tor Tildeling", seats=(("office", "allocation_office"), ("office", "message_responsible"))
        ),
        Person(id=WARD, name="Sif Post", seats=(("ward", "ward_nurse"), ("ward", "message_responsible"))),
    )
    senders = (
        Sender(id="epj", application="EPJ", facility="FJORD", organisation="fjord"),
        Sender(id="hospital", application="her", facility=letters.HOSPITAL, organisation="fjord"),
        Sender(id="town", application="her", facility=letters.TOWN, organisation="5001"),
    )
    since = START.date() - timedelta(days=90)
    spoken = tuple(Speaks(standard="dialog", version=each, since=since) for each in dialogs)
    return Directory(
        organisations={each.id: each for each in organisations}, people={each.id: each for each in people},
        senders={(each.application, each.facility): each for each in senders}, routes={"70": "5001"},
        partners={each: Partner(organisation=each, versions=spoken) for each in ("fjord", "5001")},
    )  # fmt: skip


@dataclass
class Side:
    """One of the two: an engine behind a drop folder."""

    name: str
    url: str
    folder: Path
    clock: list[datetime]
    known: Directory
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    tells: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        upgrade(self.url)
        self.restart()

    @property
    def now(self) -> datetime:
        return self.clock[0]

    def restart(self) -> None:
        """Begin anew on the same database and folder."""
        if hasattr(self, "engine"):
            self.close()
        self.drop = DropFolder(self.folder, lambda: f"{self.name}{next(self.numbers)}", settle_seconds=0)
        writers = dict.fromkeys(KINDS, NorwegianWriter())
        post = Post(FolderTransport(self.drop.part(OUT), receipted=("xml",)), writers, otherwise=PlainWriter())
        patients = itertools.count(1)
        self.engine = Engine(
            build_context(
                Store(self.url, self.name), Directories(((START - timedelta(days=90), self.known),)),
                [shipped_files(each) for each in PATHWAYS[self.name]],
                [PlainChannel(), NorwegianChannel(lambda: self.known)],
                lambda: f"patient-{next(patients)}", self.now, post,
            )
        )  # fmt: skip
        self.reader = DropReader(self.engine.context, self.drop, lambda: self.now, max_bytes=1_000_000)

    def close(self) -> None:
        self.engine.context.store.close()

    # -- what happens here

    def told(self, name: str, stay: str | None = "VN1", **facts: FactValue) -> Received:
        """The hospital's own system tells of one event that happens now."""
        once = name in {"admitted", "discharged"}
        cause = "died" if name == "died" else f"{name}/{stay}" if once else f"{name}/{stay}/{self.now:%Y-%m-%dT%H:%M}"
        return self._told({
            "id": f"E{next(self.tells)}", "name": name, "cause": cause, "at": self.now.isoformat(),
            "recorded": self.now.isoformat(), "stay": None if name == "died" else stay, "facts": facts,
        }, stay)  # fmt: skip

    def voids(self, cause: str, stay: str = "VN1") -> Received:
        """The hospital's own system says that it did not happen."""
        return self._told(
            {"id": f"E{next(self.tells)}", "void": cause, "recorded": self.now.isoformat(), "stay": stay}, stay
        )

    def _told(self, entry: Mapping[str, object], stay: str | None) -> Received:
        message = {"id": f"M{next(self.tells)}", "patient": "100", "national": [letters.FNR], "entries": [entry]}
        if stay:
            message["stay"] = stay
        return self.engine.receive(Incoming(json.dumps(message).encode(), "plain", "test"), self.now)

    def who(self, person: str, view: TaskView) -> Principal:
        """The person in the seat that has the task."""
        for _, role in self.known.people[person].seats:
            principal = self.engine.principal(person, role)
            if principal is not None and view.step in self._list_of(person, role):
                return principal
        raise AssertionError(view.step)

    def list_of(self, person: str) -> dict[str, TaskView]:
        """What stands on the lists of all seats of the person, by step."""
        roles = {role for _, role in self.known.people[person].seats}
        return {step: view for role in sorted(roles) for step, view in self._list_of(person, role).items()}

    def _list_of(self, person: str, role: str) -> dict[str, TaskView]:
        who = self.engine.principal(person, role)
        assert who is not None
        return {view.step: view for view in self.engine.worklist(who, self.now)}

    def completes(self, person: str, step: str, **answers: FactValue) -> None:
        """Somebody fills in the checklist and completes the task."""
        view = self.list_of(person)[step]
        self.engine.act(
            self.who(person, view), view.id, Act.COMPLETE, version=view.version, key=f"{view.id}/{view.version}",
            answers=answers, now=self.now,
        )  # fmt: skip

    # -- messages

    def sends(self) -> None:
        """Let everything out that is due, and time out what nobody answered."""
        self.engine.send_due(lambda: self.now)

    def takes(self) -> int:
        return self.reader.take_all()

    def outbox(self) -> list[OutgoingRow]:
        with self.engine.context.store.reading() as records:
            return sorted(records.outgoing_messages(limit=1000), key=lambda row: row.id)

    def states(self) -> list[tuple[str, str]]:
        return [(row.message, row.status) for row in self.outbox()]

    def quarantined(self) -> list[str]:
        return [path.name for path in self.drop.part(QUARANTINE).iterdir()]

    # -- what it comes to

    def story(self, patient: str = "patient-1") -> list[Happened]:
        with self.engine.context.store.reading() as records:
            entries = [row.entry for row in records.log(patient)]
        return [each for each in settle(entries) if isinstance(each, Happened)]

    def names(self) -> list[str]:
        return [each.name for each in self.story() if each.name != "receipt_received"]

    def phase(self, pathway: str) -> str:
        with self.engine.context.store.reading() as records:
            rows = records.episodes("patient-1", pathway)
        return rows[-1].phase if rows else "none"

    def notices(self) -> list[str]:
        with self.engine.context.store.reading() as records:
            rows = records.notices_of((("ward", "message_responsible"), ("office", "message_responsible")))
        return [row.kind for row in rows]


@dataclass
class World:
    """Both sides, one clock, and the one who carries files between them."""

    hospital: Side
    town: Side
    clock: list[datetime]
    lost: list[bytes] = field(default_factory=list)
    transit: list[tuple[Side, bytes]] = field(default_factory=list)
    files: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def at(cls, folder: Path, urls: tuple[str, str], dialogs: tuple[str, ...] = ("1.0", "1.1")) -> World:
        clock = [START]
        sides = [
            Side(name, url, folder / name, clock, directory(name, dialogs))
            for name, url in zip(("hospital", "town"), urls, strict=True)
        ]
        return cls(sides[0], sides[1], clock)

    def close(self) -> None:
        self.hospital.close()
        self.town.close()

    def passes(self, **time: float) -> None:
        self.clock[0] += timedelta(**time)
        for side in (self.hospital, self.town):
            side.engine.wake_due(self.clock[0])

    def carries(self, source: Side, target: Side, *, receipts: bool = True) -> int:
        """Move what lies in out/ and receipts/ to the other's in/; without *receipts*, they are lost."""
        moved = 0
        for part in (OUT, RECEIPTS):
            for path in sorted(source.drop.part(part).iterdir()):
                raw = path.read_bytes()
                path.unlink()
                if part == RECEIPTS and not receipts:
                    self.lost.append(raw)
                    continue
                (target.drop.part(IN) / f"{source.name}-{path.name}").write_bytes(raw)
                moved += 1
        return moved

    def pumps(self, *, receipts: bool = True) -> None:
        """Send, carry and take until nothing moves any more."""
        for _ in range(20):
            moved = 0
            for source, target in ((self.hospital, self.town), (self.town, self.hospital)):
                source.sends()
                moved += self.carries(source, target, receipts=receipts)
                target.takes()
            if not moved:
                return
        raise AssertionError("messages move for ever")

    def jumbles(self, chance: random.Random) -> None:
        """Send, take some of what is under way in any order, some of it twice, and now and then restart a side."""
        for source, target in ((self.hospital, self.town), (self.town, self.hospital)):
            source.sends()
            for part in (OUT, RECEIPTS):
                for path in sorted(source.drop.part(part).iterdir()):
                    self.transit.append((target, path.read_bytes()))
                    path.unlink()
        chance.shuffle(self.transit)
        for _ in range(chance.randint(0, len(self.transit))):
            target, raw = self.transit.pop()
            for copy in range(chance.choice((1, 1, 2))):
                (target.drop.part(IN) / f"{next(self.files)}-{copy}.xml").write_bytes(raw)
            target.takes()
        if chance.random() < 0.3:
            chance.choice((self.hospital, self.town)).restart()

    def finds(self, raw: bytes) -> None:
        """A receipt that was lost is found, and brought to the hospital."""
        (self.hospital.drop.part(IN) / f"found{len(raw)}.xml").write_bytes(raw)
        self.hospital.takes()
