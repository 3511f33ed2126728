"""The segments of an HL7 v2 message: cut exactly, and read field by field with hl7apy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from hl7apy import load_library
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_field

from adapters.hl7v2 import times
from adapters.hl7v2.envelope import Envelope
from adapters.hl7v2.escaping import Delimiters, decode, legible
from adapters.hl7v2.refusal import Hl7Refusal

MOST_SEGMENTS = 500
MOST_REPETITIONS = 200
LONGEST_FIELD = 64 * 1024
MOST_COMPONENTS = 12
"""Nothing after the twelfth component is read, and hl7apy takes its time over each."""

LONGEST_REMEMBERED = 500
"""Longer shapes are read each time, so that what is remembered stays small."""

NULL = '""'

READ_AS_VERSION = "2.6"
"""HL7 keeps the place of a field through all versions; 2.6 still has those that 2.7 withdrew."""

SEGMENT_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")


@dataclass(frozen=True, slots=True)
class Composite:
    """One repetition of a field: its components, and their subcomponents, decoded."""

    parts: dict[int, tuple[str, ...]]

    def part(self, component: int, subcomponent: int = 1) -> str:
        """Return a subcomponent on one line; empty when it is absent or HL7's null."""
        subcomponents = self.parts.get(component, ())
        return subcomponents[subcomponent - 1] if subcomponent <= len(subcomponents) else ""


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: `fields[n]` is field n as sent, `sequence` counts segments of the same name."""

    name: str
    fields: tuple[str, ...]
    sequence: int
    delimiters: Delimiters
    codec: str

    def location(self, number: int) -> str:
        """Where field *number* is, as ERR-2 says it."""
        return f"{self.name}^{self.sequence}^{number}"

    def sent(self, number: int) -> str:
        """Field *number* as sent; empty when the segment ends before it."""
        return self.fields[number].strip() if number < len(self.fields) else ""

    def text(self, number: int) -> str:
        """The first component of the first repetition, decoded, on one line; HL7's null is empty."""
        first = self.sent(number).split(self.delimiters.repetition)[0].split(self.delimiters.component)[0]
        return self._plain(first.split(self.delimiters.subcomponent)[0])

    def is_null(self, number: int) -> bool:
        """True when the sender says that field *number* has no value any more."""
        return self.sent(number) == NULL

    def instant(self, number: int, zone: ZoneInfo) -> datetime | None:
        """Field *number* as an instant in UTC, None when empty; refuses what is no time."""
        text = self.text(number)
        try:
            return times.instant(text, zone) if text else None
        except ValueError:
            raise self._not_a("time (YYYYMMDDHHMMSS+ZZZZ)", number) from None

    def day(self, number: int, zone: ZoneInfo) -> date | None:
        """Field *number* as a day in *zone*, None when empty; refuses what is no date."""
        text = self.text(number)
        try:
            return times.day(text, zone) if text else None
        except ValueError:
            raise self._not_a("date (YYYYMMDD)", number) from None

    def composites(self, number: int) -> tuple[Composite, ...]:
        """The repetitions of field *number* that hold anything, read with hl7apy: for identifiers."""
        return tuple(self._composite(number, each) for each in self._repetitions(number))

    def _composite(self, number: int, text: str) -> Composite:
        try:
            shape, texts = _shape(text, self.delimiters)
            read = _leaves if len(shape) <= LONGEST_REMEMBERED else _leaves.__wrapped__
            leaves = read(f"{self.name}_{number}", shape, self.delimiters)
            return Composite({
                place: tuple([self._plain(texts.get(leaf, leaf)) for leaf in inner]) for place, inner in leaves
            })  # fmt: skip
        except Exception:  # hl7apy lets ValueError, IndexError and AttributeError escape, quoting the field
            raise self._not_a("field of its type", number) from None

    def first(self, number: int) -> Composite:
        """The first repetition of field *number* that holds anything, read with hl7apy."""
        return next(iter(self.composites(number)), Composite({}))

    def cut(self, number: int) -> tuple[Composite, ...]:
        """The same as `composites`, by cutting alone, which is many times quicker: for names and places."""
        return tuple(self._cut(each) for each in self._repetitions(number))

    def _repetitions(self, number: int) -> list[str]:
        every = self.sent(number).split(self.delimiters.repetition)
        return [each for each in every if each.strip() and each != NULL]

    def _cut(self, text: str) -> Composite:
        parts = text.split(self.delimiters.component)[:MOST_COMPONENTS]
        inner = [part.split(self.delimiters.subcomponent) for part in parts]
        return Composite({place: tuple(map(self._plain, part)) for place, part in enumerate(inner, start=1)})

    def _plain(self, text: str) -> str:
        text = text.strip()
        return "" if text == NULL else legible(decode(text, self.delimiters, self.codec))

    def _not_a(self, kind: str, number: int) -> Hl7Refusal:
        return Hl7Refusal("102", self.location(number), f"{self.name}-{number} is not a {kind}.")


