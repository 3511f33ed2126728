"""HL7 v2 as the service knows message families: envelope, content and answer over bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from adapters.hl7v2.answering import Code, Outcome, Wants, acknowledge, wants
from adapters.hl7v2.envelope import Envelope, scan
from adapters.hl7v2.reading import read
from adapters.hl7v2.refusal import Hl7Refusal
from adapters.hl7v2.sender import DESTINATIONS, SenderSettings
from pathway_engine.domain.directory import Sender
from pathway_engine.domain.errors import MessageError
from pathway_engine.domain.events import Reading
from pathway_engine.service.channel import (
    AmbiguousPatient,
    Answer,
    Header,
    NotStored,
    SameIdOtherContent,
    StayOfAnother,
    UnknownSender,
    Verdict,
)

HL7V2 = "hl7v2"
OUTCOMES = {
    Verdict.STORED: Outcome.ACCEPTED,
    Verdict.ACCEPTED: Outcome.ACCEPTED,
    Verdict.ERROR: Outcome.ERROR,
    Verdict.REFUSED: Outcome.REJECTED,
}
CODES: dict[type[MessageError], tuple[str, str]] = {
    UnknownSender: ("204", "MSH^1^3"),
    AmbiguousPatient: ("204", "PID^1^3"),
    StayOfAnother: ("204", "PV1^1^19"),
    SameIdOtherContent: ("205", "MSH^1^10"),
}
"""Table 0357 code and place of what the service refuses; anything else is an internal error."""

REASONS = {
    "oversize": "The message is larger than is taken here.",
    "timeout": "The message did not end in time. Send it again.",
    "unfinished": "The message had no end. Send it again.",
    "stray bytes": "The message does not begin with the start mark of MLLP.",
    "no answer in time": "The message was not answered in time. Send it again.",
    "stopping": "The receiver is stopping. Send the message again.",
    "internal": "The message could not be taken. Send it again.",
    "too many connections": "There are too many connections. Send the message again later.",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """When the sender wants to be answered: once the message is `stored`, once it is `applied`, or both."""

    stored: bool
    applied: bool


class Hl7v2Channel:
    """HL7 v2 over any transport."""

    name = HL7V2

    def header(self, raw: bytes) -> Header:
        """Read the MSH segment; never raises."""
        envelope = scan(raw)
        kind = f"{envelope.message_code}^{envelope.event}".strip("^")
        return Header(
            application=envelope.sending_application, facility=envelope.sending_facility,
            message_id=envelope.control_id, message_type=kind, problem=_lasting(envelope.problem),
        )  # fmt: skip

    def read(self, raw: bytes, sender: Sender) -> Reading:
        """Read the content. Raises Hl7Refusal."""
        return read(raw, settings_of(sender))

    def answer(self, raw: bytes, answer: Answer, now: datetime, number: int) -> bytes | None:
        """Write the acknowledgement; its own control id is made of the inbox number and what it answers."""
        envelope = scan(raw)
        code = _code(wants(envelope), answer, envelope)
        if code is None:
            return None
        error = _refusal(answer.error)
        control_id = f"PE{number}{code}" if number else f"PE-{now:%Y%m%d%H%M%S%f}"
        return acknowledge(envelope, code, error=error, text=answer.text, now=now, control_id=control_id)


def settings_of(sender: Sender) -> SenderSettings:
    """What the directory says of a sender, in the adapter's words."""
    return SenderSettings(
        charset_default=sender.charset, time_zone=sender.time_zone, accept_test=sender.accept_test,
        destinations={**DESTINATIONS, **sender.destinations},
    )  # fmt: skip


def wanted(raw: bytes, acknowledge_when: str) -> Wanted:
    """When to answer *raw*; in the original mode, where one answer is all, the directory's word counts."""
    envelope = scan(raw)
    if _is_original(envelope):
        return Wanted(stored=acknowledge_when == "stored", applied=acknowledge_when != "stored")
    asked = wants(envelope)
    return Wanted(stored=asked.accept != "NE", applied=asked.application != "NE")


def refuse(reason: str, head: bytes, now: datetime) -> bytes:
    """The answer to bytes that never became a message; *head* is how they began."""
    envelope = scan(head)
    error = Hl7Refusal("207", "MSH^1", REASONS.get(reason, REASONS["internal"]))
    code: Code = "AE" if _is_original(envelope) else "CE"
    return acknowledge(envelope, code, error=error, now=now, control_id=f"PE-{now:%Y%m%d%H%M%S%f}")


def _lasting(problem: Hl7Refusal | None) -> Hl7Refusal | None:
    """A problem of the character set waits for `read`, which knows the sender's own."""
    return None if problem is not None and problem.location == "MSH^1^18" else problem


def _is_original(envelope: Envelope) -> bool:
    return not envelope.accept_acknowledgment and not envelope.application_acknowledgment


def _code(asked: Wants, answer: Answer, envelope: Envelope) -> Code | None:
    outcome = OUTCOMES[answer.verdict]
    if answer.verdict is Verdict.STORED:
        return "AA" if _is_original(envelope) else asked.accept_code(outcome)
    if answer.verdict is Verdict.ACCEPTED:
        return asked.application_code(outcome)
    at_the_door = isinstance(answer.error, NotStored | SameIdOtherContent) or envelope.problem is not None
    accept, application = asked.accept_code(outcome), asked.application_code(outcome)
    return (accept or application) if at_the_door else (application or accept)


def _refusal(error: MessageError | None) -> Hl7Refusal | None:
    if error is None or isinstance(error, Hl7Refusal):
        return error
    code, place = CODES.get(type(error), ("207", "MSH^1"))
    return Hl7Refusal(code, place, str(error))
