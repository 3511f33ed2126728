"""Accounts over a database: what was told and done becomes payable days, for whoever asks, on record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from pathway_engine.domain.errors import StorageError
from pathway_engine.domain.events import Act, FactValue
from pathway_engine.domain.legal_clocks import Kept
from pathway_engine.domain.overstay_rules import Rate, RateTable
from pathway_engine.language.ukp_rules import load_ukp_rules
from pathway_engine.service.accounts import Asked, StayAccount, accounts
from tests.service.community import Community

RULES = replace(
    load_ukp_rules(), rates=RateTable((Rate(date(2026, 11, 1), date(2026, 12, 31), 600000, "made up", True),))
)


@pytest.fixture
def waiting(community: Community) -> Iterator[Community]:
    """Admitted on Monday 16 November; ready on Tuesday; home on Saturday with the papers, never answered."""
    community.tell("admitted", receives_services=True)
    community.passes(hours=26)
    community.tell("discharge_ready")
    community.passes(hours=95)
    community.tell("medication_list_received")
    community.passes(hours=1)
    community.tell("discharged", destination="home")
    return community  # type: ignore[return-value]


def asked(community: Community, **asked: object) -> list[StayAccount]:
    return accounts(
        community.engine.context, RULES, Asked(**asked),  # type: ignore[arg-type]
        actor="operator", now=community.now,
    )  # fmt: skip


def answered(community: Community, step: str, **answers: FactValue) -> None:
    principal = community.engine.principal("mia", "message_responsible")
    assert principal is not None
    office = replace(principal, seats=(("office", "allocation_office"),), role="allocation_office")
    task = next(each for each in community.engine.worklist(office, community.now) if each.step == step)
    community.engine.act(
        office, task.id, Act.COMPLETE, version=task.version, key=task.id, now=community.now,
        answers={"contact": "73 00 00 00", **answers},
    )  # fmt: skip


def test_a_wait_without_an_answer_is_paid_for(waiting: Community) -> None:
    (found,) = asked(waiting)
    assert [day.day.day for day in found.account.payable] == [17, 18, 19, 20]
    assert found.account.amount_ore == 4 * 600000
    assert {day.payer for day in found.account.payable} == {"5001"}


def test_an_answer_of_the_allocation_office_ends_payment(community: Community) -> None:
    community.tell("admitted", receives_services=True)
    community.passes(hours=26)
    community.tell("discharge_ready")
    community.passes(hours=1)
    answered(community, "ANSWER", can_receive="cannot", offer_ready_on=date(2026, 11, 20))
    community.passes(hours=48)
    answered(community, "OFFER", can_receive="now")
    community.passes(hours=48)
    (found,) = asked(community)
    assert [day.day.day for day in found.account.payable] == [17, 18]
    assert [each.reply.value for each in found.account.facts.answers] == ["cannot", "now"]
    assert {each.clock.id: each.kept for each in found.clocks}["answer"] is Kept.MET


def test_a_readiness_that_was_an_error_costs_nothing(waiting: Community) -> None:
    waiting.void("latest:discharge_ready/VN1")
    (found,) = asked(waiting)
    assert [reason.code for reason in found.account.reasons] == ["never_ready"]


@pytest.mark.parametrize(
    ("first", "last", "paid"),
    [
        pytest.param(date(2026, 11, 18), date(2026, 11, 19), 2, id="in-the-middle"),
        pytest.param(date(2026, 11, 20), date(2026, 11, 30), 1, id="the-last-day"),
        pytest.param(date(2026, 11, 21), date(2026, 11, 30), None, id="after-it"),
        pytest.param(date(2026, 10, 1), date(2026, 11, 16), None, id="before-it"),
    ],
)
def test_a_period_has_the_days_in_it_alone(waiting: Community, first: date, last: date, paid: int | None) -> None:
    found = asked(waiting, first=first, last=last)
    assert [len(each.account.payable) for each in found] == ([] if paid is None else [paid])


def test_a_stay_that_did_not_wait_belongs_to_the_period_in_which_it_began(community: Community) -> None:
    community.tell("admitted", receives_services=True)
    assert len(asked(community, first=date(2026, 11, 16), last=date(2026, 11, 16))) == 1
    assert asked(community, first=date(2026, 11, 17), last=date(2026, 11, 30)) == []


def test_a_municipality_sees_the_stays_that_it_pays_for(waiting: Community) -> None:
    assert len(asked(waiting, municipality="5001")) == 1
    assert asked(waiting, municipality="5028") == []


def test_reading_is_on_record_for_each_patient_once_and_an_unknown_one_is_refused(waiting: Community) -> None:
    (found,) = asked(waiting, patient_id="patient-1")
    with waiting.engine.context.store.reading() as records:
        read = [row for row in records.audit(found.patient_id) if row.action == "account read"]
    assert [row.actor for row in read] == ["operator"]
    with pytest.raises(StorageError, match="no such patient"):
        asked(waiting, patient_id="nobody")


def test_the_account_follows_a_patient_whose_records_were_joined(waiting: Community) -> None:
    waiting.send(patient="200", retires="100", entries=[])
    (found,) = asked(waiting)
    (same,) = asked(waiting, patient_id="patient-1")
    assert found.patient_id == same.patient_id != "patient-1"
    assert len(found.account.payable) == 4


def test_the_present_day_is_not_counted_until_it_is_over(community: Community) -> None:
    community.tell("admitted", receives_services=True)
    community.tell("discharge_ready")
    assert asked(community)[0].account.payable == ()
    community.now = datetime(2026, 11, 16, 23, 1, tzinfo=UTC)  # a minute past midnight in Oslo
    assert len(asked(community)[0].account.payable) == 1
