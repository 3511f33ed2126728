"""Notifications arrive at least once under one id, whatever dies, and an endpoint that fails asks a person."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from pathway_engine.domain.events import Act
from pathway_engine.service.subscriptions.delivery import claim, conclude, deliver
from pathway_engine.service.subscriptions.outward import Arrived
from pathway_engine.service.subscriptions.upkeep import KEEP, tidy
from pathway_engine.serving.running import _notifying
from pathway_engine.settings import Settings
from pathway_engine.workers.notifier import Notifier
from tests.fhir.hook import BASE, Endpoint, Listening, events_of, wished
from tests.service.community import Community


@pytest.fixture
def listening(database_url: str, endpoint: Endpoint) -> Iterator[Listening]:
    community = Community(database_url)
    community.brought_home()
    yield Listening(community, endpoint)
    community.close()


@pytest.fixture
def on_sqlite(sqlite_url: str, endpoint: Endpoint) -> Iterator[Listening]:
    community = Community(sqlite_url)
    community.brought_home()
    yield Listening(community, endpoint)
    community.close()


def changes(listening: Listening) -> None:
    """Ola takes a task, or gives it back."""
    community = listening.community
    task = community.list_of("ola")["HPH2"]
    act = Act.GIVE_BACK if task.performer == "ola" else Act.CLAIM
    who, now = community.who("ola"), community.now
    community.engine.act(who, task.id, act, version=task.version, key=f"{task.version}", now=now)


def waited(until: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether it became so in time."""
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        time.sleep(0.01)
    return until()


# -- at least once


def test_a_crash_between_sending_and_noting_sends_the_same_again(listening: Listening, endpoint: Endpoint) -> None:
    """Mutants: noted before it is sent; another id, or other events under the id, at the next try."""
    id = listening.subscribes()
    changes(listening)
    claimed = claim(listening.context, listening.community.now)
    assert claimed is not None
    deliver(listening.messenger, claimed)  # and the power goes
    listening.restart()
    changes(listening)
    assert listening.notifies(seconds=60) == 0  # somebody may still be at it
    assert listening.notifies(seconds=61) == 2
    first, again, next_one = endpoint.bodies[1:]
    assert (first["id"], events_of(first)) == (again["id"], events_of(again))
    assert [len(events_of(body)) for body in (first, again, next_one)] == [1, 1, 1]
    assert endpoint.numbers() == [1, 1, 2] and next_one["id"] != first["id"]
    assert listening.read(id)["status"] == "active"


def test_who_comes_back_too_late_changes_nothing(listening: Listening, endpoint: Endpoint) -> None:
    """Mutant: the fence is not looked at."""
    id = listening.subscribes()
    changes(listening)
    slow = claim(listening.context, listening.community.now)
    assert slow is not None
    endpoint.answers = lambda number: 503
    listening.notifies(minutes=3)
    conclude(listening.context, slow, Arrived(), listening.community.now)
    endpoint.answers = lambda number: 200
    listening.notifies(minutes=1)
    assert endpoint.numbers() == [1, 1]
    assert listening.read(id)["status"] == "active"


def test_nobody_else_sends_what_is_on_its_way(listening: Listening) -> None:
    listening.subscribes()
    changes(listening)
    assert claim(listening.context, listening.community.now) is not None
    assert claim(listening.context, listening.community.now) is None


def test_what_was_to_be_told_outlives_a_restart(listening: Listening, endpoint: Endpoint) -> None:
    listening.subscribes()
    changes(listening)
    listening.restart()
    changes(listening)
    listening.notifies()
    assert endpoint.numbers() == [1, 2]


# -- endpoints that fail


