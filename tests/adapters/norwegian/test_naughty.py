"""Texts that programs stumble over, in every text of every message that is written: carried whole, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from lxml import etree

from adapters.norwegian.messages import CannotWrite, Message, read_message, write_message
from adapters.norwegian.values import Attachment, Moment, Opaque, RichText
from tests.adapters.norwegian import letters
from tests.naughty import NAUGHTY

MESSAGES = {
    "admitted": letters.admitted(), "ready": letters.ready(), "withdrawn": letters.withdrawn(),
    "need": letters.need(), "report": letters.report("UTSKRIVNINGSRAPPORT"), "request": letters.request(),
    "note": letters.note("DIALOG_NOTAT", "1", f"{letters.OID}9127"),
}  # fmt: skip
WHOLE = (Moment, Attachment, Opaque)
EVERY = 9
"""Each text stands in every so-manieth place, another share of the places for each text."""
Path = tuple[str | int, ...]


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where a text of our own stands in a record."""
    if isinstance(value, str | RichText) and value:
        yield path
    elif isinstance(value, tuple):
        for number, each in enumerate(value):
            yield from places(each, (*path, number))
    elif is_dataclass(value) and not isinstance(value, WHOLE):
        for each in fields(value):
            if each.name != "version" or not isinstance(value, Message):
                yield from places(getattr(value, each.name), (*path, each.name))


def with_text(value: Any, path: Path, text: str) -> Any:
    """The record with *text* in that place."""
    if not path:
        return RichText.of(text) if isinstance(value, RichText) else text
    first, rest = path[0], path[1:]
    if isinstance(first, int):
        return (*value[:first], with_text(value[first], rest, text), *value[first + 1 :])
    return replace(value, **{first: with_text(getattr(value, first), rest, text)})


def is_carried(message: Message) -> bool:
    """Whether it is written, and reads as it was; a message that is refused is written by nobody."""
    try:
        raw = write_message(message)
    except CannotWrite as error:
        assert 20 < len(str(error)) < 400 and str(error).endswith(".")
        return False
    assert b"<!DOCTYPE" not in raw[:200]
    etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
    assert read_message(raw) == message
    return True


@pytest.mark.parametrize("name", MESSAGES)
def test_every_text_in_every_place_is_carried_whole_or_refused(name: str) -> None:
    message, carried = MESSAGES[name], set[Path]()
    found = list(places(message))
    for number, text in enumerate(each for each in NAUGHTY if each):
        for place in found[number % EVERY :: EVERY]:
            if is_carried(with_text(message, place, text)):
                carried.add(place)
    names = {each for place in carried for each in place if isinstance(each, str)}
    assert {"family_name", "given_name", "name"} <= names
    assert len(carried) * 2 > len(found)


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "\x01", "\ufffe", "\uffff", "\x1b[31m"])
def test_what_no_xml_can_hold_is_refused_in_every_place(text: str) -> None:
    for message in MESSAGES.values():
        assert not any(is_carried(with_text(message, place, text)) for place in places(message))
