"""Every route × asker × object × method × format: what is asked, what may be answered, and whose canaries sing."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from pathway_engine.web.rights import ANYONE, RIGHTS, roles_of
from tests.access.world import EVERYBODY, MAY_SEE, NOBODY, NOW, PATIENTS, TOKEN, World

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ANSWERED = ("GET", "HEAD", "POST")
FORMATS = ("text/html", "application/json")
GUESSED = ("00000000-0000-5000-8000-000000000000", "patient-99", "notice-1")
ENDS_THE_SESSION = {"/sign-out", "/lock", "/locked", "/account/sign-out-everywhere", "/sign-in", "/first-password"}
REFUSED = {303, 307, 400, 401, 403, 404, 405, 409, 413, 415, 422}
TASKS_EACH = 2
ENOUGH = 20
OWNER = {canary.encode(): made.name for made in EVERYBODY for canary in made.canaries}
SONG = re.compile(b"|".join(map(re.escape, OWNER)))


@dataclass(frozen=True)
class Probe:
    """One question."""

    asker: str
    method: str
    route: str
    path: str
    kind: str
    format: str


@dataclass
class Findings:
    """What came of all questions."""

    probes: int = 0
    own: int = 0
    foreign: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)


def askers() -> tuple[str, ...]:
    return (*MAY_SEE, *NOBODY, "kari's key")


def objects(world: World) -> list[tuple[str, str]]:
    """Ids of every kind: of each patient, of some of the tasks, and such as nobody ever gave."""
    ids = [(f"task of {made.name}", each) for made in PATIENTS for each in world.tasks[made.name][:TASKS_EACH]]
    ids += [(f"patient {made.name}", world.patients[made.name]) for made in PATIENTS]
    ids += [("notice", each) for each in _notices(world)]
    return [*ids, *(("guessed", each) for each in GUESSED)]


def _notices(world: World) -> list[str]:
    found = []
    for engine in world.engines.values():
        auditor = engine.principal("rune", "")
        assert auditor is not None
        found += [task.id for task in engine.worklist(auditor, NOW)]
    return found


def probes(world: World) -> Iterator[Probe]:
    paths = sorted({path for _, path in RIGHTS})
    ids = objects(world)
    for asker in askers():
        for route in paths:
            filled = [(kind, re.sub(r"\{\w+\}", id, route)) for kind, id in ids] if "{" in route else [("", route)]
            for place, (kind, path) in enumerate(filled):
                for method in (
                    METHODS if place == 0 else ANSWERED
                ):  # the others are refused before the path is filled in
                    for wanted in FORMATS if method in ANSWERED else FORMATS[:1]:
                        yield Probe(asker, method, route, path, kind, wanted)


def run(world: World) -> Findings:
    """Ask everything, and hold each answer against what the asker may meet."""
    return asyncio.run(_run(world))


async def _run(world: World) -> Findings:
    found, headers = Findings(), {}
    alike: dict[tuple[str, str, str, str], tuple[int, bytes]] = {}
    for probe in probes(world):
        if probe.asker not in headers:
            headers[probe.asker] = world.headers_of(probe.asker)
        status, told, body = await ask(world.app, probe, headers[probe.asker])
        if probe.method == "POST" and probe.route in ENDS_THE_SESSION:
            del headers[probe.asker]
        _judge(world, probe, status, told, body, found)
        _compare(probe, status, body, alike, found)
        if len(found.foreign) + len(found.wrong) >= ENOUGH:  # a broken program need not be asked everything
            break
    return found


async def ask(app: Any, probe: Probe, headers: Sequence[tuple[bytes, bytes]]) -> tuple[int, bytes, bytes]:
    """Return status, headers and body of one request, as the application gives them to a server."""
    form = {"form_token": TOKEN, "act": "claim", "version": "999", "key": "probe-of-the-matrix", "reason": ""}
    body = urlencode(form).encode() if probe.method in ("POST", "PUT", "PATCH") else b""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": probe.method, "scheme": "http",
        "path": probe.path, "raw_path": probe.path.encode(), "query_string": b"", "root_path": "",
        "client": ("127.0.0.1", 5000), "server": ("testserver", 80),
        "headers": [(b"host", b"testserver"), (b"accept", probe.format.encode()),
                    (b"content-type", b"application/x-www-form-urlencoded"), *headers],
    }  # fmt: skip
    sent: list[dict[str, Any]] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    told = b"\n".join(name + b": " + value for name, value in start["headers"])
    return start["status"], told, b"".join(message.get("body", b"") for message in sent[1:])


def _judge(world: World, probe: Probe, status: int, told: bytes, body: bytes, found: Findings) -> None:
    found.probes += 1
    found.statuses[status] += 1
    said = told + body
    allowed = may_see(probe.asker)
    for canary in set(SONG.findall(said)):
        if OWNER[canary] in allowed:
            found.own += 1
        else:
            found.foreign.append(f"{probe.asker} {probe.method} {probe.path} ({probe.kind}): {canary.decode()}")
    if not _is_fit(probe, status):
        found.wrong.append(f"{probe.asker} {probe.method} {probe.path} ({probe.kind}): {status}")


def may_see(asker: str) -> frozenset[str]:
    """Whose canaries the asker may meet."""
    return MAY_SEE["kari"] if asker == "kari's key" else MAY_SEE.get(asker, frozenset())


def _is_fit(probe: Probe, status: int) -> bool:
    """Whether the status is one that this asker may be given on this route."""
    roles = roles_of(probe.method, probe.route)
    if probe.asker in ("tone", "sigrid") and probe.route in ("/", "/tasks/{task_id}", "/api/worklist"):
        return status in (403, 405)  # written down by hand: these see no patients
    if status in REFUSED:
        return True
    is_nobody = probe.asker in NOBODY or (probe.asker == "kari's key" and not probe.path.startswith("/api/"))
    if is_nobody:
        return bool(roles & ANYONE) and status in (200, 204, 503)
    return status in (200, 204, 502, 503)


def _compare(
    probe: Probe, status: int, body: bytes, alike: dict[tuple[str, str, str, str], tuple[int, bytes]], found: Findings
) -> None:
    """A foreign object must look as one that was never there: same status, same page."""
    names = {made.name for made in PATIENTS if made.name in probe.kind}
    if "{" not in probe.route or names & may_see(probe.asker) or probe.kind == "notice":
        return
    key = (probe.asker, probe.route, probe.method, probe.format)
    plain = body.replace(probe.path.encode(), b"PATH")
    if alike.setdefault(key, (status, plain)) != (status, plain):
        found.wrong.append(f"{probe.asker} {probe.method} {probe.path} ({probe.kind}) differs from a missing one")
