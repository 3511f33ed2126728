"""Dialogue messages from what a pathway says: the answer about a ready patient, requests, answers, faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adapters.norwegian import codes
from adapters.norwegian.codes import CodeSystem
from adapters.norwegian.dialogue import Dialogue, Note, RelatedUnit, Request, Role
from adapters.norwegian.outgoing import Told, contact, require_content
from adapters.norwegian.values import RichText

SENTENCES: Mapping[str, str] = {
    "now": "Kommunen kan ta imot pasienten nå.",
    "from_date": "Kommunen kan ta imot pasienten fra {day}.",
    "cannot": "Kommunen kan ikke ta imot pasienten. Når tilbudet er klart, er ikke kjent.",
    "cannot_until": "Kommunen kan ikke ta imot pasienten nå. Tilbudet er ventet klart {day}.",
}
"""What the municipality answers, in fixed words: the message itself is free text (HISD 80806 §9.4)."""
CONTACT_AT_RECEIVER = "24"


def dialogue_of(told: Told, asked: Request | None, *, from_hospital: bool) -> Dialogue:
    """Return the dialogue. *asked* is the request that is answered. Raises ContentLacks or KeyError."""
    require_content(told)
    if told.message == "DIALOG_FORESPORSEL":
        return Dialogue(requests=(_request(told, from_hospital=from_hospital),))
    topic, subject, said = NOTES[told.message](told)
    note = Note(
        topic=topic[0].coded(topic[1]), subject=subject, body=RichText.of(said),
        request=asked if told.message == "DIALOG_SVAR" and told.version == "1.0" else None, roles=_roles(told),
    )  # fmt: skip
    return Dialogue(notes=(note,))


def answer_sentence(told: Told) -> str:
    """The fixed sentence for what the municipality answers, with the offer and whom to phone."""
    answer, day = told.text("can_receive"), told.day("offer_ready_on")
    key = "cannot" if answer == "from_date" and not day else answer
    key = "cannot_until" if key == "cannot" and day else key
    on = f"{day.day():%d.%m.%Y}" if day else ""
    lines = [SENTENCES.get(key, SENTENCES["cannot"]).format(day=on)]
    lines += [f"Tilbud: {told.text('offer')}."] if told.text("offer") else []
    lines += [f"Kontakt: {told.text('contact')}"] if told.text("contact") else []
    return "\n".join(lines)


def _request(told: Told, *, from_hospital: bool) -> Request:
    system = codes.REQUEST_FROM_HOSPITAL if from_hospital else codes.REQUEST_FROM_PLO
    return Request(kind=system.coded("99"), question=RichText.of(_with_contact(told, "question")))


def _with_contact(told: Told, slot: str) -> str:
    phone = told.text("contact")
    return f"{told.text(slot)}\nKontakt: {phone}" if phone else told.text(slot)


def _roles(told: Told) -> tuple[Role, ...]:
    """The unit that is asked, which version 1.0 has no place for."""
    return (Role(unit=RelatedUnit(organisation=contact(told))),) if told.version == "1.1" else ()


Topic = tuple[CodeSystem, str]
Said = tuple[Topic, str, str]


def _answer(told: Told) -> Said:
    topic = (codes.CLINICAL_DIALOGUE, "7")
    return topic, codes.CLINICAL_DIALOGUE.names["7"][0], answer_sentence(told)


def _about_patient(told: Told) -> Said:
    return (codes.CLINICAL_DIALOGUE, "6"), told.text("subject"), _with_contact(told, "text")


def _reply(told: Told) -> Said:
    return (codes.ANSWER, "5"), "Svar på forespørsel", _with_contact(told, "text")


def _fault(told: Told) -> Said:
    return (codes.DEVIATION, "9"), "Feil i mottatt melding", _with_contact(told, "text")


NOTES: Mapping[str, Callable[[Told], Said]] = {
    "DIALOG_HELSEFAGLIG/7": _answer,
    "DIALOG_HELSEFAGLIG/6": _about_patient,
    "DIALOG_SVAR": _reply,
    "DIALOG_AVVIK": _fault,
}
"""What a note says: its topic, its subject and its text."""
