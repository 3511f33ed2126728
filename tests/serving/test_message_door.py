"""The way in over HTTP, on a real inbox: keys from a file, senders by what a message names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pathway_engine.demonstration.seeding import demo_settings, seeded
from pathway_engine.service.engine import Engine
from pathway_engine.service.receiving import Incoming
from pathway_engine.serving.message_door import message_door, read_keys
from pathway_engine.settings import SettingsError, read_settings
from tests.workers.test_inbox_writer import NOON

KEY = "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with demo_settings(0, 0) as settings, seeded(settings, NOON) as engine:
        yield engine


@pytest.fixture
def raw(repository: Path) -> bytes:
    return (repository / "samples" / "adt" / "01-A01-admitted.hl7").read_bytes()


def test_a_message_through_the_door_is_applied_once(engine: Engine, raw: bytes, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"# hospital\nfjordsyk_epj {KEY}\n\n")
    door = message_door(engine, read_settings(message_keys=file))
    assert door.holder(f"Bearer {KEY}") == "fjordsyk_epj"
    assert door.sender_of("hl7v2", raw) == "fjordsyk_epj"
    mine = raw.replace(b"|FS0001|", b"|HTTP1|")
    told = [door.receive(Incoming(mine, "hl7v2", "http:test"), NOON) for _ in range(2)]
    assert [each.outcome for each in told] == ["new", "duplicate"]
    assert told[0].answer == told[1].answer and b"MSA|AA|HTTP1" in (told[0].answer or b"")


def test_a_message_names_its_sender_or_nobody(engine: Engine, raw: bytes) -> None:
    door = message_door(engine, read_settings())
    assert door.sender_of("hl7v2", raw.replace(b"FJORDSYK", b"ANOTHER")) == ""
    assert door.sender_of("hl7v2", b"nonsense") is None
    wrong = raw.replace(b"|ADT^A01", b"|")  # refused later, in words; but nobody else's key may bring it
    assert door.sender_of("hl7v2", wrong) == "fjordsyk_epj"
    assert door.holder(f"Bearer {KEY}") is None and "application/hl7-v2" in door.families


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("fjordsyk_epj", "line 1", id="no-key"),
        pytest.param(f"a {KEY}\nb {KEY}", "line 2: the key of another line", id="the-same-key-twice"),
        pytest.param("a short", "line 1: the key has 5 characters", id="short"),
        pytest.param("a b " + KEY, "a sender's id, a space and its key", id="three-words"),
    ],
)
def test_a_mistake_in_the_file_of_keys_is_told_and_no_key_is(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "keys"
    file.write_text(text)
    with pytest.raises(SettingsError, match=said) as refused:
        read_keys(file)
    assert KEY not in str(refused.value) and "short" not in str(refused.value)


def test_a_file_of_keys_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="PATHWAY_MESSAGE_KEYS"):
        read_keys(tmp_path / "none")
