"""JSON is read so that nobody else can read it otherwise, and numbers come out as they went in."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from adapters.fhir.json_text import DEEPEST_NESTING, LARGEST_BYTES, read_json, read_value, write_json
from adapters.fhir.outcome import FhirRefusal, Issue


def refused(raw: bytes) -> tuple[int, Issue]:
    with pytest.raises(FhirRefusal) as refusal:
        read_json(raw)
    (issue,) = refusal.value.issues
    return refusal.value.status, issue


@pytest.mark.parametrize("text", ["0.40", "1E+2", "-0.0", "1.500", "123456789012345678.10", "7", "-3", "1E-8"])
def test_a_number_keeps_its_digits(text: str) -> None:
    """Mutant: floats, of which 0.40 comes out as 0.4."""
    raw = f'{{"value":{text}}}'.encode()
    assert write_json(read_json(raw)) == raw


def test_whole_numbers_are_whole() -> None:
    assert read_json(b'{"a": 1, "b": 1.0}') == {"a": 1, "b": Decimal("1.0")}
    assert type(read_json(b'{"a": 1}')["a"]) is int


def test_text_is_utf_8_with_or_without_a_mark() -> None:
    assert read_json('\ufeff{"a": "æ👵"}'.encode()) == {"a": "æ👵"} == read_json(b'{"a": "\\u00e6\\ud83d\\udc75"}')
    assert write_json({"a": "æ👵"}) == '{"a":"æ👵"}'.encode()


@pytest.mark.parametrize(
    ("raw", "code", "expression"),
    [
        pytest.param('{"a": "æ"}'.encode("latin-1"), "invalid", "", id="latin-1"),
        pytest.param('{"a": "æ"}'.encode("utf-16"), "invalid", "", id="utf-16"),
        pytest.param(b"", "structure", "", id="nothing"),
        pytest.param(b'{"a": 1} {"a": 1}', "structure", "", id="two"),
        pytest.param(b"{'a': 1}", "structure", "", id="quotes"),
        pytest.param(b'{"a": 1,}', "structure", "", id="comma"),
        pytest.param(b'{"a": 1 // one\n}', "structure", "", id="comment"),
        pytest.param(b'{"a": "\n"}', "structure", "", id="line-end"),
        pytest.param(b'{"a": 01}', "structure", "", id="leading-zero"),
        pytest.param(b"[]", "structure", "", id="list"),
        pytest.param(b"null", "structure", "", id="null"),
        pytest.param(b'"{}"', "structure", "", id="text"),
        pytest.param(b'{"a": NaN}', "invalid", "", id="nan"),
        pytest.param(b'{"a": -Infinity}', "invalid", "", id="infinity"),
        pytest.param(b'{"a": 1e999}', "invalid", "", id="too-large"),
        pytest.param(b'{"a": 1e-99999999999999999999}', "invalid", "", id="too-small"),
        pytest.param(b'{"a": ' + b"9" * 5000 + b"}", "invalid", "", id="too-long"),
        pytest.param(b'{"a": 0.' + b"9" * 5000 + b"}", "invalid", "", id="too-exact"),
        pytest.param(b'{"a": "\\u0000"}', "invalid", "a", id="nul"),
        pytest.param(b'{"a": "\\b"}', "invalid", "a", id="backspace"),
        pytest.param(b'{"a": ["x", "\\ud800"]}', "invalid", "a[1]", id="half-a-character"),
        pytest.param(b'{"a": {"\\udc00": 1}}', "invalid", "a", id="half-a-character-in-a-name"),
        pytest.param(b'{"a": 1, "a": 1}', "structure", "a", id="twice"),
        pytest.param(
            b'{"resourceType": "Task", "input": [{"type": {"text": "a", "text": "b"}}]}', "structure",
            "Task.input[0].type.text", id="twice-within",
        ),
    ],
)  # fmt: skip
def test_what_is_no_json_is_refused(raw: bytes, code: str, expression: str) -> None:
    status, issue = refused(raw)
    assert (status, issue.code, issue.expression) == (400, code, expression)


def test_depth_is_counted_before_anything_is_built() -> None:
    """Mutant: a limit one deeper; brackets in texts that count."""

    def nested(levels: int) -> bytes:
        return b'{"a":' * (levels - 1) + b'{"b": "]]}}[[[[{{{{\\"[[[["}' + b"}" * (levels - 1)

    read_json(nested(DEEPEST_NESTING))
    status, issue = refused(nested(DEEPEST_NESTING + 1))
    assert (status, issue.code) == (400, "too-long")
    began = time.process_time()
    for bomb in (b"[", b'{"a":', b"[]", b'"', b'"\\', b'[["'):
        refused((bomb * LARGEST_BYTES)[:LARGEST_BYTES])
    assert time.process_time() - began < 6


def test_a_list_is_read_where_one_is_asked_for() -> None:
    assert read_value(b'[{"op": "test", "value": 1.50}]') == [{"op": "test", "value": Decimal("1.50")}]
    with pytest.raises(FhirRefusal) as refusal:
        read_value(b'[{"op": "test", "op": "add"}]')
    assert refusal.value.issues[0].expression == "[0].op"


def test_size_is_limited() -> None:
    assert read_json(b'{"a": 1}', largest=8) == {"a": 1}
    with pytest.raises(FhirRefusal) as refusal:
        read_json(b'{"a": 1}', largest=7)
    assert (refusal.value.status, refusal.value.issues[0].code) == (413, "too-long")


@pytest.mark.parametrize(
    "raw",
    [
        b'{"17850007583": 1, "17850007583": 2}', b'{"name": "Kari Nordmann 17850007583", 17850007583}',
        b'{"Kari Nordmann": 1, "Kari Nordmann": 2}', b'{"a": 17850007583.17850007583e999}',
        b'{"resourceType": "17850007583", "a": "\\u0000 Kari"}', b'["17850007583 Kari"]',
    ],
)  # fmt: skip
def test_nothing_of_what_came_is_told(raw: bytes) -> None:
    _, issue = refused(raw)
    assert "1785" not in str(issue) and "Kari" not in str(issue)
