"""Hodemelding 1.2 (MsgHead): who says what kind of thing to whom about which patient, and the documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from adapters.norwegian.binding import Namespaces, OneOf, contents, instant, many, part, stamp, text
from adapters.norwegian.people import HealthcareProfessional, Organisation, Person
from adapters.norwegian.values import Attachment, Code, Moment

MIG_VERSION = "v1.2 2006-05-24"


@dataclass(frozen=True, slots=True)
class ConversationRef:
    """Which messages this one follows: its parent's MsgId, and the MsgId of the first."""

    xmlns: ClassVar[Namespaces] = "mh"
    parent: str = text("RefToParent", required=True)
    first: str = text("RefToConversation", required=True)


@dataclass(frozen=True, slots=True)
class Party:
    """The sender, or the receiver: between two partners the same in every message."""

    xmlns: ClassVar[Namespaces] = "mh"
    recurs: ClassVar[bool] = True
    method: Code | None = part("ComMethod")
    organisation: Organisation | None = part("Organisation", required=True)


@dataclass(frozen=True, slots=True)
class OtherReceiver:
    """A copy recipient (role COP), or whoever else gets the message."""

    xmlns: ClassVar[Namespaces] = "mh"
    one_of: ClassVar[OneOf] = OneOf(("organisation", "patient", "person", "professional"), required=False)
    method: Code | None = part("ComMethod")
    role: Code | None = part("RoleReceiver", required=True)
    organisation: Organisation | None = part("Organisation")
    patient: Person | None = part("Patient")
    person: Person | None = part("Person")
    professional: HealthcareProfessional | None = part("HealthcareProfessional")


@dataclass(frozen=True, slots=True)
class Head:
    """MsgInfo: `kind` is of code system 8279 and a CS, so it has no OID; `id` should be a UUID."""

    xmlns: ClassVar[Namespaces] = "mh"
    kind: Code | None = part("Type", required=True)
    mig_version: str = text("MIGversion", required=True, default=MIG_VERSION)
    generated_at: Moment | None = instant("GenDate", required=True)
    id: str = text("MsgId", required=True)
    processing_status: Code | None = part("ProcessingStatus")
    priority: Code | None = part("RequestedPriority")
    ack: Code | None = part("Ack")
    conversation: ConversationRef | None = part("ConversationRef")
    sender: Party | None = part("Sender", required=True)
    receiver: Party | None = part("Receiver", required=True)
    other_receivers: tuple[OtherReceiver, ...] = many("OtherReceiver")
    patient: Person | None = part("Patient")

    @property
    def type(self) -> str:
        """The message type, of code system 8279, or empty."""
        return self.kind.value if self.kind else ""


@dataclass(frozen=True, slots=True)
class RefDoc:
    """What a document holds: `content` is a payload record, an `Attachment` or an `Opaque`."""

    xmlns: ClassVar[Namespaces] = "mh"
    one_of: ClassVar[OneOf] = OneOf(("file_reference", "content"), required=False)
    issued_at: Moment | None = stamp("IssueDate")
    kind: Code | None = part("MsgType", required=True)
    id: str = text("Id")
    mime_type: str = text("MimeType")
    description: str = text("Description")
    compression: Code | None = part("Compression")
    file_reference: str = text("FileReference")
    content: tuple[object, ...] = contents("Content")


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the message; the first holds the clinical payload."""

    xmlns: ClassVar[Namespaces] = "mh"
    connection: Code | None = part("DocumentConnection")
    content_type: Code | None = part("ContentType")
    content_description: str = text("ContentDescription")
    content_category: Code | None = part("ContentCategory")
    consent: Code | None = part("Consent")
    annotation: str = text("Annotation")
    starts_at: Moment | None = stamp("FromDate")
    ends_at: Moment | None = stamp("ToDate")
    oid_ref: str = text("OidRef")
    enquiry_ref: str = text("EnquiryRefId")
    reference: RefDoc | None = part("RefDoc", required=True)

    @property
    def attachment(self) -> Attachment | None:
        """The attached file, when that is what the document holds."""
        content = self.reference.content if self.reference else ()
        return next((each for each in content if isinstance(each, Attachment)), None)


@dataclass(frozen=True, slots=True)
class Letter:
    """MsgHead whole: the head and its documents."""

    xmlns: ClassVar[Namespaces] = "mh"
    head: Head | None = part("MsgInfo", required=True)
    documents: tuple[Document, ...] = many("Document", required=True)
