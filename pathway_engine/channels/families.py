"""Which message family bytes are of: by how they begin, or by the content type that came with them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pathway_engine.channels.hl7v2 import HL7V2
from pathway_engine.channels.message_files import messages_in

NORWEGIAN = "norwegian"
"""MsgHead with PLO and dialogue messages, discharge letters, and receipts."""
FHIR = "fhir"
"""Resources that clients write over FHIR, each with a line about the writing."""

CONTENT_TYPES: Mapping[str, str] = MappingProxyType({
    "application/hl7-v2": HL7V2, "x-application/hl7-v2+er7": HL7V2,
    "application/xml": NORWEGIAN, "text/xml": NORWEGIAN,
})  # fmt: skip
"""The family that a content type means."""
SUFFIXES: Mapping[str, str] = MappingProxyType({HL7V2: "hl7", NORWEGIAN: "xml", FHIR: "json"})
_BLANK = b"\xef\xbb\xbf \t\r\n\x0b"
_WIDE = (b"\xff\xfe<\x00", b"\xfe\xff\x00<")


def family_of(raw: bytes) -> str | None:
    """Return the family of a file by its first bytes: MSH begins HL7 v2, a tag begins XML; None for anything else."""
    if raw.startswith(_WIDE):
        return NORWEGIAN
    head = raw[:4096].lstrip(_BLANK)
    if head.startswith(b"MSH"):
        return HL7V2
    return NORWEGIAN if head.startswith(b"<") else None


def parts_of(family: str, raw: bytes) -> list[bytes]:
    """Return the messages of a file: HL7 v2 may have several in one, anything else is one."""
    return messages_in(raw) if family == HL7V2 else [raw]


def answers_in(family: str, answer: bytes) -> list[bytes]:
    """Return the single answers of an answer: one receipt from each recipient here that a message is addressed to."""
    if family != NORWEGIAN:
        return [answer]
    from adapters.norwegian.receipts import receipts_in  # a program that sees none of these starts sooner

    return receipts_in(answer) or [answer]


def suffix_of(family: str) -> str:
    """What a file of that family is called by."""
    return SUFFIXES.get(family, "txt")


def is_answered_again(family: str) -> bool:
    """Whether a message that is sent again is answered again: HL7 v2 asks for it, the Norwegian standard forbids it."""
    return family != NORWEGIAN