def test_an_endpoint_that_fails_is_asked_again_then_a_person_is(listening: Listening, endpoint: Endpoint) -> None:
    """Mutants: in error without a notice; asked for anew it begins at the end, or at the beginning."""
    id = listening.subscribes()
    changes(listening)
    listening.notifies()
    endpoint.answers = lambda number: 500
    changes(listening)
    for seconds in (0, 10, 60, 600):
        assert listening.notifies(seconds=seconds) == 1
        assert listening.read(id)["status"] == "active"
    changes(listening)
    assert listening.notifies(hours=1) == 1
    assert (listening.read(id)["status"], listening.read(id)["error"]) == ("error", "HTTP500")
    assert listening.notifies(days=2) == 0
    for person in ("kari", "mia"):
        assert "UNNOTIFIED" in listening.community.list_of(person)
    endpoint.answers = lambda number: 200
    changes(listening)
    asked = listening.face.put(f"/Subscription/{id}", json={**listening.read(id), "status": "requested"})
    assert (asked.json()["status"], "error" in asked.json()) == ("requested", False)
    listening.notifies()
    assert endpoint.kinds()[-2:] == ["handshake", "event-notification"]
    numbers = [int(event["event-number"]) for event in events_of(endpoint.bodies[-1])]
    assert numbers[:3] == [2, 3, 4] and numbers == list(range(2, 2 + len(numbers)))
    assert "UNNOTIFIED" not in listening.community.list_of("kari")


def test_a_handshake_that_fails_leaves_it_requested(on_sqlite: Listening, endpoint: Endpoint) -> None:
    """Mutant: active whatever the endpoint said."""
    endpoint.answers = lambda number: 404
    id = on_sqlite.asks()
    changes(on_sqlite)
    on_sqlite.notifies()
    assert (on_sqlite.read(id)["status"], endpoint.kinds()) == ("requested", ["handshake"])
    endpoint.answers = lambda number: 200
    on_sqlite.notifies(seconds=10)
    assert endpoint.kinds() == ["handshake", "handshake", "event-notification"]


def test_an_endpoint_that_is_gone_is_told_no_more(listening: Listening, endpoint: Endpoint) -> None:
    """Mutant: 410 is tried again."""
    id = listening.subscribes()
    endpoint.answers = lambda number: 410
    changes(listening)
    assert listening.notifies() == 1
    assert (listening.read(id)["status"], listening.read(id)["error"]) == ("off", "the endpoint answered 410 Gone")
    changes(listening)
    assert listening.notifies(days=1) == 0
    assert "UNNOTIFIED" not in listening.community.list_of("kari")


def test_a_redirect_is_not_followed(on_sqlite: Listening, endpoint: Endpoint) -> None:
    """Mutant: follow_redirects."""
    endpoint.answers = lambda number: 307
    id = on_sqlite.asks()
    on_sqlite.notifies()
    assert (len(endpoint.bodies), on_sqlite.read(id)["error"]) == (1, "HTTP307")


def test_an_endpoint_that_is_slow_is_left(on_sqlite: Listening, endpoint: Endpoint) -> None:
    endpoint.seconds = 1.5
    id = on_sqlite.asks(timeout=1)
    on_sqlite.notifies()
    assert (on_sqlite.read(id)["status"], on_sqlite.read(id)["error"]) == ("requested", "TimeoutError")


def test_an_endpoint_that_is_listed_no_more_is_not_spoken_to(on_sqlite: Listening, endpoint: Endpoint) -> None:
    """Mutant: the list is looked at only when a program subscribes."""
    id = on_sqlite.subscribes()
    on_sqlite.allow("https://elsewhere.example")
    changes(on_sqlite)
    on_sqlite.notifies()
    assert (endpoint.kinds(), on_sqlite.read(id)["error"]) == (["handshake"], "WrongEndpoint")


def test_a_subscriber_who_left_the_directory_is_told_nothing(on_sqlite: Listening, endpoint: Endpoint) -> None:
    on_sqlite.subscribes()
    changes(on_sqlite)
    people = on_sqlite.context.directory.people
    kari = people.pop("kari")  # type: ignore[attr-defined]
    on_sqlite.notifies()
    people["kari"] = kari  # type: ignore[index]
    assert [event.get("focus") for event in endpoint.events()] == [None]


# -- each on its own


