"""The answer reaches the right sender, about the right message, in words that cannot break it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.hl7v2.answering import Outcome, acknowledge, wants
from adapters.hl7v2.envelope import scan
from adapters.hl7v2.refusal import Hl7Refusal
from tests.adapters.hl7v2.messages import adt

NOW = datetime(2026, 11, 16, 9, 5, 30, tzinfo=UTC)
REFUSAL = Hl7Refusal("101", "PID^1^3", "PID-3 has no identifier; a patient is known by at least one.")


def answer(raw: bytes, error: Hl7Refusal | None = None, text: str = "") -> bytes:
    return acknowledge(scan(raw), error.answer if error else "AA", error=error, text=text, now=NOW, control_id="PE7")


def test_an_acceptance_goes_back_to_the_sender() -> None:
    """Mutant: sender and receiver not swapped."""
    assert answer(adt("A03", msh={4: "FJORDSYK^1.2.3^ISO"})) == (
        b"MSH|^~\\&|PATHWAY|FJORDBY|EPJ|FJORDSYK^1.2.3^ISO|20261116090530+0000||ACK^A03^ACK|PE7|P|2.5|"
        b"|||||UNICODE UTF-8\r"
        b"MSA|AA|FS1\r"
    )


def test_a_refusal_names_the_place_and_the_code() -> None:
    lines = answer(adt("A03"), REFUSAL).decode().split("\r")
    assert lines[1] == "MSA|AE|FS1"
    assert lines[2] == (
        "ERR||PID^1^3|101^Required field missing^HL70357|E||||"
        "PID-3 has no identifier; a patient is known by at least one."
    )


def test_an_old_sender_gets_the_old_words() -> None:
    """Mutant: ERR-2 to a version 2.3 that knows only ERR-1."""
    lines = answer(adt("A03", msh={12: "2.3"}), REFUSAL).decode().split("\r")
    assert lines[0].split("|")[8] == "ACK^A03"
    assert lines[1].startswith("MSA|AE|FS1|PID-3 has no identifier")
    assert lines[2] == "ERR|PID^1^3^101&Required field missing&HL70357"


def test_the_answer_is_in_the_alphabet_of_the_sender() -> None:
    raw = adt("A03", msh={5: "FORLØP", 18: "8859/1"}, encoding="iso8859-1")
    found = answer(raw, Hl7Refusal("207", "MSH^1", "Får ikke lest ☃"))
    assert found.decode("iso8859-1").split("|")[2] == "FORLØP"
    assert b"F\xe5r ikke lest ?" in found


def test_the_answer_has_the_delimiters_of_the_sender() -> None:
    raw = b"MSH#*!/%#EPJ#FJORDSYK#X#Y#20261116##ADT*A03#FS1#P#2.5"
    assert answer(raw, REFUSAL).decode().split("\r")[2].startswith("ERR##PID*1*3#101*Required field missing*HL70357#E#")


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"MSH", b"MSH|^^^^", adt("A03", msh={12: "9.9", 18: "KLINGON"})])
def test_what_cannot_be_opened_is_answered_all_the_same(raw: bytes) -> None:
    """Mutant: an exception instead of an answer, and the sender waits."""
    problem = scan(raw).problem
    assert problem is not None
    lines = answer(raw, problem).split(b"\r")
    assert [line[:3] for line in lines] == [b"MSH", b"MSA", b"ERR", b""]


def test_the_control_id_comes_back_exactly_as_sent() -> None:
    assert b"\rMSA|AA|A\\T\\1&2^x~y\r" in answer(adt("A03", msh={10: "A\\T\\1&2^x~y"}))


@settings(deadline=None)
@given(st.text(), st.text(max_size=30))
def test_no_words_can_add_a_segment_or_a_field(text: str, found: str) -> None:
    """Mutant: text put in unescaped."""
    lines = answer(adt("A03"), Hl7Refusal("102", "PID^1^7", text + found or "-"), text).split(b"\r")
    assert [line[:3] for line in lines] == [b"MSH", b"MSA", b"ERR", b""]
    assert [line.count(b"|") for line in lines[:3]] == [17, 2, 8]


@pytest.mark.parametrize(
    ("accept", "application", "commits", "applies"),
    [
        pytest.param("", "", (None, None), ("AA", "AE"), id="original-mode"),
        pytest.param("NE", "AL", (None, None), ("AA", "AE"), id="the-same-said-aloud"),
        pytest.param("NE", "NE", (None, None), (None, None), id="no-answer-at-all"),
        pytest.param("AL", "NE", ("CA", "CE"), (None, None), id="stored-only"),
        pytest.param("AL", "", ("CA", "CE"), (None, None), id="empty-is-never-in-enhanced-mode"),
        pytest.param("AL", "AL", ("CA", "CE"), ("AA", "AE"), id="both"),
        pytest.param("ER", "SU", (None, "CE"), ("AA", None), id="by-how-it-went"),
        pytest.param("?", "NE", ("CA", "CE"), (None, None), id="unknown-is-always"),
    ],
)
def test_the_sender_gets_the_answers_that_it_asked_for(
    accept: str,
    application: str,
    commits: tuple[str | None, str | None],
    applies: tuple[str | None, str | None],
) -> None:
    """Mutant: MSH-15 and MSH-16 unread."""
    asked = wants(scan(adt("A03", msh={15: accept, 16: application})))
    outcomes = (Outcome.ACCEPTED, Outcome.ERROR)
    assert tuple(asked.accept_code(each) for each in outcomes) == commits
    assert tuple(asked.application_code(each) for each in outcomes) == applies


def test_a_rejection_has_its_own_codes() -> None:
    asked = wants(scan(adt("A03", msh={15: "ER", 16: "ER"})))
    assert (asked.accept_code(Outcome.REJECTED), asked.application_code(Outcome.REJECTED)) == ("CR", "AR")
