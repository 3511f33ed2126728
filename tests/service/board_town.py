"""Two wards and two municipalities around one engine: who may see whom on a board."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pathway_engine.channels.manual import ManualChannel
from pathway_engine.domain.directory import Directories, Directory, Organisation, Person, Sender
from pathway_engine.domain.events import Act, FactValue
from pathway_engine.domain.overstay_rules import UkpRules
from pathway_engine.service.board_views import Board, BoardRow
from pathway_engine.service.context import build_context, shipped_rules
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming, Received
from pathway_engine.service.views import Principal
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store
from tests.service.community import START, PlainChannel, shipped_files

PEOPLE = {
    "anna": ("Anna Avdeling", "med", "ward_nurse"), "bo": ("Bo Avdeling", "kir", "ward_nurse"),
    "siri": ("Siri Søknad", "office1", "allocation_office"), "odd": ("Odd Søknad", "office2", "allocation_office"),
    "kari": ("Kari Sykepleier", "home1", "home_care_nurse"), "liv": ("Liv Sykepleier", "home2", "home_care_nurse"),
}  # fmt: skip


def directory() -> Directory:
    """A hospital with two wards; two municipalities, each with an office, home care and a nursing home."""
    organisations = [
        Organisation(id="fjord", name="Fjord sykehus", kind="hospital"),
        Organisation(id="med", name="Medisin", kind="ward", parent="fjord", roles=("ward_nurse",), wards=("MED",)),
        Organisation(id="kir", name="Kirurgi", kind="ward", parent="fjord", roles=("ward_nurse",), wards=("KIR",)),
    ]
    for count, number in ((1, "5001"), (2, "5059")):
        organisations += [
            Organisation(id=number, name=f"Kommune {count}", kind="municipality", municipality=number),
            _unit(f"office{count}", f"Tildeling {count}", number, "allocation_office", "message_responsible"),
            _unit(f"home{count}", f"Hjemmetjenesten {count}", number, "home_care_nurse", "primary_contact"),
            Organisation(
                id=f"inn{count}", name=f"Sykehjemmet {count}", kind="institution", parent=number, municipality=number
            ),
        ]
    people = [Person(id=id, name=name, seats=((unit, role),)) for id, (name, unit, role) in PEOPLE.items()]
    senders = [
        Sender(id="epj", application="EPJ", facility="FJORD", organisation="fjord"),
        Sender(id="kir-hand", application="manual", facility="kir", organisation="kir"),
    ]
    return Directory(
        organisations={each.id: each for each in organisations}, people={each.id: each for each in people},
        senders={(each.application, each.facility): each for each in senders},
    )  # fmt: skip


def _unit(id: str, name: str, number: str, *roles: str) -> Organisation:
    return Organisation(id=id, name=name, kind="unit", parent=number, municipality=number, roles=roles)


@dataclass
class BoardTown:
    """An engine with a clock in hand."""

    url: str
    rules: UkpRules | None = None
    now: datetime = START
    engine: Engine = field(init=False)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        upgrade(self.url)
        patients = itertools.count(1)
        rules = self.rules
        context = build_context(
            Store(self.url), Directories(((START - timedelta(days=99), directory()),)), [shipped_files()],
            [PlainChannel(), ManualChannel()], lambda: f"canary{next(patients)}x", self.now,
            rules_of_payment=shipped_rules if rules is None else lambda: rules,
        )  # fmt: skip
        self.engine = Engine(context)

    def close(self) -> None:
        self.engine.context.store.close()

    def tell(
        self, name: str, patient: str = "100", ward: str = "MED", municipality: str = "5001", **facts: FactValue
    ) -> Received:
        """The hospital's system tells of one event of the patient's stay, which happens now."""
        stay = f"VN{patient}"
        once = name in {"admitted", "discharged"}
        cause = f"{name}/{stay}" if once else f"{name}/{stay}/{self.now:%Y-%m-%dT%H:%M}"
        number = next(self.numbers)
        entry = {
            "id": f"E{number}", "name": name, "cause": cause, "at": self.now.isoformat(),
            "recorded": self.now.isoformat(), "stay": stay, "facts": {"ward": ward, **facts},
        }  # fmt: skip
        told = {"id": f"M{number}", "patient": patient, "stay": stay, "municipality": municipality, "entries": [entry]}
        return self.engine.receive(Incoming(json.dumps(told, default=str).encode(), "plain", "test"), self.now)

    def ready(self, patient: str = "100", ward: str = "MED", municipality: str = "5001") -> None:
        """Admitted, a day later ready."""
        self.tell("admitted", patient, ward, municipality, receives_services=True)
        self.passes(hours=24)
        self.tell("discharge_ready", patient, ward, municipality)

    def passes(self, **time: float) -> None:
        self.now += timedelta(**time)
        self.engine.wake_due(self.now)

    def who(self, person: str) -> Principal:
        found = self.engine.principal(person, PEOPLE[person][2])
        assert found is not None
        return found

    def board(self, person: str = "anna") -> Board:
        return self.engine.board(self.who(person), self.now)

    def row(self, person: str = "anna") -> BoardRow:
        (row,) = self.board(person).rows
        return row

    def answers(self, person: str = "siri", step: str = "ANSWER", **answers: FactValue) -> None:
        """The office completes its step."""
        who = self.who(person)
        task = next(each for each in self.engine.worklist(who, self.now) if each.step == step)
        self.engine.act(
            who, task.id, Act.COMPLETE, version=task.version, key=f"{task.id}-{task.version}", now=self.now,
            answers={"contact": "73 00 00 00", **answers},
        )  # fmt: skip
