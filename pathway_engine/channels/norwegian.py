"""Norwegian health messages as the service knows message families: envelope, content and receipts over bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from adapters.norwegian.letters import MOST_REMEMBERED, opened
from adapters.norwegian.messages import her_ids, read_receipt
from adapters.norwegian.reading import Agreed, Nameless, RuleBroken, read, read_receipt_of
from adapters.norwegian.receipts import Error, Recipient, is_addressed, receipts_for, recipients
from adapters.norwegian.refusal import Envelope, MessageRefusal
from adapters.norwegian.rules import RULES
from adapters.norwegian.schemas import Schemas
from pathway_engine.channels.families import NORWEGIAN
from pathway_engine.domain.directory import Directory, Sender
from pathway_engine.domain.errors import DefinitionError, MessageError, UnreadableMessage
from pathway_engine.domain.events import Identifier, Reading
from pathway_engine.service.channel import (
    AmbiguousPatient,
    Answer,
    Header,
    NotForUs,
    SameIdOtherContent,
    StayOfAnother,
    Unanswerable,
    UnmatchedPatient,
    Verdict,
)

APPREC = "AppRec"
LONGEST_ID = 199
TAKEN_IN = (AmbiguousPatient, StayOfAnother, UnmatchedPatient)
"""Read and kept, but a person must act: the receipt says that the message has arrived, which it has."""

REFUSED = {
    "T01": "Meldingen er ikke velformet XML, eller inneholder noe som aldri tas imot.",
    "T02": "Meldingen følger ikke skjemaet sitt.",
    "T10": "Meldingens format eller versjon tas ikke imot.",
    "T99": "Meldingen mangler noe som trengs, eller er større enn det som tas imot.",
    "E36": "Pasienten er ikke tilstrekkelig identifisert.",
    "X99": "Meldingen kunne ikke leses.",
}
"""What a receipt says to people of each code of 8221 that the reader gives; the details follow in English."""

SAME_ID = "MsgId er brukt før i en melding med annet innhold. Send meldingen på nytt med en ny UUID som MsgId."


class NorwegianChannel:
    """MsgHead with PLO and dialogue messages, and receipts, over any transport.

    *directory* gives the one in force: whose messages are received here. With *schemas* messages are
    held against those too.
    """

    name = NORWEGIAN

    def __init__(self, directory: Callable[[], Directory], schemas: Schemas | None = None) -> None:
        self._directory = directory
        self._schemas = schemas
        self._addresses: tuple[Directory | None, frozenset[str]] = (None, frozenset())
        self._looked_at: dict[int, tuple[Envelope, frozenset[str], tuple[Recipient, ...]]] = {}
        _check_rules(directory())

    def header(self, raw: bytes) -> Header:
        """Read the head; never raises."""
        envelope = opened(raw).envelope
        if envelope.root == APPREC:
            return _header_of_receipt(raw)
        if envelope.root == "" or envelope.sender is None or not envelope.her_ids:
            return Header(message_type=envelope.type[:LONGEST_ID], problem=Unanswerable())
        return Header(
            application="her", facility=envelope.her_ids[0][:LONGEST_ID], message_id=_message_id(envelope),
            message_type=envelope.type[:LONGEST_ID], problem=self._misaddressed(envelope),
        )  # fmt: skip

    def _misaddressed(self, envelope: Envelope) -> MessageError | None:
        return NotForUs() if not self._here(envelope) and is_addressed(envelope) else None

    def _here(self, envelope: Envelope) -> tuple[Recipient, ...]:
        """The recipients that are here, found once for all that is asked of a message."""
        own, known = self._own(), self._looked_at.get(id(envelope))
        if known is not None and known[0] is envelope and known[1] is own:
            return known[2]
        if len(self._looked_at) >= MOST_REMEMBERED:
            self._looked_at.clear()
        found = recipients(envelope, own)
        self._looked_at[id(envelope)] = envelope, own, found
        return found

    def _own(self) -> frozenset[str]:
        """The HER-ids at which messages are received here, found once for each directory."""
        directory = self._directory()
        if self._addresses[0] is not directory:
            self._addresses = directory, directory.own_addresses()
        return self._addresses[1]

    def read(self, raw: bytes, sender: Sender) -> Reading:
        """Read the content. Raises MessageRefusal, RuleBroken, UnmatchedPatient or NotForUs."""
        return self._read(raw, sender, None)

    def read_named(self, raw: bytes, sender: Sender, named: tuple[Identifier, ...]) -> Reading:
        """Read a message whose patient only a person could find. Raises MessageRefusal, RuleBroken or NotForUs."""
        return self._read(raw, sender, named)

    def _read(self, raw: bytes, sender: Sender, named: tuple[Identifier, ...] | None) -> Reading:
        envelope = opened(raw).envelope
        if envelope.root == APPREC:
            return read_receipt_of(raw)
        misaddressed = self._misaddressed(envelope)
        if misaddressed is not None:
            raise misaddressed
        try:
            return read(raw, agreed_with(sender), self._own(), self._schemas, named)
        except Nameless as nameless:
            raise UnmatchedPatient(str(nameless)) from None
        except UnreadableMessage:
            raise
        except Exception as wrong:
            found = f"The message could not be read ({type(wrong).__name__}); please report it."
            raise MessageRefusal("X99", found) from None

    def answer(self, raw: bytes, answer: Answer, now: datetime, number: int) -> bytes | None:
        """Write the receipts: one from each addressed recipient that is here; none before the message is applied."""
        errors = _errors(answer)
        if errors is None:
            return None
        envelope = opened(raw).envelope
        if envelope.root == APPREC:
            return None
        here = self._here(envelope)
        if not here and not is_addressed(envelope) and envelope.receiver is not None:
            here = (envelope.receiver,)
        return receipts_for(envelope, here, errors, now)


def agreed_with(sender: Sender) -> Agreed:
    """What the directory says of a sender, in the adapter's words."""
    return Agreed(rules=sender.rules, destinations=sender.destinations, accept_test=sender.accept_test)


