"""Text travels through HL7 v2 and comes back the same, whatever it contains."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.hl7v2.escaping import Delimiters, decode, encode, legible

ODD = Delimiters(field="#", component="*", repetition="!", escape="/", subcomponent="%")


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        pytest.param(r"O\T\Neil", "O&Neil", id="subcomponent"),
        pytest.param(r"\F\\S\\R\\E\ ", "|^~\\ ", id="the-other-delimiters"),
        pytest.param(r"one\.br\two", "one\ntwo", id="line-break"),
        pytest.param(r"\XC3A6\re", "ære", id="bytes-of-the-alphabet"),
        pytest.param(r"\XC3\re", r"\XC3\re", id="half-a-character-is-kept-as-sent"),
        pytest.param(r"\Xzz\re", r"\Xzz\re", id="no-hexadecimal-is-kept-as-sent"),
        pytest.param(r"\Zabc\re", r"\Zabc\re", id="a-local-escape-is-kept-as-sent"),
        pytest.param(r"\H\ord\N\ ", "ord ", id="highlighting-goes"),
        pytest.param("C:\\temp", "C:\\temp", id="a-lone-escape-character-stays"),
    ],
)
def test_an_escape_means_what_hl7_says(sent: str, meant: str) -> None:
    assert decode(sent) == meant


def test_hexadecimal_is_in_the_alphabet_of_the_message() -> None:
    assert decode(r"\XE6\re", codec="iso8859-1") == "ære"


@settings(deadline=None)
@given(st.text(), st.sampled_from([Delimiters(), ODD]))
def test_what_is_encoded_decodes_to_itself(text: str, delimiters: Delimiters) -> None:
    """Mutant: the escape character itself is not escaped."""
    assert decode(encode(text, delimiters), delimiters) == text


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("a|^~\\&\r\n\x0b\x1c\x00")))
def test_no_text_can_end_a_field_a_segment_or_a_frame(text: str) -> None:
    """Mutant: CR is let through, so that a name brings its own segment."""
    assert not set(encode(text)) & set("|^~&\r\n\x0b\x1c\x00")


def test_a_carriage_return_in_hexadecimal_does_not_become_one_on_the_way_out() -> None:
    """Mutant: `decode` before send."""
    assert "\r" not in encode(decode(r"PID\X0D\OBX|1"))


def test_names_are_shown_on_one_line() -> None:
    assert legible("Per\r\nÅs\x00gård ") == "Per Ås gård"