def segments_of(text: str, envelope: Envelope) -> tuple[list[Segment], list[str]]:
    """Cut *text* into segments, and say which of them nobody here reads because HL7 has no such name.

    Refuses more than 500 segments, 200 repetitions of a field, or 64 kB in a field.
    """
    lines = text.split("\r")
    if len(lines) > MOST_SEGMENTS:
        raise Hl7Refusal("100", "MSH^1", f"{len(lines)} segments; at most {MOST_SEGMENTS} are taken.")
    found: list[Segment] = []
    notes: list[str] = []
    for line in lines:
        segment = _segment(line, envelope, found)
        _hold_caps(segment)
        found.append(segment)
        if segment.name not in _known():
            notes.append(_aside(segment.name))
    return found, sorted(set(notes))


def named(segments: Iterable[Segment], name: str) -> list[Segment]:
    """The segments called *name*, in order."""
    return [segment for segment in segments if segment.name == name]


def _segment(line: str, envelope: Envelope, before: list[Segment]) -> Segment:
    fields = line.split(envelope.delimiters.field)
    name = fields[0].strip()
    sequence = 1 + sum(1 for segment in before if segment.name == name)
    return Segment(name, tuple(fields), sequence, envelope.delimiters, envelope.codec)


def _hold_caps(segment: Segment) -> None:
    name = segment.name if SEGMENT_NAME.fullmatch(segment.name) else "?"
    for number, field in enumerate(segment.fields):
        where = f"{name}^{segment.sequence}^{number}"
        if len(field) > LONGEST_FIELD:
            raise Hl7Refusal("102", where, f"A field of {len(field)} characters; at most {LONGEST_FIELD} are taken.")
        if field.count(segment.delimiters.repetition) >= MOST_REPETITIONS:
            raise Hl7Refusal("102", where, f"A field repeats more than {MOST_REPETITIONS} times.")


def _aside(name: str) -> str:
    if not SEGMENT_NAME.fullmatch(name):
        return "A line that is no segment was kept aside."
    return f"Segment {name} was kept aside; nothing here reads it."


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Segment names of HL7 itself, of the first and the last version that hl7apy has, and of IHE PAM."""
    versions = ("2.3", "2.6", "2.8.2")
    return frozenset({"ZBE"}.union(*(load_library(version).SEGMENTS for version in versions)))


@lru_cache(maxsize=32)
def _for_hl7apy(delimiters: Delimiters) -> dict[str, str]:
    return {
        "SEGMENT": "\r",
        "GROUP": "\r",
        "FIELD": delimiters.field,
        "COMPONENT": delimiters.component,
        "SUBCOMPONENT": delimiters.subcomponent,
        "REPETITION": delimiters.repetition,
        "ESCAPE": delimiters.escape,
    }


def _shape(text: str, delimiters: Delimiters) -> tuple[str, dict[str, str]]:
    """*text* with a word for each of its texts, and what each word stands for.

    Where a text belongs does not depend on what it says, so hl7apy need be asked once for all fields
    that are filled in alike. HL7's null is in the empty places, which hl7apy would leave out and so move
    the rest.
    """
    texts: dict[str, str] = {}

    def word(part: str) -> str:
        if not (part := part.strip()):
            return NULL
        texts[name := f"T{len(texts)}"] = part
        return name

    components = text.split(delimiters.component)[:MOST_COMPONENTS]
    shape = delimiters.component.join(
        delimiters.subcomponent.join(map(word, component.split(delimiters.subcomponent))) for component in components
    )
    return shape, texts


def _position(name: str | None, after: int) -> int:
    """``CX_4`` is at 4; what the version has no name for follows what it has."""
    digits = (name or "").rpartition("_")[2]
    return int(digits) if digits.isdigit() else after + 1


def _text(leaf: Any) -> str:
    """The text of an hl7apy subcomponent as sent: its encoder damages escapes, its typed values digits."""
    value = getattr(leaf.value, "value", leaf.value)
    if value is None:
        return ""
    return value if isinstance(value, str) else str(leaf.to_er7())


@lru_cache(maxsize=512)
def _leaves(name: str, text: str, delimiters: Delimiters) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """The components of one repetition and their subcomponents, by place, read with hl7apy.

    It takes a millisecond over each, so what it found is kept.
    """
    field = parse_field(
        text, name=name, version=READ_AS_VERSION, encoding_chars=_for_hl7apy(delimiters),
        validation_level=VALIDATION_LEVEL.TOLERANT,
    )  # fmt: skip
    parts: dict[int, tuple[str, ...]] = {}
    for component in field.children:
        leaves: dict[int, str] = {}
        for leaf in component.children:
            leaves[_position(leaf.name, after=max(leaves, default=0))] = _text(leaf)
        texts = tuple(leaves.get(place, "") for place in range(1, max(leaves, default=0) + 1))
        parts[_position(component.name, after=max(parts, default=0))] = texts
    return tuple(parts.items())
