"""What a ward registers by hand, as the service knows message families: envelope, content and answer over bytes."""

from __future__ import annotations

from datetime import datetime

from pathway_engine.domain.directory import Sender
from pathway_engine.domain.errors import MessageError, UnreadableMessage
from pathway_engine.domain.events import Reading
from pathway_engine.service.channel import Answer, Header
from pathway_engine.service.manual_message import MANUAL, MESSAGE_TYPE, decode_manual, reading_of_manual
from pathway_engine.storage.codec import encode_json


class ManualChannel:
    """A form as a message; the directory's sender ``manual`` of the ward says that the ward may use it."""

    name = MANUAL

    def header(self, raw: bytes) -> Header:
        """Read who wrote it and its key; never raises."""
        try:
            message = decode_manual(raw)
        except MessageError as problem:
            return Header(application=MANUAL, message_type=MESSAGE_TYPE, problem=problem)
        return Header(application=MANUAL, facility=message.unit, message_id=message.id, message_type=MESSAGE_TYPE)

    def read(self, raw: bytes, sender: Sender) -> Reading:
        """Read the content. Raises MessageError."""
        message = decode_manual(raw)
        if sender.facility != message.unit:
            raise UnreadableMessage("The message names another ward than its sender.")
        return reading_of_manual(message)

    def answer(self, raw: bytes, answer: Answer, now: datetime, number: int) -> bytes | None:
        """Write the receipt: the message's number, what became of it, and when."""
        return encode_json(
            {"receipt": number, "verdict": answer.verdict.value, "code": answer.code, "at": now.isoformat()}
        )
