"""What no sender waits for is left to the workers, who take it at once, and go on after a fault."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from pathway_engine.channels.hl7v2 import HL7V2, wanted
from pathway_engine.demonstration.seeding import demo_settings, seeded
from pathway_engine.domain.errors import StorageError
from pathway_engine.service import receiving
from pathway_engine.service.context import Context
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming
from pathway_engine.workers.inbox_applier import AT_ONCE_IN_A_HURRY, GIVE_WAY_SECONDS, InboxApplier
from pathway_engine.workers.inbox_writer import InboxWriter

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with demo_settings(0, 0) as settings, seeded(settings, NOON) as engine:
        yield engine


def sent(engine: Engine, repository: Path, number: str, when: str, left: list[str]) -> None:
    """Let a sender send one message and be answered; *left* gets its number if it was left to the workers."""
    raw = (repository / "samples" / "adt" / "01-A01-admitted.hl7").read_bytes()
    writer = InboxWriter(
        engine.context, lambda: NOON, lambda incoming: wanted(incoming.raw, when), lambda: left.append(number)
    )
    writer.start()
    message = raw.replace(b"|FS0001|", f"|{number}|".encode())
    assert writer.take(Incoming(message, HL7V2, "test")).result(timeout=60)
    writer.stop()


def end_of(engine: Engine, number: str) -> str | None:
    with engine.context.store.reading() as records:
        return next(row.disposition for row in records.messages(limit=1000) if row.message_id == number)


@contextmanager
def applying(engine: Engine, every_seconds: float) -> Iterator[InboxApplier]:
    applier = InboxApplier(engine.context, lambda: NOON, every_seconds)
    applier.start()
    try:
        yield applier
    finally:
        applier.stop()


def test_the_listener_applies_only_what_a_sender_waits_for(engine: Engine, repository: Path) -> None:
    left: list[str] = []
    sent(engine, repository, "L1", "applied", left)
    sent(engine, repository, "L2", "stored", left)
    assert (end_of(engine, "L1"), end_of(engine, "L2"), left) == ("applied", None, ["L2"])
    sent(engine, repository, "L2", "stored", left)
    assert end_of(engine, "L2") is None, "sent again before it was applied"


def test_a_worker_that_is_told_applies_at_once(
    engine: Engine, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    idle, apply_waiting = Event(), receiving.apply_waiting

    def noticed(context: Context, now: datetime, limit: int) -> int:
        count = apply_waiting(context, now, limit)
        if not count:
            idle.set()
        return count

    monkeypatch.setattr(receiving, "apply_waiting", noticed)
    with applying(engine, every_seconds=3600) as applier:
        assert idle.wait(timeout=60)
        sent(engine, repository, "W1", "stored", [])
        idle.clear()
        applier.tell()
        assert idle.wait(timeout=60)
    assert end_of(engine, "W1") == "applied"


def test_a_worker_goes_on_after_the_database_failed(
    engine: Engine, repository: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failed, done, apply_waiting = Event(), Event(), receiving.apply_waiting

    def once_broken(context: Context, now: datetime, limit: int) -> int:
        if not failed.is_set():
            failed.set()
            raise StorageError("01010112345 stands here")
        count = apply_waiting(context, now, limit)
        done.set()
        return count

    sent(engine, repository, "W2", "stored", [])
    monkeypatch.setattr(receiving, "apply_waiting", once_broken)
    with applying(engine, every_seconds=0.01):
        assert done.wait(timeout=60)
    assert end_of(engine, "W2") == "applied"
    assert "StorageError" in caplog.text and "01010112345" not in caplog.text


def test_while_others_wait_to_write_few_are_applied_and_then_there_is_a_pause(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, pauses, begun = list[int](), list[float](), time.monotonic()

    def counted(context: Context, now: datetime, limit: int) -> int:
        asked.append(limit)
        pauses.append(time.monotonic() - begun)
        return len(asked) < 4

    monkeypatch.setattr(receiving, "apply_waiting", counted)
    monkeypatch.setattr(type(engine.context.store), "others_wait", True)
    with applying(engine, every_seconds=3600):
        while len(asked) < 4:
            time.sleep(0.01)
    assert asked == [AT_ONCE_IN_A_HURRY] * 4
    assert pauses[-1] >= 3 * GIVE_WAY_SECONDS
