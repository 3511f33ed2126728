"""What is fed: each target says of an input whether it is taken or refused, and raises when a promise breaks."""

from __future__ import annotations

import itertools
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files as resources
from pathlib import Path
from random import Random

from adapters.hl7v2.envelope import scan
from adapters.hl7v2.reading import read
from adapters.hl7v2.refusal import Hl7Refusal
from adapters.hl7v2.sender import SenderSettings
from pathway_engine.channels.hl7v2 import HL7V2, Hl7v2Channel, refuse, wanted
from pathway_engine.domain.definition import Pathway
from pathway_engine.domain.directory import Directories, Directory
from pathway_engine.domain.episode import Rules
from pathway_engine.domain.errors import DefinitionError
from pathway_engine.language.directory import read_directory
from pathway_engine.language.findings import DefinitionErrors
from pathway_engine.language.folder import load_shipped
from pathway_engine.language.journeys import read_journey, run_journey
from pathway_engine.language.reader import read_pathway
from pathway_engine.service.calendars import calendars
from pathway_engine.service.channel import Answer, Verdict
from pathway_engine.service.context import build_context
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming
from pathway_engine.storage.schema import upgrade
from pathway_engine.storage.store import Store
from pathway_engine.transports.frames import END, START, Deframer, Oversize, Stray, Unfinished
from tests.fuzz import corpus, fhir, norwegian
from tests.fuzz.conditions import CONDITION_SEEDS, checked_condition
from tests.fuzz.mutating import Grammar
from tests.service.community import shipped_files

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SETTINGS = SenderSettings(accept_test=True)
Feed = Callable[[bytes], bool]
"""Takes one input; True when it is taken, False when it is refused. Anything raised is a fault."""


class Broken(AssertionError):
    """A promise does not hold."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something that takes inputs. `share` is how many of each hundred inputs it gets."""

    name: str
    share: float
    grammar: Callable[[], Grammar]
    opened: Callable[[], Iterator[Feed]]


def _encoded(*words: str) -> tuple[bytes, ...]:
    return tuple(word.encode("utf-8", "surrogatepass") for word in words)


# -- HL7 v2: envelope, content and answers


def hl7_grammar() -> Grammar:
    """Messages cut at segments, fields, repetitions, components, subcomponents and escapes."""
    words = (*corpus.naughty(), *_encoded(*corpus.HL7_WORDS) * 4)
    return Grammar(corpus.hl7_messages(), words, (b"\r", b"|", b"|", b"|", b"^", b"~", b"&", b"\\"))


def feed_hl7(raw: bytes) -> bool:
    """Read and answer; an answer is one MSH, one MSA and at most one ERR, whatever was sent."""
    envelope = scan(raw)
    channel = Hl7v2Channel()
    channel.header(raw)
    try:
        read(raw, SETTINGS)
        refusal = None
    except Hl7Refusal as error:
        refusal = error
        if "please report it" in str(error):
            raise Broken(str(error)) from None
    verdict = Verdict.ERROR if refusal else Verdict.ACCEPTED
    _is_one_answer(channel.answer(raw, Answer(verdict=verdict, error=refusal), NOW, 7))
    _is_one_answer(refuse("timeout", raw[:4096], NOW))
    if (refusal is None) and envelope.problem:
        raise Broken("read although the envelope has a problem")
    return refusal is None


def _is_one_answer(answer: bytes | None) -> None:
    if answer is None:
        return
    segments = answer.rstrip(b"\r").split(b"\r")
    names = [segment[:3] for segment in segments]
    if names not in ([b"MSH", b"MSA"], [b"MSH", b"MSA", b"ERR"]) or START in answer or END in answer:
        raise Broken(f"the answer is not one message: {names}")


# -- frames


def frames_grammar() -> Grammar:
    """Streams of short frames, and what stands between them."""
    seeds = (
        START + b"one" + END + START + b"two" + END, b"\r\n" + START + b"x" * 60 + END, START + b"half",
        START + b"a\x1cb\x1c" + END + b"junk" + START + END, b"GET / HTTP/1.1\r\n\r\n", START + START + b"two" + END,
    )  # fmt: skip
    return Grammar(seeds, (START, END, b"\x1c", b"\r", b"\n", b"x" * 70, START + END), (START, END, b"\x1c", b"\r"))


MOST_BYTES = 64
MOST_STRAY = 200
LONGEST_STREAM = 40_000


