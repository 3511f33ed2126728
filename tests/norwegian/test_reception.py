"""The points of the official reception test for PLO messages, each with a message of our own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from adapters.norwegian.apprec import AppRec
from adapters.norwegian.head import Party
from adapters.norwegian.messages import Message, read_receipt
from adapters.norwegian.people import Organisation, Person
from adapters.norwegian.values import Moment
from pathway_engine.domain.identifiers import make_synthetic
from tests.adapters.norwegian import letters
from tests.adapters.norwegian.letters import admitted, copied_to, follows, number, organisation, raw, uuid, with_patient
from tests.norwegian.town import Town, receipts, said, town_directory

OK = [(letters.HOME_CARE, "1", ())]


def rejected(*codes: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(letters.HOME_CARE, "2", codes)]


def edited(pattern: str, to: str, message: bytes | None = None) -> bytes:
    """A message whose bytes were changed, as no record can be written."""
    before = message or raw(admitted())
    after = re.sub(pattern.encode(), to.encode(), before, count=1, flags=re.DOTALL)
    assert after != before
    return after


@dataclass(frozen=True)
class Point:
    """What is received, where it ends, and what is answered."""

    message: Callable[[], bytes]
    ends: str = "applied"
    answer: tuple[tuple[str, str, tuple[str, ...]], ...] = tuple(OK)


def of(**patient: object) -> Callable[[], bytes]:
    return lambda: raw(with_patient(admitted(), **patient))


def to(receiver: Organisation) -> Callable[[], bytes]:
    return lambda: raw(admitted(receiver=Party(organisation=receiver)))


LATIN = "Fjærå"
POINTS = {
    "1-not-well-formed": Point(lambda: edited("</MsgHead>", ""), "rejected", tuple(rejected("T01"))),
    "2-an-element-does-not-end": Point(lambda: edited("</Patient>", ""), "rejected", tuple(rejected("T01"))),
    "3-a-whole-message": Point(lambda: raw(admitted())),
    "4-a-byte-order-mark": Point(lambda: b"\xef\xbb\xbf" + raw(admitted())),
    "5-iso-8859-1": Point(
        lambda: edited("UTF-8", "ISO-8859-1", raw(with_patient(admitted(), family_name=LATIN)).decode()
                       .encode("latin-1"))
    ),
    "6-utf-16": Point(lambda: edited("UTF-8", "UTF-16").decode().encode("utf-16")),
    "7-any-prefix": Point(
        lambda: edited('xmlns="http://www.kith.no/xmlstds/msghead', 'xmlns:x="http://www.kith.no/xmlstds/msghead',
                       re.sub(rb"<(/?)(MsgHead|MsgInfo|Type|MIGversion|GenDate|MsgId|Sender|Receiver|Patient|Document)"
                              rb"(?=[ />])", rb"<\1x:\2", raw(admitted())))
    ),
    "8-comments-inside": Point(lambda: edited("<MsgId>", "<!-- a --><MsgId>")),
    "9-a-comment-splits-the-number": Point(lambda: edited(letters.FNR, f"{letters.FNR[:5]}<!-- -->{letters.FNR[5:]}")),
    "10-wrapped": Point(
        lambda: b"<EI_fellesformat>" + raw(admitted()).partition(b"?>\n")[2] + b"</EI_fellesformat>"
    ),
    "11a-no-name-and-no-number": Point(
        lambda: raw(admitted(patient=Person())), "rejected", tuple(rejected("E36"))
    ),
    "11b-h-number-birth-date-and-sex": Point(of(idents=(number("H-77", "HNR"),))),
    "11c-name-birth-date-and-sex": Point(of(idents=()), "unplaced"),
    "12-a-patient-nobody-knows": Point(lambda: raw(admitted())),
    "13a-no-sender": Point(lambda: edited("<Sender>.*</Sender>", ""), "dead", ()),
    "13b-no-organisation": Point(lambda: edited("<Sender>.*</Sender>", "<Sender/>"), "dead", ()),
    "14a-an-empty-number": Point(
        of(idents=(number(""),), sex=None), "rejected", tuple(rejected("E36"))
    ),
    "14b-a-nonsense-number": Point(of(idents=(number("g18"),), sex=None), "rejected", tuple(rejected("E36"))),
    "15a-gendate-unreadable": Point(
        lambda: edited("<GenDate>[^<]*", "<GenDate>16. november"), "rejected", tuple(rejected("T99"))
    ),
    "15b-no-content": Point(lambda: edited("<Content>.*</Content>", "<Content/>"), "rejected", tuple(rejected("T02"))),
    "16a-h-number-and-birth-date": Point(
        of(idents=(number("H-77", "HNR"),), sex=None), "rejected", tuple(rejected("E36"))
    ),
    "16b-h-number-alone": Point(
        of(idents=(number("H-77", "HNR"),), sex=None, birth_date=None), "rejected", tuple(rejected("E36"))
    ),
    "16c-d-number": Point(of(idents=(number("57912075186", "DNR"),))),
    "16d-two-numbers": Point(of(idents=(number(), number("H-77", "HNR")))),
    "18-service-nobody-knows": Point(
        to(organisation("Fjordby kommune", letters.TOWN, "Ukjent", "999")), "rejected", (("999", "2", ("E21",)),)
    ),
    "18-another-organisation": Point(to(organisation("Vik kommune", "70000", "Sykepleie", "70001")), "dead", ()),
    "v20-of-the-standard": Point(
        lambda: edited("http://www.kith.no/xmlstds/po/Pasientlogistikk/2012-04-01",
                       "http://ehelse.no/xmlstds/po/Pasientlogistikk/2020-01-01"),
        "rejected", tuple(rejected("T10")),
    ),
    "no-uuid": Point(lambda: raw(admitted(id="59-0001")), "rejected", tuple(rejected("E10"))),
    "several-things-wrong": Point(
        lambda: raw(admitted(id="59-0001", patient=Person())), "rejected", tuple(rejected("E10", "E36"))
    ),
}  # fmt: skip


@pytest.mark.parametrize("point", sorted(POINTS))
def test_a_point_of_the_reception_test(town: Town, point: str) -> None:
    """Mutants: no receipt; a receipt to whom it does not concern; a message without an end."""
    wanted = POINTS[point]
    received = town.receive(wanted.message())
    assert (received.disposition, said(received)) == (wanted.ends, list(wanted.answer))


def test_a_doctype_is_answered_by_nobody_and_seen_by_somebody(town: Town) -> None:
    received = town.receive(edited("<MsgHead", "<!DOCTYPE MsgHead><MsgHead"))
    assert (received.disposition, received.answer) == ("dead", None)
    assert town.notices() == {("DEAD_LETTER", str(received.inbox_id))}


def test_17_another_number_than_is_registered_is_another_patient(town: Town) -> None:
    town.receive(admitted())
    other = make_synthetic(letters.BORN, 1)
    town.receive(with_patient(admitted(id=uuid(2)), idents=(number(other),)))
    assert town.names("patient-1") == town.names("patient-2") == ["admitted"]


@pytest.mark.parametrize("filler", ["g18", "00000000000", "11111111111"])
def test_14_a_filler_for_a_number_joins_nobody(town: Town, filler: str) -> None:
    """Mutant: all whose number is not known are one patient."""
    received = town.receive(with_patient(admitted(), idents=(number(filler),)))
    assert (received.disposition, said(received)) == ("unplaced", OK)
    assert town.notices() == {("UNMATCHED", str(received.inbox_id))}


def test_14_a_number_with_a_wrong_check_digit_is_taken(town: Town) -> None:
    wrong = letters.FNR[:-1] + str((int(letters.FNR[-1]) + 1) % 10)
    received = town.receive(with_patient(admitted(), idents=(number(wrong),)))
    assert (received.disposition, said(received)) == ("applied", OK)


def test_12_a_patient_without_a_number_is_left_to_a_person(town: Town) -> None:
    """Mutant: matched by name and birth date, which are those of somebody else too."""
    town.receive(admitted())
    received = town.receive(with_patient(discharged_(), idents=()))
    assert (received.disposition, said(received)) == ("unplaced", OK)
    assert "person must find out who it is" in received.reason
    assert town.notices() == {("UNMATCHED", str(received.inbox_id))}
    assert town.names() == ["admitted"]


def discharged_() -> Message:
    return letters.discharged(id=uuid(3))


def test_16_a_local_number_is_enough_where_that_is_agreed(sqlite_url: str) -> None:
    town = Town(sqlite_url, town_directory(patient_local_only="warn"))
    received = town.receive(with_patient(admitted(), idents=(number("H-77", "HNR"),), sex=None))
    assert (received.disposition, said(received)) == ("applied", OK)
    town.close()


def test_18_an_unknown_service_goes_to_the_organisation_where_that_is_agreed(sqlite_url: str) -> None:
    town = Town(sqlite_url, town_directory(service_unknown="off"))
    received = town.receive(admitted(receiver=Party(organisation=organisation("F", letters.TOWN, "U", "999"))))
    assert (received.disposition, said(received)) == ("applied", [("999", "1", ())])
    town.close()


def test_19_a_copy_is_receipted_as_a_copy_and_by_each_who_is_here(town: Town) -> None:
    """Mutant: one receipt, from the first."""
    elsewhere = copied_to(organisation("Vik kommune", "70000", "Sykepleie", "70001"))
    received = town.receive(admitted(other_receivers=(copied_to(letters.OFFICES), elsewhere)))
    assert said(received) == [*OK, (letters.OFFICE, "1", ())]
    roles = [each.sender.role.value for each in receipts(received) if each.sender and each.sender.role]
    assert roles == ["PRIM", "COP"]
    assert len({each.id for each in receipts(received)}) == 2


def test_19_a_message_that_comes_here_as_a_copy_only_is_taken(town: Town) -> None:
    elsewhere = Party(organisation=organisation("Vik kommune", "70000", "Sykepleie", "70001"))
    received = town.receive(admitted(receiver=elsewhere, other_receivers=(copied_to(letters.OFFICES),)))
    assert (received.disposition, said(received)) == ("applied", [(letters.OFFICE, "1", ())])


def test_20_a_message_received_twice_is_taken_and_receipted_once(town: Town) -> None:
    """Mutant: another receipt, with an id or a status of its own."""
    first, again = town.receive(admitted()), town.receive(admitted())
    assert (again.outcome, again.inbox_id) == ("duplicate", first.inbox_id)
    assert said(first) == OK and town.names() == ["admitted"]
    assert again.answer == first.answer


def test_20_the_same_message_to_another_service_here_is_receipted_by_that_too(town: Town) -> None:
    first = town.receive(admitted())
    other = town.receive(admitted(receiver=Party(organisation=letters.OFFICES)))
    assert (said(first), said(other)) == (OK, [(letters.OFFICE, "1", ())])
    assert town.names() == ["admitted"]


def test_20_another_message_under_the_same_id_is_rejected(town: Town) -> None:
    town.receive(admitted())
    other = town.receive(admitted("2026-11-13T08:00:00"))
    assert (other.disposition, said(other)) == ("rejected", rejected("X99"))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in-order", "the-cancellation-first"])
def test_21_and_22_a_cancellation_holds_whenever_it_comes(town: Town, order: tuple[int, int]) -> None:
    """Mutant: a cancellation of what is not there yet is forgotten."""
    later = Moment("2026-11-16T11:00:00+01:00")
    pair = (admitted(), admitted(status="C", id=uuid(2), generated_at=later, conversation=follows(uuid(1))))
    taken = [town.receive(pair[place]) for place in order]
    assert [each.disposition for each in taken] == ["applied", "applied"]
    assert town.names() == []
    with town.engine.context.store.reading() as records:
        held = ["it is held" in records.message(each.inbox_id).notes for each in taken]
    assert held == [order == (1, 0), False], "who looks at a cancellation that waits sees that it does"


def test_a_receipt_has_what_its_standard_asks_for(town: Town) -> None:
    """Mutant: the receipt names the wrong message, or the sender where the receiver belongs."""
    (receipt,) = receipts(town.receive(admitted()))
    assert receipt.original is not None and receipt.original.issued_at is not None
    assert (receipt.original.id, receipt.original.issued_at.text) == (uuid(1), letters.WRITTEN)
    assert receipt.original.kind is not None and receipt.original.kind.value == "LOG_INNLAGT"
    assert _institution(receipt, "receiver") == (letters.HOSPITAL, letters.WARD, "AVS")
    assert _institution(receipt, "sender") == (letters.TOWN, letters.HOME_CARE, "PRIM")


def _institution(receipt: AppRec, side: str) -> tuple[str, str, str]:
    party = receipt.sender if side == "sender" else receipt.receiver
    assert party is not None and party.provider is not None and party.provider.institution is not None
    found = party.provider.institution
    return found.id, found.units[0].id, party.role.value if party.role else ""


@pytest.mark.parametrize(
    ("message", "version"),
    [
        pytest.param(admitted(), "1.1", id="plo-1.6"),
        pytest.param(replace(admitted(), version="1.5"), "1.0", id="plo-1.5"),
        pytest.param(letters.request(), "1.0", id="dialogue-1.0"),
        pytest.param(letters.note("DIALOG_HELSEFAGLIG", "6", "7322"), "1.1", id="dialogue-1.1"),
    ],
)
def test_a_receipt_is_in_the_version_of_the_messages_standard(town: Town, message: Message, version: str) -> None:
    received = town.receive(message)
    assert received.disposition == "applied"
    assert read_receipt(received.answer or b"").version == version


def test_a_rejected_message_is_answered_in_norwegian(town: Town) -> None:
    (receipt,) = receipts(town.receive(admitted(id="59-0001")))
    (error,) = receipt.errors
    assert error.text.startswith("Meldingens MsgId er ikke en UUID.") and error.system.endswith(".8221")


def test_a_sender_nobody_knows_waits_without_a_receipt_until_it_is_known(town: Town) -> None:
    received = town.receive(admitted(sender=Party(organisation=organisation("Ukjent", "12345", "Post", "12346"))))
    assert (received.disposition, received.answer) == ("unplaced", None)


def test_what_is_stored_and_not_applied_is_not_receipted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutant: a receipt before the commit."""
    monkeypatch.setattr("pathway_engine.service.one_message.placed", lambda *_: 1 / 0)
    received = town.receive(admitted())
    assert (received.disposition, received.answer) == (None, None)


def test_what_is_unforeseen_is_told_as_such(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours in one message is answered, and stops no other."""
    monkeypatch.setattr("adapters.norwegian.reading.told_by", lambda *_: [][1])
    received = town.receive(admitted())
    assert (received.disposition, said(received)) == ("rejected", rejected("X99"))
    assert "please report it" in received.reason
