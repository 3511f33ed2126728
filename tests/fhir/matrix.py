"""Every served type × interaction × caller × object over FHIR: what is asked, and whose canaries sing in the answer.

Types, operations and includes come from the table of what is served, so a new type is asked from the day it is there.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette

from pathway_engine.channels.fhir import FhirChannel
from pathway_engine.domain.directory import Sender
from pathway_engine.fhir.app import create_fhir_app
from pathway_engine.fhir.callers import callers
from pathway_engine.fhir.clients import Client, FixedKeys, read_keys
from pathway_engine.fhir.exchange import Served
from pathway_engine.fhir.granting import Granting
from pathway_engine.fhir.resources import SERVED
from pathway_engine.fhir.tokens import Tokens
from pathway_engine.storage.patients import public_id_of_stay
from tests.access.matrix import GUESSED, OWNER, SONG
from tests.access.world import MAY_SEE, NOW, PATIENTS, World
from tests.fhir.programs import Program
from tests.web.visitor import SECRET

BASE = "http://testserver/fhir"
PEOPLE = ("kari", "ola", "liv", "silje", "jonas", "eva", "rune", "olga")
PROGRAMS: Mapping[str, tuple[str, frozenset[str]]] = {
    "program of ola": ("ola", frozenset({"system/*.cruds"})),
    "program without a scope": ("ola", frozenset({"system/Basic.cruds"})),
}
NOBODY = ("stranger", "wrong key", "southern key", "expired token", "southern token", "forged token", "replayed")
SENDER = "sender"
ADDRESSES = itertools.count()
TASKS_EACH = 2
NUMBERED = ("identifier", "patient:identifier", "subject:identifier")
NUMBER_SYSTEM = "urn:oid:2.16.578.1.12.4.1.4.1"
REFUSED = {400, 403, 404, 405, 406, 409, 410, 412, 415, 422}
GIVEN = {200, 201, 202, 204, 304}
PATIENT = re.compile(rb'"(?:Patient/|id":")(patient-\d+)')
FOR_ALL = frozenset({"AuditEvent"})
"""Of these an asker's own events hold ids that he or she asked for; canaries they hold none."""


@dataclass(frozen=True)
class Probe:
    """One question."""

    asker: str
    type: str
    method: str
    path: str
    query: str = ""
    body: bytes = b""
    content: str = "application/fhir+json"

    def __str__(self) -> str:
        return f"{self.asker}: {self.method} {self.path}?{self.query}"


@dataclass
class Findings:
    """What came of all questions."""

    probes: int = 0
    own: int = 0
    foreign: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)


