"""Why a Norwegian message cannot be read or written, in the words of code system 8221."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.norwegian.head import OtherReceiver, Party
from adapters.norwegian.values import Moment
from pathway_engine.domain.errors import PathwayEngineError, UnreadableMessage


@dataclass(frozen=True, slots=True)
class Envelope:
    """As much of a message's head as could be read; what could not is empty.

    `root` is the document's local name (MsgHead, AppRec, Message) and `payload` that of the clinical
    content. `her_ids` are the sender's, the organisation first.
    """

    root: str = ""
    namespace: str = ""
    payload: str = ""
    payload_namespace: str = ""
    type: str = ""
    id: str = ""
    generated_at: Moment | None = None
    sender: Party | None = None
    receiver: Party | None = None
    other_receivers: tuple[OtherReceiver, ...] = ()
    her_ids: tuple[str, ...] = ()


class MessageRefusal(UnreadableMessage):
    """The message cannot be read.

    `code` is of code system 8221 (T01 not XML, T10 format or version not taken, T99 other), and
    `envelope` is what could be read of the head, so that a receipt can be written. The text never
    quotes the message.
    """

    def __init__(self, code: str, message: str, envelope: Envelope | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.envelope = envelope or Envelope()


class CannotWrite(PathwayEngineError):
    """The record says something that the message's standard cannot carry, or lacks what it demands."""
