"""The values that a Norwegian message is made of: codes, quantities, points in time, marked-up text, attachments."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Literal, NamedTuple
from xml.sax.saxutils import escape, unescape
from zoneinfo import ZoneInfo

from pathway_engine.domain.norway import OSLO

Precision = Literal["year", "month", "day", "time", "instant"]
LEXICAL = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d?)(?:-(?P<day>\d\d?)"
    r"(?:[T ](?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?)?)?)?"
    r"(?P<zone>Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)
TAG = re.compile(r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
ENDS_LINE = re.compile(r"<(?:[\w.-]+:)?br\s*/?>(?:</(?:[\w.-]+:)?br>)?|</(?:[\w.-]+:)?(?:p|div|li|tr|h[1-6])>")
ONLY_TIME = re.compile(r"\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Code:
    """A coded value: V, DN, S (the code system's OID) and OT, each verbatim; what is not given is empty."""

    value: str = ""
    name: str = ""
    system: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A physical quantity: the number as it is written, and its unit (UCUM, or whatever was given)."""

    value: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, year, month or instant, exactly as given; no zone means Europe/Oslo.

    `text` is the lexical form of XML Schema. What cannot be understood is kept too, and then
    `precision` is None and `instant` and `day` raise ValueError.
    """

    text: str

    @classmethod
    def of(cls, when: datetime | date, zone: ZoneInfo = OSLO) -> Moment:
        """Return *when* as it is written: a day, or an aware datetime with the offset of *zone*."""
        if not isinstance(when, datetime):
            return cls(when.isoformat())
        assert when.tzinfo is not None
        return cls(when.astimezone(zone).isoformat())

    @property
    def precision(self) -> Precision | None:
        """How much of the time was given; "time" is a time of day without a day."""
        return time_told(self.text).precision

    @property
    def has_zone(self) -> bool:
        """Whether the offset from UTC was given."""
        parts = LEXICAL.fullmatch(self.text)
        return bool(parts and parts["zone"])

    def instant(self) -> datetime:
        """Return the first instant that is meant, in UTC; raises ValueError when there is none."""
        found = time_told(self.text).instant
        if found is None:
            raise ValueError("not a date or time that exists")
        return found

    def day(self) -> date:
        """Return the day on the wall in Norway; raises ValueError when no day was given."""
        found = time_told(self.text).day
        if found is None:
            raise ValueError("no day that exists is given")
        return found


class Told(NamedTuple):
    """What a text tells of time: how much, the day on the wall in Norway and the first instant; None is not told."""

    precision: Precision | None
    day: date | None = None
    instant: datetime | None = None


@lru_cache(maxsize=1024)
def time_told(text: str) -> Told:
    """Return what *text* tells; rules and events ask the same few times of a message again and again."""
    parts = LEXICAL.fullmatch(text)
    if parts is None:
        return Told("time" if ONLY_TIME.fullmatch(text) else None)
    year, month, day, hour, *_ = parts.groups()
    instant = _instant(parts)
    if hour:
        return Told("instant", _day_in_norway(instant), instant)
    if day:
        return Told("day", _day(int(year), int(month), int(day)), instant)
    return Told("month" if month else "year", None, instant)


def _instant(parts: re.Match[str]) -> datetime | None:
    zone = parts["zone"]
    try:
        return _wall(parts, _offset(zone) if zone else OSLO).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _day_in_norway(instant: datetime | None) -> date | None:
    try:
        return instant.astimezone(OSLO).date() if instant else None
    except OverflowError:
        return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _wall(parts: re.Match[str], zone: tzinfo) -> datetime:
    year, month, day, hour, minute, second, fraction, _ = parts.groups()
    micro = int(fraction[:6].ljust(6, "0")) if fraction else 0
    on_the_wall = int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0)
    return datetime(*on_the_wall, micro, tzinfo=zone)


def _offset(text: str) -> timezone:
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:])
    if hours > 14 or minutes > 59:
        raise ValueError("not an offset")
    ahead = timedelta(hours=hours, minutes=minutes)
    return timezone(-ahead if text[0] == "-" else ahead)


@dataclass(frozen=True, slots=True)
class RichText:
    """Text that may be marked up: the content of its element as XML, with its own namespaces declared."""

    xml: str = field(default="", repr=False)

    @classmethod
    def of(cls, plain: str) -> RichText:
        """Return *plain* as marked-up text without any mark-up."""
        return cls(escape(plain, {"\r": "&#xD;"}))

    @property
    def plain(self) -> str:
        """The text without its mark-up; a paragraph, a line, a list item or a row ends in a line break."""
        return unescape(TAG.sub("", ENDS_LINE.sub("\n", self.xml)), {"&#xD;": "\r", "&quot;": '"'})


@dataclass(frozen=True, slots=True)
class Opaque:
    """An element that is kept whole and not looked into, as canonical XML."""

    name: str
    namespace: str
    xml: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Attachment:
    """The bytes of an attached file, as the base64 text that was given."""

    base64: str = field(repr=False)

    @classmethod
    def of(cls, content: bytes) -> Attachment:
        """Return *content* as an attachment."""
        return cls(base64.b64encode(content).decode("ascii"))

    def content(self) -> bytes:
        """Return the file; raises ValueError when the text is not base64."""
        try:
            return base64.b64decode("".join(self.base64.split()), validate=True)
        except binascii.Error as wrong:
            raise ValueError("the attachment is not valid base64") from wrong
