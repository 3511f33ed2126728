"""The relay: who goes when, what is tried again, what is given up, and who is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pathway_engine.service.outward import Letter, Patience, Sent
from pathway_engine.storage import Store
from tests.outbox.house import House, engine_with
from tests.outbox.receiver import Crash, Receiver, Wire

KARIS_UNIT = "kari"


def test_what_was_decided_arrives_in_order_once(house: House, receiver: Receiver) -> None:
    for patient in ("anna", "berit", "anna"):
        house.decides(patient, 2)
    house.sends()
    assert receiver.violations(house.decided) == []
    assert receiver.resent == 0
    assert house.counts() == {"sent": 6}


def test_what_was_rolled_back_is_never_sent(house: House, receiver: Receiver) -> None:
    """Mutant: the outbox committed before the transition."""
    house.decides("anna")
    house.would_decide("anna")
    house.decides("anna")
    house.sends()
    assert receiver.violations(house.decided) == []
    assert "anna/ghost/1" not in house.rows()


def test_without_a_way_out_messages_wait_and_are_counted(house: House) -> None:
    house.decides("anna", 3)
    house.engine = engine_with(house.community, None, Patience())
    assert house.sends(days=30) == 0
    health = house.engine.health(house.clock())
    assert (house.counts(), health["has_way_out"]) == ({"waiting": 3}, False)
    assert isinstance(health["outgoing"], dict) and health["outgoing"]["waiting"] == 3


def test_a_patient_whose_message_fails_waits_and_the_others_go_on(house: House, receiver: Receiver, wire: Wire) -> None:
    """Mutants: head of line for everybody; order of a patient ignored."""
    first = house.decides("anna", 2)[0]
    wire.happens = lambda letter, attempt: "down" if attempt == 1 and first in letter.raw.decode() else "ok"
    house.decides("berit", 2)
    house.sends()
    assert receiver.keys == ["berit/0", "berit/1"]
    house.sends(seconds=9)
    assert receiver.keys == ["berit/0", "berit/1"]
    house.sends(seconds=2)
    assert receiver.keys == ["berit/0", "berit/1", "anna/0", "anna/1"]


def test_a_merged_patient_is_one_patient(house: House, receiver: Receiver, wire: Wire) -> None:
    """Mutant: order by record instead of by person."""
    house.decides("anna")
    house.decides("anne")
    wire.happens = lambda letter, attempt: "down" if attempt == 1 else "ok"
    house.engine.context.committed(lambda records: records.merge_patients("anna", "anne", house.clock()))
    house.sends()
    assert wire.tries == {house.rows()["anna/0"].message_id: 1}
    house.settles()
    assert receiver.keys == ["anna/0", "anne/0"]


def test_a_message_keeps_its_id_at_every_try(house: House, receiver: Receiver, wire: Wire) -> None:
    """Mutant: a new message id on retry."""
    house.decides("anna", 2)
    wire.happens = lambda letter, attempt: "no-answer" if attempt < 4 else "ok"
    house.settles()
    assert receiver.resent == 6
    assert receiver.violations(house.decided) == []


def test_after_the_last_try_a_person_is_told_and_the_next_message_goes(
    house: House, receiver: Receiver, wire: Wire
) -> None:
    """Mutant: dead without a task."""
    house.decides("anna", 2)
    wire.happens = lambda letter, attempt: "ok" if b"anna/1" in letter.raw else "down"
    for seconds in (0, 10, 60, 600):
        house.sends(seconds=seconds)
        assert house.statuses() == {"anna/0": "waiting", "anna/1": "waiting"}
    house.sends(hours=1)
    assert house.statuses() == {"anna/0": "dead", "anna/1": "sent"}
    assert house.rows()["anna/0"].attempts == house.patience.tries == 5
    for person in ("mia", KARIS_UNIT):
        (notice,) = house.notices(person)
        assert (notice.step, notice.patient_name) == ("UNDELIVERED", "Astrid F.")
    assert house.notices("per") == []


@pytest.mark.parametrize("word", ["no-answer", "nonsense"])
def test_what_nobody_confirmed_is_not_sent(house: House, wire: Wire, word: str) -> None:
    """Mutant: the transport's exception swallowed."""
    wire.happens = lambda letter, attempt: word
    house.decides("anna")
    house.sends()
    assert house.statuses() == {"anna/0": "waiting"}
    house.settles()
    assert house.statuses() == {"anna/0": "dead"}


