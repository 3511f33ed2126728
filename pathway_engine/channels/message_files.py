"""HL7 files: one message or many, framed for MLLP or not; and samples moved in time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from pathway_engine.domain.norway import OSLO
from pathway_engine.transports.mllp import END, START

TIMES = {"MSH": (6,), "EVN": (2, 6), "PID": (29,), "PV1": (44, 45), "PV2": (8, 9), "ZBE": (2,)}
"""Where a message tells a time, as positions after splitting at the field mark; of MSH that is one less."""

TOLD_LAST = {"EVN": (2, 6), "PV1": (44, 45)}
TIME = re.compile(r"(\d{8})(\d{4}(?:\d{2})?)?(?:\.\d+)?([+-]\d{4})?")


def messages_in(content: bytes) -> list[bytes]:
    """Return the messages in *content*: between MLLP marks, or each from its MSH segment on."""
    if START in content:
        frames = content.split(START)[1:]
        return [frame.split(END)[0].removesuffix(END[:1]) for frame in frames]
    parts = re.split(rb"(?:^|(?<=[\r\n]))(?=MSH)", content.removeprefix(b"\xef\xbb\xbf"))
    return [part.strip(b"\r\n") + b"\r" for part in parts if part.strip()]


def moved(messages: list[bytes], until: datetime) -> list[bytes]:
    """Return the messages with all their times moved alike, so that the last thing told is at *until*.

    Each gets a new message id, since it is another message now. What has no readable time is left as it is.
    """
    told = [at for message in messages for at in _told(message)]
    if not told:
        return messages
    by = timedelta(minutes=(until - max(told)) // timedelta(minutes=1))
    mark = f"{until:%y%m%d%H%M%S}"
    return [_moved(message, by, mark) for message in messages]


def _told(message: bytes) -> Iterator[datetime]:
    for name, fields in _segments(message):
        for place in TOLD_LAST.get(name, ()):
            found = TIME.fullmatch(fields[place]) if place < len(fields) else None
            at = _instant(found) if found else None
            if at is not None:
                yield at


def _moved(message: bytes, by: timedelta, mark: str) -> bytes:
    segments = [_with_new_id(fields, mark) if name == "MSH" else fields for name, fields in _segments(message)]
    for fields in segments:
        for place in TIMES.get(fields[0], ()):
            if place < len(fields):
                fields[place] = TIME.sub(_by(by), fields[place], count=1)
    return "".join("|".join(fields) + "\r" for fields in segments).encode("latin-1")


def _segments(message: bytes) -> Iterator[tuple[str, list[str]]]:
    """Every segment as its name and fields; latin-1 keeps each byte as it is."""
    for line in re.split(r"[\r\n]+", message.decode("latin-1")):
        if line:
            fields = line.split("|")
            yield fields[0], fields


def _with_new_id(fields: list[str], mark: str) -> list[str]:
    return [*fields[:9], f"{fields[9]}-{mark}", *fields[10:]] if len(fields) > 9 else fields


def _by(by: timedelta) -> Callable[[re.Match[str]], str]:
    def later(found: re.Match[str]) -> str:
        at = _instant(found)
        if at is None:
            return found[0]
        if not found[2]:  # a day only
            return f"{at + timedelta(days=round(by / timedelta(days=1))):%Y%m%d}"
        form = "%Y%m%d%H%M%S" if len(found[2]) == 6 else "%Y%m%d%H%M"
        moment = (at + by).astimezone(OSLO)
        return f"{moment:{form}}" + (f"{moment:%z}" if found[3] else "")

    return later


def _instant(found: re.Match[str]) -> datetime | None:
    clock = (found[2] or "").ljust(6, "0")
    try:
        naive = datetime.strptime(found[1] + clock, "%Y%m%d%H%M%S")  # noqa: DTZ007  the zone is added below
        zone = datetime.strptime(found[3], "%z").tzinfo if found[3] else OSLO
    except ValueError:
        return None
    return naive.replace(tzinfo=zone)
