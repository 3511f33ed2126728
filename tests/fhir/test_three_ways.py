"""One story told by ADT, by Norwegian messages and over FHIR ends in the same episodes and the same tasks."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.norwegian.logistics import SeveralEvents
from adapters.norwegian.messages import message_of
from adapters.norwegian.values import Moment
from pathway_engine.channels.families import NORWEGIAN
from pathway_engine.channels.fhir import FhirChannel
from pathway_engine.channels.hl7v2 import HL7V2, Hl7v2Channel
from pathway_engine.channels.norwegian import NorwegianChannel
from pathway_engine.domain.directory import Directories, Sender
from pathway_engine.domain.events import Happened
from pathway_engine.fhir.app import create_fhir_app
from pathway_engine.fhir.exchange import Caller
from pathway_engine.fhir.scopes import EVERYTHING
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.service.receiving import Incoming
from pathway_engine.service.views import Principal
from pathway_engine.storage.patients import public_id_of_stay
from tests.adapters.hl7v2 import messages
from tests.adapters.norwegian import letters
from tests.fhir.independent import assert_valid
from tests.fhir.ward import BASE, NOBODYS, Body, encounter, left, ready
from tests.norwegian.town import town_directory
from tests.service.community import START, Community
from tests.web.visitor import TestClient

OSLO = ZoneInfo("Europe/Oslo")
BEGINS = datetime.fromisoformat("2026-11-16T09:00:00+00:00")
WAYS = ("adt", "plo", "fhir")
STORY = ("admitted", "ready", "withdrawn", "ready", "discharged", "readmitted")
BETWEEN = (2, 26, 3, 20, 5, 50)
"""Hours before each part of the story."""


@dataclass
class Told:
    """A community that hears the story in one of the ways."""

    way: str
    community: Community
    numbers: Iterator[int]
    stay: str = "VN1"
    admitted_at: datetime = BEGINS
    there: Body = field(default_factory=dict)
    is_ready: datetime | None = None
    who: Principal = NOBODYS
    sender: str = "FJORD"

    def __post_init__(self) -> None:
        engine = self.community.engine
        known = town_directory()
        senders = {("EPJ", "FJORD"): "a", ("fhir", "FJORD"): "b"}
        added = {
            names: Sender(id=id, application=names[0], facility=names[1], organisation="fjord")
            for names, id in senders.items()
        }
        directory = replace(known, senders={**known.senders, **added})
        channels = (Hl7v2Channel(), NorwegianChannel(lambda: directory), FhirChannel())
        context = replace(
            engine.context, directories=Directories(((START - timedelta(days=30), directory),)),
            channels={**engine.context.channels, **{each.name: each for each in channels}},
        )  # fmt: skip
        self.community.engine = replace(engine, context=context)
        self.client = TestClient(create_fhir_app(context, self._caller, lambda: self.now, BASE))

    def _caller(self, authorization: str, now: datetime, address: str) -> Caller:
        return Caller(client="epj", who=self.who, scopes=EVERYTHING, sender=self.sender)

    @property
    def now(self) -> datetime:
        return self.community.now

    def enrolled(self) -> None:
        """Home care knows the patient: told by the same message in every way."""
        at = self.now.isoformat()
        entry = {"id": "E0", "name": "enrolled", "cause": "enrolled", "at": at, "recorded": at,
                 "facts": {"receives_services": True}}  # fmt: skip
        received = self.community.send(national=[letters.FNR], entries=[entry], district="01")
        assert received.disposition == "applied"

    def tells(self, part: str) -> None:
        """Tell one part of the story, in this way."""
        if part == "readmitted":
            self.stay, self.there, self.is_ready = "VN2", {}, None
        if part in ("admitted", "readmitted"):
            self.admitted_at = self.now
        told: dict[str, Callable[[str], None]] = {"adt": self._by_adt, "plo": self._by_plo, "fhir": self._by_fhir}
        told[self.way]("admitted" if part == "readmitted" else part)

    # -- the ways

    def _by_adt(self, part: str) -> None:
        event = {"admitted": "A01", "ready": "A16", "withdrawn": "A25", "discharged": "A03"}[part]
        at = f"{self.now:%Y%m%d%H%M%S}+0000"
        pv1 = {2: "I", 3: letters.WARD, 19: f"{self.stay}^^^FJORD"} | ({36: "01"} if part == "discharged" else {})
        raw = messages.adt(
            event, msh={3: "EPJ", 4: "FJORD", 7: at, 10: f"ADT{next(self.numbers)}"}, evn={2: at, 6: at},
            pid={3: f"{letters.FNR}^^^{messages.FNR_OID}^NNNOR"}, pv1=pv1,
        )  # fmt: skip
        self._received(raw, HL7V2)

    def _by_plo(self, part: str) -> None:
        wall, since = _wall(self.now), _wall(self.admitted_at)
        written = Moment(self.now.astimezone(OSLO).isoformat())
        head: dict[str, Any] = {"generated_at": written, "id": letters.uuid(next(self.numbers))}
        match part:
            case "admitted":
                message = letters.admitted(wall, **head)
            case "ready":
                message = letters.ready(since=since, on=wall[:10], **head)
            case "withdrawn":
                told = SeveralEvents(tuple(map(letters.event, "134", (since, wall[:10], wall[:10]))))
                message = message_of(letters.head("LOG_AVMELDING", **head), letters.logistics(withdrawn=told), "1.6")
            case _:
                message = letters.discharged(wall, **head)
        self._received(letters.raw(message), NORWEGIAN)

    def _by_fhir(self, part: str) -> None:
        self.is_ready = {"ready": self.now, "withdrawn": None}.get(part, self.is_ready)
        body = self.there or encounter(
            visit=self.stay, period={"start": self.admitted_at.isoformat()},
            subject={"identifier": {"system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": letters.FNR}},
            location=[{"location": {"display": letters.WARD}, "status": "active"}],
        )  # fmt: skip
        body = {name: value for name, value in body.items() if name != "extension"}
        if self.is_ready:
            body["extension"] = [ready(self.is_ready)]
        if part == "discharged":
            period = {**body["period"], "end": self.now.isoformat()}
            body |= {"status": "finished", "period": period, "hospitalization": left("home")}
        method, path = ("PUT", f"/Encounter/{body['id']}") if self.there else ("POST", "/Encounter")
        answer = self.client.request(method, path, content=json.dumps(body).encode())
        assert answer.status_code in (200, 201), answer.text
        self.there = answer.json()

    def _received(self, raw: bytes, channel: str) -> None:
        received = self.community.engine.receive(Incoming(raw, channel, "test"), self.now)
        assert (received.disposition, received.reason) == ("applied", "")

    # -- what it came to

    def state(self) -> object:
        """Episodes and tasks, without what names the message or the stay that told it."""
        with self.community.engine.context.store.reading() as records:
            episodes = records.episodes("patient-1")
            tasks = records.tasks_of_patient("patient-1")
        return (
            [(row.pathway, row.ordinal, row.phase, row.status, row.next_wake_at, row.parked_reason)
             for row in episodes],
            sorted(
                (row.pathway, row.step, row.status, row.business_status, row.owner_role, row.unit or "",
                 f"{row.raised_at} {row.opens_at} {row.due_at} {row.ended_at}", row.waits_for)
                for row in tasks
            ),
        )  # fmt: skip


def _wall(at: datetime) -> str:
    return f"{at.astimezone(OSLO):%Y-%m-%dT%H:%M:%S}"


@pytest.fixture
def told(tmp_path: Path) -> Iterator[dict[str, Told]]:
    """The three ways, each with its own database."""
    made = {}
    for way in WAYS:
        community = Community(f"sqlite:///{tmp_path}/{way}.db", now=BEGINS)
        made[way] = Told(way, community, iter(range(1, 1000)))
        made[way].enrolled()
    yield made
    for each in made.values():
        each.community.close()


def test_the_same_story_told_three_ways_is_the_same_after_every_part(told: dict[str, Told]) -> None:
    phases = []
    for part, hours in zip(STORY, BETWEEN, strict=True):
        for each in told.values():
            each.community.passes(hours=hours)
            each.tells(part)
        states = [each.state() for each in told.values()]
        assert states[0] == states[1] == states[2], part
        phases.append(states[0][0][-1][2])  # type: ignore[index]
    assert phases == ["in_hospital", "discharge_ready", "in_hospital", "discharge_ready", "at_home", "in_hospital"]


def test_what_follows_by_time_is_the_same_too(told: dict[str, Told]) -> None:
    """Deadlines pass and rounds begin: three weeks after the homecoming nobody can tell who told it."""
    for part, hours in zip(STORY[:-1], BETWEEN[:-1], strict=True):
        for each in told.values():
            each.community.passes(hours=hours)
            each.tells(part)
    for _ in range(8):
        for each in told.values():
            each.community.passes(hours=60)
        states = [each.state() for each in told.values()]
        assert states[0] == states[1] == states[2]


@pytest.mark.parametrize("seed", range(4))
def test_one_stay_told_by_adt_and_fhir_in_turns_is_one_stay(told: dict[str, Told], seed: int) -> None:
    """Mutant: another name of the stay. Then each way tells of its own."""
    chance, mixed, alone = random.Random(seed), told["fhir"], told["adt"]
    ways = ["fhir", *(chance.choice(("adt", "fhir")) for _ in STORY[1:-1]), "fhir"]
    for part, hours, way in zip(STORY, BETWEEN, ways, strict=True):
        for each, how in ((mixed, way), (alone, "adt")):
            each.community.passes(hours=hours)
            each.way = how
            each.tells(part)
        if way == "adt":
            mixed.is_ready = mixed.now if part == "ready" else None
            mixed.there = mixed.client.get(f"/Encounter/{mixed.there['id']}").json()
        assert mixed.state() == alone.state(), (part, ways)
    assert not rebuild(mixed.community.engine.context, mixed.now, check=True).differing


def test_a_stay_that_a_norwegian_message_told_is_read_and_written_too(told: dict[str, Told]) -> None:
    """Mutant: such a stay is known by no address."""
    town = told["plo"]
    town.tells("admitted")
    with town.community.engine.context.store.reading() as records:
        (stay,) = {row.entry.stay for row in records.log("patient-1") if isinstance(row.entry, Happened)} - {None}
    assert stay is not None
    id = public_id_of_stay(town.community.engine.context.store.tenant, stay)
    town.sender, town.who = "TOWN", town.community.who("kari")
    there = town.client.get(f"/Encounter/{id}").json()
    assert (there["status"], there["period"], "identifier" in there) == (
        "in-progress", {"start": BEGINS.isoformat().replace("+00:00", "Z")}, False
    )  # fmt: skip
    assert_valid(there)
    town.sender = "FJORD"
    town.community.passes(hours=1)
    answer = town.client.put(f"/Encounter/{id}", content=json.dumps({**there, "extension": [ready(town.now)]}).encode())
    assert (answer.status_code, town.state()[0][-1][2]) == (200, "discharge_ready")  # type: ignore[index]
