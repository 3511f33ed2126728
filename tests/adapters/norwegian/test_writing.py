"""What a standard cannot carry is not written, and what is written is always the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.norwegian import codes
from adapters.norwegian.components import ContactUnit, NextOfKin
from adapters.norwegian.dialogue import Dialogue, Note, Request
from adapters.norwegian.head import Party
from adapters.norwegian.logistics import Logistics
from adapters.norwegian.messages import CannotWrite, Message, message_of, read_message, with_attachment, write_message
from adapters.norwegian.people import Person
from adapters.norwegian.values import Attachment, Code, Moment, Opaque, RichText
from tests.adapters.norwegian.specimens import HOSPITAL, admitted_message, head, ready_message


def with_payload(version: str = "1.6", **more: object) -> Message:
    message = admitted_message(version)
    assert isinstance(message.payload, Logistics)
    return message_of(message.head, replace(message.payload, **more), version)  # type: ignore[arg-type]


def dialogue(version: str, **more: object) -> Message:
    request = replace(Request(kind=codes.REQUEST_FROM_PLO.coded("99")), **more)  # type: ignore[arg-type]
    return message_of(head("DIALOG_FORESPORSEL"), Dialogue(requests=(request,)), version)


BOLD = RichText('<b xmlns="http://www.w3.org/1999/xhtml">nå</b>')
CHILD = NextOfKin(person=Person(given_name="Ida"), child_born=Moment("2015"))
REFUSED = {
    "a field that the version does not have": with_payload("1.5", next_of_kin=(CHILD,)),
    "nothing where something must be": with_payload(dispatch=None),
    "two forms where there is one": with_payload(discharged=ready_message().payload.ready),  # type: ignore[attr-defined]
    "no form at all": with_payload(admitted=None),
    "a text with a control character": with_payload(next_of_kin=(replace(CHILD, remark="\x00"),)),
    "half a character": with_payload(next_of_kin=(replace(CHILD, remark="\ud800"),)),
    "a code system that is no OID": with_payload(next_of_kin=(replace(CHILD, kinship=Code("1", system="x")),)),
    "a code system that is a very long number and then not": with_payload(
        next_of_kin=(replace(CHILD, kinship=Code("1", system="1" * 100_000 + "x")),)
    ),
    "a day that is none": with_payload(next_of_kin=(replace(CHILD, person=Person(birth_date=Moment("2026-02-30"))),)),
    "a day that is not written so": replace(
        admitted_message(), head=replace(admitted_message().head, patient=Person(birth_date=Moment("1991-12-4")))
    ),
    "a version that there is none of": with_payload("2.0"),
    "mark-up before it was allowed": dialogue("1.0", question=BOLD),
    "two kinds where one was allowed": dialogue("1.0", record_kinds=(Code("1"), Code("2"))),
    "mark-up that is not XML": dialogue("1.1", question=RichText("<b>")),
    "content that is not XML": message_of(head("EPJ-EKSTRAKT"), Opaque("Node", "n", "<Node>"), ""),
    "content that brings a document type": message_of(head("EPJ-EKSTRAKT"), Opaque("a", "", "<!DOCTYPE a><a/>"), ""),
    "an attachment that is not base64": message_of(head("DIALOG_NOTAT"), Attachment("%%%"), "1.0"),
}


@pytest.mark.parametrize("message", REFUSED.values(), ids=REFUSED.keys())
def test_what_the_standard_cannot_carry_is_not_written(message: Message) -> None:
    with pytest.raises(CannotWrite, match=r"\.$"):
        write_message(message)


@pytest.mark.parametrize("text", ["<&>'\"", "]]>", "to\nlinjer", "med\r\nretur", "\ttabulator ", "&amp;"])
def test_whatever_stands_in_a_text_is_carried(text: str) -> None:
    message = with_payload(next_of_kin=(replace(CHILD, remark=text, kinship=Code("1", text)),))
    assert read_message(write_message(message)) == message


def test_an_organisation_has_another_order_in_a_payload() -> None:
    unit = replace(HOSPITAL.organisation, kind=Code("101", "Sykehus"), unit=None)  # type: ignore[type-var]
    message = with_payload(contact_units=(ContactUnit(unit),))
    message = replace(message, head=replace(message.head, sender=Party(organisation=unit)))
    raw = write_message(message)
    assert b"<OrganisationName>Fjordsykehuset</OrganisationName><TypeOrganisation" in raw
    assert b'DN="Sykehus"/><fk1:OrganisationName>Fjordsykehuset</fk1:OrganisationName>' in raw


def test_mark_up_is_carried_where_it_may_be() -> None:
    message = dialogue("1.1", question=BOLD)
    assert read_message(write_message(message)) == message


def test_an_element_without_a_namespace_keeps_none() -> None:
    body = RichText('Se <p xmlns="">her</p>')
    note = Dialogue(notes=(Note(topic=codes.CLINICAL_DIALOGUE.coded("6"), body=body),))
    message = message_of(head("DIALOG_HELSEFAGLIG"), note, "1.1")
    assert read_message(write_message(message)) == message


def test_the_letter_with_a_ring_is_written() -> None:
    raw = write_message(dialogue("1.1", purpose=codes.ANSWER.coded("5")))
    assert "<Formål ".encode() in raw


def test_the_declared_character_set_is_the_real_one() -> None:
    raw = write_message(ready_message())
    assert raw.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<MsgHead xmlns=')
    assert "Ågot" in raw.decode("utf-8")
    assert raw == write_message(ready_message())


def test_fractions_and_zones_stand_as_they_were_given() -> None:
    given = Moment("2026-11-22T08:00:00.1234567+01:00")
    message = replace(ready_message(), head=replace(ready_message().head, generated_at=given))
    assert b"<GenDate>2026-11-22T08:00:00.1234567+01:00</GenDate>" in write_message(message)


def test_an_attachment_comes_back_as_the_bytes_it_was() -> None:
    message = with_attachment(ready_message(), b"%PDF-1.7 \x00\xff", "application/pdf", "EKG")
    document = read_message(write_message(message)).attachments[0]
    assert document.reference is not None
    assert (document.reference.mime_type, document.reference.description) == ("application/pdf", "EKG")
    found = document.attachment
    assert found is not None
    assert found.content() == b"%PDF-1.7 \x00\xff"
    with pytest.raises(ValueError, match="base64"):
        Attachment("%%%").content()
