"""A program asks for a subscription, changes it, ends it: its own alone, and only what is offered."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from pathway_engine.domain.subscriptions import Topic
from tests.fhir.hook import OURS, Endpoint, Listening, claims, wished
from tests.fhir.independent import assert_valid


def test_a_subscription_is_its_clients_alone(on_sqlite: Listening, endpoint: Endpoint) -> None:
    """Mutant: any client reads and deletes it."""
    id, other = on_sqlite.subscribes(), on_sqlite.as_seen_by("ola")
    told = on_sqlite.read(id)
    for answer in (
        other.get(f"/Subscription/{id}"), other.put(f"/Subscription/{id}", json=told),
        other.delete(f"/Subscription/{id}"), other.get(f"/Subscription/{id}/$status"),
        other.get(f"/Subscription/{id}/$events"),
    ):  # fmt: skip
        assert (answer.status_code, answer.json()["resourceType"]) == (404, "OperationOutcome")
    assert other.get("/Subscription/$status").json()["total"] == 0
    assert on_sqlite.read(id) == told


def test_a_secret_is_never_said_again(
    on_sqlite: Listening, endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    """Mutants: headers read back; a secret lost when it is said back as it was shown."""
    caplog.set_level(logging.DEBUG)
    secret = "Authorization: Bearer a-secret-of-theirs"
    posted = on_sqlite.face.post("/Subscription", json=wished(endpoint.url, header=[secret]))
    on_sqlite.notifies()
    told = on_sqlite.read(posted.json()["id"])
    assert told["channel"]["header"] == ["Authorization: ***"]
    assert on_sqlite.face.put(f"/Subscription/{told['id']}", json={**told, "reason": "Another"}).status_code == 200
    on_sqlite.community.brought_home()
    on_sqlite.notifies()
    assert {headers["authorization"] for headers in endpoint.headers} == {"Bearer a-secret-of-theirs"}
    assert "event-notification" in endpoint.kinds()
    shown = [posted.text, str(told), caplog.text, repr(_row(on_sqlite, told["id"])), str(endpoint.bodies)]
    assert not [text for text in shown if "a-secret-of-theirs" in text]


def _row(listening: Listening, id: str) -> Any:
    with listening.context.store.reading() as records:
        return records.subscription(id)


def test_a_deleted_subscription_is_told_nothing(listening: Listening, endpoint: Endpoint) -> None:
    listening.community.brought_home()
    id = listening.subscribes()
    claims(listening)
    assert listening.face.delete(f"/Subscription/{id}").status_code == 204
    assert listening.face.get(f"/Subscription/{id}").status_code == 404
    claims(listening, step="DAILY")
    assert (listening.notifies(), endpoint.kinds()) == (0, ["handshake"])
    with listening.context.store.reading() as records:
        assert records.subscription_counts() == {"requested": 0, "active": 0, "error": 0, "off": 0, "events": 0}


def test_one_turned_off_misses_what_happens_and_its_numbers_go_on(on_sqlite: Listening, endpoint: Endpoint) -> None:
    on_sqlite.community.brought_home()
    id = on_sqlite.subscribes()
    claims(on_sqlite, step="HPH2")
    on_sqlite.notifies()
    on_sqlite.face.put(f"/Subscription/{id}", json={**on_sqlite.read(id), "status": "off"})
    claims(on_sqlite, step="DAILY")
    assert on_sqlite.notifies() == 0
    on_sqlite.face.put(f"/Subscription/{id}", json={**on_sqlite.read(id), "status": "requested"})
    on_sqlite.notifies()
    on_sqlite.community.passes(days=3)
    on_sqlite.notifies()
    assert endpoint.numbers() == list(range(1, len(endpoint.numbers()) + 1)) and len(endpoint.numbers()) > 1
    assert endpoint.kinds()[:3] == ["handshake", "event-notification", "handshake"]


def test_its_end_ends_it(on_sqlite: Listening, endpoint: Endpoint) -> None:
    end = (on_sqlite.community.now + timedelta(hours=1)).isoformat()
    id = on_sqlite.subscribes(end=end)
    on_sqlite.notifies(hours=1)
    assert (on_sqlite.read(id)["status"], on_sqlite.read(id)["error"]) == ("off", "its end was reached")


def test_another_version_is_not_overwritten(on_sqlite: Listening) -> None:
    id = on_sqlite.asks()
    told = on_sqlite.read(id)
    on_sqlite.notifies()
    answer = on_sqlite.face.put(f"/Subscription/{id}", json=told, headers={"If-Match": 'W/"1"'})
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (412, "conflict")


@pytest.mark.parametrize(
    ("wish", "expression"),
    [
        pytest.param({"criteria": "Task?status=ready"}, "Subscription.criteria", id="no-topic"),
        pytest.param({"content": "full-resource"}, "Subscription.channel.payload.extension", id="full-resource"),
        pytest.param({"status": "active"}, "Subscription.status", id="active-at-once"),
        pytest.param({"end": "2020-01-01T00:00:00Z"}, "Subscription.end", id="over-already"),
        pytest.param({"filters": ["Task?name=x"]}, "Subscription.criteria.extension", id="unknown-filter"),
        pytest.param({"header": ["Host: elsewhere"]}, "Subscription.channel.header", id="header-of-ours"),
        pytest.param({"heartbeat": 1}, "Subscription.channel.extension", id="heart-too-fast"),
    ],
)
def test_what_is_not_offered_is_refused(on_sqlite: Listening, wish: dict[str, Any], expression: str) -> None:
    answer = on_sqlite.face.post("/Subscription", json=wished(on_sqlite.endpoint.url, **wish))
    assert (answer.status_code, answer.json()["issue"][0]["expression"]) == (422, [expression])
    assert_valid(answer.json())


@pytest.mark.parametrize(
    "url", ["https://elsewhere.example/hook", "http://10.0.0.1/hook", "http://localhost:1/hook", "ftp://x/"]
)
def test_an_endpoint_that_is_not_listed_is_refused(on_sqlite: Listening, url: str) -> None:
    answer = on_sqlite.face.post("/Subscription", json=wished(url))
    assert (answer.status_code, answer.json()["issue"][0]["expression"]) == (422, ["Subscription.channel.endpoint"])
    assert url not in answer.text


def test_a_client_searches_its_own(on_sqlite: Listening) -> None:
    id = on_sqlite.subscribes()
    on_sqlite.as_seen_by("ola").post("/Subscription", json=wished(on_sqlite.endpoint.url))
    found = on_sqlite.face.get("/Subscription?status=active").json()
    assert [entry["resource"]["id"] for entry in found["entry"]] == [id]
    assert on_sqlite.face.get("/Subscription?status=off&_summary=count").json()["total"] == 0
    assert_valid(found)


def test_the_statement_names_the_topics(on_sqlite: Listening) -> None:
    told = on_sqlite.face.get("/metadata").json()
    (offered,) = (each for each in told["rest"][0]["resource"] if each["type"] == "Subscription")
    assert [each["valueCanonical"] for each in offered["extension"]] == [f"{OURS}/{topic}" for topic in Topic]
    assert {"create", "update", "delete", "read", "search-type"} == {each["code"] for each in offered["interaction"]}
    assert_valid(told)
