"""What the service asks of a message family: read the envelope, read the content, write the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from pathway_engine.domain.directory import Sender
from pathway_engine.domain.errors import MessageError
from pathway_engine.domain.events import Identifier, Reading


class Disposition(StrEnum):
    """Where a message ended; every received message ends in exactly one."""

    APPLIED = "applied"
    REJECTED = "rejected"
    UNPLACED = "unplaced"
    DEAD = "dead"


class Verdict(StrEnum):
    """What the answer tells the sender."""

    STORED = "stored"
    ACCEPTED = "accepted"
    ERROR = "error"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The envelope of a message; `problem` is why nothing more of it can be used."""

    application: str = ""
    facility: str = ""
    message_id: str = ""
    message_type: str = ""
    problem: MessageError | None = None

    @property
    def sender(self) -> str:
        """The sender as one word for the inbox."""
        return f"{self.application}|{self.facility}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The decision that a channel writes out for the sender."""

    verdict: Verdict
    error: MessageError | None = None
    code: str = ""
    text: str = ""


class UnknownSender(MessageError):
    """The sender is not in the directory. Add it there, then run the message again."""


class AmbiguousPatient(MessageError):
    """The message's identifiers belong to different patients. A person must decide which."""


class StayOfAnother(MessageError):
    """The message's stay is known as another patient's. A person must decide whose it is."""


class ToldAhead(MessageError):
    """The message tells of a day that has not come. A person must decide, and run it again when it is right."""


class SameIdOtherContent(MessageError):
    """The message id was used before with other content. Send corrections under a new id."""


class UnmatchedPatient(MessageError):
    """The message names its patient without a national number. A person must find out who it is."""


class Unanswerable(MessageError):
    """Who sent the message cannot be read, so nobody can be answered. A person must find out."""


class NotForUs(MessageError):
    """The message is addressed to nobody here, so it is not answered. A person must find out why it came."""


class UnknownOriginal(MessageError):
    """The receipt is for a message that was not sent from here, or contradicts an earlier one. A person must look."""


class ApplicationFault(MessageError):
    """The message is stored, but applying it failed. It will be tried again; do not resend."""


class NotStored(MessageError):
    """The message could not be stored. Send it again later."""


class Channel(Protocol):
    """One message family, as plain functions over bytes; it opens no file, socket or database."""

    name: str

    def header(self, raw: bytes) -> Header:
        """Read the envelope; never raises."""
        ...

    def read(self, raw: bytes, sender: Sender) -> Reading:
        """Read the content by the sender's settings. Raises MessageError."""
        ...

    def answer(self, raw: bytes, answer: Answer, now: datetime, number: int) -> bytes | None:
        """Write the answer, or None when the sender wants none of this kind."""
        ...


@runtime_checkable
class ReadsNameless(Protocol):
    """A message family in which a message may name its patient without a number."""

    def read_named(self, raw: bytes, sender: Sender, named: tuple[Identifier, ...]) -> Reading:
        """Read the content as being about the one of *named*; of nobody yet when that is empty."""
        ...


def read_named(channel: Channel, raw: bytes, sender: Sender, named: tuple[Identifier, ...]) -> Reading:
    """Read a message that a person has found the patient of. Raises MessageError."""
    if isinstance(channel, ReadsNameless):
        return channel.read_named(raw, sender, named)
    return channel.read(raw, sender)
