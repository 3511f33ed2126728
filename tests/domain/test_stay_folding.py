"""What a patient's log tells of each stay: only what stands counts, in whatever order it came."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from pathway_engine.domain.events import Act, Acted, Entry, FactValue, Happened, Voided
from pathway_engine.domain.stay_facts import Answer, Ended, Readiness, Reply, Sector
from pathway_engine.domain.stay_folding import stays_told

START = datetime(2026, 11, 16, 9, tzinfo=UTC)
SENDS = {"hph:HPH6": "INNLEGGELSESRAPPORT", "hph:ANSWER": "DIALOG_HELSEFAGLIG/7"}


def hour(number: float) -> datetime:
    return START + timedelta(hours=number)


def told(name: str, at: float, *, stay: str | None = "VN1", wrote: float | None = None, **facts: FactValue) -> Happened:
    once = name in {"admitted", "discharged"}
    return Happened(
        id=f"{name}/{stay}/{at}/{wrote}", name=name, cause=f"{name}/{stay}" if once else f"{name}/{stay}/{at}",
        occurred_at=hour(at), recorded_at=hour(at if wrote is None else wrote), stay=stay, facts=facts,
    )  # fmt: skip


def done(task: str, at: float, act: Act = Act.COMPLETE, **answers: FactValue) -> Acted:
    return Acted(
        id=f"{task}/{act}/{at}", task=task, act=act, occurred_at=hour(at), recorded_at=hour(at), performer="mia",
        answers=answers,
    )  # fmt: skip


WAIT: list[Entry] = [
    told("admitted", 0, municipality="5001", sector="phv"),
    told("need_reported", 20, wrote=21),
    told("discharge_ready", 48, wrote=49),
    done("hph:ANSWER:discharge_ready/VN1/48", 50, can_receive="cannot"),
    done("hph:OFFER:discharge_ready/VN1/48+ANSWER", 70, Act.ANSWER, can_receive="from_date"),
    done("hph:OFFER:discharge_ready/VN1/48+ANSWER", 71, offer_ready_on=date(2026, 11, 20)),
    done("hph:HPH6:admitted/VN1", 2),
    told("medication_list_received", 90),
    told("discharged", 96, destination="home"),
    told("discharge_report_received", 97),
]


def test_a_stay_is_folded_from_messages_and_answers() -> None:
    (stay,) = stays_told(WAIT, SENDS)
    assert (stay.stay, stay.admitted_at, stay.notified_admission_at, stay.early_notice_at) == (
        "VN1", hour(0), hour(0), hour(21),
    )  # fmt: skip
    assert stay.readiness == (Readiness(hour(48), hour(49)),)
    assert stay.answers == (
        Answer(hour(50), Reply.CANNOT),
        Answer(hour(71), Reply.FROM_DATE, date(2026, 11, 20)),
    )
    assert (stay.information_sent_at, stay.discharge_report_at, stay.discharged_at) == (hour(90), hour(97), hour(96))
    assert (stay.sector, stay.registered_municipality, stay.resides_in) == (Sector.PHV, "5001", "5001")
    assert stay.admission_report_at == hour(2)


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_arrival_and_duplicates_change_nothing(seed: int) -> None:
    shuffled = [*WAIT, *WAIT[:4]]
    random.Random(seed).shuffle(shuffled)
    assert stays_told(shuffled, SENDS) == stays_told(WAIT, SENDS)


def test_what_was_taken_back_does_not_count() -> None:
    void = Voided(id="V", cause="latest:discharge_ready/VN1", recorded_at=hour(60), stay="VN1")
    (stay,) = stays_told([*WAIT, void], SENDS)
    assert stay.readiness == () and stay.discharged_at == hour(96)


def test_readiness_taken_back_and_told_again_was_told_the_second_time() -> None:
    void = Voided(id="V", cause="discharge_ready/VN1/48", recorded_at=hour(60), stay="VN1")
    again = told("discharge_ready", 48, wrote=61)
    (stay,) = stays_told([*WAIT, void, again], SENDS)
    assert stay.readiness == (Readiness(hour(48), hour(61)),)


def test_a_correction_does_not_make_the_notice_later() -> None:
    (stay,) = stays_told([*WAIT, told("discharge_ready", 48, wrote=80), told("admitted", 1, wrote=80)], SENDS)
    assert stay.readiness == (Readiness(hour(48), hour(49)),)
    assert (stay.admitted_at, stay.notified_admission_at) == (hour(1), hour(0))


def test_readiness_told_twice_began_the_first_time_and_after_withdrawal_anew() -> None:
    log = [
        told("discharge_ready", 0),
        told("discharge_ready", 5),
        told("discharge_ready_withdrawn", 10),
        told("discharge_ready", 20),
    ]
    (stay,) = stays_told(log)
    assert stay.readiness == (
        Readiness(hour(0), hour(0), hour(10), Ended.WITHDRAWN),
        Readiness(hour(20), hour(20)),
    )


def test_a_formal_admission_on_a_new_stay_ends_the_wait_on_the_old_one() -> None:
    first, second = stays_told([told("discharge_ready", 0), told("admitted", 30, stay="VN2")])
    assert first.readiness == (Readiness(hour(0), hour(0), hour(30), Ended.READMITTED),)
    assert (second.stay, second.readiness) == ("VN2", ())


def test_an_admission_after_the_patient_left_changes_nothing_of_the_stay_before() -> None:
    first, _ = stays_told([told("discharge_ready", 0), told("discharged", 20), told("admitted", 30, stay="VN2")])
    assert first.readiness == (Readiness(hour(0), hour(0)),)


def test_a_death_told_of_the_person_ends_the_stay_that_is_going_on() -> None:
    first, second = stays_told(
        [told("discharged", 20), told("discharge_ready", 50, stay="VN2"), told("died", 60, stay=None)]
    )
    assert (first.died_at, second.died_at, second.left_at) == (None, hour(60), hour(60))


def test_a_death_at_home_is_no_death_in_hospital() -> None:
    log = [told("admitted", 0), told("discharged", 20)]
    for stay in ("VN1", None):
        assert stays_told([*log, told("died", 400, stay=stay)])[0].died_at is None


def test_a_discharge_as_dead_is_a_death() -> None:
    (stay,) = stays_told([told("discharged", 20, destination="dead")])
    assert stay.died_at == hour(20)


def test_an_answer_counts_when_it_is_given_and_once() -> None:
    task = "hph:ANSWER:discharge_ready/VN1/0"
    ready = told("discharge_ready", 0)
    assert stays_told([ready, done(task, 1, Act.ANSWER, can_receive="now")])[0].answers == ()
    twice: list[Entry] = [ready, done(task, 1, can_receive="now"), done(task, 2, can_receive="cannot")]
    assert stays_told(twice)[0].answers == (Answer(hour(1), Reply.NOW),)
    assert stays_told([ready, done(task, 1, Act.NOT_APPLICABLE, can_receive="now")])[0].answers == ()
    assert stays_told([ready, done("hph:ANSWER:elsewhere", 1, can_receive="now")])[0].answers == ()


def test_what_was_done_before_a_corrected_time_still_belongs_to_the_stay() -> None:
    (stay,) = stays_told([told("admitted", 5), done("hph:HPH6:admitted/VN1", 2)], SENDS)
    assert (stay.admitted_at, stay.admission_report_at) == (hour(5), hour(2))


def test_marks_in_a_stays_own_name_do_not_hide_it() -> None:
    (stay,) = stays_told(
        [told("admitted", 0, stay="A+B#1"), done("hph:HPH6:admitted/A+B#1", 2), done("x:Y:admitted/A+B#1#2+Z", 3)],
        {**SENDS, "x:Y": "other"},
    )
    assert stay.admission_report_at == hour(2)


def test_an_answer_may_come_as_a_message_too() -> None:
    answered = told("answered", 3, can_receive="from_date", offer_ready_on=date(2026, 11, 18))
    (stay,) = stays_told([told("discharge_ready", 0), answered, told("answered", 4, can_receive="perhaps")])
    assert stay.answers == (Answer(hour(3), Reply.FROM_DATE, date(2026, 11, 18)),)


def test_messages_say_what_concerns_the_whole_stay() -> None:
    (stay,) = stays_told(
        [
            told("discharge_ready", 0, stay_municipality="5028", municipality="5001", criteria_complete=True),
            told("visit_updated", 1, municipality="5001", follow_up_begun=False, sector="unheard-of"),
            told("transfer_ready", 2),
        ]
    )
    assert (stay.resides_in, stay.registered_municipality, stay.sector) == ("5028", "5001", None)
    assert (stay.criteria_complete, stay.follow_up_begun, stay.transfer_ready_at) == (True, False, hour(2))


def test_an_empty_log_tells_of_no_stay() -> None:
    assert stays_told([]) == () == stays_told([told("died", 0, stay=None)])
