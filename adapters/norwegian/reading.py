"""A Norwegian message read: the rules that it breaks, who it is about, what happened, and what was odd."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from adapters.norwegian.apprec import AppRec
from adapters.norwegian.happenings import told_by
from adapters.norwegian.letters import EPIKRISE, opened
from adapters.norwegian.messages import read_receipt
from adapters.norwegian.patients import demographics_of, identifiers_of, sender_name
from adapters.norwegian.refusal import MessageRefusal
from adapters.norwegian.rules import RULES, Finding, Subject, findings
from adapters.norwegian.rules.rule import readable
from adapters.norwegian.schemas import Schemas
from pathway_engine.domain.errors import UnplacedMessage, UnreadableMessage
from pathway_engine.domain.events import Demographics, Identifier, Reading, ReceiptOf

ACCEPTED = frozenset({"1", "3"})
"""Code system 8258: taken, or taken with an error in a part."""


LONGEST_WORDS, LONGEST_TEXT = 500, 10_000
SCHEMA = "schema"
"""The rule that asks the official schemas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What is agreed with a sender: rules with another severity, its own codes of 8408, and test messages."""

    rules: Mapping[str, str] = field(default_factory=dict)
    destinations: Mapping[str, str] = field(default_factory=dict)
    accept_test: bool = False


class RuleBroken(UnreadableMessage):
    """The message breaks rules for which it is rejected; `findings` are those."""

    def __init__(self, broken: tuple[Finding, ...]) -> None:
        super().__init__(" ".join(each.rule.en for each in broken))
        self.findings = broken


class Nameless(UnplacedMessage):
    """The patient has no identifier, only a name, a birth date and a sex. A person must find out who it is."""


def read(
    raw: bytes, agreed: Agreed, own: frozenset[str], schemas: Schemas | None = None,
    named: tuple[Identifier, ...] | None = None,
) -> Reading:  # fmt: skip
    """Return what *raw* says; *own* are the HER-ids at which messages are received.

    *named* is whom a person has found out that a nameless message is about, or nobody yet; without it,
    a nameless message is not read. Raises MessageRefusal, RuleBroken or Nameless, and nothing else.
    """
    found = opened(raw).whole()
    faults = schemas.faults(raw) if schemas is not None and agreed.rules.get(SCHEMA) != "off" else ()
    subject = Subject(found.message, raw, own, agreed.accept_test, faults)
    broken = findings(RULES, subject, agreed.rules)
    rejecting = tuple(each for each in broken if each.rejects)
    if rejecting:
        raise RuleBroken(rejecting)
    _must_be_usable(subject)
    return _understood(subject, agreed, (*(each.rule.en for each in broken), *faults, *found.notes), named)


def _must_be_usable(subject: Subject) -> None:
    """Rules may be off; without these nothing can be said at all."""
    if subject.kind is None or subject.payload is None:
        raise MessageRefusal("T10", "The message type, or its content, is not one that is taken.")
    if subject.written is None:
        raise MessageRefusal("T99", "GenDate is missing or is no time, so that nothing can be placed in time.")
    if subject.patient is None:
        raise MessageRefusal("E36", "The message has no patient.")


def _understood(
    subject: Subject, agreed: Agreed, notes: tuple[str, ...], named: tuple[Identifier, ...] | None
) -> Reading:
    assert subject.patient is not None
    hospital = sender_name(subject.head)
    identifiers, doubts = identifiers_of(subject.patient, hospital)
    told = told_by(subject, agreed.destinations, hospital)
    if not identifiers and named is None:
        raise Nameless
    return Reading(
        message_type=subject.head.type, identifiers=identifiers or named or (), entries=told.entries,
        demographics=_demographics(subject), sender=hospital,
        notes=tuple(dict.fromkeys((*notes, *doubts, *told.notes))),
        recorded_at=subject.written[1] if subject.written else None, visit=told.visit, words=_free_text(subject),
    )  # fmt: skip


def _free_text(subject: Subject) -> tuple[str, ...]:
    """What the sender of a dialogue message wrote for people to read: subject, text and remark of each part."""
    told = [(note.subject, note.body, note.remark) for note in subject.notes_of_dialogue]
    told += [(each.subject, each.question, each.reason) for each in subject.requests]
    texts = [text for title, body, more in told for text in (title, body.plain if body else "", more)]
    return tuple(text.strip()[:LONGEST_TEXT] for text in texts if text.strip())


def _demographics(subject: Subject) -> Demographics:
    """A discharge letter writes a name in one piece, which would spoil what is known of its parts."""
    told = demographics_of(subject.patient) if subject.patient else Demographics()
    return replace(told, family=None, given=None) if subject.head.type == EPIKRISE else told


def read_receipt_of(raw: bytes) -> Reading:
    """Return what the receipt in *raw* says of the message that it is for; raises `MessageRefusal`."""
    found = read_receipt(raw)
    receipt, original = found.receipt, found.receipt.original
    if original is None or not original.id.strip() or receipt.status is None:
        raise MessageRefusal("T99", "The receipt does not say which message it is for, or whether that was taken.")
    codes = ",".join(each.value for each in receipt.errors if each.value)
    given_at = receipt.generated_at
    return Reading(
        message_type="APPREC", identifiers=(), notes=(*found.notes, *_words(receipt)),
        receipt=ReceiptOf(
            message_id=original.id.strip(), is_accepted=receipt.status.value in ACCEPTED, code=codes,
            given_at=given_at.instant() if given_at and readable(given_at) else None,
        ),
    )  # fmt: skip


def _words(receipt: AppRec) -> list[str]:
    """What the receiver said of each error, without numbers that could be a person's."""
    return [re.sub(r"\d[\d ]{4,}\d", "…", each.text or each.name)[:LONGEST_WORDS] for each in receipt.errors]
