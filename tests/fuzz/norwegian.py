"""Norwegian messages as a fuzz target: bytes through the channel, and through the whole engine."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files as resources
from pathlib import Path

from adapters.norwegian.messages import MessageRefusal, read_receipt
from adapters.norwegian.receipts import receipts_in
from pathway_engine.channels.families import NORWEGIAN
from pathway_engine.channels.norwegian import NorwegianChannel
from pathway_engine.domain.directory import Directory
from pathway_engine.domain.errors import MessageError
from pathway_engine.language.directory import read_directory
from pathway_engine.service.channel import Answer, Verdict
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming
from tests.fuzz.corpus import REPOSITORY, naughty
from tests.fuzz.mutating import Grammar

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ENDS = frozenset({"applied", "rejected", "unplaced", "dead"})
WORDS = (
    "<!-- -->", "<!DOCTYPE a>", "<!DOCTYPE a [<!ENTITY b 'c'>]>", "<?x y?>", "<![CDATA[<a>]]>", "&amp;", "&b;", "&#0;",
    "&#x41;", "]]>", "<a", "</a>", "<a/>", 'xmlns=""', "xmlns:a='b'", 'V="1"', 'V=""', 'S="2.16.578.1.12.4.1.1.9051"',
    "LOG_INNLAGT", "LOG_UTSKREVET", "LOG_UTSKRIVNINGSKLAR", "HELSEOPPL_SOKNAD", "EPIKRISE", "APPREC", "MsgHead",
    "Message", "AppRec", "EI_fellesformat", "2026-11-16T10:00:00+01:00", "2026-02-30", "9999-12-31T23:59:59",
    "0001-01-01T00:00:00+14:00", "2026-11-16", "24:00:00", "FNR", "DNR", "HNR", "N", "M", "C", "8200001", "8200003",
    "a0000000-0000-4000-8000-000000000001", "2009-06-30", "2012-04-01", "2004-11-21", "utf-16", "iso-8859-1", "\u00e5",
)  # fmt: skip


class Broken(AssertionError):
    """A promise does not hold."""


def seeds() -> tuple[bytes, ...]:
    """Our samples, and the official ones and attack documents where they lie at hand."""
    own = sorted((REPOSITORY / "samples" / "norwegian").glob("*.xml"))
    return (*(path.read_bytes() for path in own), *official("PATHWAY_SAMPLE_DIR"), *official("PATHWAY_ATTACK_DIR"))


def official(name: str) -> tuple[bytes, ...]:
    """The small XML files of the folder that the environment names; none without it."""
    folder = Path(os.environ.get(name) or "/nowhere")
    files = sorted(folder.rglob("*.xml")) if folder.is_dir() else []
    return tuple(file.read_bytes() for file in files if file.stat().st_size < 100_000)


def grammar() -> Grammar:
    """Messages cut at elements, attributes and quotes."""
    words = (*naughty(), *(word.encode() for word in WORDS * 6))
    return Grammar(seeds(), words, (b"<", b">", b"><", b"</", b'"', b" ", b"="))


@cache
def community() -> Directory:
    """The demonstration's directory, which knows the senders of the samples."""
    return read_directory((resources("pathway_engine.demonstration") / "directory.yaml").read_bytes())


def channel() -> NorwegianChannel:
    """The channel of the municipality in the directory."""
    return NorwegianChannel(community)


def feed_channel(raw: bytes) -> bool:
    """Read and answer: nothing but a reason comes out, and every receipt can be read and says what became of it."""
    here = channel()
    header = here.header(raw)
    sender = community().sender("her", "8100001")
    assert sender is not None
    error: MessageError | None = None
    try:
        here.read(raw, sender)
    except MessageError as refused:
        error = refused
        if "please report it" in str(refused):
            raise Broken(str(refused)) from None
    verdict = Verdict.ERROR if error or header.problem else Verdict.ACCEPTED
    _receipts_say(here.answer(raw, Answer(verdict=verdict, error=header.problem or error), NOW, 7), verdict)
    return error is None and header.problem is None


def _receipts_say(answer: bytes | None, verdict: Verdict) -> None:
    for each in receipts_in(answer or b""):
        try:
            receipt = read_receipt(each).receipt
        except MessageRefusal as refusal:
            raise Broken(f"a receipt that cannot be read: {refusal}") from None
        status = receipt.status.value if receipt.status else ""
        if status not in ("1", "2") or (status == "2") != bool(receipt.errors):
            raise Broken(f"a receipt of status {status} with {len(receipt.errors)} errors")
        if status == "1" and verdict is Verdict.ERROR and receipt.original is None:
            raise Broken("a receipt for nothing")


class Receiving:
    """Receives through the engine, and counts along: what came in is what ended, in sum."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.received = 0

    def __call__(self, raw: bytes) -> bool:
        """Every input ends in one disposition; what was applied is receipted as taken, what was rejected is not."""
        told = self.engine.receive(Incoming(raw, NORWEGIAN, "fuzz"), NOW)
        self.received += 1
        if told.disposition not in ENDS:
            raise Broken(f"ended as {told.disposition}: {told.reason}")
        statuses = {_status(each) for each in receipts_in(told.answer or b"")}
        if not statuses <= ({"1"} if told.disposition in ("applied", "unplaced") else {"2"}):
            raise Broken(f"{told.disposition}, and receipted {sorted(statuses)}")
        if self.received % 40 == 0:
            self.add_up()
        return told.disposition == "applied"

    def add_up(self) -> None:
        """Received equals the sum of where messages ended."""
        with self.engine.context.store.reading() as records:
            counts = records.disposition_counts()
        ended = sum(count for name, count in counts.items() if name != "conflict")
        if counts["waiting"] or ended != self.received:
            raise Broken(f"received {self.received}, ended {json.dumps(counts)}")


def _status(raw: bytes) -> str:
    status = read_receipt(raw).receipt.status
    return status.value if status else ""
