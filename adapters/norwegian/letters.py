"""A doctor's discharge letter, which has no MsgHead, looked at as a message that has one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from adapters.norwegian.apprec import AdditionalId, CareProvider, ReceiptPerson, ReceiptUnit
from adapters.norwegian.discharge_letter import DischargeLetter, LetterParty, LetterPatient
from adapters.norwegian.formats import BY_KIND
from adapters.norwegian.head import MIG_VERSION, Head, OtherReceiver, Party
from adapters.norwegian.messages import Message, Read, her_ids, message_of, read_discharge_letter, scan
from adapters.norwegian.messages import read as read_message
from adapters.norwegian.namespaces import DISCHARGE_LETTER, MSGHEAD
from adapters.norwegian.people import HealthcareProfessional, Ident, Organisation, Person
from adapters.norwegian.refusal import Envelope, MessageRefusal
from adapters.norwegian.rules.types import SYSTEM
from adapters.norwegian.values import Code, Opaque

LETTER = "Message"
EPIKRISE = "EPIKRISE"
MOST_REMEMBERED, LARGEST_REMEMBERED = 256, 64_000
"""Messages, and bytes of one. As many are stored in one commit and then applied, batch by batch: each is read once.

Larger ones are read again when more is asked of them, so that what is remembered stays within some tens of megabytes.
"""

VERSIONS = {uri: version for version, uri in DISCHARGE_LETTER.items()}


def read_whole(raw: bytes) -> Read:
    """Return the message in *raw*, a discharge letter too; raises `MessageRefusal`, and nothing else."""
    try:
        return read_message(raw)
    except MessageRefusal as refusal:
        if refusal.envelope.root != LETTER:
            raise
    letter = read_discharge_letter(raw)
    return Read(_as_message(letter, VERSIONS.get(scan(raw).namespace, "")))


def envelope_of(raw: bytes) -> Envelope:
    """Return as much of the head of *raw* as can be read, with the parties of a discharge letter; never raises."""
    found = scan(raw)
    if found.root != LETTER:
        return found
    try:
        head = head_of(read_discharge_letter(raw))
    except MessageRefusal:
        return found
    return replace(
        found, sender=head.sender, receiver=head.receiver, other_receivers=head.other_receivers,
        payload_namespace=found.namespace,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """What could be had of a document at once: the whole message, or why not; and the head in any case."""

    envelope: Envelope
    found: Read | None = None
    refusal: MessageRefusal | None = None

    def whole(self) -> Read:
        """The message; raises `MessageRefusal`."""
        if self.found is None:
            raise self.refusal or MessageRefusal("T99", "The message could not be read.")
        return self.found


def opened(raw: bytes) -> Opened:
    """Read *raw* once for all that is asked of it; never raises. The last are remembered, since all is asked."""
    return _remembered(raw) if len(raw) <= LARGEST_REMEMBERED else _opened(raw)


def _opened(raw: bytes) -> Opened:
    try:
        found = read_whole(raw)
    except MessageRefusal as refusal:
        return Opened(envelope_of(raw), refusal=refusal)
    payload = found.message.payload
    if found.message.head.id and isinstance(payload, DischargeLetter):
        return Opened(envelope_of(raw), found)
    return Opened(_envelope(found.message), found)


_remembered = lru_cache(maxsize=MOST_REMEMBERED)(_opened)


def forget() -> None:
    """Remember no message any more."""
    _remembered.cache_clear()


def _envelope(message: Message) -> Envelope:
    """The envelope of a message that was read whole, as `scan` finds it."""
    head, payload = message.head, message.payload
    known = BY_KIND.get((type(payload), message.version))
    if known is not None:
        name, uri = known.root, known.namespace
    else:
        name, uri = (payload.name, payload.namespace) if isinstance(payload, Opaque) else ("", "")
    return Envelope(
        "MsgHead", MSGHEAD, name, uri, head.type, head.id, head.generated_at, head.sender, head.receiver,
        head.other_receivers, her_ids(head.sender),
    )  # fmt: skip


def _as_message(letter: DischargeLetter, version: str) -> Message:
    return message_of(head_of(letter), letter, version)


def head_of(letter: DischargeLetter) -> Head:
    """The head that the letter would have as another message."""
    report = letter.report
    patient = _person(report.patient) if report and report.patient else None
    copies = tuple(
        OtherReceiver(role=Code("COP", "Kopimottaker"), organisation=_organisation(each))
        for each in (report.copies if report else ())
    )
    return Head(
        kind=Code(letter.kind.value if letter.kind and letter.kind.value else EPIKRISE), mig_version=MIG_VERSION,
        generated_at=letter.generated_at, id=letter.id, sender=_party(report.sender if report else None),
        receiver=_party(report.receiver if report else None), other_receivers=copies, patient=patient,
    )  # fmt: skip


def _party(found: LetterParty | None) -> Party | None:
    organisation = _organisation(found) if found else None
    return Party(organisation=organisation) if organisation else None


def _organisation(found: LetterParty) -> Organisation | None:
    provider: CareProvider | None = found.provider
    institution = provider.institution if provider else None
    if institution is None:
        return None
    unit = _unit(institution.units[0]) if institution.units else None
    return Organisation(
        institution.name, idents=_idents(institution.id, institution.id_kind, institution.additional_ids), unit=unit,
        professional=_professional(institution.persons[0]) if institution.persons else None,
    )  # fmt: skip


def _unit(found: ReceiptUnit) -> Organisation:
    return Organisation(found.name, idents=_idents(found.id, found.id_kind, found.additional_ids))


def _professional(found: ReceiptPerson) -> HealthcareProfessional:
    return HealthcareProfessional(
        family_name=found.name, idents=_idents(found.id, found.id_kind, found.additional_ids)
    )  # fmt: skip


def _idents(id: str, kind: Code | None, more: tuple[AdditionalId, ...]) -> tuple[Ident, ...]:
    told = [(id, kind), *((each.id, each.kind) for each in more)]
    return tuple(Ident(number, kind) for number, kind in told if number.strip())


def _person(found: LetterPatient) -> Person:
    """The one name stands as both names: which part is which is not said."""
    kind = found.official_id_kind
    coded = Code(kind.value, kind.name, kind.system or f"{SYSTEM}8116") if kind else None
    return Person(
        family_name=found.name, given_name=found.name, birth_date=found.birth_date, sex=found.sex,
        idents=_idents(found.official_id, coded, found.additional_ids),
    )  # fmt: skip
