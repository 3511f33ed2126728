"""HL7 files: how messages are told apart, and how samples are moved in time."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pathway_engine.channels.message_files import messages_in, moved

ONE, TWO = b"MSH|^~\\&|A\rEVN||1\r", b"MSH|^~\\&|B\rEVN||2\r"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        pytest.param(ONE, [ONE], id="one"),
        pytest.param(ONE + TWO, [ONE, TWO], id="one-after-the-other"),
        pytest.param(ONE + b"\r\n\r\n" + TWO, [ONE, TWO], id="a-blank-line-between"),
        pytest.param(b"\x0b" + ONE + b"\x1c\r\x0b" + TWO + b"\x1c\r", [ONE, TWO], id="mllp-frames"),
        pytest.param(b"\x0b" + ONE + b"\x1c", [ONE], id="a-frame-without-its-last-sign"),
        pytest.param(b"\xef\xbb\xbf" + ONE, [ONE], id="a-byte-order-mark"),
        pytest.param(b"hello\r" + ONE, [b"hello\r", ONE], id="what-is-no-message-is-not-dropped"),
        pytest.param(b"\r\n \r\n", [], id="nothing"),
    ],
)
def test_each_message_of_a_file_is_found(content: bytes, found: list[bytes]) -> None:
    assert messages_in(content) == found


def test_line_ends_inside_a_message_are_left_to_the_reader() -> None:
    assert messages_in(b"MSH|^~\\&|A\nEVN||1\n") == [b"MSH|^~\\&|A\nEVN||1\r"]


def test_the_last_thing_told_is_moved_to_the_wished_instant_and_the_rest_with_it(repository: Path) -> None:
    names = ("01-A01-admitted", "06-A03-discharged")
    files = [(repository / "samples" / "adt" / f"{name}.hl7").read_bytes() for name in names]
    admitted, discharged = moved(files, datetime(2027, 7, 1, 12, 0, tzinfo=UTC))
    assert b"EVN||20270701140000+0200||||20270701135500+0200" in discharged
    assert b"|20270624100500+0200" not in admitted.split(b"\r")[0]
    assert b"19410307" in admitted and b"73000001" in admitted and b"07834100376" in admitted
    assert b"|FS0001-270701120000|" in admitted


def test_text_in_any_alphabet_is_moved_byte_for_byte() -> None:
    message = "MSH|^~\\&|A|B|||20260101120000||ADT^A01|1|P|2.5\rEVN||20260101120000\rPID|||1||Åsgård\r".encode(
        "latin-1"
    )
    assert "Åsgård".encode("latin-1") in moved([message], datetime(2026, 5, 1, tzinfo=UTC))[0]


def test_a_message_without_times_is_left_as_it_is() -> None:
    assert moved([b"MSH|^~\\&\r"], datetime(2026, 5, 1, tzinfo=UTC)) == [b"MSH|^~\\&\r"]
