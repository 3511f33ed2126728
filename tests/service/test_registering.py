"""Registration by hand takes the road of a message: the inbox, one commit, a receipt, and no side door."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from pathway_engine.channels.manual import ManualChannel
from pathway_engine.domain.errors import NotPermitted, UnreadableMessage
from pathway_engine.domain.identifiers import make_synthetic
from pathway_engine.domain.waiting import Standing
from pathway_engine.service.manual_message import ManualMessage, decode_manual, encode_manual, reading_of_manual
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.service.registering import Receipt, Registration, WrongRegistration
from pathway_engine.service.relations import UnknownPatient
from tests.service.board_town import BoardTown
from tests.service.community import START

NUMBER = make_synthetic(date(1938, 9, 14), 7)
OTHER = make_synthetic(date(1941, 2, 3), 2)


def registration(status: str, day: datetime | None = None, key: str = "", **changes: str) -> Registration:
    given = Registration(
        unit="kir", identity=NUMBER, municipality="5001", status=status, day=day, key=key or f"key-{status}-0001"
    )
    return replace(given, **changes)  # type: ignore[arg-type]


def registers(town: BoardTown, status: str, day: datetime | None = None, **changes: str) -> Receipt:
    return town.engine.register(town.who("bo"), registration(status, day, **changes), town.now)


def test_a_whole_stay_by_hand_is_seen_by_ward_and_municipality(town: BoardTown) -> None:
    receipt = registers(town, "admitted", town.now + timedelta(days=4))
    assert (receipt.outcome, receipt.by_name, receipt.unit_name) == ("applied", "Bo Avdeling", "Kirurgi")
    assert town.row("bo").standing is Standing.TOLD and town.row("siri").standing is Standing.TOLD
    town.passes(hours=30)
    registers(town, "discharge_ready")
    assert (town.row("siri").hindrance.code, town.row("siri").ward) == ("unanswered", "Kirurgi")
    town.answers(can_receive="now")
    town.passes(hours=5)
    registers(town, "home", town.now - timedelta(hours=1))
    assert town.row("bo").standing is Standing.LEFT
    assert town.row("bo").waited == timedelta(hours=4)
    assert "early_notice_missing" not in {each.code for each in town.row("bo").account.reasons}
    with town.engine.context.store.reading() as records:
        rows = records.messages()
    assert [(row.channel, row.sender, row.disposition) for row in rows] == [("manual", "manual|kir", "applied")] * 3
    assert not rebuild(town.engine.context, town.now, check=True).differing


def test_a_withdrawal_by_hand_ends_the_readiness(town: BoardTown) -> None:
    registers(town, "discharge_ready")
    town.passes(hours=2)
    registers(town, "discharge_ready_withdrawn")
    assert town.row("bo").standing is Standing.WITHDRAWN


def test_the_same_form_twice_is_one_message_and_another_content_under_its_key_is_refused(town: BoardTown) -> None:
    """Mutant: the key is not the message's id."""
    first = registers(town, "discharge_ready")
    town.passes(seconds=40)
    assert registers(town, "discharge_ready").number == first.number
    other = registers(town, "home", town.now, key="key-discharge_ready-0001")
    assert (other.outcome, other.reason) == ("rejected", "SameIdOtherContent")
    assert town.row("bo").standing is Standing.READY


def test_only_ones_own_ward_that_the_directory_lets_register_by_hand(town: BoardTown) -> None:
    """Mutant: any ward may."""
    for person, unit in (("anna", "med"), ("anna", "kir"), ("bo", "med"), ("siri", "kir")):
        with pytest.raises(NotPermitted):
            town.engine.register(town.who(person), registration("discharge_ready", unit=unit), town.now)
    assert [each.id for each in town.engine.wards_by_hand(town.who("bo"))] == ["kir"]
    assert town.engine.wards_by_hand(town.who("anna")) == []


def test_a_receipt_is_its_own_wards_alone(town: BoardTown) -> None:
    """Mutant: whoever guesses the number reads it."""
    number = registers(town, "discharge_ready").number
    foreign = town.tell("admitted", receives_services=True).inbox_id
    for person, asked in (("anna", number), ("siri", number), ("bo", foreign), ("bo", 999)):
        with pytest.raises(UnknownPatient):
            town.engine.registration(town.who(person), asked, town.now)
    assert town.engine.registration(town.who("bo"), number, town.now).outcome == "applied"


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        pytest.param({"identity": NUMBER[:-1] + str((int(NUMBER[-1]) + 1) % 10)}, {"identity"}, id="a-wrong-digit"),
        pytest.param({"identity": ""}, {"identity"}, id="no-number"),
        pytest.param({"municipality": "0301"}, {"municipality"}, id="a-municipality-that-is-not-here"),
        pytest.param({"status": "flown"}, {"status"}, id="an-unknown-status"),
        pytest.param({"status": "home"}, {"day"}, id="left-without-a-day"),
        pytest.param({"status": "home", "day": START + timedelta(hours=2)}, {"day"}, id="left-tomorrow"),
        pytest.param({"status": "home", "day": START - timedelta(days=31)}, {"day"}, id="left-long-ago"),
        pytest.param({"day": START - timedelta(days=2)}, {"day"}, id="expected-in-the-past"),
        pytest.param({"identity": "1", "municipality": "", "status": ""}, {"identity", "municipality", "status"},
                     id="everything-is-said-at-once"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_field_by_field_and_nothing_is_stored(
    town: BoardTown, changes: dict[str, object], wrong: set[str]
) -> None:
    with pytest.raises(WrongRegistration) as refused:
        town.engine.register(town.who("bo"), registration(**{"status": "discharge_ready", **changes}), town.now)  # type: ignore[arg-type]
    assert set(refused.value.fields) == wrong
    assert NUMBER not in str(refused.value)
    with town.engine.context.store.reading() as records:
        assert records.messages() == []


def test_the_number_is_in_the_stored_message_and_nowhere_else(
    town: BoardTown, caplog: pytest.LogCaptureFixture
) -> None:
    given = registration("discharge_ready")
    receipt = town.engine.register(town.who("bo"), given, town.now)
    course = town.engine.patient(town.who("bo"), receipt.patient_id or "", town.now)
    with town.engine.context.store.reading() as records:
        (row,) = records.messages()
        audit, log = records.audit(), records.log(receipt.patient_id or "")
    shown = [given, receipt, course, audit, log, row, town.board("bo"), row.notes, row.reason, row.answer, caplog.text]
    assert NUMBER.encode() in row.raw
    assert [each for each in shown if NUMBER in repr(each)] == []


def test_a_manual_message_is_read_back_as_it_was_written_and_nothing_else_is_taken() -> None:
    message = ManualMessage(
        id="k" * 8, unit="kir", ward="KIR", by="bo", identity=OTHER, municipality="5059", status="short_term",
        day=START, written_at=START + timedelta(hours=1),
    )  # fmt: skip
    assert decode_manual(encode_manual(message)) == message
    reading = reading_of_manual(message)
    (entry,) = reading.entries
    assert (entry.occurred_at, entry.recorded_at) == (START, START + timedelta(hours=1))  # type: ignore[union-attr]
    assert entry.facts["destination"] == "short_term"  # type: ignore[union-attr]
    for raw in (b"", b"{}", b"[1]", b'{"id": 1}', encode_manual(message).replace(b"+00:00", b"")[:-9]):
        header = ManualChannel().header(raw)
        assert isinstance(header.problem, UnreadableMessage), raw
    with pytest.raises(UnreadableMessage):
        reading_of_manual(replace(message, status="flown"))
