"""Two tenants with the same directory, patients with a canary in every field, and everybody who may ask.

Ids of patients are the same in both tenants on purpose: one forgotten condition then shows the other's.
"""

from __future__ import annotations

import itertools
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from importlib.resources import files as resources
from pathlib import Path

from fastapi import FastAPI
from itsdangerous import TimestampSigner

from pathway_engine.domain.directory import Directories, Directory, Person
from pathway_engine.domain.events import Act, Demographics, FactValue, Happened, Identifier, Reading
from pathway_engine.domain.identifiers import NationalIdentityNumber, make_synthetic
from pathway_engine.language.directory import read_directory
from pathway_engine.service.access import emergency
from pathway_engine.service.access.passwords import digest
from pathway_engine.service.channel import Answer, Header
from pathway_engine.service.context import build_context
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming
from pathway_engine.service.views import Principal
from pathway_engine.storage.records import Records
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store
from pathway_engine.web import WebSettings, create_app
from pathway_engine.web.live import Watch
from tests.service.community import shipped_files

NOW = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
SECRET = "a secret of at least thirty-two characters"
TOKEN = "the-token-of-every-form"
COOKIE = "pathway"


@dataclass(frozen=True)
class Made:
    """A made-up patient: where, on which ward, and the letter that all his or her canaries begin with."""

    name: str
    tenant: str
    municipality: str
    district: str
    ward: str
    letter: str
    serial: int

    def canary(self, place: str) -> str:
        """Twelve signs that stand nowhere else: Q, the patient, the place."""
        return f"Q{self.letter}{place.upper():Z<10}"[:12]

    @cached_property
    def number(self) -> NationalIdentityNumber:
        return NationalIdentityNumber(make_synthetic(date(1938, 5, 4), self.serial))

    @cached_property
    def canaries(self) -> tuple[str, ...]:
        places = ("family", "given", "address", "city", "phone", "local", "comment", "fact", "stay", "words")
        return (*(self.canary(place) for place in places), self.number.digits)


ASTA = Made("asta", "north", "5001", "Lerkendal", "MED2", "A", 1)
BODIL = Made("bodil", "north", "5001", "Østbyen", "KIR1", "B", 2)
CLARA = Made("clara", "north", "5059", "Sentrum", "KIR1", "C", 3)
DAGNY = Made("dagny", "south", "5001", "Lerkendal", "MED2", "D", 4)
PATIENTS = (ASTA, BODIL, CLARA, DAGNY)
TWINS = tuple(
    replace(made, name=f"twin of {made.name}", tenant="south", letter=letter, serial=made.serial + 10)
    for made, letter in ((ASTA, "E"), (BODIL, "F"), (CLARA, "G"))
)
"""Patients of the other tenant with the same ids as the first three."""
EVERYBODY = (*PATIENTS[:3], *TWINS, DAGNY)

MAY_SEE: Mapping[str, frozenset[str]] = {
    "kari": frozenset({"asta"}),
    "amir": frozenset({"asta"}),
    "turid": frozenset({"asta"}),
    "hanne": frozenset({"asta"}),
    "ola": frozenset({"bodil"}),
    "ingrid": frozenset({"bodil"}),
    "silje": frozenset({"asta", "bodil"}),
    "bjorn": frozenset({"asta", "bodil"}),
    "marit": frozenset({"asta"}),
    "jonas": frozenset({"bodil", "clara"}),
    "liv": frozenset({"clara"}),
    "per": frozenset({"clara"}),
    "anne": frozenset({"clara"}),
    "nils": frozenset({"asta", "clara"}),  # by alarms
    "eva": frozenset({"asta"}),
    "tone": frozenset(),
    "rune": frozenset({"asta", "clara"}),  # by alarms
    "sigrid": frozenset(),
    "olga": frozenset(),
}
"""Whose canaries each person may meet: written down by hand, asked of nobody."""

NOBODY = ("stranger", "forged", "expired", "idle", "ended", "gone", "southern session", "southern key", "wrong key")
"""Askers who are nobody here, however they come."""


class CanaryChannel:
    """JSON messages whose every text is a canary."""

    name = "canary"

    def header(self, raw: bytes) -> Header:
        told = json.loads(raw)
        return Header(application="EPJ", facility="FJORDSYK", message_id=told["id"], message_type="CANARY")

    def read(self, raw: bytes, sender: object) -> Reading:
        told = json.loads(raw)
        made = next(each for each in EVERYBODY if each.name == told["patient"])
        stay, at = made.canary("stay"), datetime.fromisoformat(told["at"])
        facts: dict[str, FactValue] = {
            "ward": made.ward,
            "receives_services": True,
            "gp": "8400002" if made is ASTA else "nobody",
        }
        extra = {"destination": "home"} if told["event"] == "discharged" else {}
        entry = Happened(
            id=told["id"], name=told["event"], cause=f"{told['event']}/{stay}", occurred_at=at, recorded_at=at,
            stay=stay, facts={**facts, **extra, "note": made.canary("fact")}, source=f"canary:{told['id']}",
        )  # fmt: skip
        return Reading(
            message_type="CANARY", entries=(entry,), stay=stay, sender="FJORDSYK", recorded_at=at,
            identifiers=(
                Identifier(system=made.number.system, value=made.number.digits),
                Identifier(system="local:FJORDSYK", value=made.canary("local")),
            ),
            demographics=Demographics(
                family=made.canary("family"), given=made.canary("given"), birth_date=date(1938, 5, 4),
                address=made.canary("address"), city=made.canary("city"), phone=made.canary("phone"),
                municipality=made.municipality, district=made.district,
            ),
        )  # fmt: skip

    def answer(self, raw: bytes, answer: Answer, now: datetime, number: int) -> bytes | None:
        return None


