"""Every sample message, received as from the wire, ends in exactly one disposition, and the counts add up."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pathway_engine.channels.hl7v2 import Hl7v2Channel
from pathway_engine.channels.message_files import messages_in
from pathway_engine.domain.directory import Directories, Sender
from pathway_engine.service.context import build_context
from pathway_engine.service.engine import Engine
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.service.receiving import Incoming
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store
from tests.service.community import directory, shipped_files

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def engine_knowing(url: str, messages: Iterable[bytes]) -> Engine:
    """An engine whose directory has every sender of *messages*, test systems allowed."""
    headers = [Hl7v2Channel().header(raw) for raw in messages]
    names = {(header.application, header.facility) for header in headers}
    known = directory()
    senders = {
        name: Sender(
            id=f"s{n}", application=name[0], facility=name[1], organisation="fjord", accept_test=True, charset="8859/1"
        )
        for n, name in enumerate(sorted(names))
    }
    upgrade(url)
    patients = itertools.count()
    return Engine(
        build_context(
            Store(url),
            Directories(((NOW, replace(known, senders=senders)),)),
            [shipped_files()],
            [Hl7v2Channel()],
            lambda: f"patient-{next(patients)}",
            NOW,
        )
    )


def received(url: str, messages: list[bytes]) -> Counter[str]:
    """Receive all; check that each has one disposition and an answer, that the counts add up, and the rebuild."""
    engine = engine_knowing(url, messages)
    ends: Counter[str] = Counter()
    for raw in messages:
        told = engine.receive(Incoming(raw, "hl7v2", "test"), NOW)
        assert told.disposition in {"applied", "rejected", "unplaced"}
        ends[told.disposition if told.outcome != "duplicate" else "duplicate"] += 1
    with engine.context.store.reading() as records:
        counts = records.disposition_counts()
    assert {name: counts[name] for name in ends} == ends
    assert sum(ends.values()) == len(messages)
    assert rebuild(engine.context, NOW, check=True).differing == ()
    engine.context.store.close()
    return ends


def samples(folder: Path, pattern: str) -> list[bytes]:
    return [raw for path in sorted(folder.rglob(pattern)) for raw in messages_in(path.read_bytes())]


def test_the_shipped_samples_are_all_applied(sqlite_url: str, repository: Path) -> None:
    """Mutant: swallow the error; mutant: a disposition twice."""
    messages = samples(repository / "samples" / "adt", "*.hl7")
    assert received(sqlite_url, [*messages, messages[0]]) == {"applied": len(messages), "duplicate": 1}


def test_the_reference_samples_each_end_in_one_disposition(sqlite_url: str, reference_data: Path) -> None:
    folder = reference_data / "hl7v2"
    ends = received(sqlite_url, samples(folder, "*.hl7") + samples(folder, "*.out"))
    assert ends["applied"] > 300
