"""Identity numbers in addresses: found in every form in which one is written, so that the request can be refused.

An address stands in the logs of every proxy on its way. A body does not: POST [base]/[type]/_search is the way.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from pathway_engine.domain.errors import InvalidIdentityNumber
from pathway_engine.domain.identifiers import NationalIdentityNumber

_BETWEEN = r"[\s._/\u2010-\u2015-]{0,3}"
_SIX = rf"\d{{2}}{_BETWEEN}\d{{2}}{_BETWEEN}\d{{2}}"
_WRITTEN = re.compile(rf"(?=({_SIX}{_BETWEEN}\d{{3}}{_BETWEEN}\d{{2}}))")
_LONG_RUN = re.compile(r"\d{14,}")
"""No identity number with something beside it, but an instant in microseconds."""
_OPAQUE = re.compile(r"(?<![0-9a-z])(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9a-z])")
"""Ids that this program gives; eleven of their digits may look like anything."""
_ASKED = re.compile(r"identifier=(?:[^&|]*\|)?\d{11}(?:[&,]|$)")
"""Somebody's number with a slip in it, where a person is asked for by it, tells as much as the right one."""
_JSON = re.compile(r"\\u([0-9a-fA-F]{4})")
_HL7 = re.compile(r"\\X((?:[0-9A-Fa-f]{2})+)\\")
_BASE64 = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{15,20}(?![A-Za-z0-9])")
MOST_ROUNDS = 3
"""So often an address may be escaped over what is escaped."""


def names_a_person(text: str) -> bool:
    """Whether a national identity number stands in *text*, however it is written or escaped."""
    return any(_stands_in(each) for each in _readings(text))


def _readings(text: str) -> Iterator[str]:
    yield text
    for _ in range(MOST_ROUNDS):
        opened = _opened(text)
        if opened == text:
            return
        text = opened
        yield text


def _opened(text: str) -> str:
    """*text* with one layer of every escape taken away."""
    text = html.unescape(unquote_plus(text))
    text = _JSON.sub(lambda found: chr(int(found[1], 16)), text)
    text = _HL7.sub(lambda found: bytes.fromhex(found[1]).decode("latin-1"), text)
    return _BASE64.sub(lambda found: _decoded(found[0]), text)


def _decoded(text: str) -> str:
    """What is behind base64 that holds digits and little else; a cursor of pages stays as it is."""
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return text
    return found.decode("ascii") if re.fullmatch(rb"[\d .-]{11,15}", found) else text


def _stands_in(text: str) -> bool:
    if _ASKED.search(text):
        return True
    text = _LONG_RUN.sub("", _OPAQUE.sub("", text))
    written = ("".join(str(int(sign)) for sign in found if sign.isdecimal()) for found in _WRITTEN.findall(text))
    return any(map(_is_number, written))


def _is_number(digits: str) -> bool:
    try:
        NationalIdentityNumber(digits)
    except InvalidIdentityNumber:
        return False
    return True
