"""Receipts: early, late, twice, wrong or never; and sending again by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pathway_engine.domain.events import Act, Happened
from pathway_engine.service.receipts import Answered, NotToBeSentAgain, Receipt, given_at, send_again
from pathway_engine.storage.rows import AuditRow
from tests.outbox.house import House
from tests.outbox.receiver import Receiver, Wire


def receipt(house: House, key: str, answer: Answered = Answered.ACCEPTED, code: str = "") -> Receipt:
    message_id = house.rows()[key].message_id
    return house.engine.acknowledged(message_id, answer, house.clock(), actor="gp", code=code)


def newest_audit(house: House) -> AuditRow:
    with house.engine.context.store.reading() as records:
        return records.audit(limit=1)[0]


def test_a_receipt_settles_its_message_and_again_changes_nothing(house: House) -> None:
    house.decides("anna")
    house.sends()
    assert receipt(house, "anna/0") is Receipt.SETTLED
    settled = house.rows()["anna/0"]
    house.clock.passes(hours=1)
    assert receipt(house, "anna/0") is Receipt.DUPLICATE
    assert house.rows()["anna/0"] == settled and settled.status == "acknowledged"
    assert house.notices() == []


def test_the_first_receipt_counts_and_a_contradicting_one_is_seen(house: House) -> None:
    """Mutant: the last receipt wins."""
    house.decides("anna")
    house.sends()
    receipt(house, "anna/0")
    assert receipt(house, "anna/0", Answered.REJECTED, "E21") is Receipt.CONTRADICTING
    assert house.statuses() == {"anna/0": "acknowledged"}
    assert newest_audit(house).outcome == "contradicting"


def test_a_rejection_is_on_a_list_at_once(house: House) -> None:
    house.decides("anna")
    house.sends()
    receipt(house, "anna/0", Answered.REJECTED, "E21")
    row = house.rows()["anna/0"]
    assert (row.status, row.reason, row.answer) == ("refused", "Rejected:E21", "rejected")
    assert [notice.step for notice in house.notices()] == ["UNDELIVERED"]


@pytest.mark.parametrize("name", ["6f1c1a52-0000-4000-8000-0000000000aa", "07834100376"])
def test_a_receipt_for_nothing_that_was_sent_is_seen(house: House, name: str) -> None:
    answered = house.engine.acknowledged(name, Answered.ACCEPTED, house.clock(), actor="gp")
    audit = newest_audit(house)
    assert (answered, audit.outcome, audit.actor) == (Receipt.UNKNOWN, "unknown", "gp")
    assert audit.object_id in (name, "not a UUID") and audit.object_id != "07834100376"


@pytest.mark.parametrize("ending", ["ok", "no-answer"])
def test_a_receipt_may_be_faster_than_the_call(house: House, receiver: Receiver, wire: Wire, ending: str) -> None:
    """Mutant: the outcome of the call written over the receipt."""
    receiver.on_arrival = lambda message_id: _take(house, message_id)
    wire.happens = lambda letter, attempt: ending
    house.decides("anna", 2)
    house.sends()
    assert house.statuses() == {"anna/0": "acknowledged", "anna/1": "acknowledged"}
    house.sends(days=30)
    assert receiver.resent == 0 and house.notices() == []


def _take(house: House, message_id: str) -> None:
    house.engine.acknowledged(message_id, Answered.ACCEPTED, house.clock(), actor="gp")


def test_a_receipt_that_does_not_come_is_asked_for_by_a_person(house: House) -> None:
    house.decides("anna")
    house.sends()
    house.sends(hours=95, minutes=59)
    assert (house.counts(), house.notices()) == ({"sent": 1}, [])
    house.sends(minutes=1)
    assert house.counts() == {"timed_out": 1}
    assert [notice.step for notice in house.notices()] == ["UNDELIVERED"]


@pytest.mark.parametrize("known", [True, False], ids=["never-answered", "never-taken"])
def test_a_late_receipt_settles_what_was_given_up_and_ends_the_notice(house: House, wire: Wire, known: bool) -> None:
    """Mutant: a late receipt ignored."""
    wire.happens = lambda letter, attempt: "ok" if known else "no-answer"
    house.decides("anna")
    house.sends()
    house.sends(hours=97)
    house.settles(lambda: house.counts() == {"timed_out" if known else "dead": 1})
    assert len(house.notices()) == 1
    assert receipt(house, "anna/0") is Receipt.SETTLED
    assert house.counts() == {"late" if known else "acknowledged": 1} and house.notices() == []


def test_a_dead_message_is_sent_again_under_its_own_id(house: House, receiver: Receiver, wire: Wire) -> None:
    wire.happens = lambda letter, attempt: "no-answer" if attempt <= 5 else "ok"
    house.decides("anna")
    house.settles()
    again = send_again(house.engine.context, house.rows()["anna/0"].id, "mia", house.clock())
    assert (again.status, house.notices()) == ("waiting", [])
    assert (newest_audit(house).actor, newest_audit(house).action) == ("mia", "send-again")
    house.sends()
    assert receiver.violations(house.decided) == [] and house.counts() == {"sent": 1}
    with pytest.raises(NotToBeSentAgain):
        send_again(house.engine.context, again.id, "mia", house.clock())


def test_a_refused_message_is_sent_again_as_a_new_one_once(house: House, receiver: Receiver, wire: Wire) -> None:
    wire.happens = lambda letter, attempt: "refuse"
    house.decides("anna")
    house.sends()
    refused = house.rows()["anna/0"]
    again = send_again(house.engine.context, refused.id, "mia", house.clock())
    assert again.message_id != refused.message_id and again.body == refused.body
    assert house.statuses() == {"anna/0": "refused", "anna/0~2": "waiting"} and house.notices() == []
    with pytest.raises(NotToBeSentAgain, match="already"):
        send_again(house.engine.context, refused.id, "mia", house.clock())
    house.sends()
    assert len(house.notices()) == 1 and len(receiver.arrived) == 2
    third = send_again(house.engine.context, again.id, "mia", house.clock())
    assert third.key == "anna/0~3"


def test_a_message_that_dies_again_is_on_the_list_again(house: House, wire: Wire) -> None:
    wire.happens = lambda letter, attempt: "down"
    house.decides("anna")
    for expected in (1, 2):
        house.settles()
        (notice,) = house.notices()
        done = house.engine.act(
            house.community.who("mia"), notice.id, Act.COMPLETE, version=notice.version, key=f"k{expected}",
            now=house.clock(), comment="ringt legekontoret",
        )  # fmt: skip
        assert done.task.status == "completed" and house.notices() == []
        send_again(house.engine.context, house.rows()["anna/0"].id, "mia", house.clock())
    assert house.rows()["anna/0"].settled_at is None


def happenings(house: House, patient: str = "anna") -> list[Happened]:
    with house.engine.context.store.reading() as records:
        return [row.entry for row in records.log(patient) if isinstance(row.entry, Happened)]


def test_a_message_is_given_when_the_receiver_wrote_its_receipt(house: House) -> None:
    """Mutant: given when it was sent, or when the receipt was read."""
    house.decides("anna", message="LOG_UTSKRIVNINGSKLAR")
    house.sends()
    row = house.rows()["anna/0"]
    with house.engine.context.store.reading() as records:
        assert given_at(records, "anna", row.message_id) is None
    written = house.clock() + timedelta(hours=2)
    house.clock.passes(hours=5)
    house.engine.acknowledged(row.message_id, Answered.ACCEPTED, house.clock(), actor="hospital", given_at=written)
    with house.engine.context.store.reading() as records:
        assert given_at(records, "anna", row.message_id) == written
    (event,) = happenings(house)
    assert (event.name, event.occurred_at) == ("receipt_received", written)
    assert event.facts == {"receipted_message": "LOG_UTSKRIVNINGSKLAR", "receipted_id": row.message_id}


def test_what_was_rejected_or_said_twice_gives_nothing_more(house: House) -> None:
    house.decides("anna", 2)
    house.sends()
    receipt(house, "anna/0", Answered.REJECTED, "E21")
    for _ in range(2):
        receipt(house, "anna/1")
    assert [event.facts["receipted_id"] for event in happenings(house)] == [house.rows()["anna/1"].message_id]


def test_a_merged_patients_message_is_given_on_the_one_log(house: House) -> None:
    """Mutant: noted on the retired record's log, which nobody folds any more."""
    house.decides("anna")
    house.decides("anne")
    house.sends()
    house.engine.context.committed(lambda records: records.merge_patients("anna", "anne", house.clock()))
    receipt(house, "anna/0")
    assert [event.facts["receipted_id"] for event in happenings(house, "anne")] == [house.rows()["anna/0"].message_id]


def test_a_receipt_from_the_future_counts_from_now(house: House) -> None:
    house.decides("anna")
    house.sends()
    ahead = house.clock() + timedelta(days=2)
    message_id = house.rows()["anna/0"].message_id
    house.engine.acknowledged(message_id, Answered.ACCEPTED, house.clock(), actor="gp", given_at=ahead)
    assert [event.occurred_at for event in happenings(house)] == [house.clock()]


def test_a_receipt_within_its_time_is_not_missed(house: House) -> None:
    house.decides("anna")
    house.sends()
    house.clock.passes(hours=95)
    receipt(house, "anna/0")
    house.sends(hours=2)
    assert house.counts() == {"acknowledged": 1}
    assert house.rows()["anna/0"].settled_at == house.clock() - timedelta(hours=2)
