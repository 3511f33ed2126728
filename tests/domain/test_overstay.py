"""The account of a stay, rule by rule: which days are payable, at which rate, or why none is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from pathway_engine.domain.overstay import Account, account, within
from pathway_engine.domain.overstay_reasons import TEXTS, WHY_TEXTS, Reason, Why
from pathway_engine.domain.overstay_rules import Policy, Rate, RateTable, UkpRules
from pathway_engine.domain.stay_facts import Answer, Ended, Readiness, Reply, Sector, StayFacts, npr_times
from pathway_engine.language.ukp_rules import load_ukp_rules

SHIPPED = load_ukp_rules()
POLICY = SHIPPED.policies[0]
NOW = datetime(2030, 1, 1, tzinfo=UTC)


def at(day: int, hour: int = 10, month: int = 6, year: int = 2024) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def rules(**changed: object) -> UkpRules:
    return replace(SHIPPED, policies=(replace(POLICY, **changed),))  # type: ignore[arg-type]


def stay(**changed: object) -> StayFacts:
    """Admitted on the 3rd, ready and notified on the 10th, home on the 14th of June 2024: nobody ever answered."""
    facts = StayFacts(
        stay="VN1", admitted_at=at(3), notified_admission_at=at(3, 11), early_notice_at=at(3, 12),
        readiness=(Readiness(at(10), at(10)),), criteria_complete=True, information_sent_at=at(14),
        discharged_at=at(14), sector=Sector.SOMATIC, registered_municipality="5001",
    )  # fmt: skip
    return replace(facts, **changed)  # type: ignore[arg-type]


def days(found: Account) -> list[int]:
    return [day.day.day for day in found.payable]


def codes(reasons: tuple[Reason, ...]) -> list[str]:
    return [reason.code for reason in reasons]


NEVER_ANSWERED = [10, 11, 12, 13]
CANNOT, NOW_CAN = Reply.CANNOT, Reply.NOW


@pytest.mark.parametrize(
    ("changed", "paid"),
    [
        pytest.param({}, NEVER_ANSWERED, id="silence-counts-as-cannot"),
        pytest.param({"answers": (Answer(at(10, 11), NOW_CAN),)}, [], id="can-on-the-same-day"),
        pytest.param({"answers": (Answer(at(13), NOW_CAN),)}, [10, 11, 12], id="can-after-three-days-costs-three"),
        pytest.param({"answers": (Answer(at(10, 11), CANNOT),)}, NEVER_ANSWERED, id="cannot"),
        pytest.param(
            {"answers": (Answer(at(10, 11), CANNOT), Answer(at(12), NOW_CAN))}, [10, 11], id="cannot-then-can"
        ),
        pytest.param(
            {"answers": (Answer(at(10, 11), Reply.FROM_DATE, date(2024, 6, 12)),)}, [10, 11], id="from-a-date"
        ),
        pytest.param(
            {
                "answers": (
                    Answer(at(10, 11), CANNOT),
                    Answer(at(11), Reply.FROM_DATE, date(2024, 6, 13)),
                    Answer(at(12), NOW_CAN),
                )
            },
            [10, 11],
            id="cannot-then-from-a-date-then-can",
        ),
        pytest.param(
            {"answers": (Answer(at(10, 11), Reply.FROM_DATE, date(2024, 6, 12)), Answer(at(11), CANNOT))},
            NEVER_ANSWERED,
            id="the-last-answer-counts",
        ),
        pytest.param({"answers": (Answer(at(10, 11), Reply.FROM_DATE),)}, NEVER_ANSWERED, id="from-no-date"),
        pytest.param(
            {"answers": (Answer(at(11), NOW_CAN), Answer(at(13), CANNOT))}, [10, 13], id="an-offer-that-falls-through"
        ),
        pytest.param({"answers": (Answer(at(8), NOW_CAN),)}, [], id="offered-before-readiness"),
        pytest.param({"readiness": (Readiness(at(10), at(12)),)}, [12, 13], id="notified-two-days-after-readiness"),
        pytest.param({"readiness": (Readiness(at(12), at(10)),)}, [12, 13], id="notified-ahead-of-readiness"),
        pytest.param({"readiness": (Readiness(at(10), at(10), at(12), Ended.WITHDRAWN),)}, [10, 11], id="withdrawn"),
        pytest.param(
            {"readiness": (Readiness(at(10), at(10), at(11), Ended.WITHDRAWN), Readiness(at(13), at(13)))},
            [10, 13],
            id="withdrawn-and-ready-again",
        ),
        pytest.param(
            {"readiness": (Readiness(at(10), at(10), at(11, 8), Ended.WITHDRAWN), Readiness(at(11), at(11)))},
            NEVER_ANSWERED,
            id="withdrawn-and-ready-again-on-one-day",
        ),
        pytest.param(
            {
                "readiness": (Readiness(at(10), at(10), at(11), Ended.WITHDRAWN), Readiness(at(12), at(12))),
                "answers": (Answer(at(10, 11), NOW_CAN),),
            },
            [12, 13],
            id="an-answer-does-not-outlive-withdrawal",
        ),
        pytest.param(
            {"readiness": (Readiness(at(10), at(10), at(12), Ended.READMITTED),)},
            [10, 11],
            id="formally-admitted-again-earlier-days-stay-payable",
        ),
        pytest.param(
            {
                "readiness": (
                    Readiness(at(10), at(10), at(12), Ended.WITHDRAWN),
                    Readiness(at(11), at(11), at(13), Ended.WITHDRAWN),
                )
            },
            [10, 11, 12],
            id="times-of-readiness-that-overlap",
        ),
        pytest.param({"died_at": at(12), "discharged_at": None}, [10, 11], id="died-while-waiting"),
        pytest.param({"readiness": (Readiness(at(9, 22), at(9, 22)),)}, NEVER_ANSWERED, id="midnight-in-oslo"),
        pytest.param({"sector": Sector.PHV, "follow_up_begun": True}, NEVER_ANSWERED, id="mental-health"),
    ],
)
def test_the_days_that_are_payable(changed: dict[str, object], paid: list[int]) -> None:
    found = account(stay(**changed), SHIPPED, NOW)
    assert days(found) == paid
    assert found.amount_ore == (574500 * len(paid) if paid else None)
    assert bool(found.reasons) == (not paid)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        pytest.param({"readiness": ()}, "never_ready", id="never-ready"),
        pytest.param({"readiness": (Readiness(at(10)),)}, "readiness_not_notified", id="readiness-not-notified"),
        pytest.param(
            {"notified_admission_at": None, "early_notice_at": None}, "early_notice_missing", id="no-notice"
        ),
        pytest.param({"criteria_complete": False}, "criteria_incomplete", id="criteria"),
        pytest.param({"information_sent_at": None}, "information_missing", id="no-letter"),
        pytest.param({"sector": Sector.TSB, "follow_up_begun": False}, "follow_up_not_begun", id="follow-up"),
        pytest.param({"answers": (Answer(at(10), NOW_CAN),)}, "received_in_time", id="received-in-time"),
    ],
)  # fmt: skip
def test_not_payable_says_why(changed: dict[str, object], code: str) -> None:
    found = account(stay(**changed), SHIPPED, NOW)
    assert (found.status, codes(found.reasons), found.payable, found.amount_ore) == ("not_payable", [code], (), None)
    assert found.reasons[0].text.nb and found.reasons[0].text.en


def test_all_reasons_are_told_not_only_the_first() -> None:
    found = account(stay(criteria_complete=False, information_sent_at=None), SHIPPED, NOW)
    assert codes(found.reasons) == ["criteria_incomplete", "information_missing"]
    assert {day.why for day in found.days} == {Why.BLOCKED}


def test_a_patient_who_did_not_wait_is_said_to_whatever_else_is_missing() -> None:
    found = account(stay(answers=(Answer(at(10), NOW_CAN),), information_sent_at=None), SHIPPED, NOW)
    assert codes(found.reasons) == ["received_in_time", "information_missing"]


def test_a_letter_is_not_asked_for_of_the_dead_nor_yet_of_those_who_wait() -> None:
    assert days(account(stay(information_sent_at=None, died_at=at(14)), SHIPPED, NOW)) == NEVER_ANSWERED
    waiting = account(stay(information_sent_at=None, discharged_at=None), SHIPPED, at(12))
    assert days(waiting) == [10, 11]
    assert {"still_waiting", "information_awaited"} <= set(codes(waiting.remarks))


@pytest.mark.parametrize(
    ("policy", "changed", "paid"),
    [
        pytest.param({"grace_days": 2}, {}, [12, 13], id="grace-days"),
        pytest.param({"grace_days": 9}, {}, [], id="grace-longer-than-the-wait"),
        pytest.param({"cut_off": time(12)}, {}, [11, 12, 13], id="noon-in-oslo-is-after-the-cut-off"),
        pytest.param({"cut_off": time(12, 1)}, {}, NEVER_ANSWERED, id="noon-is-before-the-cut-off"),
        pytest.param({"include_first_day": False}, {}, [11, 12, 13], id="first-day-not-counted"),
        pytest.param({"include_collection_day": True}, {}, [10, 11, 12, 13, 14], id="day-of-collection-counted"),
        pytest.param(
            {"include_collection_day": True},
            {"readiness": (Readiness(at(10), at(10), at(12), Ended.WITHDRAWN),)},
            [10, 11],
            id="nobody-is-collected-by-withdrawal",
        ),
        pytest.param({"silence_counts_as_cannot": False}, {}, [], id="silence-does-not-count"),
        pytest.param(
            {"silence_counts_as_cannot": False}, {"answers": (Answer(at(12), CANNOT),)}, [12, 13], id="until-cannot"
        ),
        pytest.param(
            {"dated_offer_counts": False},
            {"answers": (Answer(at(10, 11), Reply.FROM_DATE, date(2024, 6, 12)),)},
            NEVER_ANSWERED,
            id="a-dated-offer-is-not-yet-an-offer",
        ),
        pytest.param({"asks_for_information": False}, {"information_sent_at": None}, NEVER_ANSWERED, id="no-letter"),
        pytest.param({"asks_for_early_notice": True}, {"early_notice_at": None}, [], id="admission-is-no-notice"),
        pytest.param({"late_notice_blocks": True}, {}, NEVER_ANSWERED, id="notice-in-time"),
        pytest.param(
            {"late_notice_blocks": True},
            {"notified_admission_at": at(5), "early_notice_at": at(5)},
            [],
            id="notice-too-late",
        ),
        pytest.param(
            {"late_notice_blocks": True},
            {"notified_admission_at": at(5), "early_notice_at": at(5), "need_known_at": at(4, 20)},
            NEVER_ANSWERED,
            id="notice-in-time-after-the-need-was-known",
        ),
        pytest.param({"unknown_criteria_block": True}, {"criteria_complete": None}, [], id="criteria-not-told"),
        pytest.param({"time_zone": "UTC"}, {"readiness": (Readiness(at(9, 22), at(9, 22)),)}, [9, 10, 11, 12, 13],
                     id="midnight-elsewhere"),
        pytest.param({"valid_to": date(2020, 1, 1)}, {}, [], id="no-policy-holds"),
    ],
)  # fmt: skip
def test_each_setting_of_a_policy(policy: dict[str, object], changed: dict[str, object], paid: list[int]) -> None:
    found = account(stay(**changed), rules(**policy), NOW)
    assert days(found) == paid
    assert bool(found.reasons) == (not paid)


def test_a_late_notice_is_told_where_it_does_not_block() -> None:
    late = stay(notified_admission_at=at(4, 11), early_notice_at=at(4, 11))
    assert "early_notice_late" in codes(account(late, SHIPPED, NOW).remarks)
    assert "early_notice_late" not in codes(account(stay(), SHIPPED, NOW).remarks)


@pytest.mark.parametrize("sector", [Sector.PHV, Sector.TSB])
def test_mental_health_and_substance_use_are_covered_from_2019(sector: Sector) -> None:
    old = stay(
        sector=sector, follow_up_begun=True, admitted_at=at(20, month=12, year=2018),
        notified_admission_at=at(20, 11, 12, 2018), early_notice_at=None,
        readiness=(Readiness(at(30, month=12, year=2018), at(30, month=12, year=2018)),),
        discharged_at=at(3, month=1, year=2019), stay_municipality="5028",
    )  # fmt: skip
    found = account(old, SHIPPED, NOW)
    assert [(day.day.day, day.why) for day in found.days if not day.payable] == [(30, Why.SECTOR), (31, Why.SECTOR)]
    assert (days(found), found.amount_ore) == ([1, 2], 2 * 488500)
    assert codes(within(found, date(2018, 1, 1), date(2018, 12, 31)).reasons) == ["sector_not_covered"]


def test_the_stay_municipality_pays_from_2019_and_the_registered_one_before() -> None:
    ready = at(30, month=12, year=2018)
    found = account(
        stay(
            admitted_at=at(20, month=12, year=2018), notified_admission_at=ready, early_notice_at=None,
            readiness=(Readiness(ready, ready),), discharged_at=at(2, month=1, year=2019), stay_municipality="5028",
        ),
        SHIPPED,
        NOW,
    )  # fmt: skip
    assert [day.payer for day in found.payable] == ["5001", "5001", "5028"]


def test_a_wait_over_new_year_is_priced_by_two_rates() -> None:
    ready = at(30, month=12, year=2023)
    over = stay(
        admitted_at=at(20, month=12, year=2023), notified_admission_at=at(20, 11, 12, 2023), early_notice_at=None,
        readiness=(Readiness(ready, ready),), discharged_at=at(3, month=1),
    )  # fmt: skip
    assert account(over, SHIPPED, NOW).amount_ore == 2 * 550800 + 2 * 574500


def test_a_year_without_a_rate_is_counted_and_not_priced() -> None:
    ready = at(30, month=12, year=2024)
    over = stay(readiness=(Readiness(ready, ready),), discharged_at=at(3, month=1, year=2025))
    found = account(over, SHIPPED, NOW)
    assert (found.status, found.amount_ore, len(found.payable)) == ("not_priced", None, 4)
    assert [day.rate is None for day in found.payable] == [False, False, True, True]
    assert Reason("rate_missing", "2025") in found.remarks
    only_2024 = within(found, date(2024, 1, 1), date(2024, 12, 31))
    assert (only_2024.status, only_2024.amount_ore) == ("payable", 2 * 574500)


def test_what_is_taken_for_granted_is_said() -> None:
    ready = at(10, year=2013)
    guessed = stay(
        criteria_complete=None, sector=None, admitted_at=None, registered_municipality=None,
        readiness=(Readiness(ready, ready),), discharged_at=at(11, year=2013),
    )  # fmt: skip
    assert codes(account(guessed, SHIPPED, NOW).remarks) == [
        "rate_unverified", "policy_unverified", "criteria_assumed", "sector_assumed", "admission_unknown",
        "payer_unknown",
    ]  # fmt: skip
    psychiatric = account(stay(sector=Sector.PHV), SHIPPED, NOW)
    assert "follow_up_assumed" in codes(psychiatric.remarks)


def test_a_time_of_readiness_that_nobody_was_told_of_costs_nothing_beside_one_that_was() -> None:
    found = account(
        stay(readiness=(Readiness(at(8), None, at(9), Ended.WITHDRAWN), Readiness(at(12), at(12)))), SHIPPED, NOW
    )
    assert days(found) == [12, 13]
    assert found.days[0].why is Why.NOT_NOTIFIED


def test_a_municipalitys_own_policy_goes_before_the_national_one() -> None:
    own = replace(POLICY, id="local", municipality="5001", grace_days=1)
    both = replace(SHIPPED, policies=(POLICY, own))
    assert days(account(stay(), both, NOW)) == [11, 12, 13]
    assert days(account(stay(registered_municipality="5028"), both, NOW)) == NEVER_ANSWERED


def test_time_stamps_carry_the_codes_of_the_patient_register() -> None:
    facts = stay(
        readiness=(Readiness(at(10), at(10, 11), at(11), Ended.WITHDRAWN), Readiness(at(12), at(12, 11))),
        answers=(Answer(at(10, 12), CANNOT), Answer(at(13), Reply.FROM_DATE, date(2024, 6, 14))),
        transfer_ready_at=at(13, 9),
    )  # fmt: skip
    assert [code for code, _ in npr_times(facts)] == ["1", "2", "3", "6", "4", "2", "3", "12", "7"]


def test_every_reason_and_every_day_has_words_in_both_languages() -> None:
    for text in (*TEXTS.values(), *WHY_TEXTS.values()):
        assert text.nb and text.en and text.nb != text.en
    assert set(WHY_TEXTS) == set(Why)


def test_rates_are_found_by_their_first_and_last_day() -> None:
    table = RateTable((Rate(date(2024, 1, 1), date(2024, 12, 31), 1, "", True),))
    found = [
        table.on(day) is not None
        for day in (date(2023, 12, 31), date(2024, 1, 1), date(2024, 12, 31), date(2025, 1, 1))
    ]
    assert found == [False, True, True, False]


def test_a_policy_holds_on_its_first_and_last_day() -> None:
    policy: Policy = replace(POLICY, valid_from=date(2024, 1, 1), valid_to=date(2024, 1, 2))
    assert [policy.holds_on(date(2024, 1, day)) for day in (1, 2, 3)] == [True, True, False]
