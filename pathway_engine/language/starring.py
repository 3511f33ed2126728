"""Whatever could be an identity number, in any of the ways in which one is written, starred out of a text."""

from __future__ import annotations

import base64
import binascii
import re

STARS = "***********"
_DIGIT = r"(?:%3[0-9]|%EF%BC%9[0-9]|\\u003[0-9]|\\uff1[0-9]|&#x0*3[0-9];|&#0*(?:4[89]|5[0-7]);|\d)"
_ELEVEN = re.compile(rf"{_DIGIT}(?:(?:[^0-9A-Za-z%&\\]|%20|%2D|&#160;|&nbsp;){{0,6}}{_DIGIT}){{9,}}", re.IGNORECASE)
_HEXADECIMAL = re.compile(r"(?:3[0-9]){10,}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{14,}")


_OPAQUE = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def is_opaque(text: str) -> bool:
    """Whether *text* is an id as the program gives them, which says nothing of anybody."""
    return bool(_OPAQUE.fullmatch(text))


def starred(text: str) -> str:
    """Return *text* without runs of ten digits or more, with anything between them and however they are escaped."""
    text = _ELEVEN.sub(STARS, text)
    text = _HEXADECIMAL.sub(STARS, text)
    return _BASE64.sub(lambda found: STARS if _holds_digits(found[0]) else found[0], text)


def _holds_digits(text: str) -> bool:
    """Whether it is base64 of a text with so many digits, begun at any of its first four characters."""
    for start in range(4):
        part = text[start:].replace("-", "+").replace("_", "/")
        try:
            decoded = base64.b64decode(part[: len(part) // 4 * 4])
        except binascii.Error:
            continue
        if re.search(rb"\d{9,}", decoded):
            return True
    return False