def feed_frames(stream: bytes) -> bool:
    """However the stream is cut, the frames are those of a plain reading of it, and memory stays bounded."""
    chance = Random(sha256(stream).digest())
    deframer, found = Deframer(MOST_BYTES, MOST_STRAY), list[bytes | str]()
    rest = stream = stream[:LONGEST_STREAM]
    while rest and found[-1:] not in (["oversize"], ["stray"]):
        size = chance.choice((1, 2, 3, 7, 50, 1000))
        deframer.feed(rest[:size])
        rest = rest[size:]
        _drain(deframer, found)
        if deframer.held_bytes > max(MOST_BYTES + 1, 0) and found[-1:] not in (["oversize"], ["stray"]):
            raise Broken(f"{deframer.held_bytes} bytes are held")
    expected = plain_frames(stream)
    if found != expected:
        raise Broken(f"frames {found[:9]} instead of {expected[:9]}")
    return any(isinstance(each, bytes) for each in found)


def _drain(deframer: Deframer, found: list[bytes | str]) -> None:
    while True:
        try:
            frame = deframer.next()
        except Unfinished:
            found.append("unfinished")
            continue
        except (Oversize, Stray) as end:
            found.append(type(end).__name__.lower())
            return
        if frame is None:
            return
        found.append(frame)


def plain_frames(stream: bytes) -> list[bytes | str]:
    """The frames of the whole *stream*, read with all of it in hand."""
    found: list[bytes | str] = []
    place, inside = 0, False
    for mark in re.finditer(START + b"|" + END, stream):
        if not inside and mark.group() == END:
            continue
        between = stream[place : mark.start()]
        if end := _too_much(between, inside):
            return [*found, end]
        if inside:
            found.append(between if mark.group() == END else "unfinished")
        place, inside = mark.end(), mark.group() == START
    rest = stream[place:]
    end = _too_much(rest[:-1] if inside else rest, inside)
    return [*found, end] if end else found


def _too_much(between: bytes, inside: bool) -> str:
    if inside:
        return "oversize" if len(between) > MOST_BYTES else ""
    return "stray" if len(between.translate(None, b"\r\n")) > MOST_STRAY else ""


# -- files


def yaml_grammar(seeds: tuple[bytes, ...]) -> Grammar:
    """Files cut at lines, keys, items and words."""
    words = (*corpus.naughty(), *_encoded(*corpus.YAML_WORDS) * 5, *_encoded(*corpus.CONDITION_WORDS) * 2)
    return Grammar(seeds, words, (b"\n", b"\n", b": ", b", ", b" ", b"\n  - ", b"\n=== "))


def feed_pathway(joint: bytes) -> bool:
    """A folder becomes a pathway, or every mistake in it is told with its place."""
    try:
        read_pathway(corpus.parted(joint))
    except DefinitionErrors as errors:
        _is_told(errors)
        return False
    return True


def feed_directory(text: bytes) -> bool:
    """A file becomes a directory whose calendars can be counted with, or every mistake is told."""
    try:
        directory = read_directory(text)
    except DefinitionErrors as errors:
        _is_told(errors)
        return False
    counted = calendars(directory)
    for municipality in directory.openings:
        counted(municipality)
    return True


MOST_POINTS = 60
"""A longer journey is read, not run: each point folds all that was heard before it."""


@cache
def small_pathway() -> Pathway:
    """The pathway whose journeys are fed."""
    return load_shipped("heart_failure")


@cache
def _rules() -> Rules:
    return Rules.of(small_pathway(), calendars(_community()))


def feed_journey(text: bytes) -> bool:
    """A file becomes a journey that can be run, or every mistake in it is told."""
    try:
        journey = read_journey(text, "journey.yaml", small_pathway())
    except DefinitionErrors as errors:
        _is_told(errors)
        return False
    if len(journey.points) <= MOST_POINTS:
        run_journey(journey, _rules())
    return True


def _is_told(errors: DefinitionErrors) -> None:
    if not errors.findings or any(each.line < 1 or each.column < 1 for each in errors.findings):
        raise Broken("refused without a place")
    if any("\n" in each.message or len(each.message) > 2000 for each in errors.findings):
        raise Broken("a finding is not one short line")


# -- conditions


def conditions_grammar() -> Grammar:
    """Conditions cut at words and brackets."""
    words = (*corpus.naughty(), *(b" " + word + b" " for word in _encoded(*corpus.CONDITION_WORDS) * 8))
    return Grammar(CONDITION_SEEDS, words, (b" ", b" ", b"(", b")", b",", b"and", b"or", b"=="))


def feed_condition(text: bytes) -> bool:
    """A text is a condition that answers as a plain reading of it does, or is refused."""
    try:
        return checked_condition(text.decode("utf-8", "replace"))
    except DefinitionError:
        return False


