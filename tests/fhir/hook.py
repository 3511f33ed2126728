"""A program that subscribes, and its endpoint: a real HTTP server on this machine that answers as it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from pathway_engine.domain.events import Act
from pathway_engine.domain.subscriptions import Topic
from pathway_engine.fhir.app import create_fhir_app
from pathway_engine.fhir.callers import callers
from pathway_engine.fhir.subscription_messenger import HookMessenger
from pathway_engine.service.context import Context
from pathway_engine.service.endpoints import read_endpoints
from pathway_engine.service.subscriptions.delivery import notify_due
from pathway_engine.service.subscriptions.outward import Messenger
from pathway_engine.transports.hooks import HookPost
from tests.service.community import Community
from tests.web.visitor import TestClient

BASE = "http://testserver"
OURS = "https://pathway-engine.example/fhir/SubscriptionTopic"
KINDS = {"heartbeat": "valueUnsignedInt", "timeout": "valueUnsignedInt", "most": "valuePositiveInt"}
BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition"


@dataclass
class Endpoint:
    """Takes notifications on a port of its own; *answers* says what to each, by its number from 0."""

    answers: Callable[[int], int] = lambda number: 200
    seconds: float = 0.0
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.headers.append({name.lower(): value for name, value in self.headers.items()})
                endpoint.bodies.append(json.loads(raw))
                time.sleep(endpoint.seconds)
                code = endpoint.answers(len(endpoint.bodies) - 1)
                self.send_response(code)
                if 300 <= code < 400:
                    self.send_header("Location", f"{endpoint.origin}/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/hook"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # -- what came

    def kinds(self) -> list[str]:
        return [str(parameter(body, "type")) for body in self.bodies]

    def events(self) -> list[dict[str, str]]:
        """Every event of every notification, in the order in which they came."""
        return [event for body in self.bodies for event in events_of(body)]

    def numbers(self) -> list[int]:
        return [int(event["event-number"]) for event in self.events()]

    def focuses(self) -> list[str]:
        return [event.get("focus", "") for event in self.events()]


def parameter(bundle: dict[str, Any], name: str) -> Any:
    """The value of a parameter of a notification's status."""
    for each in bundle["entry"][0]["resource"]["parameter"]:
        if each["name"] == name:
            return next(value for key, value in each.items() if key.startswith("value"))
    return None


def events_of(bundle: dict[str, Any]) -> list[dict[str, str]]:
    """The events of a notification, each by the names of its parts; references without the base."""
    found = []
    for each in bundle["entry"][0]["resource"]["parameter"]:
        if each["name"] == "notification-event":
            values = {part["name"]: next(v for k, v in part.items() if k.startswith("value")) for part in each["part"]}
            found.append({
                name: value["reference"].removeprefix(f"{BASE}/") if isinstance(value, dict) else value
                for name, value in values.items()
            })  # fmt: skip
    return found


def wished(endpoint: str, topic: str = Topic.TASK_CHANGED, **more: Any) -> dict[str, Any]:
    """A Subscription as a program posts it; `filters`, `content`, `heartbeat`, `most`, `header` and elements."""
    extension = [
        {"url": f"{BACKPORT}/backport-filter-criteria", "valueString": text} for text in more.pop("filters", ())
    ]
    channel: dict[str, Any] = {"type": "rest-hook", "endpoint": endpoint, "payload": "application/fhir+json"}
    if "content" in more:
        content = {"url": f"{BACKPORT}/backport-payload-content", "valueCode": more.pop("content")}
        channel["_payload"] = {"extension": [content]}
    names = {"heartbeat": "heartbeat-period", "timeout": "timeout", "most": "max-count"}
    found = [
        {"url": f"{BACKPORT}/backport-{url}", KINDS[name]: more.pop(name)}
        for name, url in names.items()
        if name in more
    ]
    channel |= {"extension": found} if found else {}
    channel |= {"header": more.pop("header")} if "header" in more else {}
    told = {
        "resourceType": "Subscription", "status": "requested", "reason": "Our own list", "criteria": f"{OURS}/{topic}",
        "channel": channel, **more,
    }  # fmt: skip
    return {**told, "_criteria": {"extension": extension}} if extension else told


@dataclass
class Listening:
    """A community, the face as Kari's program sees it, and an endpoint of hers."""

    community: Community
    endpoint: Endpoint
    face: TestClient = field(init=False)
    messenger: Messenger = field(init=False)

    def __post_init__(self) -> None:
        self.allow(self.endpoint.origin)
        self.face = self.as_seen_by("kari")

    @property
    def context(self) -> Context:
        return self.community.engine.context

    def allow(self, *origins: str) -> None:
        """Let the installation send to *origins*."""
        object.__setattr__(self.context, "endpoints", read_endpoints(",".join(origins)))
        self.messenger = HookMessenger(HookPost(self.context.endpoints), BASE)

    def as_seen_by(self, person: str) -> TestClient:
        key = person[0] * 40
        self.community.engine.grant_access_key(person, key, self.community.now)
        engine = self.community.engine
        app = create_fhir_app(engine.context, callers(engine), lambda: self.community.now, BASE)
        return TestClient(app, headers={"Authorization": f"Bearer {key}"})

    def restart(self) -> None:
        """Begin anew on the same database."""
        endpoints = self.context.endpoints
        self.community.restart()
        object.__setattr__(self.context, "endpoints", endpoints)
        self.face = self.as_seen_by("kari")

    def asks(self, topic: str = Topic.TASK_CHANGED, **more: Any) -> str:
        """Subscribe; return the id. The handshake has not been made yet."""
        answer = self.face.post("/Subscription", json=wished(self.endpoint.url, topic, **more))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def subscribes(self, topic: str = Topic.TASK_CHANGED, **more: Any) -> str:
        """Subscribe and shake hands; return the id."""
        id = self.asks(topic, **more)
        self.notifies()
        assert self.read(id)["status"] == "active"
        return id

    def read(self, id: str) -> dict[str, Any]:
        answer = self.face.get(f"/Subscription/{id}")
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    def notifies(self, **after: float) -> int:
        """Let time pass and the relay do what is due; return how many notifications it tried."""
        self.community.now += timedelta(**after)
        return notify_due(self.context, self.messenger, lambda: self.community.now)


def claims(listening: Listening, person: str = "ola", step: str = "HPH2") -> str:
    """Somebody takes a task; return its id."""
    community = listening.community
    task = community.list_of(person)[step]
    who, now = community.who(person), community.now
    community.engine.act(who, task.id, Act.CLAIM, version=task.version, key=f"{task.id}/{task.version}", now=now)
    return task.id
