"""An ADT message read: who it is about, what happened, and what was seen but not acted on."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.hl7v2.envelope import Envelope, opened
from adapters.hl7v2.happenings import MERGES, MOVEMENT_UPDATE, SUPPORTED, entries_of
from adapters.hl7v2.message import Message, laid_out
from adapters.hl7v2.people import demographics_of, identifiers_of, required
from adapters.hl7v2.refusal import Hl7Refusal, shown
from adapters.hl7v2.segments import Segment, named, segments_of
from adapters.hl7v2.sender import SenderSettings
from pathway_engine.domain.events import Identifier, Merge, Reading

__all__ = ["SenderSettings", "read"]

VERSIONS = (
    "2.1",
    "2.2",
    "2.3",
    "2.3.1",
    "2.4",
    "2.5",
    "2.5.1",
    "2.6",
    "2.7",
    "2.7.1",
    "2.8",
    "2.8.1",
    "2.8.2",
    "2.9",
)
MOVES_A_STAY = frozenset({"A44", "A45"})


def read(raw: bytes, settings: SenderSettings) -> Reading:
    """Return what *raw* says; raises `Hl7Refusal`, and nothing else, when it cannot be taken."""
    try:
        return _read(raw, settings)
    except Hl7Refusal:
        raise
    except Exception as wrong:
        found = f"The message could not be read ({type(wrong).__name__}); please report it."
        raise Hl7Refusal("207", "MSH^1", found) from None


def _read(raw: bytes, settings: SenderSettings) -> Reading:
    envelope, text = opened(raw, settings.charset_default)
    if envelope.problem:
        raise envelope.problem
    _admit(envelope, settings)
    segments, notes = segments_of(text, envelope)
    message = laid_out(segments, envelope, settings, _event(envelope, segments, notes), notes)
    return _understood(message)


def _admit(envelope: Envelope, settings: SenderSettings) -> None:
    """Refuse what this listener is not for: other messages, versions and purposes."""
    if envelope.message_code != "ADT":
        found = f"MSH-9 is {shown(envelope.message_code)}; only ADT messages are taken."
        raise Hl7Refusal("200", "MSH^1^9", found, answer="AR")
    if envelope.version not in VERSIONS:
        found = f"MSH-12 is {shown(envelope.version)}; versions 2.1 to 2.9 are taken."
        raise Hl7Refusal("203", "MSH^1^12", found, answer="AR")
    accepted = {"P", "T", "D"} if settings.accept_test else {"P"}
    if envelope.processing_id not in accepted:
        found = f"MSH-11 is {shown(envelope.processing_id)}; taken here: {', '.join(sorted(accepted))}."
        raise Hl7Refusal("202", "MSH^1^11", found, answer="AR")


def _event(envelope: Envelope, segments: list[Segment], notes: list[str]) -> str:
    """MSH-9.2, or EVN-1 for old senders; the two should agree, and MSH counts."""
    told = next((segment.text(1) for segment in named(segments, "EVN")), "")
    event = envelope.event or told
    if event not in SUPPORTED and event != MOVEMENT_UPDATE:
        found = f"ADT event {shown(event)} is not taken; taken are {', '.join(sorted(SUPPORTED))} and Z99."
        raise Hl7Refusal("201", "MSH^1^9", found, answer="AR")
    if told and told != event:
        notes.append(f"EVN-1 says {shown(told)}, MSH-9 says {event}; MSH-9 was followed.")
    return event


def _understood(message: Message) -> Reading:
    found, notes = identifiers_of(message.pid, 3, message.facility, message.settings)
    identifiers = required(found)
    message.notes.extend(notes)
    visit = _visit(message)
    return Reading(
        message_type=f"ADT^{message.event}",
        identifiers=identifiers,
        entries=entries_of(message, visit.stay),
        demographics=demographics_of(message.pid, message.zone, message.notes),
        stay=visit.stay,
        sender=message.facility,
        ward=message.ward(),
        merge=visit.merge(identifiers, message) if message.event in MERGES else None,
        notes=tuple(dict.fromkeys(message.notes)),
        recorded_at=message.recorded_at,
    )


@dataclass(frozen=True, slots=True)
class _Visit:
    """The stay that a message is about, which for A44 and A45 is the one that moves."""

    stay: str | None

    def merge(self, identifiers: tuple[Identifier, ...], message: Message) -> Merge | None:
        """MRG-1 names the record that is retired, or that a stay leaves."""
        prior, notes = identifiers_of(message.mrg, 1, message.facility, message.settings)
        message.notes.extend(notes)
        retired = tuple(each for each in prior if each not in identifiers)
        if message.event in MOVES_A_STAY:
            return self._moving(retired, message)
        if not prior:
            raise Hl7Refusal("101", "MRG^1^1", f"{message.event} must name the old identifier in MRG-1.")
        if not retired:
            message.notes.append("MRG-1 names the patient's own identifier; there is nothing to merge.")
            return None
        return Merge(retired=retired)

    def _moving(self, retired: tuple[Identifier, ...], message: Message) -> Merge:
        if self.stay is None:
            raise Hl7Refusal("101", "PV1^1^19", f"{message.event} must name the visit in MRG-5 or PV1-19.")
        if not retired:
            message.notes.append("MRG-1 does not say from whom the visit is moved.")
        return Merge(retired=retired, stay=self.stay)


def _visit(message: Message) -> _Visit:
    prior = message.mrg.first(5) if message.event in MOVES_A_STAY else None
    if prior and prior.part(1):
        assigner = prior.part(4) or prior.part(4, 2) or message.facility
        return _Visit(f"{assigner}:{prior.part(1)}")
    return _Visit(message.stay())