def test_a_slow_endpoint_holds_up_nobody_else(listening: Listening, endpoint: Endpoint) -> None:
    """Mutant: one carrier."""
    answers = threading.Event()
    slow = Endpoint(answers=lambda number: 200 if answers.wait(60) else 500)
    listening.allow(endpoint.origin, slow.origin)
    assert listening.face.post("/Subscription", json=wished(slow.url)).status_code == 201
    notifier = Notifier(listening.context, listening.messenger, lambda: listening.community.now, every_seconds=0.05)
    notifier.start()
    assert waited(lambda: bool(slow.bodies))
    assert listening.face.post("/Subscription", json=wished(endpoint.url)).status_code == 201
    assert waited(lambda: endpoint.kinds() == ["handshake"]), "while the slow one has not answered yet"
    lived = notifier.lives
    answers.set()
    notifier.stop()
    assert (lived, notifier.lives) == (True, False)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("notifier")]
    with listening.context.store.reading() as records:
        assert records.subscription_counts()["active"] == 2
    slow.stop()


def test_a_worker_notifies_when_endpoints_are_listed(on_sqlite: Listening, endpoint: Endpoint) -> None:
    """Mutant: nobody starts it."""
    engine, settings = on_sqlite.community.engine, Settings(fhir_base_url=BASE, sweep_seconds=0.05)
    on_sqlite.asks()

    async def ran() -> None:
        async with _notifying(engine, settings, lambda: on_sqlite.community.now) as running:
            assert [each.lives for each in running] == [True]
            assert await asyncio.to_thread(waited, lambda: endpoint.kinds() == ["handshake"])
        on_sqlite.allow()
        async with _notifying(engine, settings, lambda: on_sqlite.community.now) as running:
            assert running == []

    asyncio.run(ran())


def test_whose_endpoint_fails_comes_after_whose_does_not(on_sqlite: Listening, endpoint: Endpoint) -> None:
    down = Endpoint(answers=lambda number: 500)
    on_sqlite.allow(endpoint.origin, down.origin)
    for url in (down.url, endpoint.url):
        assert on_sqlite.face.post("/Subscription", json=wished(url)).status_code == 201
    on_sqlite.notifies()
    changes(on_sqlite)
    on_sqlite.community.now += timedelta(seconds=10)
    first = claim(on_sqlite.context, on_sqlite.community.now)
    assert first is not None and first.row.endpoint == endpoint.url
    down.stop()


def test_a_fault_of_the_database_is_logged_and_passes(
    on_sqlite: Listening, endpoint: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    on_sqlite.asks()
    times = iter([ZeroDivisionError()])

    def clock() -> object:
        fault = next(times, None)
        if fault:
            raise fault
        return on_sqlite.community.now

    notifier = Notifier(on_sqlite.context, on_sqlite.messenger, clock, every_seconds=0.01)  # type: ignore[arg-type]
    assert notifier.turn() is False and "notifying failed: ZeroDivisionError" in caplog.text
    assert notifier.turn() is True
    assert waited(lambda: endpoint.kinds() == ["handshake"])
    notifier._pool.shutdown(wait=True)
    assert endpoint.url not in caplog.text


# -- upkeep and watching


def test_what_was_told_long_ago_goes_and_what_is_owed_stays(listening: Listening, endpoint: Endpoint) -> None:
    """Mutant: everything old goes."""
    told = listening.subscribes()
    endpoint.answers = lambda number: 200
    changes(listening)
    listening.notifies()
    listening.community.now += timedelta(hours=1)
    changes(listening)
    assert tidy(listening.context, listening.community.now + KEEP + timedelta(minutes=1)) == 1
    listening.notifies()
    assert endpoint.numbers() == [1, 2]
    found = listening.face.get(f"/Subscription/{told}/$events").json()
    assert [event["event-number"] for event in events_of(found)] == ["2"]


def test_one_in_error_is_given_up_after_thirty_days(listening: Listening, endpoint: Endpoint) -> None:
    id = listening.subscribes()
    endpoint.answers = lambda number: 500
    changes(listening)
    for seconds in (0, 10, 60, 600, 3600):
        listening.notifies(seconds=seconds)
    health = listening.community.engine.health(listening.community.now)["subscriptions"]
    assert health == {"requested": 0, "active": 0, "error": 1, "off": 0, "events": 1}
    tidy(listening.context, listening.community.now + KEEP + timedelta(seconds=1))
    assert (listening.read(id)["status"], listening.read(id)["error"]) == ("off", "in error for thirty days")
    health = listening.community.engine.health(listening.community.now)["subscriptions"]
    assert health == {"requested": 0, "active": 0, "error": 0, "off": 1, "events": 0}