# -- the whole way of a message


@contextmanager
def house() -> Iterator[Engine]:
    """An engine on a fresh database in memory, with the made-up community's directory."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="pathway-fuzz-", dir=memory if os.access(memory, os.W_OK) else None))
    url = f"sqlite:///{folder}/fuzz.sqlite"
    upgrade(url)
    store, patients = Store(url), itertools.count(1)
    context = build_context(
        store, Directories(((NOW, _community()),)), [shipped_files()], [Hl7v2Channel(), norwegian.channel()],
        lambda: f"patient-{next(patients)}", NOW,
    )  # fmt: skip
    try:
        yield Engine(context)
    finally:
        store.close()
        shutil.rmtree(folder)


@cache
def _community() -> Directory:
    return read_directory((resources("pathway_engine.demonstration") / "directory.yaml").read_bytes())


COUNTED_EVERY = 40
RENEWED_EVERY = 400


@dataclass
class Receiving:
    """Receives, and counts along: what came in is what ended, in sum."""

    engine: Engine
    received: int = 0

    def __call__(self, raw: bytes) -> bool:
        """Every input ends in one disposition, and is answered unless its sender wants no answer."""
        told = self.engine.receive(Incoming(raw, HL7V2, "fuzz"), NOW)
        self.received += 1
        if told.disposition not in {"applied", "rejected", "unplaced"}:
            raise Broken(f"ended as {told.disposition}: {told.reason}")
        if told.outcome != "duplicate":
            self._is_answered_rightly(raw, told.disposition, told.answer)
        if self.received % COUNTED_EVERY == 0:
            self.add_up()
        return told.disposition == "applied"

    def _is_answered_rightly(self, raw: bytes, disposition: str, answer: bytes | None) -> None:
        wants = wanted(raw, "applied")
        if answer is None and wants.applied and scan(raw).application_acknowledgment in {"", "AL"}:
            raise Broken(f"{disposition}, and no answer")
        envelope = scan(answer or b"")
        field = envelope.delimiters.field
        code = (answer or b"").decode(envelope.codec, "replace").partition(f"\rMSA{field}")[2][:2]
        if answer is not None and (code in {"AA", "CA"}) != (disposition == "applied"):
            raise Broken(f"{disposition}, and answered {code}")

    def add_up(self) -> None:
        """Received equals the sum of where messages ended."""
        with self.engine.context.store.reading() as records:
            counts = records.disposition_counts()
        ended = sum(count for name, count in counts.items() if name != "conflict")
        if counts["waiting"] or ended != self.received:
            raise Broken(f"received {self.received}, ended {ended}, waiting {counts['waiting']}")


def receiving() -> Iterator[Feed]:
    """Feeds, each with a database of its own after so many inputs."""
    logging.getLogger("pathway_engine").setLevel(logging.CRITICAL)
    while True:
        with house() as engine:
            receive = Receiving(engine)
            for _ in range(RENEWED_EVERY):
                yield receive
            receive.add_up()


def receiving_norwegian() -> Iterator[Feed]:
    """The same for Norwegian messages."""
    logging.getLogger("pathway_engine").setLevel(logging.CRITICAL)
    while True:
        with house() as engine:
            receive = norwegian.Receiving(engine)
            for _ in range(RENEWED_EVERY):
                yield receive
            receive.add_up()


def always(feed: Feed) -> Callable[[], Iterator[Feed]]:
    """The same feed for every input."""
    return lambda: itertools.repeat(feed)


TARGETS = {
    target.name: target
    for target in (
        Target("hl7", 22.0, hl7_grammar, always(feed_hl7)),
        Target("norwegian", 10.0, norwegian.grammar, always(norwegian.feed_channel)),
        Target("take_norwegian", 1.0, norwegian.grammar, receiving_norwegian),
        Target("fhir", 8.0, fhir.grammar, always(fhir.feed)),
        Target("frames", 20.0, frames_grammar, always(feed_frames)),
        Target("conditions", 20.5, conditions_grammar, always(feed_condition)),
        Target("pathway", 5.5, lambda: yaml_grammar((*corpus.pathway_folders() * 200, *corpus.wrong_files())),
               always(feed_pathway)),
        Target("directory", 6.0, lambda: yaml_grammar(corpus.directories()), always(feed_directory)),
        Target("journey", 6.0, lambda: yaml_grammar(corpus.journeys()), always(feed_journey)),
        Target("receive", 1.0, lambda: replace(hl7_grammar(), seeds=corpus.hl7_messages()[:10]), receiving),
    )
}  # fmt: skip
"""Every target by name; the shares make a hundred."""
