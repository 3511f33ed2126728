"""POST /messages: who may, what is taken, and that the answer speaks of what was committed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from httpx import Response

from pathway_engine.domain.errors import StorageError
from pathway_engine.service.receiving import Incoming, Received
from pathway_engine.web import WebSettings, create_app
from pathway_engine.web.messages import MessageDoor
from tests.web.fakes import NOW, FakeService
from tests.web.visitor import SECRET, TestClient

KEY, HUB_KEY = "k" * 32, "h" * 32
HL7 = "application/hl7-v2"
MOST = 5000


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


@dataclass
class Inbox:
    """What was received, and what became of it."""

    disposition: str | None = "applied"
    answer: bytes | None = b"MSA|AA"
    is_away: bool = False
    taken: list[Incoming] = field(default_factory=list)

    def receive(self, incoming: Incoming, now: datetime) -> Received:
        assert now == NOW
        if self.is_away:
            raise StorageError
        self.taken.append(incoming)
        return Received(1, "new", self.disposition, "", self.answer, incoming.channel, incoming.raw)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def client(inbox: Inbox) -> Iterator[TestClient]:
    door = MessageDoor(
        receive=inbox.receive, sender_of=lambda family, raw: {b"f": "fjord", b"o": "other"}.get(raw[:1]),
        families={HL7: "hl7v2", "application/xml": "norwegian"},
        keys={digest(KEY): "fjord", digest(HUB_KEY): "*"}, max_bytes=MOST,
    )  # fmt: skip
    settings = WebSettings(session_secret=SECRET, https_only=False)
    with TestClient(create_app(FakeService(), settings, lambda: NOW, door), follow_redirects=False) as client:
        yield client


def posted(client: TestClient, raw: bytes = b"from fjord", kind: str = HL7, key: str = KEY) -> Response:
    headers = {"Content-Type": kind, "Authorization": f"Bearer {key}"}
    answer: Response = client.post("/messages", content=raw, headers=headers)
    return answer


def test_a_message_is_answered_with_its_acknowledgement(client: TestClient, inbox: Inbox) -> None:
    answer = posted(client, kind=f"{HL7}; charset=utf-8")
    assert (answer.status_code, answer.content) == (200, b"MSA|AA")
    assert answer.headers["content-type"].startswith(HL7) and answer.headers["cache-control"] == "no-store"
    (taken,) = inbox.taken
    assert (taken.raw, taken.channel) == (b"from fjord", "hl7v2") and taken.peer.startswith("http:")


def test_the_content_type_decides_the_family(client: TestClient, inbox: Inbox) -> None:
    posted(client, kind="application/xml")
    assert [each.channel for each in inbox.taken] == ["norwegian"]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no-key"),
        pytest.param({"Authorization": "Bearer wrong"}, id="wrong-key"),
        pytest.param({"Authorization": f"Basic {KEY}"}, id="another-scheme"),
        pytest.param({"Authorization": f"Bearer {KEY[:-1]}"}, id="a-part-of-it"),
        pytest.param({"Authorization": f"Bearer {digest(KEY)}"}, id="the-hash-of-it"),
    ],
)
def test_nobody_without_a_key_is_let_in(client: TestClient, inbox: Inbox, headers: dict[str, str]) -> None:
    """Mutant: everybody is."""
    answer = client.post("/messages", content=b"from fjord", headers={"Content-Type": HL7, **headers})
    assert (answer.status_code, answer.headers["www-authenticate"], inbox.taken) == (401, "Bearer", [])


def test_an_installation_without_keys_lets_nobody_in() -> None:
    settings = WebSettings(session_secret=SECRET, https_only=False)
    client = TestClient(create_app(FakeService(), settings, lambda: NOW), follow_redirects=False)
    assert posted(client).status_code == 401


def test_a_key_is_for_its_own_sender(client: TestClient, inbox: Inbox) -> None:
    """Mutant: any key for any sender."""
    assert posted(client, b"other").status_code == 403
    assert inbox.taken == []
    assert posted(client, b"other", key=HUB_KEY).status_code == 200
    assert posted(client, b"unreadable").status_code == 200  # which the channel refuses, in its own words


def test_what_is_too_large_is_not_kept(client: TestClient, inbox: Inbox) -> None:
    """Mutant: no limit, or one that only believes Content-Length."""
    assert posted(client, b"f" * (MOST + 1)).status_code == 413

    def in_pieces() -> Iterator[bytes]:
        for _ in range(MOST):
            yield b"ff"

    headers = {"Content-Type": HL7, "Authorization": f"Bearer {KEY}"}
    assert client.post("/messages", content=in_pieces(), headers=headers).status_code == 413
    assert posted(client, b"f" * MOST).status_code == 200 and len(inbox.taken) == 1


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_what_is_no_message_family_is_refused(client: TestClient, inbox: Inbox, kind: str) -> None:
    answer = posted(client, kind=kind)
    assert answer.status_code == 415 and HL7 in answer.json()["right"] and inbox.taken == []


def test_an_empty_body_is_no_message(client: TestClient, inbox: Inbox) -> None:
    assert posted(client, b" \r\n").status_code == 400 and inbox.taken == []


@pytest.mark.parametrize(
    ("disposition", "answer", "status"),
    [
        pytest.param("rejected", b"AE", 200, id="refused-in-its-own-words"),
        pytest.param("applied", None, 204, id="wants-no-answer"),
        pytest.param(None, b"AE later", 202, id="stored-and-tried-again"),
    ],
)
def test_the_status_says_what_became_of_it(
    client: TestClient, inbox: Inbox, disposition: str | None, answer: bytes | None, status: int
) -> None:
    inbox.disposition, inbox.answer = disposition, answer
    told = posted(client)
    assert (told.status_code, told.content) == (status, answer if status == 200 else b"")


def test_without_a_database_nothing_is_promised(client: TestClient, inbox: Inbox) -> None:
    inbox.is_away = True
    answer = posted(client)
    assert (answer.status_code, answer.json()) == (503, {"error": "unavailable"})
    assert int(answer.headers["retry-after"]) > 0


def test_messages_cannot_be_read_back(client: TestClient) -> None:
    assert client.get("/messages", headers={"Authorization": f"Bearer {KEY}"}).status_code == 405
