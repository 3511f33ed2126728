"""A disk that is full or broken: nothing is acknowledged, nothing is left half, and it goes on by itself afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from pathway_engine.channels.hl7v2 import Wanted
from pathway_engine.domain.errors import StorageError
from pathway_engine.domain.events import Act
from pathway_engine.service import receiving
from pathway_engine.service.receiving import Incoming
from pathway_engine.web import WebSettings, create_app
from pathway_engine.workers.inbox_writer import InboxWriter
from pathway_engine.workers.scheduler import Heartbeat
from tests.crash_points.record import dump, half_done
from tests.power_cut.disk import Disk
from tests.power_cut.driver import run_on
from tests.service.community import Community
from tests.web.visitor import SECRET, TestClient, Visitor, hidden_fields


def fills(disk: Disk) -> None:
    disk.free_bytes = 0


def fails_to_write(disk: Disk) -> None:
    disk.fails_to = "write"


def fails_to_sync(disk: Disk) -> None:
    disk.fails_to = "sync"


def is_repaired(disk: Disk) -> None:
    disk.free_bytes, disk.fails_to = None, ""


each_fault = pytest.mark.parametrize("breaks", [fills, fails_to_write, fails_to_sync], ids=["full", "write", "sync"])
Fault = Callable[[Disk], None]


@dataclass
class Ward:
    """A community with one patient at home, on a disk of ours."""

    community: Community
    disk: Disk

    @property
    def rows(self) -> object:
        """Everything in the database."""
        return dump(self.community.engine)


@pytest.fixture
def ward(sqlite_url: str) -> Iterator[Ward]:
    community, disk = Community(sqlite_url), Disk()
    community.brought_home()
    community.engine.grant_access_key("kari", "kari-access-key", community.now)
    sql = community.engine.context.store.engine
    sql.dispose()
    run_on(sql, disk)
    yield Ward(community, disk)
    is_repaired(disk)
    assert half_done(community.engine, community.now) == []
    community.close()


def incoming(id: str) -> Incoming:
    told = {"id": id, "patient": "100", "entries": []}
    return Incoming(json.dumps(told).encode(), "plain", "test")


@contextmanager
def writing(ward: Ward) -> Iterator[InboxWriter]:
    wants = Wanted(stored=False, applied=True)
    writer = InboxWriter(ward.community.engine.context, lambda: ward.community.now, lambda _: wants)
    writer.start()
    try:
        yield writer
    finally:
        writer.stop()


@each_fault
def test_what_cannot_be_stored_is_refused_and_the_next_is_taken_once_it_can(ward: Ward, breaks: Fault) -> None:
    """Mutant: an exception answered as if all were well."""
    before = ward.rows
    with writing(ward) as writer:
        breaks(ward.disk)
        refused = [writer.take(incoming(f"N{number}")) for number in range(3)]
        answers = [answer for each in refused for answer in each.result(timeout=60)]
        assert [answer.split()[0] for answer in answers] == [b"error"] * 3 and b"could not be stored" in answers[0]
        assert ward.rows == before
        is_repaired(ward.disk)
        assert writer.take(incoming("N0")).result(timeout=60) == [b"accepted"]


@each_fault
def test_what_was_stored_and_cannot_be_applied_waits_for_the_heartbeat(ward: Ward, breaks: Fault) -> None:
    context, now = ward.community.engine.context, ward.community.now
    (stored,) = receiving.store(context, [incoming("W")], now)
    heartbeat = Heartbeat(ward.community.engine, lambda: now)
    breaks(ward.disk)
    with pytest.raises(StorageError):
        receiving.apply_stored(context, stored, now)
    assert not heartbeat.sweep()
    is_repaired(ward.disk)
    assert heartbeat.sweep()
    with context.store.reading() as records:
        assert records.message(stored.inbox_id).disposition == "applied"


@each_fault
def test_an_act_that_cannot_be_saved_is_not_confirmed_and_can_be_sent_again(ward: Ward, breaks: Fault) -> None:
    engine, now, kari = ward.community.engine, ward.community.now, ward.community.who("kari")
    task, before = ward.community.list_of("kari")["HPH2"], ward.rows

    def claims() -> str:
        detail = engine.act(kari, task.id, Act.CLAIM, version=task.version, key="k", now=now)
        return str(detail.task.performer)

    breaks(ward.disk)
    with pytest.raises(StorageError):
        claims()
    assert ward.rows == before
    is_repaired(ward.disk)
    assert claims() == "kari"


@each_fault
def test_the_pages_say_so_and_are_back_without_a_restart(ward: Ward, breaks: Fault) -> None:
    app = create_app(
        ward.community.engine, WebSettings(session_secret=SECRET, https_only=False), lambda: ward.community.now
    )
    client = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
    path = f"/tasks/{ward.community.list_of('kari')['HPH2'].id}"
    form = hidden_fields(Visitor(client).sign_in("kari-access-key").get(path)) | {"act": "claim"}
    breaks(ward.disk)
    assert client.post(path, data=form).status_code >= 500
    is_repaired(ward.disk)
    assert client.post(path, data=form).status_code == 303
    assert ward.community.list_of("kari")["HPH2"].performer == "kari"


@each_fault
def test_health_is_red_until_it_is_well_again(ward: Ward, breaks: Fault) -> None:
    community = ward.community
    heartbeat = Heartbeat(community.engine, lambda: community.now)
    client = TestClient(
        create_app(community.engine, WebSettings(session_secret=SECRET, https_only=False), lambda: community.now)
    )
    assert heartbeat.sweep() and client.get("/health").status_code == 200
    breaks(ward.disk)
    community.now += timedelta(seconds=31)
    assert not heartbeat.sweep() and client.get("/health").status_code == 503
    is_repaired(ward.disk)
    assert heartbeat.sweep() and client.get("/health").status_code == 200


def test_a_disk_that_fills_up_while_messages_come_refuses_from_then_on_and_keeps_what_it_took(ward: Ward) -> None:
    """Not a switch but a limit: some of what comes still fits."""
    with writing(ward) as writer:
        ward.disk.free_bytes = 200_000
        heard = [writer.take(incoming(f"L{number}")).result(timeout=60)[0].split()[0] for number in range(40)]
    taken = heard.count(b"accepted")
    assert 0 < taken < 40 and heard == [b"accepted"] * taken + [b"error"] * (40 - taken)
    with ward.community.engine.context.store.reading() as records:
        kept = {row.message_id: row.disposition for row in records.messages(limit=1000)}
    assert [kept[f"L{number}"] for number in range(taken)] == ["applied"] * taken
