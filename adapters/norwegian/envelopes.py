"""The quick look at a message's head, of whatever kind it is and however broken the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from adapters.norwegian import xml
from adapters.norwegian.apprec import AppRec, CareProvider, Institution, ReceiptPerson, ReceiptUnit
from adapters.norwegian.bound_reading import Reading, read_record
from adapters.norwegian.discharge_letter import DischargeLetter
from adapters.norwegian.head import Head, OtherReceiver, Party
from adapters.norwegian.refusal import Envelope, MessageRefusal
from adapters.norwegian.values import Code

HER = "HER"
MOST_ASKED = 256
Asked = TypeVar("Asked")
Found = TypeVar("Found")


def scan(raw: bytes) -> Envelope:
    """Return as much of the head of *raw* as can be read; never raises."""
    try:
        data, encoding = xml.screened(raw)
        return envelope_of(xml.unwrapped(_however_broken(data, encoding)))
    except (MessageRefusal, RecursionError):
        return Envelope()


def envelope_of(root: Any) -> Envelope:
    """Return as much of the head as the tree *root* holds."""
    found = Envelope(root=xml.local(root), namespace=xml.namespace(root))
    if found.root == "MsgHead":
        return _of_message(root, found)
    if found.root == "AppRec":
        return _of_receipt(read_record(AppRec, root, Reading(no_content)), found)
    if found.root == "Message":
        return _of_letter(read_record(DischargeLetter, root, Reading(no_content)), found)
    return found


def once_for_each(find: Callable[[Asked], Found]) -> Callable[[Asked], Found]:
    """*find*, remembering the last objects that it was asked about: a partner's parties are the same objects each time.

    The object itself is held, so that no other can come to stand in its place; what it says would be long to compare.
    """
    known: dict[int, tuple[Asked, Found]] = {}

    def found(asked: Asked) -> Found:
        before = known.get(id(asked))
        if before is not None:
            return before[1]
        answer = find(asked)
        if len(known) >= MOST_ASKED:
            known.clear()
        known[id(asked)] = asked, answer
        return answer

    return found


@once_for_each
def her_ids(party: Party | OtherReceiver | None) -> tuple[str, ...]:
    """The HER-ids of *party*: of its organisation first, then of the service or professional in it."""
    found: dict[str, None] = {}
    organisation = party.organisation if party else None
    while organisation is not None:
        people = organisation.professional
        for each in (*organisation.idents, *people.idents) if people else organisation.idents:
            if each.kind is not None and each.kind.value == HER:
                found[each.id.strip()] = None
        organisation = organisation.unit
    return tuple(found)


def no_content(element: Any, reading: Reading) -> object:
    """Reads the content of a document where there is none to read."""
    raise AssertionError("neither a head, nor a receipt, nor a letter's head holds a document")


def _however_broken(data: bytes, encoding: str) -> Any:
    try:
        return xml.parsed(data, encoding)
    except MessageRefusal:
        return xml.parsed(data, encoding, recover=True)


def _of_message(root: Any, found: Envelope) -> Envelope:
    info = next((child for child in root if xml.local(child) == "MsgInfo"), None)
    payload = _payload_of(root)
    if payload is not None:
        found = replace(found, payload=xml.local(payload), payload_namespace=xml.namespace(payload))
    if info is None:
        return found
    head: Head = read_record(Head, info, Reading(no_content))
    return replace(
        found,
        type=head.type,
        id=head.id,
        generated_at=head.generated_at,
        sender=head.sender,
        receiver=head.receiver,
        other_receivers=head.other_receivers,
        her_ids=her_ids(head.sender),
    )


def _of_receipt(receipt: AppRec, found: Envelope) -> Envelope:
    sender = receipt.sender.provider if receipt.sender else None
    return replace(
        found, type="APPREC", id=receipt.id, generated_at=receipt.generated_at, her_ids=her_ids_of_provider(sender)
    )


def _of_letter(letter: DischargeLetter, found: Envelope) -> Envelope:
    sender = letter.report.sender if letter.report else None
    return replace(
        found,
        type=letter.kind.value if letter.kind and letter.kind.value else "EPIKRISE",
        id=letter.id,
        generated_at=letter.generated_at,
        her_ids=her_ids_of_provider(sender.provider if sender else None),
    )


def her_ids_of_provider(provider: CareProvider | None) -> tuple[str, ...]:
    """The HER-ids of a care provider: of the institution first, then of its departments and persons."""
    institution = provider.institution if provider else None
    if institution is None:
        return ()
    return tuple(dict.fromkeys(_of_institution(institution)))


def _of_institution(institution: Institution) -> list[str]:
    found: list[tuple[str, Code | None]] = []
    parts: tuple[Institution | ReceiptUnit | ReceiptPerson, ...] = (*institution.units, *institution.persons)
    for each in (institution, *parts):
        found.append((each.id, each.id_kind))
        found += [(more.id, more.kind) for more in each.additional_ids]
    return [id.strip() for id, kind in found if kind and kind.value == HER]


def _payload_of(root: Any) -> Any | None:
    for step in ("Document", "RefDoc", "Content"):
        root = next((child for child in root if xml.local(child) == step), None)
        if root is None:
            return None
    return next(iter(root), None)
