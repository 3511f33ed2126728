"""The envelope of an HL7 v2 message: who sends what to whom, read from the MSH segment alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from adapters.hl7v2.escaping import STANDARD, Delimiters, decode, legible
from adapters.hl7v2.refusal import Hl7Refusal, shown

CHARSETS = {
    "ASCII": "ascii",
    "UTF-8": "utf-8",
    "UNICODE UTF-8": "utf-8",
    **{f"8859/{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
}
"""HL7 table 0211 (the alphabets in use here) to Python codecs; what is not listed is refused."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST_CONTROL_ID = 199


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The MSH segment, decoded; `problem` says why nothing more of the message can be used.

    `control_id` is MSH-10 exactly as sent. `codec` is the Python name of the alphabet. `routing` is
    MSH-3 to MSH-6 exactly as sent, for the answer. Empty fields are empty strings.
    """

    sending_application: str = ""
    sending_facility: str = ""
    receiving_application: str = ""
    receiving_facility: str = ""
    time: str = ""
    message_code: str = ""
    event: str = ""
    structure: str = ""
    control_id: str = ""
    processing_id: str = ""
    version: str = ""
    accept_acknowledgment: str = ""
    application_acknowledgment: str = ""
    charset: str = ""
    codec: str = "utf-8"
    delimiters: Delimiters = STANDARD
    routing: tuple[str, str, str, str] = ("", "", "", "")
    problem: Hl7Refusal | None = None

    @property
    def sender(self) -> str:
        """The facility, or the application of a sender that names no facility."""
        return self.sending_facility or self.sending_application

    @property
    def source(self) -> str:
        """The name of this message in the log."""
        return f"hl7v2:{self.sending_application}|{self.sending_facility}:{self.control_id}"


def scan(raw: bytes, charset_default: str = "UTF-8") -> Envelope:
    """Read the MSH segment of *raw*; never raises. *charset_default* is used when MSH-18 is empty."""
    envelope, _ = opened(raw, charset_default)
    return envelope


def opened(raw: bytes, charset_default: str = "UTF-8") -> tuple[Envelope, str]:
    """Return the envelope and the whole text, segments ended by CR; the text is empty after a problem."""
    content = raw.removeprefix(BYTE_ORDER_MARK).lstrip(b"\r\n\t ")
    head = re.split(rb"[\r\n]", content, maxsplit=1)[0]
    try:
        delimiters = _delimiters(head)
        codec = _codec(_charset(head, delimiters) or charset_default, raw)
    except Hl7Refusal as refusal:
        return _unopened(head, refusal), ""
    envelope = _fields(head.decode(codec, "replace"), delimiters, codec)
    problem = _problem(envelope, raw)
    return (_with(envelope, problem), "") if problem else (envelope, _normalised(content.decode(codec)))


def _delimiters(head: bytes) -> Delimiters:
    """MSH-1 and MSH-2; a short MSH-2 is filled with HL7's recommended characters."""
    if not head.startswith(b"MSH"):
        raise Hl7Refusal("100", "MSH^1", "The message does not begin with an MSH segment.", answer="AR")
    text = head[3:12].decode("latin-1")
    separator, encoding = text[:1], text[1:].split(text[:1] or "|")[0]
    if encoding[:4] == STANDARD.encoding:  # a fifth character is for truncation, which is not used
        encoding = STANDARD.encoding
    encoding = encoding[:4] + STANDARD.encoding[len(encoding) :]
    every = separator + encoding
    if len(set(every)) != 5 or any(not 32 < ord(each) < 127 or each.isalnum() for each in every):
        raise Hl7Refusal("102", "MSH^1^2", "MSH-1 and MSH-2 must be five different signs.", answer="AR")
    return Delimiters(*every)


def _charset(head: bytes, delimiters: Delimiters) -> str:
    fields = head.decode("latin-1").split(delimiters.field)
    return fields[17].split(delimiters.repetition)[0].strip().upper() if len(fields) > 17 else ""


def _codec(named: str, raw: bytes) -> str:
    codec = CHARSETS.get(named.strip().upper())
    if codec is None:
        found = f"MSH-18 names {shown(named)}, which is not among {', '.join(CHARSETS)}."
        raise Hl7Refusal("103", "MSH^1^18", found, answer="AR")
    if raw.startswith(BYTE_ORDER_MARK) and codec not in {"utf-8", "ascii"}:
        raise Hl7Refusal("102", "MSH^1^18", f"A UTF-8 byte order mark before text said to be {named}.")
    return "utf-8" if raw.startswith(BYTE_ORDER_MARK) else codec


def _unopened(head: bytes, problem: Hl7Refusal) -> Envelope:
    """What can still be said of a message that cannot be opened: enough to answer it."""
    if not head.startswith(b"MSH|"):
        return Envelope(problem=problem)
    return _with(_fields(head.decode("ascii", "replace"), STANDARD, "utf-8"), problem)


def _fields(head: str, delimiters: Delimiters, codec: str) -> Envelope:
    parts = head.split(delimiters.field)
    fields = ["", delimiters.field, *parts[1:], *[""] * 20]

    def text(number: int, component: int = 1) -> str:
        pieces = fields[number].split(delimiters.component)
        return legible(decode(pieces[component - 1], delimiters, codec)) if component <= len(pieces) else ""

    return Envelope(
        sending_application=text(3),
        sending_facility=text(4),
        receiving_application=text(5),
        receiving_facility=text(6),
        time=text(7),
        message_code=text(9),
        event=text(9, 2),
        structure=text(9, 3),
        control_id=fields[10].strip(),
        processing_id=text(11),
        version=text(12),
        accept_acknowledgment=text(15).upper(),
        application_acknowledgment=text(16).upper(),
        charset=fields[18].strip(),
        codec=codec,
        delimiters=delimiters,
        routing=(fields[3], fields[4], fields[5], fields[6]),
    )


def _problem(envelope: Envelope, raw: bytes) -> Hl7Refusal | None:
    if b"\x00" in raw:
        return Hl7Refusal("102", "MSH^1", "The message contains a NUL byte; text was expected.")
    try:
        raw.decode(envelope.codec)
    except UnicodeDecodeError as wrong:
        found = f"Byte {wrong.start} is not {envelope.codec}; say the true character set in MSH-18."
        return Hl7Refusal("102", "MSH^1^18", found)
    if not envelope.control_id:
        return Hl7Refusal("101", "MSH^1^10", "MSH-10 is empty; without it a resent message cannot be known.")
    if len(envelope.control_id) > LONGEST_CONTROL_ID:
        return Hl7Refusal("102", "MSH^1^10", f"MSH-10 is longer than {LONGEST_CONTROL_ID} characters.")
    return None


def _with(envelope: Envelope, problem: Hl7Refusal) -> Envelope:
    values = {name: getattr(envelope, name) for name in Envelope.__slots__}
    return Envelope(**{**values, "problem": problem})


def _normalised(text: str) -> str:
    """*text* with CR between segments, whatever line ends the sender uses, and no blank segments."""
    return "\r".join(line for line in re.split(r"[\r\n]+", text) if line.strip())