def test_a_refused_message_is_not_tried_again(house: House, wire: Wire) -> None:
    wire.happens = lambda letter, attempt: "refuse"
    house.decides("anna", 2)
    house.settles()
    assert set(wire.tries.values()) == {1}
    assert house.counts() == {"refused": 2} and len(house.notices()) == 2
    assert {row.reason for row in house.rows().values()} == {"Refused:E21"}


def test_a_message_that_nobody_can_write_is_dead_at_once_and_blocks_nobody(house: House, receiver: Receiver) -> None:
    house.decides("anna", message="UNWRITABLE")
    house.decides("anna")
    house.sends()
    assert house.statuses() == {"anna/0": "dead", "anna/1": "sent"}
    assert house.rows()["anna/0"].reason == "Writer:ZeroDivisionError"
    assert len(house.notices()) == 1 and receiver.keys == ["anna/1"]


def test_who_does_not_come_back_is_replaced_when_the_lease_is_over(
    house: House, receiver: Receiver, wire: Wire
) -> None:
    """Mutant: a lease that never expires."""
    wire.happens = lambda letter, attempt: "dies-after" if attempt == 1 else "ok"
    house.decides("anna", 2)
    with pytest.raises(Crash):
        house.sends()
    assert house.sends(seconds=119) == 0
    with pytest.raises(Crash):
        house.sends(seconds=1)
    house.sends(minutes=2)
    assert receiver.violations(house.decided) == []
    assert house.counts() == {"sent": 2} and receiver.resent == 2


def test_a_message_that_kills_its_sender_is_given_up(house: House, wire: Wire) -> None:
    """Mutant: tries counted when they end, not when they begin."""
    wire.happens = lambda letter, attempt: "dies"
    house.decides("anna")
    for _ in range(house.patience.tries):
        with pytest.raises(Crash):
            house.sends(minutes=3)
    house.sends(minutes=3)
    assert house.statuses() == {"anna/0": "dead"} and len(house.notices()) == 1


def test_the_message_is_handed_over_outside_any_transaction(house: House, receiver: Receiver) -> None:
    """Mutant: the call inside the transaction of the claim: nobody else could write meanwhile."""

    class Looking(Wire):
        def send(self, letter: Letter) -> Sent:
            other = Store(house.url)
            with other.transaction() as records:
                row = records.lock_outgoing(letter.number)
                records.beat("other", house.clock())
            other.close()
            assert row is not None and row.status == "sending"
            return Sent()

    house.through(Looking(receiver))
    house.decides("anna")
    house.sends()
    assert house.counts() == {"sent": 1}


@pytest.mark.parametrize("late", ["ok", "down"])
def test_who_comes_back_after_the_lease_changes_nothing(house: House, receiver: Receiver, late: str) -> None:
    """Mutant: the fence ignored."""
    quick = engine_with(house.community, Wire(receiver), house.patience)

    class Sleeping(Wire):
        def send(self, letter: Letter) -> Sent:
            house.clock.passes(minutes=3)
            assert quick.send_next(house.clock)
            if late == "down":
                raise ConnectionResetError
            return Sent(awaits_receipt=False)

    house.through(Sleeping(receiver))
    (key,) = house.decides("anna")
    house.engine.send_next(house.clock)
    row = house.rows()[key]
    assert (row.status, row.attempts, row.answer_by) == ("sent", 2, house.clock() + timedelta(hours=96))


def test_what_needs_no_receipt_is_settled_when_it_is_sent(house: House, wire: Wire) -> None:
    wire.happens = lambda letter, attempt: "ok-final"
    house.decides("anna")
    house.sends()
    house.sends(days=30)
    assert house.counts() == {"sent": 1} and house.notices() == []