@dataclass
class Face:
    """The northern tenant's face, and how each asker comes to it."""

    world: World
    keys: dict[str, Program] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = self.world.north.context.directory
        known.senders[("fhir", "STRANGE")] = Sender(  # type: ignore[index]
            id="strange", application="fhir", facility="STRANGE", organisation="viksund"
        )
        self.world.north.context.channels[FhirChannel.name] = FhirChannel()  # type: ignore[index]
        self.keys = {name: Program(name) for name in PROGRAMS}
        self.clients = {
            name: Client(
                client_id=name, name=name, person=person, scopes=scopes,
                keys=FixedKeys(read_keys(self.keys[name].jwks)),
            )
            for name, (person, scopes) in PROGRAMS.items()
        }  # fmt: skip
        for person in PEOPLE:
            self.world.north.grant_access_key(person, f"key-of-{person}", NOW)
        self.world.engines["south"].grant_access_key("kari", "southern-key", NOW)

    def tokens(self, tenant: str = "north") -> Tokens:
        return Tokens(SECRET, tenant, BASE)

    @cached_property
    def app(self) -> Starlette:
        engine, tokens = self.world.north, self.tokens()
        found = callers(engine, self.clients, tokens, {"Bearer key-of-the-sender": "strange"}.get)
        granting = Granting(engine.context, self.clients, tokens, BASE)
        return create_fhir_app(engine.context, found, lambda: NOW, BASE, SECRET, granting)

    def authorization(self, asker: str) -> str:
        """What the asker's requests bring along."""
        scopes = {"system/*.cruds"}
        match asker:
            case "stranger":
                return ""
            case "expired token":
                return f"Bearer {self.tokens().given('program of ola', scopes, NOW - timedelta(minutes=5))}"
            case "southern token":
                return f"Bearer {self.tokens('south').given('program of ola', scopes, NOW)}"
            case "forged token":
                return f"Bearer {self.tokens().given('program of ola', scopes, NOW)[:-4]}AAAA"
            case "replayed":  # an assertion in the place of a token
                program = self.keys["program of ola"]
                return f"Bearer {program.signed(program.claims(NOW, BASE, client_id='program of ola'))}"
            case "wrong key" | "southern key" | "sender":
                return {"wrong key": "Bearer nobody's", "southern key": "Bearer southern-key"}.get(
                    asker, "Bearer key-of-the-sender"
                )
            case _ if asker in PROGRAMS:
                return f"Bearer {self.tokens().given(asker, PROGRAMS[asker][1], NOW)}"
            case _:
                return f"Bearer key-of-{asker}"

    def may_see(self, asker: str) -> frozenset[str]:
        person = PROGRAMS[asker][0] if asker == "program of ola" else asker
        return MAY_SEE.get(person, frozenset())

    # -- what is asked

    @cached_property
    def ids(self) -> list[str]:
        """Ids of every kind: of each patient, and such as nobody ever gave."""
        found: list[str] = []
        for made in PATIENTS:
            context = self.world.engines[made.tenant].context
            with context.store.reading() as records:
                episodes = [row.id for row in records.episodes(self.world.patients[made.name])]
                changes = [f"{row.seq}" for row in records.log(self.world.patients[made.name])]
                looks = [f"{row.id}" for row in records.audit(self.world.patients[made.name])]
            found += [self.world.patients[made.name], *self.world.tasks[made.name][:TASKS_EACH], *episodes[:1]]
            found += [public_id_of_stay(made.tenant, made.canary("stay")), changes[-1], looks[0]]
        return list(dict.fromkeys([*found, *GUESSED]))

    def probes(self) -> Iterator[Probe]:
        for asker in (*PEOPLE, *PROGRAMS, *NOBODY, SENDER):
            for served in SERVED.values():
                yield from self._of_type(asker, served)

    def _of_type(self, asker: str, served: Served) -> Iterator[Probe]:
        few = asker in NOBODY or not _is_about_people(served)
        ids = [self.world.patients["bodil"], *self.world.tasks["bodil"][:1], GUESSED[0]] if few else self.ids
        for id in ids:
            yield Probe(asker, served.type, "GET", f"/{served.type}/{id}")
        yield from self._searches(asker, served)
        for made in PATIENTS[1:2] if few else PATIENTS[:3]:
            yield from self._writes(asker, served, self.world.patients[made.name], self.world.tasks[made.name][0])
            yield from self._operations(asker, served, self.world.patients[made.name], self.world.tasks[made.name][0])

    def _searches(self, asker: str, served: Served) -> Iterator[Probe]:
        path, names = f"/{served.type}", {each.name for each in served.parameters}
        brought = [("_include", each) for each in served.includes] + [
            ("_revinclude", each) for each in served.revincludes
        ]
        for asked in ([], [("_count", "2")], [("_summary", "count")], [("_total", "accurate")], brought):
            yield Probe(asker, served.type, "GET", path, urlencode(asked))
        form = "application/x-www-form-urlencoded"
        for made in PATIENTS:
            patient = self.world.patients[made.name]
            person = f"{NUMBER_SYSTEM}|{made.number.digits}"
            for name in names & {"patient", "subject", "_id", "entity", "target"}:
                yield Probe(asker, served.type, "GET", path, urlencode([(name, f"Patient/{patient}")]))
            for name in [each for each in NUMBERED if each.partition(":")[0] in names]:
                posted = urlencode([(name, person)]).encode()
                yield Probe(asker, served.type, "POST", f"{path}/_search", "", posted, form)
            for name in names & {"name", "family", "given", "address", "phone", "telecom"}:
                posted = urlencode([(name, made.canary("family"))]).encode()
                yield Probe(asker, served.type, "POST", f"{path}/_search", "", posted, form)

    def _writes(self, asker: str, served: Served, patient: str, task: str) -> Iterator[Probe]:
        about = {name: {"reference": f"Patient/{patient}"} for name in ("for", "subject", "patient")}
        body = json.dumps({"resourceType": served.type, "id": task, "status": "completed", **about}).encode()
        patch = json.dumps([{"op": "test", "path": "/id", "value": task}]).encode()
        yield Probe(asker, served.type, "POST", f"/{served.type}", "", body)
        for id in (patient, task):
            yield Probe(asker, served.type, "PUT", f"/{served.type}/{id}", "", body.replace(task.encode(), id.encode()))
            yield Probe(asker, served.type, "PATCH", f"/{served.type}/{id}", "", patch, "application/json-patch+json")
            yield Probe(asker, served.type, "DELETE", f"/{served.type}/{id}")

    def _operations(self, asker: str, served: Served, patient: str, task: str) -> Iterator[Probe]:
        parameters = {
            "resourceType": "Parameters",
            "parameter": [{"name": "subject", "valueString": f"Patient/{patient}"}],
        }
        for each in served.operations:
            places = [f"/{id}" for id in (patient, task)] if each.on_instance else []
            for place in (*places, *([""] if each.on_type else [])):
                for method in each.methods:
                    path = f"/{served.type}{place}/{each.name}"
                    body = json.dumps(parameters).encode() if method == "POST" else b""
                    yield Probe(asker, served.type, method, path, urlencode([("subject", f"Patient/{patient}")]), body)


