"""The envelope is read from any bytes, and says itself when the rest is of no use."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.hl7v2.envelope import scan
from tests.adapters.hl7v2.messages import adt


def test_the_envelope_says_who_sends_what_to_whom() -> None:
    envelope = scan(adt("A03", msh={9: "ADT^A03^ADT_A03", 15: "AL", 16: "NE"}))
    assert (envelope.sending_application, envelope.sending_facility) == ("EPJ", "FJORDSYK")
    assert (envelope.receiving_application, envelope.receiving_facility) == ("PATHWAY", "FJORDBY")
    assert (envelope.message_code, envelope.event, envelope.structure) == ("ADT", "A03", "ADT_A03")
    assert (envelope.control_id, envelope.version, envelope.processing_id) == ("FS1", "2.5", "P")
    assert (envelope.accept_acknowledgment, envelope.application_acknowledgment) == ("AL", "NE")
    assert envelope.source == "hl7v2:EPJ|FJORDSYK:FS1"
    assert envelope.problem is None


@pytest.mark.parametrize("line_end", [b"\r", b"\n", b"\r\n", b"\r\r\n"])
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\r\n"])
def test_line_ends_and_byte_order_marks_of_all_kinds_are_read(line_end: bytes, before: bytes) -> None:
    """Mutant: no normalisation, so that only MSH survives CR LF."""
    raw = before + adt("A03").replace(b"\r", line_end)
    assert (scan(raw).event, scan(raw).problem) == ("A03", None)


def test_other_delimiters_are_read_from_the_message_itself() -> None:
    raw = b"MSH#*!/%#EPJ#FJORD/F/SYK*1.2*ISO#X#Y#20261116##ADT*A03#FS1#P#2.5"
    envelope = scan(raw)
    assert (envelope.sending_facility, envelope.event, envelope.problem) == ("FJORD#SYK", "A03", None)


@pytest.mark.parametrize(
    ("raw", "code", "location"),
    [
        pytest.param(b"", "100", "MSH^1", id="nothing"),
        pytest.param(b"PID|1", "100", "MSH^1", id="no-msh"),
        pytest.param(b"FHS|^~\\&|EPJ", "100", "MSH^1", id="a-file-of-messages"),
        pytest.param(b"MSH", "102", "MSH^1^2", id="only-the-name"),
        pytest.param(b"MSH|^^\\&|EPJ", "102", "MSH^1^2", id="two-delimiters-alike"),
        pytest.param(b"MSHA^~\\&AEPJ", "102", "MSH^1^2", id="a-letter-as-delimiter"),
        pytest.param(adt("A03", msh={10: ""}), "101", "MSH^1^10", id="no-control-id"),
        pytest.param(adt("A03", msh={10: "9" * 200}), "102", "MSH^1^10", id="control-id-too-long"),
        pytest.param(adt("A03", msh={4: "FJORD\x00SYK"}), "102", "MSH^1", id="nul"),
        pytest.param(adt("A03", msh={18: "UNICODE UTF-16"}), "103", "MSH^1^18", id="unknown-alphabet"),
        pytest.param(b"\xef\xbb\xbf" + adt("A03", msh={18: "8859/1"}), "102", "MSH^1^18", id="mark-of-another"),
    ],
)
def test_what_cannot_be_opened_says_why(raw: bytes, code: str, location: str) -> None:
    problem = scan(raw).problem
    assert problem is not None
    assert (problem.code, problem.location) == (code, location)


def test_the_control_id_of_a_message_that_cannot_be_opened_is_still_known() -> None:
    """Mutant: the answer cannot say which message it refuses."""
    assert scan(adt("A03", msh={18: "KLINGON"})).control_id == "FS1"


@pytest.mark.parametrize(
    ("named", "encoding"),
    [
        pytest.param("UNICODE UTF-8", "utf-8", id="utf-8"),
        pytest.param("8859/1", "iso8859-1", id="latin-1"),
        pytest.param("8859/15", "iso8859-15", id="latin-9"),
        pytest.param("8859/1~UNICODE UTF-8", "iso8859-1", id="the-first-of-several"),
        pytest.param("", "iso8859-1", id="the-senders-own-when-empty"),
    ],
)
def test_text_is_in_the_alphabet_that_the_message_names(named: str, encoding: str) -> None:
    raw = adt("A03", msh={4: "SØRSYK", 18: named}, encoding=encoding)
    assert scan(raw, charset_default="8859/1").sending_facility == "SØRSYK"


@pytest.mark.parametrize("named", ["", "ASCII", "UNICODE UTF-8"])
def test_bytes_of_another_alphabet_are_not_guessed(named: str) -> None:
    """Mutant: errors="replace"."""
    problem = scan(adt("A03", msh={18: named}, encoding="iso8859-1")).problem
    assert problem is not None
    assert (problem.code, problem.location) == ("102", "MSH^1^18")


@settings(deadline=None)
@given(st.binary() | st.binary().map(lambda tail: b"MSH|^~\\&|" + tail))
@example(b"MSH|" + b"|" * 5000)
@example(b"MSH|^~\\&|\\X00\\|\\XFF\\")
def test_no_bytes_make_the_scan_fail(raw: bytes) -> None:
    assert scan(raw) is not None
