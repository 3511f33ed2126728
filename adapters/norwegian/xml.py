"""Bytes to a tree of elements, with nothing of XML that can read files, grow or hide: and text back, escaped."""

from __future__ import annotations

import re
import threading
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from adapters.norwegian.refusal import CannotWrite, MessageRefusal

MOST_BYTES = 18_000_000
"""What the message service of NHN takes at most; libxml2 takes texts, and so attachments, of 10,000,000 characters."""
MOST_TAGS = 20_000
MOST_ATTRIBUTES = 20_000
"""Some thirty times what a large report has; more is an attack on the reader's time."""
FEW_BYTES = 3 * MOST_TAGS
"""In so few bytes there cannot be too many tags or attributes: a tag takes three at least, an attribute five."""
RESOURCE_LIMITS = frozenset(
    {etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG, etree.ErrorTypes.ERR_INTERNAL_ERROR}
)
"""How libxml2 says that a document is too deep, or that a text or a name is too long."""
DECLARATION = re.compile(rb"""\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "iso-8859-1",
    "latin1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "cp1252",
}
WRAPPER = "EI_fellesformat"
ROOTS = frozenset({"MsgHead", "AppRec", "Message"})
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SPECIAL = re.compile('[\x00-\x1f&<>"\ud800-\udfff\ufffe\uffff]')
OPTIONS: dict[str, bool] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    "collect_ids": False,
}


def tree(raw: bytes, *, most: int = MOST_BYTES) -> Any:
    """Return the root element of *raw*, unwrapped from EI_fellesformat.

    Takes UTF-8, ISO-8859-1, ISO-8859-15, Windows-1252 and UTF-16. Raises `MessageRefusal`, and
    nothing else: T99 when it is too large or has too many elements, T01 when it has a DOCTYPE, when
    its character set is not taken, or when it is not well-formed.
    """
    return unwrapped(parsed(*screened(raw, most)))


def screened(raw: bytes, most: int = MOST_BYTES) -> tuple[bytes, str]:
    """Return the bytes for the parser and their encoding; raises `MessageRefusal` for what it must not see."""
    if len(raw) > most:
        raise MessageRefusal("T99", f"The message has {len(raw)} bytes; at most {most} are taken.")
    data, encoding = _decoded(raw)
    if b"<!DOCTYPE" in data:
        raise MessageRefusal("T01", "The message has a document type declaration (DOCTYPE), which is never taken.")
    if len(data) > FEW_BYTES:
        _counted(data)
    return data, encoding


def parsed(data: bytes, encoding: str, *, recover: bool = False) -> Any:
    """Return the root element of screened *data*; raises `MessageRefusal` (T01) when it is not well-formed."""
    try:
        root = etree.fromstring(data, _parsers.of(encoding, recover))
    except (etree.XMLSyntaxError, ValueError) as wrong:
        raise _not_parsed(wrong) from None
    if root is None:
        raise MessageRefusal("T01", "The message is not well-formed XML.")
    if recover:
        etree.strip_elements(root, etree.Entity, with_tail=False)
    return root


class _Parsers(threading.local):
    """The parsers of a thread: a small message is parsed in the time that it takes to make one."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, bool], Any] = {}

    def of(self, encoding: str, recover: bool) -> Any:
        """The parser for an *encoding*, which mends what is broken when it is to *recover*."""
        found = self._made.get((encoding, recover))
        if found is None:
            found = etree.XMLParser(encoding=encoding, recover=recover, **OPTIONS)
            self._made[encoding, recover] = found
        return found


_parsers = _Parsers()


def unwrapped(root: Any) -> Any:
    """Return the message inside of EI_fellesformat, or *root* itself."""
    if local(root) != WRAPPER:
        return root
    return next((child for child in root if local(child) in ROOTS), root)


def local(element: Any) -> str:
    """The name of *element* without its namespace."""
    name: str = element.tag
    return name.rpartition("}")[2]


def namespace(element: Any) -> str:
    """The namespace of *element*, or empty."""
    name: str = element.tag
    return name[1:].rpartition("}")[0]


def text(value: str) -> str:
    """Return *value* escaped as the text of an element; raises `CannotWrite` for what XML cannot hold."""
    return value if SPECIAL.search(value) is None else escape(_allowed(value), {"\r": "&#13;"})


def attribute(value: str) -> str:
    """Return *value* as an attribute's value, in quotes; raises `CannotWrite` for what XML cannot hold."""
    if SPECIAL.search(value) is None:
        return f'"{value}"'
    return quoteattr(_allowed(value), {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def canonical(element: Any) -> str:
    """Return *element* as canonical XML (exclusive, so that it carries the namespaces that it uses).

    Raises `MessageRefusal` (T99) where a namespace is no whole address: canonical XML has none for such.
    """
    try:
        written: bytes = etree.tostring(element, method="c14n", exclusive=True, with_comments=False, with_tail=False)
    except etree.C14NError:
        found = "The message has marked-up text in a namespace that is no whole address, as http://example.org/x is."
        raise MessageRefusal("T99", found) from None
    found = written.decode("utf-8")
    start = found[: found.index(">")]
    return found if ' xmlns="' in start else _without_default(found)


def well_formed(fragment: str) -> bool:
    """Whether *fragment* may stand inside of an element."""
    data = f"<x>{fragment}</x>".encode("utf-8", "replace")
    try:
        parsed(*screened(data))
    except MessageRefusal:
        return False
    return not FORBIDDEN.search(fragment)


def _without_default(fragment: str) -> str:
    """An element without a namespace must not get one where it is put."""
    end = re.search(r"[\s/>]", fragment)
    assert end is not None
    return f'{fragment[: end.start()]} xmlns=""{fragment[end.start() :]}'


def _allowed(value: str) -> str:
    if FORBIDDEN.search(value):
        raise CannotWrite("The text holds a control character, which XML cannot carry; leave it out.")
    return value


def _counted(data: bytes) -> None:
    if data.count(b"<") > MOST_TAGS:
        raise MessageRefusal("T99", f"The message has more than {MOST_TAGS} tags, which no message needs.")
    if data.count(b'="') + data.count(b"='") > MOST_ATTRIBUTES:
        raise MessageRefusal("T99", f"The message has more than {MOST_ATTRIBUTES} attributes, which no message needs.")


def _decoded(raw: bytes) -> tuple[bytes, str]:
    if raw[:3] == b"\xef\xbb\xbf":
        return raw[3:], "utf-8"
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _from_utf16(raw, "utf-16")
    if raw[:4] in (b"<\0?\0", b"\0<\0?"):
        return _from_utf16(raw, "utf-16-le" if raw[0] else "utf-16-be")
    declared = DECLARATION.match(raw)
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    encoding = ENCODINGS.get(name)
    if encoding is None:
        found = "The message's character set is not taken; UTF-8 is, and ISO-8859-1, ISO-8859-15, Windows-1252, UTF-16."
        raise MessageRefusal("T01", found)
    return raw, encoding


def _from_utf16(raw: bytes, encoding: str) -> tuple[bytes, str]:
    try:
        return raw.decode(encoding).encode("utf-8"), "utf-8"
    except UnicodeError:
        raise MessageRefusal("T01", "The message says that it is UTF-16, but its bytes are not.") from None


def _not_parsed(wrong: Exception) -> MessageRefusal:
    if getattr(wrong, "code", None) in RESOURCE_LIMITS:
        return MessageRefusal("T99", "The message is nested too deeply or holds a longer text or name than is taken.")
    position = getattr(wrong, "position", None)
    where = f" (line {position[0]}, column {position[1]})" if position else ""
    return MessageRefusal("T01", f"The message is not well-formed XML{where}.")
