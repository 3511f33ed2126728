"""Is a JSON value what a primitive type of R4 may hold? The regular expressions are the specification's."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import time
from decimal import Decimal

from adapters.fhir import moments

LONGEST_STRING = 1024 * 1024
LARGEST_INTEGER = 2**31 - 1

Fault = tuple[str, str]
"""A code of issue-type and what would be right."""

PATTERNS = {
    "id": (re.compile(r"[A-Za-z0-9\-.]{1,64}"), "1 to 64 letters, digits, '-' or '.' would be right"),
    "code": (re.compile(r"\S+(?: \S+)*"), "a code without spaces at its ends would be right"),
    "uri": (re.compile(r"\S+"), "a URI without spaces would be right"),
    "url": (re.compile(r"\S+"), "a URL without spaces would be right"),
    "canonical": (re.compile(r"\S+"), "a canonical address without spaces would be right"),
    "oid": (re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+"), "urn:oid: and an OID would be right"),
    "uuid": (
        re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
        "urn:uuid: and a UUID in small letters would be right",
    ),
}


def fault(type: str, value: object) -> Fault | None:
    """Return what is wrong with *value* as *type*, None when nothing is."""
    if type in JSON_KINDS:
        return JSON_KINDS[type](value)
    if not isinstance(value, str):
        return "structure", f"a text in quotes would be right, as {type} is written"
    if not value.strip():
        return "value", "an empty text says nothing; leave the element out"
    if len(value) > LONGEST_STRING:
        return "too-long", f"at most {LONGEST_STRING} characters are taken"
    return _of_text(type, value)


def _of_text(type: str, value: str) -> Fault | None:
    if type in PATTERNS:
        pattern, right = PATTERNS[type]
        return None if pattern.fullmatch(value) else ("value", right)
    if type in CALENDAR:
        form, right = CALENDAR[type]
        return None if _holds(form, value) else ("value", right)
    return None


def _boolean(value: object) -> Fault | None:
    return None if isinstance(value, bool) else ("structure", "true or false without quotes would be right")


def _integer(lowest: int) -> Callable[[object], Fault | None]:
    def checked(value: object) -> Fault | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return "structure", "a whole number without quotes would be right"
        fits = lowest <= value <= LARGEST_INTEGER
        return None if fits else ("value", f"a whole number from {lowest} to {LARGEST_INTEGER} would be right")

    return checked


def _decimal(value: object) -> Fault | None:
    number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return None if number else ("structure", "a number without quotes would be right")


JSON_KINDS: Mapping[str, Callable[[object], Fault | None]] = {
    "boolean": _boolean, "integer": _integer(-LARGEST_INTEGER - 1), "unsignedInt": _integer(0),
    "positiveInt": _integer(1), "decimal": _decimal,
}  # fmt: skip


def _holds(form: Callable[[str], object], value: str) -> bool:
    try:
        form(value)
    except ValueError:
        return False
    return True


def _date(value: str) -> None:
    if not moments.DATE.fullmatch(value):
        raise ValueError("no date")
    moments.span(value)


def _time(value: str) -> None:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]{1,9})?", value):
        raise ValueError("no time")
    time.fromisoformat(value[:6] + value[6:8].replace("60", "59"))


def _base64(value: str) -> None:
    try:
        b64decode("".join(value.split()), validate=True)
    except binascii.Error:
        raise ValueError("no base64") from None


CALENDAR: Mapping[str, tuple[Callable[[str], object], str]] = {
    "date": (_date, "a day of the calendar as YYYY, YYYY-MM or YYYY-MM-DD would be right"),
    "dateTime": (moments.span, "YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a zone would be right"),
    "instant": (moments.instant, "YYYY-MM-DDThh:mm:ss with a zone would be right"),
    "time": (_time, "hh:mm:ss would be right"),
    "base64Binary": (_base64, "base64 would be right"),
}