def _is_about_people(served: Served) -> bool:
    """Whether resources of the type are some patient's: by what they are searched by."""
    return served.type == "Patient" or bool({each.name for each in served.parameters} & {"patient", "subject"})


def run(face: Face) -> Findings:
    """Ask everything, and hold each answer against what the asker may meet."""
    return asyncio.run(_run(face))


async def _run(face: Face) -> Findings:
    found, headers = Findings(), {}
    for probe in face.probes():
        if probe.asker not in headers:
            headers[probe.asker] = face.authorization(probe.asker)
        status, told = await ask(face.app, probe, headers[probe.asker])
        _judge(face, probe, status, told, found)
    return found


async def ask(app: Starlette, probe: Probe, authorization: str) -> tuple[int, bytes]:
    """Return status and everything else of one answer; each question comes from an address of its own."""
    headers = [(b"host", b"testserver"), (b"content-type", probe.content.encode())]
    if authorization:
        headers.append((b"authorization", authorization.encode()))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": probe.method, "scheme": "http",
        "path": probe.path, "raw_path": probe.path.encode(), "query_string": probe.query.encode(), "root_path": "",
        "client": (f"address {next(ADDRESSES)}", 5000), "server": ("testserver", 80), "headers": headers,
    }  # fmt: skip
    sent: list[dict[str, Any]] = []
    waiting = [{"type": "http.request", "body": probe.body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)  # type: ignore[arg-type]
    told = b"\n".join(name + b": " + value for name, value in sent[0]["headers"])
    return sent[0]["status"], told + b"\n" + b"".join(message.get("body", b"") for message in sent[1:])


def _judge(face: Face, probe: Probe, status: int, told: bytes, found: Findings) -> None:
    found.probes += 1
    found.types[probe.type] += 1
    found.statuses[probe.asker, status] += 1
    allowed, shown = face.may_see(probe.asker), _shown(told)
    for canary in set(SONG.findall(shown)):
        if OWNER[canary] in allowed:
            found.own += 1
        else:
            found.foreign.append(f"{probe}: {canary.decode()}")
    if probe.type not in FOR_ALL:
        names = {face.world.patients[made.name].encode(): made.name for made in PATIENTS if made.tenant == "north"}
        for id in set(PATIENT.findall(shown)):
            if names.get(id) not in allowed:
                found.foreign.append(f"{probe}: {id.decode()}")
    if not _is_fit(probe.asker, status):
        found.wrong.append(f"{probe}: {status}")


def _shown(told: bytes) -> bytes:
    """What an answer shows, without the address that says back what was asked."""
    head, brace, rest = told.partition(b"\n{")
    try:
        body = json.loads(brace + rest)
    except ValueError:
        return told
    return head + json.dumps(body | {"link": []}, separators=(",", ":"), ensure_ascii=False).encode()


def _is_fit(asker: str, status: int) -> bool:
    if asker in NOBODY:
        return status == 401
    if asker == "program without a scope":
        return status in {403, 404, 405}
    return status in REFUSED | GIVEN
