"""FHIR's JSON as text: read so that no two readers understand it differently, and written back exactly."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import partial
from typing import NoReturn

import msgspec

from adapters.fhir.outcome import FhirRefusal, Json, refusal
from adapters.fhir.telling import element_name, within

LARGEST_BYTES = 2 * 1024 * 1024
DEEPEST_NESTING = 64
LONGEST_NUMBER = 64
LARGEST_EXPONENT = 400
"""Beyond this a number cannot be a float elsewhere, and as an integer it would fill the memory."""

STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
"""A text, or what begins as one and never ends: so no byte is looked at twice."""

NO_BRACKET = bytes(set(range(256)) - set(b"[]{}"))
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
"""Characters that no FHIR string holds, and halves of characters, which no database takes."""

ODD_ESCAPE = re.compile(r"\\(?:u00[01]|u[dD][89a-fA-F]|[bf])")
"""How such characters come; unescaped, JSON has none of them."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")


class _Twice(dict[str, object]):
    """An object of which a key came twice."""

    key = ""


def read_json(raw: bytes, largest: int = LARGEST_BYTES) -> Json:
    """Return the object that *raw* is, in UTF-8 with or without a byte order mark.

    Integers are int, other numbers Decimal with the digits that came. Raises FhirRefusal: 413 ``too-long`` for more
    than *largest* bytes, 400 for what is no JSON object, is nested too deeply, names a key twice or holds what FHIR's
    strings and numbers cannot hold.
    """
    value = read_value(raw, largest)
    if not isinstance(value, dict):
        raise refusal(400, "structure", 'This is no resource; a JSON object with "resourceType" would be right.')
    return value


def read_value(raw: bytes, largest: int = LARGEST_BYTES) -> object:
    """Return what *raw* is, an object or not (a JSON Patch is a list). Raises FhirRefusal like `read_json`."""
    if len(raw) > largest:
        raise refusal(413, "too-long", f"The body is too large; at most {largest} bytes are taken.")
    text = _decoded(raw)
    if _is_nested_deeper(raw, DEEPEST_NESTING):
        raise refusal(400, "too-long", f"The JSON is nested too deeply; at most {DEEPEST_NESTING} levels are taken.")
    twice: list[_Twice] = []
    value = _parsed(text, twice)
    if twice or ODD_ESCAPE.search(text):
        _refuse_odd(value)
    return value


def write_json(value: object) -> bytes:
    """Return *value* as compact JSON in UTF-8; a Decimal keeps its digits (``0.40``)."""
    return _ENCODER.encode(value)


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refusal(400, "invalid", "The body is not UTF-8, which FHIR's JSON always is.") from None


def _is_nested_deeper(raw: bytes, deepest: int) -> bool:
    """Counted on the bytes, before anything is built."""
    depth = 0
    for bracket in STRING.sub(b"", raw).translate(None, NO_BRACKET):
        depth += 1 if bracket in b"[{" else -1
        if depth > deepest:
            return True
    return False


def _parsed(text: str, twice: list[_Twice]) -> object:
    try:
        return json.loads(
            text, object_pairs_hook=partial(_object, twice), parse_float=_decimal, parse_int=_integer,
            parse_constant=_no_number,
        )  # fmt: skip
    except FhirRefusal:
        raise
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise refusal(400, "structure", f"This is no JSON; it goes wrong at {where}.") from None
    except (ValueError, RecursionError):
        raise refusal(400, "structure", "This is no JSON.") from None


def _object(twice: list[_Twice], pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    names = [name for name, _ in pairs]
    found = _Twice(made)
    found.key = next(name for name in names if names.count(name) > 1)
    twice.append(found)
    return found


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise refusal(400, "invalid", f"A number has {len(text)} digits; at most {LONGEST_NUMBER} are taken.")
    return int(text)


def _decimal(text: str) -> Decimal:
    _, _, exponent = text.lower().partition("e")
    if len(text) > LONGEST_NUMBER or abs(int(exponent or "0")) > LARGEST_EXPONENT:
        raise refusal(400, "invalid", f"A number is too large or too exact; at most {LONGEST_NUMBER} digits are taken.")
    return Decimal(text)


def _no_number(name: str) -> NoReturn:
    raise refusal(400, "invalid", f"{name} is no number in JSON; leave the element out.")


def _refuse_odd(value: object) -> None:
    """Raise for the first key that came twice and the first string that is no string of FHIR's, with their places."""
    for path, each in _everything(value, _start(value)):
        if isinstance(each, _Twice):
            name = element_name(each.key)
            raise refusal(400, "structure", f"{name} stands here twice; once would be right.", within(path, each.key))
        if isinstance(each, str) and CONTROL.search(each):
            raise refusal(400, "invalid", "This text holds control characters or half a character.", path)
        if isinstance(each, dict) and any(CONTROL.search(key) for key in each):
            raise refusal(400, "invalid", "A name here holds control characters or half a character.", path)


def _start(value: object) -> str:
    type = value.get("resourceType") if isinstance(value, dict) else None
    return element_name(type) if isinstance(type, str) and re.fullmatch("[A-Z][A-Za-z]{1,50}", type) else ""


def _everything(value: object, path: str) -> Iterator[tuple[str, object]]:
    yield path, value
    inside: Iterable[tuple[str, object]] = ()
    if isinstance(value, dict):
        inside = ((within(path, name), each) for name, each in value.items())
    elif isinstance(value, list):
        inside = ((f"{path}[{place}]", each) for place, each in enumerate(value))
    for place, each in inside:
        yield from _everything(each, place)
