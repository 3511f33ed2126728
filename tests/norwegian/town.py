"""A municipality that receives Norwegian messages: an engine with its directory, and what tests ask of it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from adapters.norwegian.apprec import AppRec
from adapters.norwegian.messages import Message, read_receipt
from adapters.norwegian.receipts import receipts_in
from pathway_engine.channels.families import NORWEGIAN
from pathway_engine.channels.norwegian import NorwegianChannel
from pathway_engine.domain.directory import Directories, Directory, Organisation, Sender
from pathway_engine.domain.events import Happened
from pathway_engine.domain.settlement import settle
from pathway_engine.service.context import build_context
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming, Received
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store
from tests.adapters.norwegian import letters
from tests.service.community import directory, shipped_files

START = letters.NOW - timedelta(days=30)


def town_directory(**rules: str) -> Directory:
    """The made-up community, its municipality with HER-ids, and two hospitals and a doctor who send."""
    known = directory()
    town = replace(known.organisations["5001"], her_id=letters.TOWN, ours=True)
    services = (
        Organisation(id="home", name="Sykepleietjenesten", kind="unit", parent="5001", her_id=letters.HOME_CARE),
        Organisation(id="grants", name="Tildelingskontoret", kind="unit", parent="5001", her_id=letters.OFFICE),
        Organisation(id="other", name="Vik sykehus", kind="hospital", her_id="60"),
        Organisation(id="region", name="Regionen", kind="other", roles=("message_responsible",)),
    )
    agreed = {name.replace("_", "-"): level for name, level in rules.items()}
    senders = [
        Sender(id=f"s{number}", application="her", facility=number, organisation="fjord", rules=agreed)
        for number in (letters.HOSPITAL, "60", "91096")
    ]
    return replace(
        known, organisations={**known.organisations, "5001": town, **{each.id: each for each in services}},
        senders={(each.application, each.facility): each for each in senders},
    )  # fmt: skip


@dataclass
class Town:
    """The engine, and its words for tests."""

    url: str
    known: Directory = field(default_factory=town_directory)
    now: datetime = letters.NOW
    pathways: tuple[str, ...] = ("hph",)
    engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        upgrade(self.url)
        patients = itertools.count(1)
        self.engine = Engine(
            build_context(
                Store(self.url), Directories(((START, self.known),)), [shipped_files(name) for name in self.pathways],
                [NorwegianChannel(lambda: self.known)], lambda: f"patient-{next(patients)}", self.now,
            )
        )  # fmt: skip

    def close(self) -> None:
        self.engine.context.store.close()

    def receive(self, message: Message | bytes) -> Received:
        raw = message if isinstance(message, bytes) else letters.raw(message)
        return self.engine.receive(Incoming(raw, NORWEGIAN, "test"), self.now)

    def story(self, patient: str = "patient-1") -> list[Happened]:
        """What counts of the patient's log, in time order."""
        with self.engine.context.store.reading() as records:
            entries = [row.entry for row in records.log(patient)]
        return [each for each in settle(entries) if isinstance(each, Happened)]

    def names(self, patient: str = "patient-1") -> list[str]:
        return [each.name for each in self.story(patient)]

    def notices(self) -> set[tuple[str, str]]:
        """The kinds of open notices, and what they are about."""
        with self.engine.context.store.reading() as records:
            rows = records.notices_of((("region", "message_responsible"),))
        return {(row.kind, row.about) for row in rows}


def receipts(received: Received) -> list[AppRec]:
    """The receipts that a message was answered with."""
    return [read_receipt(each).receipt for each in receipts_in(received.answer or b"")]


def said(received: Received) -> list[tuple[str, str, tuple[str, ...]]]:
    """Of each receipt: whose it is, the status, and the codes of what is wrong."""
    found = []
    for receipt in receipts(received):
        institution = receipt.sender.provider.institution if receipt.sender and receipt.sender.provider else None
        inner = [each.id for each in (institution.units if institution else ())]
        whose = [*inner, institution.id if institution else ""][0]
        status = receipt.status.value if receipt.status else ""
        found.append((whose, status, tuple(each.value for each in receipt.errors)))
    return found
