"""The receipt for a message: in the version of its standard, from each of its recipients that is here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import NAMESPACE_URL, uuid5

from adapters.norwegian.apprec import (
    MIG_VERSIONS,
    AdditionalId,
    AppRec,
    CareProvider,
    Institution,
    OriginalMessage,
    ReceiptParty,
    ReceiptPerson,
    ReceiptUnit,
)
from adapters.norwegian.bound_writing import FORMS
from adapters.norwegian.head import OtherReceiver, Party
from adapters.norwegian.messages import DECLARATION, Receipt, her_ids, write_receipt
from adapters.norwegian.namespaces import DIALOGUE, PLO
from adapters.norwegian.patients import main_ident
from adapters.norwegian.people import HealthcareProfessional, Ident, Organisation
from adapters.norwegian.refusal import CannotWrite, Envelope
from adapters.norwegian.rules.rule import ERRORS
from adapters.norwegian.rules.types import DISPLAY, SYSTEM
from adapters.norwegian.values import Code, Moment
from adapters.norwegian.xml import text

SOFTWARE = "Pathway Engine"
OLD = frozenset({PLO["1.5"], DIALOGUE["1.0"].rpartition("/")[2], "2006-09-23"})
"""Dates in the namespaces of the standards that are receipted in version 1.0."""

OK, REJECTED = Code("1", "OK"), Code("2", "Avvist")
MOST_ERRORS = 20


@dataclass(frozen=True, slots=True)
class Error:
    """Why a message is rejected: a code of 8221, and the words."""

    code: str
    text: str

    def coded(self) -> Code:
        """As a receipt writes it."""
        return Code(self.code, ERRORS.get(self.code, ERRORS["X99"]), f"{SYSTEM}8221", self.text)


Recipient = Party | OtherReceiver


def recipients(envelope: Envelope, own: frozenset[str]) -> tuple[Recipient, ...]:
    """Those whom the message is addressed to, directly or as a copy, who are here."""
    everyone: Iterable[Recipient | None] = (envelope.receiver, *envelope.other_receivers)
    return tuple(each for each in everyone if each is not None and not own.isdisjoint(her_ids(each)))


def is_addressed(envelope: Envelope) -> bool:
    """Whether any recipient has a HER-id at all."""
    return any(her_ids(each) for each in (envelope.receiver, *envelope.other_receivers))


def version_for(envelope: Envelope) -> str:
    """The version of the receipt, by the standard of the message."""
    return "1.0" if envelope.payload_namespace.rpartition("/")[2] in OLD else "1.1"


def receipts_for(
    envelope: Envelope, senders: Sequence[Recipient], errors: Sequence[Error], now: datetime
) -> bytes | None:
    """Return one receipt from each of *senders*, one after the other; None when the message names nobody to answer."""
    if envelope.sender is None or envelope.sender.organisation is None or not envelope.her_ids:
        return None
    try:
        return b"\n".join(_written(envelope, each, errors, now) for each in senders) or None
    except CannotWrite:
        return None


def receipts_in(answer: bytes) -> list[bytes]:
    """The single receipts of an answer."""
    mark = DECLARATION.encode()
    return [mark + part.rstrip(b"\n") for part in answer.split(mark)[1:]]


def _written(envelope: Envelope, sender: Recipient, errors: Sequence[Error], now: datetime) -> bytes:
    version = version_for(envelope)
    name = f"{'/'.join(envelope.her_ids)}|{envelope.id}|{'/'.join(her_ids(sender))}|{len(errors)}"
    own, issued = str(uuid5(NAMESPACE_URL, f"apprec/{name}")), _issued(envelope, now)
    told = (own, _moment(now), envelope.id, issued)
    usual = () if errors else _usual(version, sender, envelope.sender, envelope.type)
    if not usual:
        return _of(version, sender, envelope.sender, envelope.type, errors, told)
    texts = dict(zip(PLACES, (own, told[1].text, text(envelope.id), issued.text), strict=True))
    return "".join([texts.get(part, part) for part in usual]).encode()


PLACES = (
    "7a0e2c94-5f1b-4d63-8e27-c9b04f6a1d35", "0001-02-03T04:05:06.000007+00:00",
    "7a0e2c94-5f1b-4d63-8e27-c9b04f6a1d36", "0001-02-03T04:05:06.000008+00:00",
)  # fmt: skip
"""What stands where the receipt's own id and time go, and the message's."""
PLACE = re.compile(f"({'|'.join(map(re.escape, PLACES))})")


Usual = tuple[Recipient, Party | None, tuple[str, ...]]
MOST_USUAL = 256
_usual_receipts: dict[tuple[str, int, int, str], Usual] = {}
"""By the parties themselves, which are the same objects as long as they are remembered: a party is long to compare."""


def _usual(version: str, sender: Recipient, receiver: Party | None, kind: str) -> tuple[str, ...]:
    """The receipt that a partner gets each time that all is well, cut at the places for ids and times.

    Empty when what the partner calls itself holds such a place.
    """
    key = version, id(sender), id(receiver), kind
    known = _usual_receipts.get(key)
    if known is None:
        if len(_usual_receipts) >= MOST_USUAL:
            _usual_receipts.clear()
        known = _usual_receipts[key] = sender, receiver, _cut(version, sender, receiver, kind)
    return known[2]


def _cut(version: str, sender: Recipient, receiver: Party | None, kind: str) -> tuple[str, ...]:
    own, at, original, issued = PLACES
    written = _of(version, sender, receiver, kind, (), (own, Moment(at), original, Moment(issued))).decode()
    return tuple(PLACE.split(written)) if all(written.count(place) == 1 for place in PLACES) else ()


def _of(
    version: str, sender: Recipient, receiver: Party | None, kind: str, errors: Sequence[Error],
    told: tuple[str, Moment, str, Moment],
) -> bytes:  # fmt: skip
    own, at, original, issued = told
    receipt = AppRec(
        kind=Code("APPREC"), mig_version=MIG_VERSIONS[version], software_name=SOFTWARE, generated_at=at, id=own,
        sender=_party(sender, _role(sender, version)),
        receiver=_party(receiver, Code("AVS", "Avsender") if version == "1.1" else None),
        status=REJECTED if errors else OK, errors=tuple(each.coded() for each in errors[:MOST_ERRORS]),
        original=OriginalMessage(kind=Code(kind, DISPLAY.get(kind, "")), issued_at=issued, id=original),
    )  # fmt: skip
    return write_receipt(Receipt(receipt, version))


def _role(sender: Recipient, version: str) -> Code | None:
    if isinstance(sender, OtherReceiver):
        return Code("COP", "Kopimottaker")
    return Code("PRIM", "Hovedmottaker") if version == "1.1" else None


def _issued(envelope: Envelope, now: datetime) -> Moment:
    """The message's own GenDate, as it stands; where that is no time, that of the receipt."""
    told = envelope.generated_at
    return told if told is not None and FORMS["dateTime"].fullmatch(told.text) else _moment(now)


