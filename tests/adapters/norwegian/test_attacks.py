"""Documents made to read files, to call out, to grow or to hide: one kind of refusal, and soon."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from adapters.norwegian import bound_reading, xml
from adapters.norwegian.letters import opened
from adapters.norwegian.messages import MessageRefusal, read, read_receipt, scan
from adapters.norwegian.namespaces import FK1
from tests.adapters.norwegian import letters
from tests.adapters.norwegian.specimens import folder_from

MOST_SECONDS = 0.2
ENTITY = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>'
DECLARED = '<?xml version="1.0" encoding="{}"?>'
ATTACKS = {
    "file": ENTITY.encode(),
    "file, UTF-16": (DECLARED.format("UTF-16") + ENTITY).encode("utf-16"),
    "file, UTF-16 without a mark": (DECLARED.format("UTF-16") + ENTITY).encode("utf-16-be"),
    "file, UTF-7": (DECLARED.format("UTF-7") + ENTITY).replace("<!", "+ADw-!").encode(),
    "file, UTF-32": ENTITY.encode("utf-32"),
    "file, EBCDIC": (DECLARED.format("cp037") + ENTITY).encode("cp037"),
    "file, with a mark": b"\xef\xbb\xbf" + ENTITY.encode(),
    "DTD from the net": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
    "laughs": b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><a>&b;</a>',
    "include": b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/hostname"/></a>',
    "schema from the net": b'<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="a http://127.0.0.1:9/"/>',
    "deep": b"<a>" * 100_000,
    "deep in itself": b"<MsgHead><MsgInfo><Sender>" + b"<Organisation>" * 240 + b"</Organisation>" * 240,
    "wide": b"<a>" + b"<b/>" * 1_000_000 + b"</a>",
    "wide in itself": b"<MsgHead>" + b"<Document/>" * 19_000 + b"</MsgHead>",
    "many attributes": b"<a " + b" ".join(b'a%d=""' % number for number in range(200_000)) + b"/>",
    "many namespaces": b"<a " + b" ".join(b'xmlns:a%d="a"' % number for number in range(19_000)) + b"/>",
    "long text": b"<a>" + b"x" * 11_000_000 + b"</a>",
    "long name": b"<" + b"n" * 200_000 + b"/>",
    "large": b"<a>" + b" " * (xml.MOST_BYTES + 1) + b"</a>",
    "zeros": b"<a>\x00</a>",
    "control": b"<a>\x08</a>",
    "empty": b"",
    "no bytes of XML": bytes(range(256)),
    "many faults": b"<a>" + b"&x;" * 100_000 + b"</a>",
}
CLOSED = ("open", "os.open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen", "urllib.Request")


class Watch:
    """Sees what Python opens while it is on; an audit hook can never be taken away."""

    def __init__(self) -> None:
        self.is_on = False
        self.seen: list[str] = []
        sys.addaudithook(self.hook)

    def hook(self, event: str, details: tuple[Any, ...]) -> None:
        if self.is_on and event in CLOSED:
            self.seen.append(event)


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    found = Watch()
    yield found
    found.is_on = False


def judged(reader: Callable[[bytes], object], raw: bytes, watch: Watch) -> float:
    """The CPU seconds until *reader* has taken or refused *raw*."""
    watch.is_on = True
    started = time.process_time()
    try:
        reader(raw)
    except MessageRefusal as refusal:
        assert str(refusal).endswith(".")
    finally:
        watch.is_on = False
    return time.process_time() - started


@pytest.mark.parametrize("raw", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_attack_ends_soon(raw: bytes, watch: Watch) -> None:
    for reader in (scan, read, read_receipt):
        assert min(judged(reader, raw, watch) for _ in range(2)) < MOST_SECONDS
    assert watch.seen == []


def test_the_collected_attacks_end_soon(watch: Watch) -> None:
    for path in sorted(folder_from("PATHWAY_ATTACK_DIR", "the collected attacks").iterdir()):
        raw = path.read_bytes()
        for reader in (scan, read, read_receipt):
            assert min(judged(reader, raw, watch) for _ in range(2)) < MOST_SECONDS, path.name
    assert watch.seen == []


def test_no_sender_fills_the_memory() -> None:
    """What is looked up by an element's name alone is remembered for well-known namespaces only."""
    slots = bound_reading._Slots(Id=(0, lambda element, reading: None, False))
    assert slots["{http://example.invalid/}Id"] is not None
    assert slots["{http://example.invalid/}Other"] is None
    assert len(slots) == 1
    assert slots[f"{{{FK1}}}Id"] is not None
    assert len(slots) == 2


def test_no_sender_fills_the_memory_with_codes() -> None:
    """Those that come again and again are remembered: neither long ones nor very many."""
    long = "x" * (bound_reading.LONGEST_CODE + 1)
    told = [*(str(number) for number in range(bound_reading.MOST_CODES)), long, "last"]
    bound_reading._codes.clear()
    for value in told:
        read(f'<MsgHead><MsgInfo><Type V="{value}"/></MsgInfo></MsgHead>'.encode())
    remembered = [code.value for code in bound_reading._codes.values()]
    assert long not in remembered
    assert "last" in remembered
    assert len(remembered) <= bound_reading.MOST_CODES


@pytest.mark.parametrize("space", ["fet", "../fet"])
def test_marked_up_text_in_a_namespace_that_is_no_address_is_refused(space: str) -> None:
    """It cannot be kept as canonical XML; nothing but a refusal may come of it, or the batch would end with it."""
    sent = letters.raw(letters.note("DIALOG_NOTAT", "7", "7322"))
    odd = sent.replace(b"Vi kan ta imot", f'<b xmlns="{space}">Vi</b> kan ta imot'.encode())
    assert odd != sent
    with pytest.raises(MessageRefusal, match="namespace") as refused:
        read(odd)
    assert refused.value.code == "T99"
    assert opened(odd).envelope.id == opened(sent).envelope.id != ""


@pytest.mark.parametrize("name", ["file", "file, UTF-16", "file, UTF-16 without a mark", "file, with a mark", "laughs"])
def test_a_document_type_never_reaches_the_parser(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "parsed", lambda *given, **more: pytest.fail("the parser saw it"))
    with pytest.raises(MessageRefusal, match="DOCTYPE"):
        read(ATTACKS[name])


@pytest.mark.parametrize("name", ["file, UTF-7", "file, EBCDIC", "file, UTF-32"])
def test_a_strange_character_set_is_refused(name: str) -> None:
    with pytest.raises(MessageRefusal) as caught:
        read(ATTACKS[name])
    assert caught.value.code == "T01"


@pytest.mark.parametrize("name", ["large", "wide", "many attributes", "long text", "deep"])
def test_what_is_too_much_is_said_to_be(name: str) -> None:
    with pytest.raises(MessageRefusal) as caught:
        read(ATTACKS[name])
    assert caught.value.code == "T99"
