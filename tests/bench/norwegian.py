"""What a Norwegian message costs: read, held against the rules and receipted, beside a bare parse and validation."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from lxml import etree

from adapters.norwegian import letters as reader
from adapters.norwegian.letters import envelope_of
from adapters.norwegian.messages import her_ids
from adapters.norwegian.reports import DischargeReport
from adapters.norwegian.schemas import Schemas
from pathway_engine.channels.norwegian import NorwegianChannel
from pathway_engine.domain.directory import Directory, Organisation, Sender
from pathway_engine.domain.identifiers import make_synthetic
from pathway_engine.service.channel import Answer, Verdict
from pathway_engine.serving.collecting import collecting_rarely
from tests.adapters.norwegian import letters
from tests.bench.report import Section, Table, median, ms, rate, verdict

TITLE = "A Norwegian message"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TURNS = 10
"""So often each way has its turn in one repeat."""
AT_ONCE = 50
"""So many messages the engine applies together."""
MOST_TIMES = 4.0
"""So many times the CPU of the bare parse and validation may the whole take."""

SENDER = Sender(id="bench", application="her", facility=letters.HOSPITAL, organisation="bench")
OFFICIAL = (
    ("Pasientlogistikk_Utskrivningsklar_pasient_v1-6_Ny.xml", "readiness"),
    ("Utskrivningsrapport_v1-6_Ny.xml", "discharge report"),
)
MESSAGE_ID = re.compile(rb"(<(?:\w+:)?MsgId>)[^<]+")
BIRTH_DATE = re.compile(rb"(<(?:\w+:)?DateOfBirth>)[^<]+")
INSTANT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
NUMBER = re.compile(rb"(<(?:\w+:)?Patient>.*?<(?:\w+:)?Id>)\d{11}", re.DOTALL)
HOW = f"""\
One process of its own, in memory: from bytes to log entries, all rules, and the receipt, which is what the engine
does with messages beside storing them, and as it does it: {AT_ONCE} at a time, first each envelope, then each
content, then each receipt, and with the garbage collector as seldom as in a serving process. The bare way is lxml's
parser and validation against the official schemas, which the project does not hold: it is measured where
`PATHWAY_SCHEMA_DIR` names their folder, with the official samples of `PATHWAY_SAMPLE_DIR` where that is named too,
and else with messages of our own of the same size. Every message is another: it has its own id, its own times, and
its own patient, born on another day; its sender, receiver and ward have been met before, as between two partners they
have. CPU time, medians: {TURNS} turns for each repeat after one that does not count, each way first with the same new
messages every other time, since whoever is first finds them outside of the processor's cache."""


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds for one message: the whole, and the bare way where there are schemas."""

    name: str
    size: int
    whole: float
    bare: float | None

    def row(self) -> tuple[str, ...]:
        """As a line of a table."""
        bare, times = ("not measured", "not measured") if self.bare is None else (ms(self.bare), f"{self.times:.1f}")
        return self.name, f"{self.size:,}", rate(1 / self.whole), ms(self.whole), bare, times

    @property
    def times(self) -> float:
        """How many times the bare way's CPU the whole takes."""
        return self.whole / self.bare if self.bare else 0.0


def measured(repeats: int) -> Section:
    """Measure both messages, in a process that has done nothing else before."""
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:
        costs = alone.submit(_costs, repeats).result()
    columns = ("message", "bytes", "messages a second", "CPU ms", "bare, CPU ms", "times")
    notes = [
        f"{cost.name}: within {MOST_TIMES:g} times the bare way's CPU: {verdict(cost.times <= MOST_TIMES)}"
        for cost in costs
        if cost.bare is not None
    ]
    for line in (*(" ".join(cost.row()) for cost in costs), *notes):
        print(f"  {line}", flush=True)
    return Section(TITLE, HOW, (Table(columns, [cost.row() for cost in costs]),), tuple(notes))


def _costs(repeats: int) -> list[Cost]:
    schemas = _schemas()
    with collecting_rarely():
        return [_cost(name, raw, schemas, repeats) for name, raw in _messages()]


def _messages() -> list[tuple[str, bytes]]:
    folder = Path(os.environ.get("PATHWAY_SAMPLE_DIR") or "/nowhere")
    found = [(name, next(iter(folder.rglob(file)), None)) for file, name in OFFICIAL]
    official = [(name, path.read_bytes()) for name, path in found if path is not None]
    return (
        official if len(official) == len(OFFICIAL) else [("readiness", _readiness()), ("discharge report", _report())]
    )


def _readiness() -> bytes:
    return letters.raw(letters.ready())


def _report() -> bytes:
    """A report of some 20 kB, by the people and units that it names."""
    message = letters.report("UTSKRIVNINGSRAPPORT")
    told = message.payload
    assert isinstance(told, DischargeReport)
    return letters.raw(letters.with_payload(message, replace(told, contact_units=(letters.UNIT,) * 45)))


def _schemas() -> Schemas | None:
    named = os.environ.get("PATHWAY_SCHEMA_DIR", "")
    return Schemas({path.name: path.read_bytes() for path in Path(named).rglob("*.xsd")}) if named else None


def _cost(name: str, raw: bytes, schemas: Schemas | None, repeats: int) -> Cost:
    channel, numbers = _channel(raw), count()
    whole: list[float] = []
    bare: list[float] = []
    for turn in range(1 + repeats * TURNS):
        batch = [_another(raw, next(numbers)) for _ in range(AT_ONCE)]
        ways = [(whole, partial(_taken, channel, batch))]
        if schemas is not None:
            ways.insert(turn % 2, (bare, partial(_validated, schemas, batch)))
        for seconds, way in ways:
            seconds.append(_seconds(way) / AT_ONCE)
    return Cost(name, len(raw), median(whole[1:]), median(bare[1:]) if bare else None)


def _another(raw: bytes, number: int) -> bytes:
    """The message under an id of its own, written at and telling of other times, about somebody else."""
    later, born = timedelta(seconds=number), date(1930, 1, 1) + timedelta(days=number)
    found = MESSAGE_ID.sub(rb"\g<1>" + str(uuid5(NAMESPACE_URL, f"bench/{number}")).encode(), raw, count=1)
    found = BIRTH_DATE.sub(rb"\g<1>" + born.isoformat().encode(), found)
    found = INSTANT.sub(lambda at: (datetime.fromisoformat(at[0].decode()) + later).isoformat().encode(), found)
    return NUMBER.sub(rb"\g<1>" + make_synthetic(born, 0).encode(), found, count=1)


def _channel(raw: bytes) -> NorwegianChannel:
    """A channel for which every receiver of the message is here."""
    to = her_ids(envelope_of(raw).receiver)
    here = Directory(
        organisations={each: Organisation(id=each, name=each, kind="other", her_id=each, ours=True) for each in to}
    )
    return NorwegianChannel(lambda: here)


def _taken(channel: NorwegianChannel, batch: Sequence[bytes]) -> None:
    """As the engine takes messages that it has not seen before, from a partner that it has."""
    reader.forget()
    assert all(channel.header(raw).problem is None for raw in batch)
    for raw in batch:
        channel.read(raw, SENDER)
    assert all(channel.answer(raw, Answer(verdict=Verdict.ACCEPTED), NOW, 1) for raw in batch)


def _validated(schemas: Schemas, batch: Sequence[bytes]) -> None:
    for raw in batch:
        schemas.faults_of(etree.fromstring(raw))


def _seconds(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before
