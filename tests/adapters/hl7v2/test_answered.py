"""A receiver's answer is read as a person would: in its own delimiters and alphabet, without escapes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from adapters.hl7v2.answered import Answered, read_answer
from adapters.hl7v2.answering import acknowledge
from adapters.hl7v2.envelope import scan
from adapters.hl7v2.refusal import Hl7Refusal

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("version", ["2.3", "2.5"])
@pytest.mark.parametrize("marks", ["|^~\\&", "#!?$%"], ids=["usual-delimiters", "others"])
@pytest.mark.parametrize("charset", ["", "UNICODE UTF-8", "8859/1"])
def test_what_is_answered_is_what_is_read(version: str, marks: str, charset: str) -> None:
    field, blank = marks[0], marks[0] * 6
    head = field.join([f"MSH{marks}", "EPJ", "FJORDSYK", "P", "K", "20261123", "", f"ADT{marks[1]}A01", "N1", "P"])
    sent = scan(f"{head}{field}{version}{blank}{charset}\r".encode())
    words = "Avdelingen «Øre & hals» | \\ ~ ^ # ! finnes ikke."
    error = Hl7Refusal("103", "PV1^1^3", words)
    answer = acknowledge(sent, "AE", error=error, now=NOW, control_id="A1")
    assert read_answer(answer) == Answered("N1", "AE", words)


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        pytest.param(b"MSH|^~\\&|\rMSA|AA|N1\r", Answered("N1", "AA", ""), id="no-words"),
        pytest.param(b"MSH|^~\\&|\nMSA|AR|N1|Who?\n", Answered("N1", "AR", "Who?"), id="line-feeds"),
        pytest.param(b"MSH|^~\\&|\rMSA|AE|N\x1b1|a\\.br\\b\\X07\\c\r", Answered("N 1", "AE", "a b c"), id="controls"),
        pytest.param(
            b"MSH|^~\\&|\rMSA|AE|N1\rERR||||E||||first\rERR||||E||||second\r",
            Answered("N1", "AE", "first"),
            id="two-errors",
        ),
        pytest.param(b"\xff\x00nothing", Answered("?", "?", ""), id="no-hl7"),
        pytest.param(b"", Answered("?", "?", ""), id="empty"),
    ],
)
def test_no_answer_is_too_odd(raw: bytes, read: Answered) -> None:
    assert read_answer(raw) == read
