"""A small health community for service tests: two units, one hospital, a plain channel, a clock in hand."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from pathway_engine.domain.directory import Directories, Directory, Organisation, Person, Sender
from pathway_engine.domain.errors import UnreadableMessage
from pathway_engine.domain.events import Demographics, FactValue, Happened, Identifier, Merge, Reading, Voided
from pathway_engine.domain.identifiers import NationalIdentityNumber
from pathway_engine.language.folder import files_in
from pathway_engine.service.channel import Answer, Header
from pathway_engine.service.context import build_context
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming, Received
from pathway_engine.service.views import Principal, TaskView
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store

START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
SHIPPED = Path(__file__).parents[2] / "pathways"


class PlainChannel:
    """JSON messages as a channel: for tests of the service, which must not know message families."""

    name = "plain"

    def header(self, raw: bytes) -> Header:
        try:
            told = json.loads(raw)
        except ValueError:
            return Header(problem=UnreadableMessage())
        return Header(
            application="EPJ", facility=told.get("from", "FJORD"), message_id=told["id"], message_type="PLAIN"
        )

    def read(self, raw: bytes, sender: Sender) -> Reading:
        told = json.loads(raw)
        if told.get("poison"):
            raise ZeroDivisionError
        if told.get("bad"):
            raise UnreadableMessage("Found nonsense; would be right: sense.")
        return _reading(told)

    def answer(self, raw: bytes, answer: Answer, now: datetime, number: int) -> bytes | None:
        return f"{answer.verdict} {answer.error or ''}".strip().encode()


def _reading(told: Mapping[str, object]) -> Reading:
    merge = Merge(retired=(_identifier(str(told["retires"])),)) if "retires" in told else None
    entries = tuple(_entry(each) for each in told.get("entries", ()))  # type: ignore[attr-defined]
    return Reading(
        message_type="PLAIN", identifiers=_identifiers(told), entries=entries,
        demographics=Demographics(
            family="Fjell", given="Astrid", birth_date=date(1941, 3, 2),
            municipality=str(told.get("municipality", "5001")),
            district=str(told["district"]) if "district" in told else None, address="Strandveien 1",
        ),
        stay=str(told["stay"]) if "stay" in told else None, sender="FJORD", merge=merge,
        recorded_at=datetime.fromisoformat(str(told["written"])) if "written" in told else None,
    )  # fmt: skip


def _identifiers(told: Mapping[str, object]) -> tuple[Identifier, ...]:
    national = told.get("national", ())
    numbers = [NationalIdentityNumber(digits) for digits in national]  # type: ignore[attr-defined]
    own = () if told["patient"] is None else (_identifier(str(told["patient"])),)
    return (*(Identifier(system=each.system, value=each.digits) for each in numbers), *own)


def _identifier(value: str) -> Identifier:
    return Identifier(system="local:FJORD", value=value)


def _entry(told: Mapping[str, str]) -> Happened | Voided:
    recorded = datetime.fromisoformat(told["recorded"])
    if "void" in told:
        return Voided(id=told["id"], cause=told["void"], recorded_at=recorded, stay=told.get("stay"))
    return Happened(
        id=told["id"], name=told["name"], cause=told["cause"], occurred_at=datetime.fromisoformat(told["at"]),
        recorded_at=recorded, stay=told.get("stay"), facts=told.get("facts", {}), source=f"plain:{told['id']}",  # type: ignore[arg-type]
    )  # fmt: skip


def directory() -> Directory:
    """A hospital ward, two home-care units of one municipality by district, and a neighbour."""
    units = (
        Organisation(id="fjord", name="Fjord sykehus", kind="hospital"),
        Organisation(id="ward", name="Medisinsk sengepost", kind="ward", parent="fjord", roles=("ward_nurse",)),
        Organisation(id="5001", name="Fjordby", kind="municipality", municipality="5001"),
        _unit("office", "Tildelingskontoret", ("allocation_office", "message_responsible")),
        _unit("east", "Hjemmetjenesten øst", ("home_care_nurse", "home_care_leader", "primary_contact"), ("01",)),
        _unit(
            "west",
            "Hjemmetjenesten vest",
            ("home_care_nurse", "home_care_leader", "primary_contact"),
            ("02",),
        ),
    )
    people = (
        Person(id="kari", name="Kari Sykepleier", seats=(("east", "home_care_nurse"),)),
        Person(id="per", name="Per Sykepleier", seats=(("west", "home_care_nurse"),)),
        Person(id="ola", name="Ola Sykepleier", seats=(("east", "home_care_nurse"),)),
        Person(id="ina", name="Ina Begge", seats=(("east", "home_care_nurse"), ("east", "primary_contact"))),
        Person(id="liv", name="Liv Leder", seats=(("east", "home_care_leader"),)),
        Person(id="mia", name="Mia Melding", seats=(("office", "message_responsible"),)),
    )
    sender = Sender(id="fjord-epj", application="EPJ", facility="FJORD", organisation="fjord")
    return Directory(
        organisations={unit.id: unit for unit in units}, people={person.id: person for person in people},
        senders={("EPJ", "FJORD"): sender}, routes={"70": "5001"},
    )  # fmt: skip


def _unit(identifier: str, name: str, roles: tuple[str, ...], districts: tuple[str, ...] = ()) -> Organisation:
    return Organisation(
        id=identifier,
        name=name,
        kind="unit",
        parent="5001",
        roles=roles,
        municipality="5001",
        districts=districts,
    )


@cache
def shipped_files(name: str = "hph") -> Mapping[str, bytes]:
    return files_in(SHIPPED / name)


@dataclass
class Community:
    """An engine on a database, with shortcuts in the words of the tests."""

    url: str
    pathways: tuple[str, ...] = ("hph",)
    now: datetime = START
    engine: Engine = field(init=False)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        upgrade(self.url)
        self.restart()

    def restart(self) -> None:
        """Begin anew on the same database, as a process does after a crash."""
        if hasattr(self, "engine"):
            self.close()
        patients = itertools.count(1)
        context = build_context(
            Store(self.url), Directories(((START - timedelta(days=99), directory()),)),
            [shipped_files(name) for name in self.pathways], [PlainChannel()],
            lambda: f"patient-{next(patients)}", self.now,
        )  # fmt: skip
        self.engine = Engine(context)

    def close(self) -> None:
        self.engine.context.store.close()

    def send(self, **told: object) -> Received:
        """Send one message as it stands."""
        told.setdefault("id", f"M{next(self.numbers)}")
        told.setdefault("patient", "100")
        return self.engine.receive(Incoming(json.dumps(told).encode(), "plain", "test"), self.now)

    def tell(self, name: str, *, stay: str | None = "VN1", district: str = "01", **facts: FactValue) -> Received:
        """Send one event that happens now; admissions and discharges are one a stay."""
        once = name in {"admitted", "discharged"}
        facts = {"deceased": True} | facts if name == "died" else facts
        cause = f"{name}/{stay}" if once else f"{name}/{stay}/{self.now:%Y-%m-%dT%H:%M}"
        entry = {
            "id": f"E{next(self.numbers)}", "name": name, "cause": cause, "at": self.now.isoformat(),
            "recorded": self.now.isoformat(), "stay": stay, "facts": facts,
        }  # fmt: skip
        return self.send(entries=[entry], stay=stay, district=district) if stay else self.send(entries=[entry])

    def void(self, cause: str, stay: str = "VN1") -> Received:
        """Send that *cause* did not happen."""
        entry = {
            "id": f"E{next(self.numbers)}",
            "void": cause,
            "recorded": self.now.isoformat(),
            "stay": stay,
        }
        return self.send(entries=[entry], stay=stay)

    def passes(self, **time: float) -> None:
        """Let time pass, and the heartbeat notice it."""
        self.now += timedelta(**time)
        self.engine.wake_due(self.now)

    def who(self, person: str) -> Principal:
        seat = directory().people[person].seats[0][1]
        principal = self.engine.principal(person, seat)
        assert principal is not None
        return principal

    def list_of(self, person: str) -> dict[str, TaskView]:
        """The person's list by step; the newest where a step stands twice."""
        return {view.step: view for view in self.engine.worklist(self.who(person), self.now)}

    def brought_home(self) -> None:
        """A stay from admission to homecoming, in three messages."""
        self.tell("admitted", receives_services=True)
        self.passes(hours=26)
        self.tell("discharge_ready")
        self.passes(hours=20)
        self.tell("discharged", destination="home")
