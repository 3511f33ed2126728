"""Rules for the head: what kind of message it is, whose, to whom, and what it follows."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from adapters.norwegian.discharge_letter import DischargeLetter
from adapters.norwegian.envelopes import once_for_each
from adapters.norwegian.formats import FORMATS
from adapters.norwegian.head import MIG_VERSION, Party
from adapters.norwegian.people import Ident, Organisation
from adapters.norwegian.rules.rule import Rule, Subject, organisation_of
from adapters.norwegian.rules.types import SYSTEM
from adapters.norwegian.values import Opaque

UUID = re.compile("-".join(f"[0-9a-fA-F]{{{length}}}" for length in (8, 4, 4, 4, 12)))
FIRST_MESSAGES = datetime(2000, 1, 1, tzinfo=UTC)
ROOTS = {each.kind: each.root for each in FORMATS}
HER_ID = re.compile("[1-9][0-9]{0,9}")
HER_SYSTEMS = frozenset({f"{SYSTEM}9051", f"{SYSTEM}8116", ""})


def is_uuid(text: str) -> bool:
    """Whether *text* is a UUID as messages write it."""
    return UUID.fullmatch(text) is not None


def _is_unknown(subject: Subject) -> bool:
    return subject.kind is None


def _holds_another(subject: Subject) -> bool:
    if subject.kind is None or subject.payload is None:
        return False
    if root_of(subject.payload) != subject.kind.root:
        return True
    logistics = subject.logistics
    return logistics is not None and getattr(logistics, subject.kind.form) is None


def root_of(payload: object) -> str:
    """The local name of the element that *payload* was read from."""
    if isinstance(payload, Opaque):
        return payload.name
    if isinstance(payload, DischargeLetter):
        return "Epikrise"
    return ROOTS.get(type(payload), "")


def _generated_badly(subject: Subject) -> bool:
    return subject.written is None


def _generated_long_ago(subject: Subject) -> bool:
    return subject.written is not None and subject.written[1] < FIRST_MESSAGES


def _service_unknown(subject: Subject) -> bool:
    ours = [ids for ids in subject.received_by if ids and ids[0] in subject.own]
    return bool(ours) and all(len(ids) > 1 and ids[-1] not in subject.own for ids in ours)


def _one_level(organisation: Organisation | None) -> bool:
    return organisation is not None and organisation.unit is None and organisation.professional is None


def _odd_her_id(ident: Ident) -> bool:
    if ident.kind is None or ident.kind.value != "HER":
        return False
    return ident.kind.system not in HER_SYSTEMS or HER_ID.fullmatch(ident.id.strip()) is None


def _her_ids_are_odd(subject: Subject) -> bool:
    return _has_odd_her_id(subject.head.sender) or _has_odd_her_id(subject.head.receiver)


@once_for_each
def _has_odd_her_id(party: Party | None) -> bool:
    top = organisation_of(party)
    every = [each for each in (top, top.unit if top else None) if each]
    return any(_odd_her_id(ident) for each in every for ident in each.idents)


def _half_a_reference(subject: Subject) -> bool:
    reference = subject.head.conversation
    return reference is not None and bool(reference.parent.strip()) != bool(reference.first.strip())


def _odd_reference(subject: Subject) -> bool:
    reference = subject.head.conversation
    told = (reference.parent, reference.first) if reference else ()
    return any(each.strip() and not is_uuid(each.strip()) for each in told)


def _refers_to_nothing(subject: Subject) -> bool:
    reference = subject.head.conversation
    return reference is None or not (reference.first.strip() or reference.parent.strip())


def _follows_nothing(subject: Subject) -> bool:
    return subject.status in ("M", "C") and _refers_to_nothing(subject)


def _answers_nothing(subject: Subject) -> bool:
    is_answer = subject.kind is not None and subject.kind.is_answer
    about_readiness = any(note.topic and note.topic.value == "7" for note in subject.notes_of_dialogue)
    about_readiness = about_readiness and subject.head.type == "DIALOG_HELSEFAGLIG"
    return (is_answer or about_readiness) and _refers_to_nothing(subject)


def _status_not_allowed(subject: Subject) -> bool:
    return subject.kind is not None and subject.status not in tuple(subject.kind.statuses)


def _is_test(subject: Subject) -> bool:
    status = subject.head.processing_status
    return status is not None and status.value in ("D", "T") and not subject.accept_test


ADDRESSING = (
    Rule(
        id="message-id", severity="reject", code="E10", source="HIS 80415, E10",
        nb="Meldingens MsgId er ikke en UUID. Send meldingen på nytt med en ny UUID som MsgId.",
        en="The message's MsgId is not a UUID. Send the message again with a new UUID as MsgId.",
        is_broken=lambda subject: not is_uuid(subject.head.id.strip()),
    ),
    Rule(
        id="type-unknown", severity="reject", code="T10", source="code system 8279",
        nb="Meldingstypen mottas ikke her. Se adresseregisteret for hvilke typer som mottas.",
        en="The message type is not taken here. See the address register for those that are.",
        is_broken=_is_unknown,
    ),
    Rule(
        id="type-against-content", severity="reject", code="T99", source="HIS 1149 and the other PLO profiles",
        nb="Meldingstypen i hodet og meldingens innhold er ikke det samme. Send meldingen med riktig type.",
        en="The message type in the head and the content differ. Send the message with the right type.",
        is_broken=_holds_another,
    ),
    Rule(
        id="content-missing", severity="reject", code="T02", source="HIS 80601, Document",
        nb="Meldingen har ikke noe innhold i XML. Det første dokumentet skal være selve meldingen.",
        en="The message has no content in XML. The first document must be the message itself.",
        is_broken=lambda subject: subject.payload is None,
    ),
    Rule(
        id="version-of-head", severity="warn", code="T10", source="HIS 80601, MIGversion",
        nb=f"MIGversion er en annen enn {MIG_VERSION}. Hodemelding 1.2 ble forutsatt.",
        en=f"MIGversion is not {MIG_VERSION}. MsgHead 1.2 was assumed.",
        is_broken=lambda subject: subject.head.mig_version.strip() != MIG_VERSION,
    ),
    Rule(
        id="generated-unreadable", severity="reject", code="T99", source="HIS 80601, GenDate",
        nb="GenDate mangler eller er ikke et tidspunkt. Skriv det som 2026-11-16T09:30:00+01:00.",
        en="GenDate is missing or is no time. Write it as 2026-11-16T09:30:00+01:00.",
        is_broken=_generated_badly,
    ),
    Rule(
        id="generated-long-ago", severity="warn", code="X99", source="own rule",
        nb="GenDate er før år 2000. Kontroller klokken i systemet som sender.",
        en="GenDate is before the year 2000. Check the clock of the sending system.",
        is_broken=_generated_long_ago,
    ),
    Rule(
        id="receiver-empty", severity="reject", code="E21", source="HIS 1153-2, AD2.2",
        nb="Mottakeren har ingen HER-id. Adresser meldingen til virksomhet og tjeneste, begge med HER-id.",
        en="The receiver has no HER-id. Address the message to organisation and service, both with HER-ids.",
        is_broken=lambda subject: not subject.receiver_ids,
    ),
    Rule(
        id="service-unknown", severity="reject", code="E21", source="HIS 80415, E21",
        nb="Tjenesten som meldingen er adressert til, finnes ikke her. Se adresseregisteret for riktig HER-id.",
        en="The service that the message is addressed to is not here. See the address register for the right HER-id.",
        is_broken=_service_unknown,
    ),
    Rule(
        id="receiver-one-level", severity="warn", code="X99", source="HIS 1153-2, AD2.2",
        nb="Mottakeren er adressert med ett nivå. Det skal være to: virksomhet og tjeneste.",
        en="The receiver is addressed on one level. There should be two: organisation and service.",
        is_broken=lambda subject: _one_level(organisation_of(subject.head.receiver)),
    ),
    Rule(
        id="sender-one-level", severity="warn", code="X99", source="HIS 1153-2, AD2.2",
        nb="Avsenderen er oppgitt med ett nivå. Det skal være to: virksomhet og tjeneste.",
        en="The sender is given on one level. There should be two: organisation and service.",
        is_broken=lambda subject: _one_level(organisation_of(subject.head.sender)),
    ),
    Rule(
        id="her-id-odd", severity="warn", code="X99", source="code system 9051",
        nb="En HER-id er ikke et tall, eller er oppgitt under feil kodeverk. Det skal være 9051.",
        en="A HER-id is not a number, or is given under the wrong code system. It should be 9051.",
        is_broken=_her_ids_are_odd,
    ),
    Rule(
        id="reference-half", severity="warn", code="X99", source="HITS 1218",
        nb="ConversationRef har bare én av to referanser. RefToParent og RefToConversation skal begge være med.",
        en="ConversationRef has one of two references only. RefToParent and RefToConversation must both be there.",
        is_broken=_half_a_reference,
    ),
    Rule(
        id="reference-odd", severity="warn", code="X99", source="HITS 1218",
        nb="ConversationRef viser til noe som ikke er en UUID. Det skal være MsgId for en tidligere melding.",
        en="ConversationRef refers to what is not a UUID. It should be the MsgId of an earlier message.",
        is_broken=_odd_reference,
    ),
    Rule(
        id="change-without-reference", severity="reject", code="X99", source="HISD 1154",
        nb="Meldingen endrer eller kansellerer en annen, men sier ikke hvilken. ConversationRef skal være med.",
        en="The message changes or cancels another one, but does not say which. ConversationRef must be there.",
        is_broken=_follows_nothing,
    ),
    Rule(
        id="answer-without-reference", severity="warn", code="X99", source="HIS 1077, HISD 80903, HIS 1151",
        nb="Meldingen er et svar, men sier ikke på hva. ConversationRef skal være med.",
        en="The message is an answer, but does not say to what. ConversationRef should be there.",
        is_broken=_answers_nothing,
    ),
    Rule(
        id="status-missing", severity="warn", code="X99", source="HIS 80704, Forsendelsesstatus",
        nb="Forsendelsesstatus mangler. Meldingen ble tatt som ny.",
        en="Forsendelsesstatus is missing. The message was taken as a new one.",
        is_broken=lambda subject: subject.care is not None and not subject.care.status,
    ),
    Rule(
        id="status-not-allowed", severity="warn", code="X99", source="code system 7309 and the PLO profiles",
        nb="Forsendelsesstatus er ikke en av dem som meldingstypen kan ha.",
        en="Forsendelsesstatus is not one that the message type may have.",
        is_broken=_status_not_allowed,
    ),
    Rule(
        id="test-message", severity="reject", code="X99", source="code system 8213",
        nb="Meldingen er merket som testmelding, og det er ikke avtalt med avsenderen.",
        en="The message is marked as a test, which is not agreed with its sender.",
        is_broken=_is_test,
    ),
)  # fmt: skip
