"""No identity number leaves the database by a log line, an error text or an answer's text."""

from __future__ import annotations

import itertools
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pathway_engine.channels.hl7v2 import Hl7v2Channel
from pathway_engine.domain.directory import Directories
from pathway_engine.service import one_message
from pathway_engine.service.context import build_context
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store
from tests.service.community import directory, shipped_files

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def numbers_in(raw: bytes) -> set[str]:
    """The eleven-digit numbers of a message: its patient's and those that it names."""
    words = raw.decode().replace("^", "|").replace("~", "|").replace("\r", "|").split("|")
    return {word for word in words if word.isdigit() and len(word) == 11}


def test_no_identity_number_is_logged_or_told_whatever_goes_wrong(
    sqlite_url: str, repository: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mutant: the message, or an exception's text, in the log."""
    upgrade(sqlite_url)
    store, ids = Store(sqlite_url), itertools.count()
    context = build_context(
        store, Directories(((NOW, directory()),)), [shipped_files()], [Hl7v2Channel()], lambda: str(next(ids)), NOW
    )
    known = directory().senders[("EPJ", "FJORD")]
    context.directory.senders[("EPJ", "FJORDSYK")] = known  # type: ignore[index]
    engine, seen, told = Engine(context), set[str](), ""

    def breaks(*args: object, **kwargs: object) -> None:
        raise ValueError(f"cannot place {sorted(seen)}")

    with caplog.at_level(logging.DEBUG):
        for file in sorted((repository / "samples" / "adt").glob("*.hl7")):
            raw = file.read_bytes()
            seen |= numbers_in(raw)
            for variant in (raw, raw.replace(b"|P|2.5", b"|P|9.9"), raw.replace(b"PID|", b"PDI|")):
                received = engine.receive(Incoming(variant, "hl7v2", "test"), NOW)
                told += received.reason + (received.answer or b"").decode()
        monkeypatch.setattr(one_message, "_settle", breaks)
        told += engine.receive(Incoming(raw.replace(b"FS0010", b"FS9999"), "hl7v2", "test"), NOW).reason
    store.close()
    assert seen
    assert not [number for number in seen if number in caplog.text or number in told]
