"""A Norwegian message whole: bytes to a record and back, and the quick look at its head."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from adapters.norwegian import xml
from adapters.norwegian.apprec import AppRec
from adapters.norwegian.bound_reading import Reading, read_record
from adapters.norwegian.bound_writing import Writing, content_of, write_record
from adapters.norwegian.discharge_letter import DischargeLetter
from adapters.norwegian.envelopes import her_ids, no_content, scan
from adapters.norwegian.formats import BY_ELEMENT, BY_KIND, HEAD, OPAQUE, RECEIPTS, ROOTS, PayloadFormat
from adapters.norwegian.head import Document, Head, Letter, RefDoc
from adapters.norwegian.namespaces import APPREC, BASE64, DISCHARGE_LETTER
from adapters.norwegian.refusal import CannotWrite, Envelope, MessageRefusal
from adapters.norwegian.values import Attachment, Code, Moment, Opaque

__all__ = [
    "CannotWrite",
    "Envelope",
    "Message",
    "MessageRefusal",
    "Read",
    "Receipt",
    "her_ids",
    "message_of",
    "read",
    "read_discharge_letter",
    "read_message",
    "read_receipt",
    "scan",
    "with_attachment",
    "write_message",
    "write_receipt",
]
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
PAYLOAD_DOCUMENT = Code("XML", "XML-instans")
ATTACHMENT_DOCUMENT = Code("A", "Vedlegg")


@dataclass(frozen=True, slots=True)
class Message:
    """A message with MsgHead: `version` is that of the payload's standard ("1.6", "1.1"), not of MsgHead."""

    head: Head
    documents: tuple[Document, ...]
    version: str

    @property
    def payload(self) -> object | None:
        """The clinical content: the first content of the first document that is not an attachment."""
        for document in self.documents:
            for each in document.reference.content if document.reference else ():
                if not isinstance(each, Attachment):
                    return each
        return None

    @property
    def attachments(self) -> tuple[Document, ...]:
        """The documents that hold a file."""
        return tuple(each for each in self.documents if each.attachment is not None)


