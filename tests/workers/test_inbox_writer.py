"""Messages from the wire: one commit for many, answers only for what is on disk, each sender as it asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pathway_engine.channels.hl7v2 import HL7V2, refuse, wanted
from pathway_engine.demonstration.seeding import demo_settings, seeded
from pathway_engine.domain.errors import StorageError
from pathway_engine.service import receiving
from pathway_engine.service.context import Context
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming
from pathway_engine.workers.inbox_writer import LEASE, InboxWriter

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with demo_settings(0, 0) as settings, seeded(settings, NOON) as engine:
        yield engine


@pytest.fixture
def raw(repository: Path) -> bytes:
    return (repository / "samples" / "adt" / "01-A01-admitted.hl7").read_bytes()


def asking(raw: bytes, number: str, accept: str = "", application: str = "") -> bytes:
    """The message under an id of its own, with MSH-15 and MSH-16."""
    return raw.replace(b"|FS0001|", f"|{number}|".encode()).replace(
        b"|P|2.5||||", f"|P|2.5|||{accept}|{application}".encode()
    )


@contextmanager
def writing(engine: Engine, when: str = "applied") -> Iterator[InboxWriter]:
    writer = InboxWriter(engine.context, lambda: NOON, lambda incoming: wanted(incoming.raw, when))
    writer.start()
    try:
        yield writer
    finally:
        writer.stop()


def codes(answers: list[bytes]) -> list[str]:
    return [answer.decode().partition("\rMSA|")[2][:2] for answer in answers]


def asked(engine: Engine, *messages: bytes, when: str = "applied") -> list[list[str]]:
    with writing(engine, when) as writer:
        waiting = [writer.take(Incoming(each, HL7V2, "test")) for each in messages]
        return [codes(each.result(timeout=60)) for each in waiting]


@pytest.mark.parametrize(
    ("accept", "application", "when", "answers"),
    [
        pytest.param("", "", "applied", ["AA"], id="original-mode"),
        pytest.param("", "", "stored", ["AA"], id="original-mode-of-a-sender-that-wants-to-know-it-stored"),
        pytest.param("AL", "NE", "applied", ["CA"], id="enhanced-stored-only"),
        pytest.param("NE", "AL", "applied", ["AA"], id="enhanced-applied-only"),
        pytest.param("AL", "AL", "applied", ["CA", "AA"], id="enhanced-both"),
        pytest.param("NE", "NE", "applied", [], id="enhanced-no-answer"),
        pytest.param("ER", "ER", "applied", [], id="enhanced-only-on-error"),
    ],
)
def test_each_sender_is_answered_as_it_asked(
    engine: Engine, raw: bytes, accept: str, application: str, when: str, answers: list[str]
) -> None:
    message = asking(raw, f"A{accept}{application}{when}", accept, application)
    assert asked(engine, message, when=when) == [answers]
    assert asked(engine, message, when=when) == [answers], "sent again, answered the same"


def test_other_content_under_a_used_id_is_refused_in_every_mode(engine: Engine, raw: bytes) -> None:
    assert asked(engine, asking(raw, "C1"), asking(raw, "C1").replace(b"Lerkendal", b"Lerkenda1")) == [["AA"], ["AE"]]
    first = asking(raw, "C2", "AL", "NE")
    assert asked(engine, first, first.replace(b"Lerkendal", b"Lerkenda1")) == [["CA"], ["CE"]]


@pytest.mark.parametrize("when", ["stored", "applied"])
def test_what_was_refused_at_the_door_is_refused_again(engine: Engine, raw: bytes, when: str) -> None:
    first = asking(raw, f"R{when}")
    other = first.replace(b"Lerkendal", b"Lerkenda1")
    assert asked(engine, first, other, other, when=when) == [["AA"], ["AE"], ["AE"]]


def test_what_is_no_message_is_refused_and_blocks_nobody(engine: Engine, raw: bytes) -> None:
    assert asked(engine, b"hello", asking(raw, "D1")) == [["AR"], ["AA"]]


def test_messages_that_gather_share_a_commit(engine: Engine, raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    store = receiving.store

    def counted(context: Context, batch: list[Incoming], now: datetime, **how: Any) -> list[receiving.Received]:
        sizes.append(len(batch))
        return store(context, batch, now, **how)

    monkeypatch.setattr(receiving, "store", counted)
    writer = InboxWriter(engine.context, lambda: NOON, lambda incoming: wanted(incoming.raw, "applied"))
    waiting = [writer.take(Incoming(asking(raw, f"E{number}"), HL7V2, "test")) for number in range(20)]
    writer.start()
    assert [codes(each.result(timeout=60)) for each in waiting] == [["AA"]] * 20
    writer.stop()
    assert sizes == [20]


def test_what_cannot_be_stored_is_never_acknowledged(
    engine: Engine, raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(receiving, "store", full)
    messages = (asking(raw, "F1"), asking(raw, "F2", "AL", "AL"), asking(raw, "F3", "AL", "NE"))
    assert asked(engine, *messages) == [["AE"], ["CE"], ["CE"]]
    with engine.context.store.reading() as records:
        assert not {"F1", "F2", "F3"} & {row.message_id for row in records.messages(limit=1000)}


def test_what_is_stored_and_not_applied_is_not_called_applied_and_waits(
    engine: Engine, raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise StorageError("locked")

    with monkeypatch.context() as broken:
        broken.setattr(receiving, "apply_these", locked)
        assert asked(engine, asking(raw, "G1"), asking(raw, "G2", "AL", "NE")) == [["AE"], ["CA"]]
    engine.wake_due(NOON)
    assert ends(engine, "G1", "G2") == [None, None]
    engine.wake_due(NOON + LEASE)
    assert ends(engine, "G1", "G2") == ["applied", "applied"]


def ends(engine: Engine, *ids: str) -> list[str | None]:
    with engine.context.store.reading() as records:
        found = {row.message_id: row.disposition for row in records.messages(limit=1000)}
    return [found[id] for id in ids]


@pytest.mark.parametrize(
    ("head", "code"),
    [
        pytest.param(b"", "AE", id="nothing-came"),
        pytest.param(b"MSH|^~\\&|A|B|||20260101||ADT^A01|7|P|2.5|||AL|NE\rPID|", "CE", id="enhanced-mode"),
        pytest.param(b"\xff\xfe\x00", "AE", id="no-text"),
    ],
)
def test_bytes_that_never_became_a_message_are_answered_with_an_error(head: bytes, code: str) -> None:
    assert codes([refuse("timeout", head, NOON)]) == [code]