@lru_cache(maxsize=8)
def _moment(now: datetime) -> Moment:
    """The messages of a batch are receipted at one time."""
    return Moment.of(now)


def _party(party: Recipient | None, role: Code | None) -> ReceiptParty:
    organisation = party.organisation if party else None
    return ReceiptParty(role=role, provider=CareProvider(institution=_institution(organisation or Organisation())))


def _institution(organisation: Organisation) -> Institution:
    main, others = _idents(organisation.idents)
    units = (_unit(organisation.unit),) if organisation.unit else ()
    persons = (_person(organisation.professional),) if organisation.professional else ()
    return Institution(
        name=organisation.name, id=main.id.strip(), id_kind=_plain(main.kind), units=units,
        additional_ids=others, persons=persons,
    )  # fmt: skip


def _unit(organisation: Organisation) -> ReceiptUnit:
    main, others = _idents(organisation.idents)
    return ReceiptUnit(
        name=organisation.name, id=main.id.strip(), id_kind=_plain(main.kind), additional_ids=others
    )  # fmt: skip


def _person(person: HealthcareProfessional) -> ReceiptPerson:
    main, others = _idents(person.idents)
    name = " ".join(part.strip() for part in (person.given_name, person.family_name) if part.strip())
    return ReceiptPerson(name=name, id=main.id.strip(), id_kind=_plain(main.kind), additional_ids=others)


def _idents(idents: tuple[Ident, ...]) -> tuple[Ident, tuple[AdditionalId, ...]]:
    main = main_ident(idents) or Ident()
    others = [each for each in idents if each is not main and each.id.strip() and each.kind]
    return main, tuple(AdditionalId(id=each.id.strip(), kind=_plain(each.kind)) for each in others)


def _plain(kind: Code | None) -> Code | None:
    """In a receipt the kind of an identifier names no code system."""
    return Code(kind.value, kind.name) if kind and kind.value else None
