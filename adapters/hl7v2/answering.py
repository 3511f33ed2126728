"""The answer to an HL7 v2 message: whether the sender wants one, and its text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Literal

from adapters.hl7v2.envelope import Envelope
from adapters.hl7v2.escaping import CONTROL, Delimiters, encode
from adapters.hl7v2.reading import VERSIONS
from adapters.hl7v2.refusal import ERROR_CODES, Hl7Refusal

Code = Literal["AA", "AE", "AR", "CA", "CE", "CR"]
LATEST_WITHOUT_ERR_3 = "2.4"
"""Up to this version ERR-1 says it all; from 2.5 on ERR-2, ERR-3 and ERR-4 do."""


class Outcome(Enum):
    """How it went, by the second letter of the code that says so."""

    ACCEPTED = "A"
    ERROR = "E"
    REJECTED = "R"


@dataclass(frozen=True, slots=True)
class Wants:
    """Which answers a sender asked for in MSH-15 (`accept`) and MSH-16 (`application`).

    Each is AL (always), NE (never), ER (on error or rejection) or SU (on success). With both empty
    the sender speaks the original mode: no accept acknowledgment, always an application one.
    """

    accept: str
    application: str

    def accept_code(self, outcome: Outcome) -> Code | None:
        """CA, CE or CR once the message is safely stored or not; None when no such answer is wanted."""
        codes: dict[Outcome, Code] = {Outcome.ACCEPTED: "CA", Outcome.ERROR: "CE", Outcome.REJECTED: "CR"}
        return codes[outcome] if _wanted(self.accept, outcome) else None

    def application_code(self, outcome: Outcome) -> Code | None:
        """AA, AE or AR once the message is applied or refused; None when no such answer is wanted."""
        codes: dict[Outcome, Code] = {Outcome.ACCEPTED: "AA", Outcome.ERROR: "AE", Outcome.REJECTED: "AR"}
        return codes[outcome] if _wanted(self.application, outcome) else None


def wants(envelope: Envelope) -> Wants:
    """Return which answers the sender of *envelope* wants; an unknown condition counts as always."""
    accept, application = envelope.accept_acknowledgment, envelope.application_acknowledgment
    if not accept and not application:
        return Wants(accept="NE", application="AL")
    return Wants(accept=_condition(accept), application=_condition(application))


def acknowledge(
    envelope: Envelope,
    code: Code,
    *,
    error: Hl7Refusal | None = None,
    text: str = "",
    now: datetime,
    control_id: str,
) -> bytes:
    """Return the ACK to *envelope*, in its sender's version, delimiters and character set.

    *control_id* is the answer's own MSH-10, *now* an aware instant, *text* free words for people.
    Nothing that is put in can end a field or a segment.
    """
    marks = envelope.delimiters
    lines = [_msh(envelope, now, control_id), _msa(envelope, code, text or (str(error) if error else ""))]
    if error:
        lines.append(_err(envelope, error))
    return "".join(f"{marks.field.join(line)}\r" for line in lines).encode(envelope.codec, "replace")


def _wanted(condition: str, outcome: Outcome) -> bool:
    succeeded = outcome is Outcome.ACCEPTED
    return condition == "AL" or (condition == "SU" and succeeded) or (condition == "ER" and not succeeded)


def _condition(code: str) -> str:
    """In enhanced mode an empty condition means never."""
    if not code:
        return "NE"
    return code if code in {"AL", "NE", "ER", "SU"} else "AL"


def _version(envelope: Envelope) -> str:
    return envelope.version if envelope.version in VERSIONS else "2.5"


def _is_old(envelope: Envelope) -> bool:
    return VERSIONS.index(_version(envelope)) <= VERSIONS.index(LATEST_WITHOUT_ERR_3)


def _msh(envelope: Envelope, now: datetime, control_id: str) -> list[str]:
    marks = envelope.delimiters
    their_application, their_facility, our_application, our_facility = map(_echo, envelope.routing)
    return [
        "MSH",
        marks.encoding,
        our_application,
        our_facility,
        their_application,
        their_facility,
        now.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000"),
        "",
        _message_type(envelope),
        encode(control_id, marks),
        encode(envelope.processing_id or "P", marks),
        _version(envelope),
        *[""] * 5,
        _echo(envelope.charset),
    ]


def _echo(text: str) -> str:
    """What stands as sent, but for control characters: one of MLLP's marks would cut the answer in two."""
    return CONTROL.sub("", text)


def _message_type(envelope: Envelope) -> str:
    marks = envelope.delimiters
    if not envelope.event or envelope.version in {"2.1", "2.2"}:
        return "ACK"
    parts = ["ACK", encode(envelope.event, marks)]
    return marks.component.join(parts if envelope.version == "2.3" else [*parts, "ACK"])


def _msa(envelope: Envelope, code: Code, text: str) -> list[str]:
    """MSA-3 belongs to the old versions; from 2.5 on the words stand in ERR-8."""
    line = ["MSA", code, _echo(envelope.control_id)]
    return [*line, encode(text, envelope.delimiters)] if text and _is_old(envelope) else line


def _err(envelope: Envelope, error: Hl7Refusal) -> list[str]:
    marks = envelope.delimiters
    place = error.location.split("^")
    if _is_old(envelope):
        place += [""] * (3 - len(place))
        return ["ERR", marks.component.join([*place, _coded(error, marks, marks.subcomponent)])]
    location = marks.component.join(place)
    coded = _coded(error, marks, marks.component)
    return ["ERR", "", location, coded, error.severity, "", "", "", encode(str(error), marks)]


def _coded(error: Hl7Refusal, marks: Delimiters, separator: str) -> str:
    return separator.join([error.code, encode(ERROR_CODES[error.code], marks), "HL70357"])
