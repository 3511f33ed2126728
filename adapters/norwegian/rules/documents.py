"""Rules for documents and dialogues: attachments, character sets, topics, questions."""

from __future__ import annotations

import re

from adapters.norwegian.components import ContactUnit
from adapters.norwegian.dialogue import Note
from adapters.norwegian.head import Document
from adapters.norwegian.rules.rule import Rule, Subject
from adapters.norwegian.rules.types import SYSTEM
from adapters.norwegian.values import Attachment

MIME_TYPES = frozenset({"application/pdf", "image/jpeg", "image/jpg", "image/png", "image/tiff", "text/plain"})
REQUESTS = tuple(f"{SYSTEM}{number}" for number in ("9152", "9153", "9154"))
LATIN_TWICE = b"\xc3\x83\xc2"
RARE_BYTE = LATIN_TWICE[1:2]
"""A single byte is found, or not, in a fraction of the time; no letter of Norwegian has this one."""
MOJIBAKE = re.compile(LATIN_TWICE + b"[\xa6\xb8\xa5\x86\x98\x85]")
"""The letters of Norwegian read as ISO-8859-1 when they were UTF-8, and written as UTF-8 again."""

TWICE_READ = re.compile("\u00c3[\u00a6\u00b8\u00a5\u0086\u0098\u0085]")
ANSWER, CLINICAL = "5", "6"
CONTACT_AT_RECEIVER = "24"


def _unreadable(document: Document) -> bool:
    try:
        return document.attachment is not None and not document.attachment.content()
    except ValueError:
        return True


def _mime_type(document: Document) -> str:
    return document.reference.mime_type.strip().lower() if document.reference else ""


def _is_garbled(subject: Subject) -> bool:
    """Declared ISO-8859-1, the bytes of one letter are read as two."""
    twice = RARE_BYTE in subject.raw and LATIN_TWICE in subject.raw and MOJIBAKE.search(subject.raw) is not None
    return twice or TWICE_READ.search("\n".join(_names(subject))) is not None


def _names(subject: Subject) -> list[str]:
    person = subject.patient
    told = [person.family_name, person.given_name] if person else []
    told += [unit.organisation.name for unit in _units(subject) if unit.organisation]
    for event in subject.events:
        told += (event.description, event.remark, event.code.name if event.code else "")
    return told + [note.body.xml for note in subject.notes_of_dialogue if note.body]


def _units(subject: Subject) -> tuple[ContactUnit, ...]:
    return subject.care.contact_units if subject.care else ()


def _several(subject: Subject) -> bool:
    contents = [each for document in subject.message.documents if document.reference
                for each in document.reference.content if not isinstance(each, Attachment)]  # fmt: skip
    return len(contents) > 1 and subject.head.type != "EPJ-EKSTRAKT"


def _topic(note: Note) -> str:
    return note.topic.value if note.topic else ""


def _of_other_list(subject: Subject) -> bool:
    lists = tuple(f"{SYSTEM}{number}" for number in subject.kind.topics) if subject.kind else ()
    told = [note.topic.system for note in subject.notes_of_dialogue if note.topic and note.topic.system]
    return bool(lists) and any(system not in lists for system in told)


def _request_of_other_list(subject: Subject) -> bool:
    told = [request.kind.system for request in subject.requests if request.kind and request.kind.system]
    return any(system not in REQUESTS for system in told)


def _nothing_asked(subject: Subject) -> bool:
    asked = [request for request in subject.requests if request.question and request.question.xml.strip()]
    unsaid = [request for request in subject.requests if request.kind and request.kind.value == "99"]
    return any(request not in asked for request in unsaid)


def _question_lost(subject: Subject) -> bool:
    is_old_answer = subject.head.type == "DIALOG_SVAR" and subject.message.version == "1.0"
    return is_old_answer and any(note.request is None for note in subject.notes_of_dialogue)


def _textless(subject: Subject) -> bool:
    return any(not (note.body and note.body.xml.strip()) for note in subject.notes_of_dialogue)


def _contactless(subject: Subject) -> bool:
    if subject.head.type != "DIALOG_HELSEFAGLIG" or subject.head.conversation is not None:
        return False
    opening = [note for note in subject.notes_of_dialogue if _topic(note) == CLINICAL]
    kinds = [{role.kind.value for role in note.roles if role.kind} for note in opening]
    return any(CONTACT_AT_RECEIVER not in kind for kind in kinds)


