"""Part `fhir`: searching tasks and writing stays, against the bare framework that answers the same bytes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message

from tests.bench.databases import Ground
from tests.bench.report import Section, Table, median, ms, verdict
from tests.fhir.ward import Ward, encounter
from tests.service.community import START, Community

TITLE = "FHIR: a search of tasks, and a stay that is written"
PATIENTS, PAGE, MOST_TIMES = 400, 1000, 5.0
KARI = {"authorization": "Bearer kari", "accept": "application/fhir+json"}
HOW = f"""\
Requests are given to the application without a network, one after the other. *Bare* is Starlette alone, which reads
the body and answers the same bytes. A search gives one page of up to {PAGE:,} tasks, or 20 of them; a write is an
Encounter that tells an admission, which opens an episode, and is committed as a message. CPU is that of this
process, the medians of the repeats.

Target: a page of {PAGE:,} tasks costs at most {MOST_TIMES:g} times `json.dumps` of the same Bundle."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as the application gets it."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = tuple(KARI.items())

    def scope(self) -> dict[str, Any]:
        """As ASGI has it."""
        return {
            "type": "http", "http_version": "1.1", "method": self.method, "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": self.query.encode(), "root_path": "", "scheme": "http", "server": ("testserver", 80),
            "client": ("127.0.0.1", 1), "headers": [(name.encode(), value.encode()) for name, value in self.headers],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU and wall seconds of one request, and what it answered."""

    cpu: float
    wall: float
    body: bytes


def measured(ground: Ground, kinds: Sequence[str], repeats: int, *, is_quick: bool) -> Section:
    """Measure over each database."""
    table = Table(("database", "request", "answer, bytes", "requests a second", "CPU ms", "bare, CPU ms", "times"))
    notes = []
    for kind in kinds:
        ward = _lived(Ward(Community(ground.fresh(kind))), 10 if is_quick else PATIENTS)
        app = ward.client.app
        for name, asked in _requests():
            ours, bare = _both(app, asked, repeats, 1 if is_quick else 20)
            table.rows.append((kind, name, f"{len(ours.body):,}", *_row(ours, bare)))
            print("  " + " ".join(f"{each:>10}" for each in table.rows[-1]), flush=True)
            if name.startswith("search, a page"):
                times = ours.cpu / _dumping(ours.body, repeats)
                notes.append(
                    f"{kind}: a page of {PAGE:,} tasks costs {times:.1f} times `json.dumps` of it; "
                    f"at most {MOST_TIMES:g}: {verdict(times <= MOST_TIMES)}"
                )
        ward.community.close()
    for line in notes:
        print(f"  {line}", flush=True)
    return Section(TITLE, HOW, (table,), tuple(notes))


def _lived(ward: Ward, patients: int) -> Ward:
    """Patients of Kari's unit who came home, with their tasks."""
    community = ward.community
    told = [("admitted", {"receives_services": True}), ("discharge_ready", {}), ("discharged", {"destination": "home"})]
    for name, facts in told:
        for patient in range(patients):
            at = (community.now + timedelta(seconds=patient)).isoformat()
            entry = {
                "id": f"{name}-{patient}", "name": name, "cause": f"{name}/S{patient}", "at": at, "recorded": at,
                "stay": f"S{patient}", "facts": facts,
            }  # fmt: skip
            community.send(patient=f"P{patient}", entries=[entry], stay=f"S{patient}", district="01")
        community.passes(hours=20)
    with community.engine.context.store.engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")  # as a database that has been in use has been
    return ward


def _requests() -> Iterable[tuple[str, Callable[[int], Asked]]]:
    yield "search, 20 tasks", lambda _: Asked("GET", "/Task", "status=requested&_sort=due-date&_count=20")
    yield "search, a page of 1,000 tasks", lambda _: Asked("GET", "/Task", f"_count={PAGE}")
    yield "write an Encounter", _write


def _write(number: int) -> Asked:
    stay = encounter(visit=f"B{number}", period={"start": (START + timedelta(hours=60)).isoformat()})
    headers = (("content-type", "application/fhir+json"), ("authorization", ""), ("x-request-id", f"bench-{number}"))
    return Asked("POST", "/Encounter", body=json.dumps(stay).encode(), headers=headers)


def _both(app: ASGIApp, asked: Callable[[int], Asked], repeats: int, times: int) -> tuple[Cost, Cost]:
    ours, bare = [], []
    number = 0
    for _ in range(repeats):
        requests = [asked(number + each) for each in range(times)]
        number += times
        ours.append(asyncio.run(_cost(app, requests)))
        bare.append(asyncio.run(_cost(_bare(ours[-1].body), requests)))
    return _middle(ours), _middle(bare)


def _middle(costs: Sequence[Cost]) -> Cost:
    return Cost(median([each.cpu for each in costs]), median([each.wall for each in costs]), costs[-1].body)


async def _cost(app: ASGIApp, requests: Sequence[Asked]) -> Cost:
    await _answer(app, requests[0]) if requests[0].method == "GET" else None  # the first starts threads
    cpu, wall = time.process_time(), time.perf_counter()
    for each in requests:
        body = await _answer(app, each)
    spent = (time.process_time() - cpu) / len(requests)
    return Cost(spent, (time.perf_counter() - wall) / len(requests), body)


async def _answer(app: ASGIApp, asked: Asked) -> bytes:
    parts: list[bytes] = []
    status = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": asked.body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        status = message.get("status", status)
        parts.append(message.get("body", b""))

    await app(asked.scope(), receive, send)
    assert status in (200, 201), (status, b"".join(parts)[:500])
    return b"".join(parts)


def _bare(body: bytes) -> ASGIApp:
    async def answer(request: Request) -> Response:
        await request.body()
        return Response(body, media_type="application/fhir+json")

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])


def _row(ours: Cost, bare: Cost) -> tuple[str, ...]:
    return f"{1 / ours.wall:,.0f}", ms(ours.cpu), ms(bare.cpu), f"{ours.cpu / bare.cpu:.0f}"


def _dumping(body: bytes, repeats: int) -> float:
    """The CPU seconds of `json.dumps` of the same."""
    found: Mapping[str, Any] = json.loads(body)
    taken = []
    for _ in range(repeats * 4):
        before = time.process_time()
        json.dumps(found)
        taken.append(time.process_time() - before)
    return median(taken)
