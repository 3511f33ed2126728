"""Receipts that others send: each settles the message that it is for, once, or is seen by somebody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.norwegian.letters import envelope_of
from adapters.norwegian.receipts import Error, receipts_for
from pathway_engine.service.receiving import Received
from pathway_engine.storage.rows import OutgoingRow
from tests.adapters.norwegian import letters
from tests.norwegian.town import Town

TO_HOSPITAL = letters.note(
    "DIALOG_HELSEFAGLIG", "7", "7322", sender=letters.TOWNS, receiver=letters.HOSPITALS,
    conversation=letters.follows(letters.uuid(3)),
)  # fmt: skip


def sent(town: Town) -> OutgoingRow:
    """A message that went out about a patient."""
    town.receive(letters.admitted())
    with town.engine.context.store.transaction() as records:
        records.put_outgoing(
            key="answer/1", patient_id="patient-1", episode_id="e1", message="DIALOG_HELSEFAGLIG/7", body=b"{}",
            at=town.now,
        )  # fmt: skip
    return row(town)


def row(town: Town) -> OutgoingRow:
    with town.engine.context.store.reading() as records:
        (found,) = records.outgoing_messages()
    return found


def receipt(message_id: str, errors: tuple[Error, ...] = (), minute: int = 0) -> bytes:
    """The hospital's receipt for our message with that id."""
    message = letters.with_head(TO_HOSPITAL, id=message_id)
    at = letters.NOW + timedelta(minutes=minute)
    written = receipts_for(envelope_of(letters.raw(message)), (letters.HOSPITALS,), errors, at)
    assert written is not None
    return written


def taken(town: Town, errors: tuple[Error, ...] = (), *, upper: bool = False) -> tuple[Received, OutgoingRow]:
    message_id = sent(town).message_id
    received = town.receive(receipt(message_id.upper() if upper else message_id, errors))
    return received, row(town)


@pytest.mark.parametrize("upper", [False, True])
def test_a_positive_receipt_settles_its_message_and_is_not_answered(town: Town, upper: bool) -> None:
    """Mutant: a receipt for a receipt."""
    received, settled = taken(town, upper=upper)
    assert (received.disposition, received.answer) == ("applied", None)
    assert (settled.status, settled.answer) == ("acknowledged", "accepted")


def test_a_rejection_tells_its_codes(town: Town) -> None:
    received, settled = taken(town, (Error("E21", "Tjenesten finnes ikke."), Error("X99", "Se over.")))
    assert (received.disposition, settled.status, settled.reason) == ("applied", "refused", "Rejected:E21,X99")


def test_a_receipt_makes_no_patient(town: Town) -> None:
    """Mutant: what names nobody becomes somebody."""
    taken(town)
    with town.engine.context.store.reading() as records:
        assert records.patient("patient-2") is None


def test_a_receipt_long_after_settles_its_message_too(town: Town) -> None:
    message_id = sent(town).message_id
    town.now += timedelta(days=30)
    assert town.receive(receipt(message_id)).disposition == "applied"
    assert row(town).status == "acknowledged"


def test_a_receipt_for_nothing_that_was_sent_waits_for_a_person(town: Town) -> None:
    received = town.receive(receipt(letters.uuid(77)))
    assert (received.disposition, received.answer) == ("unplaced", None)
    assert "not sent from here" in received.reason


def test_a_receipt_that_says_another_thing_than_the_first_waits_for_a_person(town: Town) -> None:
    message_id = sent(town).message_id
    town.receive(receipt(message_id))
    received = town.receive(receipt(message_id, (Error("E21", "Likevel ikke."),), minute=5))
    assert received.disposition == "unplaced"
    assert row(town).answer == "accepted"