def _check_rules(directory: Directory) -> None:
    known = {rule.id for rule in RULES}
    for sender in directory.senders.values():
        unknown = sorted(set(sender.rules) - known)
        if unknown:
            raise DefinitionError(
                f"The directory's sender {sender.id} has an unknown rule: {unknown[0]}. "
                f"Would be right: {', '.join(sorted(known))}."
            )


def _message_id(envelope: Envelope) -> str:
    """The MsgId, and to whom: sent to another recipient here, the same message is to be receipted once more."""
    to = her_ids(envelope.receiver)
    return f"{envelope.id.strip()[: LONGEST_ID - 30]}>{to[-1][:25]}" if to and envelope.id.strip() else ""


def _header_of_receipt(raw: bytes) -> Header:
    try:
        receipt = read_receipt(raw).receipt
    except MessageRefusal as refusal:
        return Header(message_type="APPREC", problem=Unanswerable(str(refusal)))
    provider = receipt.sender.provider if receipt.sender else None
    institution = provider.institution if provider else None
    kind = institution.id_kind.value.lower() if institution and institution.id_kind else ""
    if institution is None or not institution.id.strip() or not kind:
        return Header(message_type="APPREC", problem=Unanswerable())
    return Header(
        application=kind[:LONGEST_ID], facility=institution.id.strip()[:LONGEST_ID],
        message_id=receipt.id.strip()[:LONGEST_ID], message_type="APPREC",
    )  # fmt: skip


def _errors(answer: Answer) -> list[Error] | None:
    """What the receipt says: nothing wrong, why the message is rejected, or None for no receipt."""
    if answer.verdict is Verdict.STORED:
        return None
    if answer.verdict is Verdict.ACCEPTED or isinstance(answer.error, TAKEN_IN):
        return []
    match answer.error:
        case RuleBroken() as broken:
            return [Error(each.rule.code, each.rule.nb) for each in broken.findings]
        case MessageRefusal() as refusal:
            return [Error(refusal.code, f"{REFUSED.get(refusal.code, REFUSED['X99'])} {refusal}")]
        case SameIdOtherContent():
            return [Error("X99", SAME_ID)]
        case _:
            return None