def community() -> Directory:
    """The demonstration's directory, with somebody who has no seat that matters."""
    known = read_directory((resources("pathway_engine.demonstration") / "directory.yaml").read_bytes())
    olga = Person(id="olga", name="Olga", seats=(("fjordsyk", "operator"),))
    return replace(known, people={**known.people, "olga": olga})


@dataclass
class World:
    """The pages of the northern tenant, and ids of all that there is in both."""

    folder: Path
    engines: dict[str, Engine] = field(default_factory=dict)
    tasks: dict[str, list[str]] = field(default_factory=dict)
    patients: dict[str, str] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=itertools.count)
    app: FastAPI = field(init=False)

    def __post_init__(self) -> None:
        url = f"sqlite:///{self.folder}/pathway.sqlite"
        upgrade(url)
        for tenant in ("north", "south"):
            self.engines[tenant] = self._engine(url, tenant)
        for made in EVERYBODY:
            self._live(made)
        self._emergencies()
        settings = WebSettings(session_secret=SECRET, https_only=False)
        self.app = create_app(self.north, settings, lambda: NOW)
        self.app.state.watch = Watch(stream_seconds=0.01)

    @property
    def north(self) -> Engine:
        return self.engines["north"]

    def close(self) -> None:
        for engine in self.engines.values():
            engine.context.store.close()

    def who(self, person: str, tenant: str = "north") -> Principal:
        found = self.engines[tenant].principal(person, "")
        assert found is not None, person
        return found

    def _engine(self, url: str, tenant: str) -> Engine:
        ids = itertools.count(1)
        context = build_context(
            Store(url, tenant), Directories(((NOW - timedelta(days=99), community()),)),
            [shipped_files("hph"), shipped_files("ward_stay")], [CanaryChannel()],
            lambda: f"patient-{next(ids)}", NOW,
        )  # fmt: skip
        return Engine(context)

    def _live(self, made: Made) -> None:
        """A stay from admission to homecoming two days ago, with a comment of the unit's nurse."""
        engine = self.engines[made.tenant]
        for event, days in (("admitted", 6), ("discharge_ready", 4), ("discharged", 2)):
            at = NOW - timedelta(days=days)
            told = {"id": f"{made.name}-{event}", "patient": made.name, "event": event, "at": at.isoformat()}
            engine.receive(Incoming(json.dumps(told).encode(), "canary", "test"), at)
        engine.wake_due(NOW)
        with engine.context.store.reading() as records:
            patient = records.find_patient([Identifier(system="local:FJORDSYK", value=made.canary("local"))])
            assert patient is not None
            rows = records.tasks_of_patient(patient.id)
        self.patients[made.name] = patient.id
        self.tasks[made.name] = [row.id for row in rows]
        self._comment(engine, made)

    def _comment(self, engine: Engine, made: Made) -> None:
        nurse = {"asta": "kari", "bodil": "ola", "clara": "liv", "dagny": "kari"}[made.name.removeprefix("twin of ")]
        who = self.who(nurse, made.tenant)
        for number, task in enumerate(engine.worklist(who, NOW)):
            if task.patient_name.startswith(made.canary("given")):
                engine.act(
                    who, task.id, Act.COMMENT, version=task.version, key=f"comment-{made.name}-{number}", now=NOW,
                    comment=made.canary("comment"),
                )  # fmt: skip

    def _emergencies(self) -> None:
        """Jonas' emergency access to Asta is over, that to Clara holds, and Per's is the other tenant's."""
        begun = (("north", "jonas", ASTA, 5), ("north", "jonas", CLARA, 1), ("south", "per", TWINS[1], 1))
        for tenant, person, made, hours in begun:
            emergency.begin(
                self.engines[tenant].context, self.who(person, tenant), made.number, "acute",
                f"Trenger hjelp nå, {made.canary('words')}", NOW - timedelta(hours=hours),
            )  # fmt: skip

    # -- askers

    def headers_of(self, asker: str) -> list[tuple[bytes, bytes]]:
        """What the asker's browser or program sends: always the token of a form, seldom a right to anything."""
        match asker:
            case "stranger":
                return []
            case "southern key" | "wrong key" | "kari's key":
                return [(b"authorization", f"Bearer {asker}".encode())]
            case "forged":
                return [_cookie("guessed", b"another secret, which is long enough too")]
            case _:
                return [_cookie(self._session(asker))]

    def _session(self, asker: str) -> str:
        if asker == "southern session":
            return self.engines["south"].access.begin(self.who("kari", "south"), "password", NOW)
        person = "kari" if asker in NOBODY else asker
        ago = {"expired": timedelta(hours=10), "idle": timedelta(minutes=30)}.get(asker, timedelta(0))
        who = replace(self.who(person), person="left") if asker == "gone" else self.who(person)
        secret = self.north.access.begin(who, "password", NOW - ago)
        if asker == "ended":
            self.north.access.end(secret, NOW)
        if asker == "expired":  # busy to the last
            self.north.context.committed(lambda records: _seen(records, secret))
        return secret

    def grant_keys(self) -> None:
        """A key of each tenant for its Kari."""
        self.north.grant_access_key("kari", "kari's key", NOW)
        self.engines["south"].grant_access_key("kari", "southern key", NOW)


def _seen(records: Records, secret: str) -> None:
    row = records.session(digest(secret))
    assert row is not None
    records.save_session(replace(row, seen_at=NOW))


def _cookie(secret: str, signed_with: bytes = SECRET.encode()) -> tuple[bytes, bytes]:
    held = b64encode(json.dumps({"sid": secret, "form_token": TOKEN}).encode())
    return b"cookie", f"{COOKIE}=".encode() + TimestampSigner(signed_with.decode()).sign(held)
