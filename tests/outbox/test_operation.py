"""What an operator sees of outgoing messages, and the thread that sends them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from click.testing import CliRunner, Result

from pathway_engine import clock
from pathway_engine.cli import main
from pathway_engine.domain.errors import StorageError
from pathway_engine.settings import PREFIX, Settings
from pathway_engine.workers.relay import Relay
from tests.outbox.house import House
from tests.outbox.receiver import Receiver, Wire
from tests.storage.example_rows import NOON, stored

Run = Callable[..., Result]


@pytest.fixture
def seen(sqlite_url: str, wire: Wire) -> Iterator[House]:
    """A house with one message dead, one refused and one sent."""
    words = {"dead/0": "down", "refused/0": "refuse", "sent/0": "ok"}
    wire.happens = lambda letter, attempt: next(word for key, word in words.items() if key in letter.raw.decode())
    house = House(sqlite_url, wire)
    for patient in ("dead", "refused", "sent"):
        house.decides(patient)
    house.settles()
    yield house
    house.close()


@pytest.fixture
def run(seen: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)
    monkeypatch.setenv("PATHWAY_DATABASE_URL", seen.url)

    def runs(*words: str) -> Result:
        return CliRunner().invoke(main, list(words))

    return runs


def test_the_outbox_is_listed_by_status_and_names_no_patient(run: Run) -> None:
    shown = json.loads(run("outbox", "--json").stdout)
    assert [row["status"] for row in shown] == ["sent", "refused", "dead"]
    assert [row["key"] for row in json.loads(run("outbox", "--status", "dead", "--json").stdout)] == ["dead/0"]
    text = run("outbox").stdout
    assert "Refused:E21" in text and "Fjell" not in text and "Fjell" not in json.dumps(shown)


def test_retrying_is_audited_and_only_for_what_failed(run: Run, seen: House) -> None:
    rows = seen.rows()
    assert run("outbox", "--retry", str(rows["sent/0"].id)).exit_code == 2
    again = json.loads(run("outbox", "--retry-dead", "--actor", "mia", "--json").stdout)
    assert [(row["key"], row["status"]) for row in again] == [("dead/0", "waiting")]
    with seen.engine.context.store.reading() as records:
        assert (records.audit()[0].actor, records.audit()[0].action) == ("mia", "send-again")


def test_the_doctor_tells_of_messages_that_wait_and_of_notices(run: Run) -> None:
    run("outbox", "--retry-dead")
    found = json.loads(run("doctor", "--json").stdout)
    said = "\n".join(found["problems"])
    assert "1 messages wait and there is no way out" in said and "1 notices wait for a person" in said
    assert found["outgoing"] == {
        "waiting": 1, "sending": 0, "refused": 1, "timed_out": 0, "dead": 0, "unanswered": 1,
    }  # fmt: skip
    assert "outgoing 1 waiting" in run("doctor").stdout


def test_the_doctor_counts_what_arrived_when_asked_to(run: Run, seen: House) -> None:
    with seen.engine.context.store.transaction() as records:
        for number, disposition in enumerate(("applied", "applied", "rejected")):
            kept = stored(records, message_id=f"M{number}")
            records.dispose(kept.id, disposition=disposition, at=NOON)
    usual, every = (json.loads(run("doctor", "--json", *more).stdout) for more in ((), ("--counts",)))
    assert usual["messages"] == {"waiting": 0, "dead": 0, "unplaced": 0}
    assert every["messages"]["applied"] == 2 and every["messages"]["rejected"] == 1
    assert every["outgoing"] == {
        "waiting": 0, "sending": 0, "sent": 1, "acknowledged": 0, "refused": 1, "timed_out": 0, "late": 0,
        "dead": 1, "withdrawn": 0,
    }  # fmt: skip
    assert "2 applied" in run("doctor", "--counts").stdout


def test_with_a_folder_the_doctor_is_silent_of_the_way_out(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATHWAY_OUTBOX_FOLDER", str(tmp_path))
    run("outbox", "--retry-dead")
    assert "no way out" not in run("doctor").stdout


def test_the_relay_sends_until_it_is_stopped_and_says_that_it_lives(
    sqlite_url: str, receiver: Receiver, wire: Wire
) -> None:
    house, arrived = House(sqlite_url, wire), Event()
    receiver.on_arrival = lambda message_id: arrived.set()
    relay = Relay(house.engine, clock.now, every_seconds=0.01)
    relay.start()
    house.decides("anna")
    assert arrived.wait(timeout=60)
    relay.stop()
    with house.engine.context.store.reading() as records:
        assert "relay" in records.heartbeats()
    assert house.counts() == {"sent": 1}
    house.close()


def test_a_fault_of_the_database_ends_a_turn_and_not_the_relay(caplog: pytest.LogCaptureFixture) -> None:
    class Away:
        def send_next(self, clock: object) -> bool:
            raise StorageError("07834100376 stands here")

        def miss_receipts(self, now: object) -> int:
            return 0

        def beat(self, name: str, now: object) -> None:
            raise AssertionError

    assert not Relay(Away(), clock.now).turn()
    assert "StorageError" in caplog.text and "07834100376" not in caplog.text