@dataclass(frozen=True, slots=True)
class Read:
    """A message that was read, and what was odd about it."""

    message: Message
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt and the version of its standard, 1.0 or 1.1."""

    receipt: AppRec
    version: str
    notes: tuple[str, ...] = ()


def message_of(head: Head, payload: object, version: str, *, issued_at: Moment | None = None) -> Message:
    """Return the message with *head* and *payload* and no attachments."""
    document = Document(reference=RefDoc(issued_at=issued_at, kind=PAYLOAD_DOCUMENT, content=(payload,)))
    return Message(head, (document,), version)


def with_attachment(message: Message, content: bytes, mime_type: str, description: str) -> Message:
    """Return *message* with the file *content* as one more document."""
    file = RefDoc(
        kind=ATTACHMENT_DOCUMENT,
        mime_type=mime_type,
        description=description,
        content=(Attachment.of(content),),
    )
    return replace(message, documents=(*message.documents, Document(reference=file)))


def read(raw: bytes) -> Read:
    """Return what *raw* says and what was odd; raises `MessageRefusal`, and nothing else.

    What can be read of the head stands in the refusal's envelope.
    """
    try:
        return _read(xml.tree(raw))
    except MessageRefusal as refusal:
        raise MessageRefusal(refusal.code, str(refusal), scan(raw)) from None
    except RecursionError:
        raise MessageRefusal("T99", "The message's elements are nested too deeply.", scan(raw)) from None


def read_message(raw: bytes) -> Message:
    """Return what *raw* says; raises `MessageRefusal`, and nothing else."""
    return read(raw).message


def write_message(message: Message) -> bytes:
    """Return *message* in UTF-8, always the same for the same message; raises `CannotWrite`."""
    writing = Writing(HEAD, _content_writer(message.version))
    letter = Letter(head=message.head, documents=message.documents)
    write_record(letter, "MsgHead", "mh", writing, declarations=HEAD.declarations)
    return _bytes(writing)


def read_receipt(raw: bytes) -> Receipt:
    """Return the receipt in *raw*; raises `MessageRefusal`, and nothing else."""
    root = _tree(raw)
    version = next((each for each, uri in APPREC.items() if uri == xml.namespace(root)), None)
    if xml.local(root) != "AppRec" or version is None:
        raise MessageRefusal("T10", "The document is not an AppRec of version 1.0 or 1.1.", scan(raw))
    reading = Reading(no_content)
    return Receipt(read_record(AppRec, root, reading), version, tuple(reading.notes))


def write_receipt(receipt: Receipt) -> bytes:
    """Return *receipt* in UTF-8, always the same for the same receipt; raises `CannotWrite`."""
    dialect = RECEIPTS.get(receipt.version)
    if dialect is None:
        raise CannotWrite(f"There is no receipt of version {receipt.version!r}; there is 1.0 and 1.1.")
    writing = Writing(dialect, _refuse_content)
    write_record(receipt.receipt, "AppRec", "ar", writing, declarations=dialect.declarations)
    return _bytes(writing)


def read_discharge_letter(raw: bytes) -> DischargeLetter:
    """Return the head of the discharge letter in *raw*; raises `MessageRefusal`, and nothing else."""
    root = _tree(raw)
    if xml.local(root) != "Message" or xml.namespace(root) not in DISCHARGE_LETTER.values():
        raise MessageRefusal("T10", "The document is not a discharge letter of version 1.1 or 1.2.", scan(raw))
    letter: DischargeLetter = read_record(DischargeLetter, root, Reading(no_content))
    return letter


def _tree(raw: bytes) -> Any:
    try:
        return xml.tree(raw)
    except MessageRefusal as refusal:
        raise MessageRefusal(refusal.code, str(refusal), scan(raw)) from None


def _bytes(writing: Writing) -> bytes:
    return (DECLARATION + "".join(writing.out)).encode("utf-8")


def _read(root: Any) -> Read:
    if xml.local(root) != "MsgHead":
        raise MessageRefusal("T10", "The document is not a MsgHead, so it is not a message that is taken.")
    found: list[PayloadFormat] = []
    reading = Reading(_content_reader(found))
    letter: Letter = read_record(Letter, root, reading)
    version = found[0].version if found else ""
    return Read(Message(letter.head or Head(), letter.documents, version), tuple(reading.notes))


def _content_reader(found: list[PayloadFormat]) -> Any:
    def read_content(element: Any, reading: Reading) -> object:
        name, uri = xml.local(element), xml.namespace(element)
        if uri == BASE64 or name == "Base64Container":
            return Attachment(element.text or "")
        known = BY_ELEMENT.get((name, uri))
        if known is not None:
            found.append(known)
            return read_record(known.kind, element, reading)
        if uri in OPAQUE:
            return Opaque(name, uri, xml.canonical(element))
        raise MessageRefusal("T10", _not_taken(name))

    return read_content


def _not_taken(name: str) -> str:
    if name in ROOTS:
        return f"{name} is taken in other versions than the one that was sent: PLO 1.5 and 1.6, dialogue 1.0 and 1.1."
    return "The message's clinical content is of a kind that is not taken."


def _refuse_content(value: object, writing: Writing) -> None:
    raise AssertionError("a receipt holds no document")


def _content_writer(version: str) -> Any:
    def write_content(value: object, writing: Writing) -> None:
        plain = content_of(value)
        if plain is not None:
            writing.out.append(plain)
            return
        known = BY_KIND.get((type(value), version))
        if known is None:
            raise CannotWrite(f"A {type(value).__name__} cannot be written in version {version!r}.")
        inner = Writing(known.dialect, write_content, writing.out)
        write_record(value, known.root, known.key, inner, declarations=known.dialect.declarations)

    return write_content
