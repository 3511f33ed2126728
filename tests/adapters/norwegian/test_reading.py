"""What other people's software writes is understood, or refused with all that its sender must know."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from adapters.norwegian.logistics import Logistics
from adapters.norwegian.messages import (
    Envelope,
    MessageRefusal,
    Read,
    read,
    read_discharge_letter,
    read_message,
    read_receipt,
    scan,
    write_message,
)
from adapters.norwegian.values import Code
from tests.adapters.norwegian.specimens import PATIENT_NUMBER, admitted_message, ready_message

WRITTEN = write_message(ready_message()).decode()


def changed(old: str, new: str) -> bytes:
    """The message with one thing written otherwise."""
    assert WRITTEN.count(old) >= 1
    return WRITTEN.replace(old, new, 1).encode()


def refused(raw: bytes) -> MessageRefusal:
    with pytest.raises(MessageRefusal) as caught:
        read(raw)
    return caught.value


def with_declared(encoding: str) -> str:
    return WRITTEN.replace('encoding="UTF-8"', f'encoding="{encoding}"')


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(with_declared("ISO-8859-1").encode("iso-8859-1"), id="latin-1"),
        pytest.param(with_declared("Windows-1252").encode("cp1252"), id="windows"),
        pytest.param(with_declared("UTF-16").encode("utf-16"), id="utf-16-with-a-mark"),
        pytest.param(with_declared("UTF-16").encode("utf-16-le"), id="utf-16-without-a-mark"),
        pytest.param(b"\xef\xbb\xbf" + WRITTEN.encode(), id="utf-8-with-a-mark"),
        pytest.param(WRITTEN.removeprefix('<?xml version="1.0" encoding="UTF-8"?>\n').encode(), id="not-declared"),
    ],
)
def test_every_usual_character_set_is_read(raw: bytes) -> None:
    assert read_message(raw) == ready_message()


def test_prefixes_say_nothing() -> None:
    odd = re.sub(r"<(/?)([A-Z]\w*)(?=[ />])", r"<\1ns4:\2", WRITTEN.split("<Pasient")[0].split("<payload")[0])
    rest = WRITTEN[len(WRITTEN.split("<payload")[0]) :]
    rest = rest[: rest.index("</Content>")] + re.sub(r"</(\w+)>", r"</ns4:\1>", rest[rest.index("</Content>") :])
    raw = (odd.replace("xmlns=", "xmlns:ns4=") + rest).encode()
    assert b"ns4:MsgInfo" in raw
    assert read_message(raw) == ready_message()


def test_the_order_of_elements_says_nothing() -> None:
    given = re.search(r"(<FamilyName>.*?</FamilyName>)(<GivenName>.*?</GivenName>)", WRITTEN)
    assert given is not None
    assert read_message(changed(given[0], given[2] + given[1])) == ready_message()


def test_swapped_references_and_a_misplaced_ack_are_read() -> None:
    conversation = (
        "<ConversationRef><RefToConversation>B</RefToConversation><RefToParent>A</RefToParent></ConversationRef>"
    )
    head = read_message(changed("</MsgInfo>", f'{conversation}<Ack V="J" DN="Ja"/></MsgInfo>')).head
    assert head.conversation is not None
    assert (head.conversation.parent, head.conversation.first) == ("A", "B")
    assert head.ack == Code("J", "Ja")


def test_a_telephone_in_the_wrong_order_is_read() -> None:
    raw = changed("</Patient>", '<TeleCom><TeleAddress V="tel:1"/><TypeTelecom V="MC"/></TeleCom></Patient>')
    patient = read_message(raw).head.patient
    assert patient is not None
    assert [(each.kind, each.address) for each in patient.telecoms] == [(Code("MC"), "tel:1")]


def test_an_odd_date_is_understood_and_noted() -> None:
    found = read(changed("<DateOfBirth>1941-03-14<", "<DateOfBirth>1941-3-14<"))
    assert found.message == ready_message()
    assert found.notes == ("DateOfBirth is not written as XML Schema writes times; it was understood.",)


def test_a_date_that_is_none_is_kept_and_noted() -> None:
    found = read(changed("<DateOfBirth>1941-03-14<", "<DateOfBirth>14. mars<"))
    assert found.message.head.patient is not None
    assert found.message.head.patient.birth_date is not None
    assert found.message.head.patient.birth_date.text == "14. mars"
    assert found.notes == ("DateOfBirth is not a date or time; it was kept as it stands.",)


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        ("<MsgId>", "<Novelty>1</Novelty><MsgId>", "Head: Novelty is unknown here and was left out."),
        ("<MsgId>", f"<N{PATIENT_NUMBER}/><MsgId>", "Head: an element is unknown here and was left out."),
        ("</MsgId>", "</MsgId><MsgId>2</MsgId>", "Head: MsgId is given more than once; the first counts."),
        ("<Anslag>false</Anslag>", "<Anslag>kanskje</Anslag>", "Anslag is neither true nor false; it was left out."),
        ("<Anslag>false</Anslag>", "", "TimedEvent: Anslag is missing."),
    ],
)
def test_what_is_odd_is_noted(old: str, new: str, note: str) -> None:
    assert note in read(changed(old, new)).notes


def test_what_is_odd_of_the_sender_is_noted_each_time() -> None:
    raw = changed("<Sender>", "<Sender><Novelty/>")
    assert [sum("Novelty" in note for note in read(raw).notes) for _ in range(2)] == [1, 1]


def test_another_sender_is_another() -> None:
    first, second = (
        read(WRITTEN.encode()).message.head,
        read(changed("<OrganisationName>", "<OrganisationName>X ")).message.head,
    )
    assert first.sender is not None and first.sender.organisation is not None
    assert second.sender is not None and second.sender.organisation is not None
    assert second.sender.organisation.name == f"X {first.sender.organisation.name}"


def test_an_unknown_code_is_kept_as_it_is() -> None:
    code = '<Hendelsekode V="77" DN="Noe nytt" S="1.2.3" OT="lokalt"/>'
    raw = re.sub("<Hendelsekode [^>]*>", code, WRITTEN).encode()
    message = read_message(raw)
    assert isinstance(message.payload, Logistics)
    assert {each.code for each in message.payload.events} == {Code("77", "Noe nytt", "1.2.3", "lokalt")}
    assert code.encode() in write_message(message)


def test_neither_comment_nor_instruction_splits_a_value() -> None:
    half = PATIENT_NUMBER[:5]
    raw = changed(PATIENT_NUMBER, f"{half}<!-- x --><?pi y?><![CDATA[{PATIENT_NUMBER[5:]}]]>")
    assert read_message(raw) == ready_message()


@pytest.mark.parametrize(
    "between", [pytest.param("<!-- x -->", id="comment"), pytest.param("<?x y?>", id="instruction")]
)
def test_what_stands_between_elements_says_nothing(between: str) -> None:
    assert read(changed("<MsgId>", f"{between}<MsgId>")) == Read(ready_message())


def test_a_wrapped_message_is_unwrapped() -> None:
    inner = WRITTEN.removeprefix('<?xml version="1.0" encoding="UTF-8"?>\n')
    raw = f'<EI_fellesformat xmlns="http://example.invalid/"><Blokk/>{inner}</EI_fellesformat>'.encode()
    assert read_message(raw) == ready_message()
    assert scan(raw) == scan(WRITTEN.encode())


def test_both_versions_are_read_as_what_they_are() -> None:
    assert read_message(write_message(admitted_message("1.5"))).version == "1.5"
    assert b"po/Pasientlogistikk/2009-06-30" in write_message(admitted_message("1.5"))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        pytest.param(changed("po/Pasientlogistikk/2012-04-01", "po/Pasientlogistikk/2007-10-16"), "T10", id="older"),
        pytest.param(
            WRITTEN.replace("http://www.kith.no/xmlstds/po/", "http://ehelse.no/xmlstds/po/").encode(), "T10", id="v2.0"
        ),
        pytest.param(changed("<payload:Pasientlogistikk", "<Bestilling/><payload:Pasientlogistikk"), "T10", id="other"),
        pytest.param(WRITTEN[:-30].encode(), "T01", id="cut-off"),
        pytest.param(
            changed("<Ack", "<Ack") if "<Ack" in WRITTEN else changed("</MsgInfo>", "&nbsp;</MsgInfo>"), "T01"
        ),
    ],
)
def test_a_refusal_carries_the_envelope(raw: bytes, code: str) -> None:
    refusal = refused(raw)
    head = ready_message().head
    assert refusal.code == code
    assert (refusal.envelope.id, refusal.envelope.type) == (head.id, "LOG_UTSKRIVNINGSKLAR")
    assert refusal.envelope.generated_at == head.generated_at
    assert (refusal.envelope.sender, refusal.envelope.receiver) == (head.sender, head.receiver)
    assert refusal.envelope.her_ids == ("900010", "900011")


@pytest.mark.parametrize("reader", [read, read_receipt, read_discharge_letter])
def test_what_is_no_message_is_refused(reader: Callable[[bytes], object]) -> None:
    with pytest.raises(MessageRefusal, match="not"):
        reader(b"<Noe/>")


def test_the_scan_tells_what_kind_it_is() -> None:
    found = scan(WRITTEN.encode())
    assert (found.root, found.payload) == ("MsgHead", "Pasientlogistikk")
    assert found.payload_namespace.endswith("po/Pasientlogistikk/2012-04-01")


@pytest.mark.parametrize("raw", [b"", b"\x00", b"MSH|^~\\&|", b"<!DOCTYPE a><a/>", b"<MsgHead>&x;<MsgInfo>&y;"])
def test_the_scan_never_raises(raw: bytes) -> None:
    assert scan(raw) in (Envelope(), Envelope(root="MsgHead"))


def test_no_identity_number_shows_itself() -> None:
    found: Read = read(WRITTEN.encode())
    assert PATIENT_NUMBER not in repr(found)
    assert PATIENT_NUMBER in WRITTEN


def test_a_discharge_letter_is_read_to_its_head() -> None:
    raw = """<Message xmlns="http://www.kith.no/xmlstds/epikrise/2012-02-15"><Type V="EPIKRISE"/>
      <MIGversion>v1.2</MIGversion><GenDate V="2026-11-22T12:00:00"/><MsgId>L-1</MsgId>
      <ServRprt><ServType V="N"/><IssueDate V="2026-11-22"/><Status V="F"/><MsgDescr>DIS</MsgDescr>
      <Patient><Name>Ågot Strand</Name><OffId>00000000000</OffId><TypeOffId V="FNR"/></Patient>
      <ServProvider><HCP><Inst><Name>Fjordsykehuset</Name><Id>900010</Id><TypeId V="HER"/>
      <Dept><Name>Sengepost</Name><Id>900011</Id><TypeId V="HER"/></Dept></Inst></HCP></ServProvider>
      <Requester><HCP><Inst/></HCP></Requester></ServRprt></Message>""".encode()
    letter = read_discharge_letter(raw)
    assert letter.id == "L-1"
    assert letter.report is not None
    assert letter.report.patient is not None
    assert letter.report.patient.name == "Ågot Strand"
    assert "00000000000" not in repr(letter)
    found = scan(raw)
    assert (found.type, found.id, found.her_ids) == ("EPIKRISE", "L-1", ("900010", "900011"))
