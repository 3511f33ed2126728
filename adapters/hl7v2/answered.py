"""What a receiver answered to an HL7 v2 message: the code, whose message it answers, and its words."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.hl7v2.envelope import scan
from adapters.hl7v2.escaping import decode, legible

UNKNOWN = "?"
MSA_3, ERR_8 = 3, 8


@dataclass(frozen=True, slots=True)
class Answered:
    """MSA-2, MSA-1 and the words of ERR-8, or else of MSA-3, as a person reads them; `?` is what is not there."""

    message_id: str
    code: str
    text: str


def read_answer(raw: bytes) -> Answered:
    """Read an acknowledgement in its own delimiters and alphabet; never raises, whatever the receiver sent."""
    envelope = scan(raw)
    marks = envelope.delimiters
    lines = raw.decode(envelope.codec, "replace").replace("\n", "\r").split("\r")
    segments = {line[:3]: line.split(marks.field) for line in reversed(lines)}

    def text(segment: str, number: int, missing: str = "") -> str:
        fields = segments.get(segment, [])
        return legible(decode(fields[number], marks, envelope.codec)) if number < len(fields) else missing

    return Answered(text("MSA", 2, UNKNOWN), text("MSA", 1, UNKNOWN), text("ERR", ERR_8) or text("MSA", MSA_3))
