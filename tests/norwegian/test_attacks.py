"""Documents made to hurt a parser: none opens a file, connects, escapes as an exception or takes long."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pathway_engine.channels.norwegian import NorwegianChannel
from pathway_engine.service.channel import Answer, Verdict
from tests.adapters.norwegian import letters
from tests.fuzz.norwegian import community
from tests.norwegian.town import Town

LONGEST_SECONDS = 0.2
SECRET = "a file that nobody may read"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.txt"
    file.write_text(SECRET)
    return file


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Something that an attack could connect to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        yield server


def attacks(secret: Path, port: int) -> dict[str, bytes]:
    """Our own attack documents, around a message that would be taken."""
    good = letters.raw(letters.admitted())
    declaration, _, rest = good.partition(b"\n")
    name = letters.PATIENT.family_name.encode()

    def with_doctype(doctype: str) -> bytes:
        return declaration + b"\n" + doctype.encode() + rest.replace(name, b"&x;", 1)

    file, url = secret.as_uri(), f"http://127.0.0.1:{port}/x"
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return {
        "external-file": with_doctype(f'<!DOCTYPE a [<!ENTITY x SYSTEM "{file}">]>'),
        "external-address": with_doctype(f'<!DOCTYPE a [<!ENTITY x SYSTEM "{url}">]>'),
        "external-subset": with_doctype(f'<!DOCTYPE a SYSTEM "{url}">'),
        "parameter-entity": with_doctype(f'<!DOCTYPE a [<!ENTITY % x SYSTEM "{url}"> %x;]>'),
        "billion-laughs": with_doctype(f'<!DOCTYPE a [<!ENTITY a0 "ha">{laughs}<!ENTITY x "&a9;">]>'),
        "quadratic": with_doctype(f'<!DOCTYPE a [<!ENTITY x "{"a" * 50_000}">]>').replace(b"&x;", b"&x;" * 5_000),
        "doctype-in-utf-16": with_doctype('<!DOCTYPE a [<!ENTITY x "y">]>').decode().encode("utf-16"),
        "doctype-in-utf-7": b"<?xml version='1.0' encoding='UTF-7'?>+ADw-+ACE-DOCTYPE a+AD4-<a/>",
        "xinclude": good.replace(b"<Document>", f'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{file}"/>'
                                 .encode() + b"<Document>"),
        "stylesheet": good.replace(b"<MsgHead", f'<?xml-stylesheet href="{url}" type="text/xsl"?><MsgHead'.encode(), 1),
        "schema-location": good.replace(b"<MsgHead ", f'<MsgHead xmlns:s="http://www.w3.org/2001/XMLSchema-instance" '
                                        f's:schemaLocation="{url} {url}" '.encode(), 1),
        "deep": b"<MsgHead>" * 100_000,
        "deep-and-ended": b"<a>" * 100_000 + b"</a>" * 100_000,
        "many-attributes": b"<MsgHead " + b" ".join(b'a%d="1"' % n for n in range(50_000)) + b"/>",
        "long-name": b"<" + b"a" * 1_000_000 + b"/>",
        "many-children": b"<MsgHead><MsgInfo>" + b"<Sender/>" * 100_000 + b"</MsgInfo></MsgHead>",
        "zeros": b"\x00" * 100_000,
        "nothing": b"",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(attacks(Path("/x"), 1)))
def test_an_attack_ends_as_a_message_that_is_not_taken_or_means_nothing(
    town: Town, name: str, secret: Path, listener: socket.socket
) -> None:
    """Mutant: entities resolved; mutant: the DOCTYPE looked for after parsing."""
    raw = attacks(secret, listener.getsockname()[1])[name]
    touched = _watch()
    took = _seconds(raw)
    assert touched(str(secret)) == []
    assert took < LONGEST_SECONDS
    received = town.receive(raw)
    assert received.disposition in ("applied", "rejected", "dead")
    assert SECRET not in str(received) and SECRET.encode() not in (received.answer or b"")
    with pytest.raises(TimeoutError):
        listener.accept()


def _watch() -> Callable[[str], list[str]]:
    opened: list[str] = []
    watching = True

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event in ("open", "socket.connect", "subprocess.Popen"):
            opened.append(str(arguments[0]))

    sys.addaudithook(hook)

    def stop(secret: str) -> list[str]:
        nonlocal watching
        watching = False
        return [name for name in opened if secret in name]

    return stop


def _seconds(raw: bytes) -> float:
    """CPU seconds of reading and answering, the best of three: other work on the machine is not meant."""
    channel, best = NorwegianChannel(community), 9.0
    sender = community().sender("her", "8100001")
    assert sender is not None
    for _ in range(3):
        before = time.process_time()
        header = channel.header(raw)
        channel.answer(raw, Answer(verdict=Verdict.ERROR, error=header.problem), letters.NOW, 1)
        best = min(best, time.process_time() - before)
    return best


def test_the_published_attack_documents_end_quietly(town: Town) -> None:
    named = os.environ.get("PATHWAY_ATTACK_DIR", "")
    if not named:
        pytest.skip("no attack documents: set PATHWAY_ATTACK_DIR to their folder")
    files = sorted(path for path in Path(named).iterdir() if path.is_file())
    slow = {path.name: took for path in files if (took := _seconds(path.read_bytes())) > LONGEST_SECONDS}
    assert slow == {}
    for path in files:
        received = town.receive(path.read_bytes())
        assert received.disposition in ("rejected", "dead"), path.name
        assert "root:" not in str(received.answer), path.name
