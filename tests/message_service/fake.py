"""A message service of the test's own: the REST shape of EDI 2.0, version 2, in memory, with moods."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

TOKEN = "a-token-that-is-valid-now"
ID = r"([0-9a-f-]{36})"


@dataclass
class Held:
    """A message at the service for one receiver."""

    id: str
    receiver: int
    raw: bytes
    is_read: bool = False
    receipt: str | None = None


@dataclass
class FakeService:
    """What it holds, what was posted to it, and how it behaves: `moods` are had one a call, then all is well.

    What is posted is taken for the receipt of the message that was fetched last, when it `knows_receipts`.
    """

    held: list[Held] = field(default_factory=list)
    posted: list[bytes] = field(default_factory=list)
    moods: list[str] = field(default_factory=list)
    knows_receipts: bool = True
    fetched: Held | None = None
    calls: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def gets(self, raw: bytes, receiver: int = 80123) -> Held:
        """Let a message arrive for *receiver*."""
        held = Held(str(uuid4()), receiver, raw)
        self.held.append(held)
        return held

    def named(self, id: str) -> Held | None:
        return next((each for each in self.held if each.id == id), None)

    def unread(self) -> list[bytes]:
        return [each.raw for each in self.held if not each.is_read]


class Handler(BaseHTTPRequestHandler):
    """One call."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _serve(self) -> None:
        fake = self.server.fake
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with fake.lock:
            fake.calls.append(f"{self.command} {urlsplit(self.path).path.rpartition('/')[2][:20]}")
            fake.headers.append(dict(self.headers))
            mood = fake.moods.pop(0) if fake.moods else "ok"
            if mood.isdigit():
                self._say(int(mood), {"requestId": "r", "error": "Anne B. er ukjent", "errorCode": 4711})
            elif mood == "hang up":
                self.close_connection = True
            else:
                status, told = self._done(fake, body)
                if mood == "lose":
                    self.close_connection = True
                else:
                    self._say(status, told if mood == "ok" else mood)

    def _done(self, fake: FakeService, body: bytes) -> tuple[int, object]:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 403, {"requestId": "r"}
        if not self.headers.get("api-version") or not self.headers.get("nhn-source-system"):
            return 400, {"requestId": "r"}
        parts = urlsplit(self.path)
        match self.command:
            case "GET" if parts.path == "/Messages":
                return 200, self._list(fake, parse_qs(parts.query))
            case "POST" if parts.path == "/Messages":
                return self._posted(fake, json.loads(body))
            case _:
                return self._about_one(fake, parts.path)

    def _list(self, fake: FakeService, asked: dict[str, list[str]]) -> list[dict[str, object]]:
        receivers = {int(number) for number in asked["ReceiverHerIds"]}
        waiting = [each for each in fake.held if not each.is_read and each.receiver in receivers]
        most = int(asked.get("MessagesToFetch", ["10"])[0])
        return [
            {"id": each.id, "receiverHerId": each.receiver, "businessDocumentId": "d", "isAppRec": False}
            for each in waiting[:most]
        ]

    def _posted(self, fake: FakeService, told: dict[str, str]) -> tuple[int, object]:
        if told.get("contentTransferEncoding") != "base64" or told.get("contentType") != "application/xml":
            return 400, {"requestId": "r", "errorCode": 1}
        fake.posted.append(base64.b64decode(told["businessDocument"]))
        if fake.fetched is not None and fake.knows_receipts:
            fake.fetched.receipt = "Ok"
        return 201, str(uuid4())

    def _about_one(self, fake: FakeService, path: str) -> tuple[int, object]:
        for pattern, answer in WAYS.items():
            found = re.fullmatch(pattern, path)
            held = fake.named(found[1]) if found else None
            if held is not None:
                fake.fetched = held
                return answer(held)
        return 404, {"requestId": "r"}

    def _say(self, status: int, told: object) -> None:
        raw = b"" if told is None else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


def _document(held: Held) -> tuple[int, object]:
    coded = base64.b64encode(held.raw).decode()
    return 200, {
        "businessDocument": coded, "contentType": "application/xml", "contentTransferEncoding": "base64",
    }  # fmt: skip


def _read(held: Held) -> tuple[int, object]:
    held.is_read = True
    return 204, None


def _status(held: Held) -> tuple[int, object]:
    return 200, [
        {"receiverHerId": held.receiver, "transportDeliveryState": "Acknowledged", "appRecStatus": held.receipt}
    ]  # fmt: skip


def _apprec(held: Held) -> tuple[int, object]:
    return 200, [{"receiverHerId": held.receiver, "appRecStatus": held.receipt}]


WAYS = {
    f"/Messages/{ID}/business-document": _document,
    rf"/Messages/{ID}/read/\d+": _read,
    f"/Messages/{ID}/status": _status,
    f"/Messages/{ID}/apprec": _apprec,
}


class Server(ThreadingHTTPServer):
    """The fake behind a port of this machine."""

    daemon_threads = True

    def __init__(self, fake: FakeService) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.fake = fake

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is the test, not a fault."""


@contextmanager
def running(fake: FakeService) -> Iterator[str]:
    """Run the fake, and give its address."""
    server = Server(fake)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