DOCUMENTS = (
    Rule(
        id="attachment-unreadable", severity="reject", code="T99", source="HIS 80601, Base64Container",
        nb="Et vedlegg kan ikke leses: det er tomt eller ikke gyldig base64.",
        en="An attachment cannot be read: it is empty or not valid base64.",
        of="attachments", is_broken=lambda subject: any(_unreadable(each) for each in subject.attachments),
    ),
    Rule(
        id="attachment-type", severity="reject", code="X99", source="HIS 80415; HIS 1036",
        nb="Et vedlegg er av en type som ikke mottas. PDF, JPEG, PNG, TIFF og ren tekst mottas.",
        en="An attachment is of a type that is not taken. PDF, JPEG, PNG, TIFF and plain text are.",
        of="attachments",
        is_broken=lambda subject: any(_mime_type(each) not in MIME_TYPES for each in subject.attachments),
    ),
    Rule(
        id="several-contents", severity="warn", code="X99", source="HIS 80601, Document",
        nb="Meldingen har mer enn ett innhold i XML. Bare det første ble brukt.",
        en="The message has more than one content in XML. The first only was used.",
        is_broken=_several,
    ),
    Rule(
        id="schema", severity="warn", code="T02", source="the official schemas, where PATHWAY_SCHEMA_DIR has them",
        nb="Meldingen følger ikke det offisielle skjemaet (XSD) for sin type og versjon.",
        en="The message does not follow the official schema (XSD) of its type and version.",
        of="faults", is_broken=lambda subject: bool(subject.faults),
    ),
    Rule(
        id="letters-garbled", severity="warn", code="X99", source="own rule",
        nb="Norske bokstaver er ødelagt: teksten er skrevet i UTF-8, men oppgitt eller lest som ISO-8859-1.",
        en="Norwegian letters are garbled: the text is written in UTF-8, but declared or read as ISO-8859-1.",
        is_broken=_is_garbled,
    ),
    Rule(
        id="topic-missing", severity="warn", code="X99", source="HIS 1077, HISD 80903, HIS 1151",
        nb="Notatet har ikke noe tema. TemaKodet skal være med.",
        en="The note has no topic. TemaKodet should be there.",
        of="notes_of_dialogue", is_broken=lambda subject: any(not _topic(note) for note in subject.notes_of_dialogue),
    ),
    Rule(
        id="topic-of-other-list", severity="warn", code="X99", source="code systems 9069, 8117 and 7322",
        nb="Temaet er fra et annet kodeverk enn det som gjelder for meldingstypen.",
        en="The topic is of another code system than that of the message type.",
        of="notes_of_dialogue", is_broken=_of_other_list,
    ),
    Rule(
        id="note-without-text", severity="warn", code="X99", source="HIS 1077",
        nb="Notatet har ingen tekst.",
        en="The note has no text.",
        of="notes_of_dialogue", is_broken=_textless,
    ),
    Rule(
        id="contact-missing", severity="warn", code="X99", source="HIS 1077, role 24",
        nb="Den første henvendelsen sier ikke hvem hos mottakeren den er til.",
        en="The first enquiry does not say whom at the receiver it is for.",
        of="notes_of_dialogue", is_broken=_contactless,
    ),
    Rule(
        id="question-lost", severity="warn", code="X99", source="HISD 80903",
        nb="Svaret gjentar ikke spørsmålet, som det skal i dialogmelding 1.0.",
        en="The answer does not repeat the question, as it must in dialogue message 1.0.",
        of="notes_of_dialogue", is_broken=_question_lost,
    ),
    Rule(
        id="request-kind-missing", severity="warn", code="X99", source="HIS 1152",
        nb="Forespørselen sier ikke hva den gjelder. TypeForesp skal være med.",
        en="The request does not say what it is for. TypeForesp should be there.",
        of="requests", is_broken=lambda subject: any(not (each.kind and each.kind.value) for each in subject.requests),
    ),
    Rule(
        id="request-of-other-list", severity="warn", code="X99", source="code systems 9152, 9153 and 9154",
        nb="Typen forespørsel er fra et annet kodeverk enn 9152, 9153 og 9154.",
        en="The kind of request is of another code system than 9152, 9153 and 9154.",
        of="requests", is_broken=_request_of_other_list,
    ),
    Rule(
        id="request-without-text", severity="warn", code="X99", source="HIS 1152",
        nb="Forespørselen er av typen «annet», men sier ikke hva den gjelder.",
        en="The request is of the kind \"other\", but does not say what it is about.",
        of="requests", is_broken=_nothing_asked,
    ),
)  # fmt: skip
