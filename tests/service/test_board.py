"""The board is what the log says, cut to whose patients they are; free places are what somebody said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pathway_engine.domain.errors import NotPermitted
from pathway_engine.domain.events import Act
from pathway_engine.domain.overstay_rules import Rate, RateTable
from pathway_engine.domain.waiting import Standing
from pathway_engine.language.ukp_rules import load_ukp_rules
from pathway_engine.service.free_places import ImpossiblePlaces, SaidPlaces
from pathway_engine.service.receipts import Answered
from pathway_engine.service.relations import UnknownPatient
from tests.service.board_town import BoardTown

EVERYBODY = ("anna", "bo", "siri", "odd")
RATES = RateTable((Rate(date(2026, 1, 1), date(2026, 12, 31), 600000, "made up", False),))


def seen(town: BoardTown, person: str) -> set[str]:
    return {row.patient_id for row in town.board(person).rows}


@pytest.fixture
def four(town: BoardTown) -> BoardTown:
    """One patient on each ward of each municipality: canary1x to canary4x."""
    for patient, ward, municipality in (("1", "MED", "5001"), ("2", "KIR", "5001"), ("3", "MED", "5059"),
                                        ("4", "KIR", "5059")):  # fmt: skip
        town.tell("admitted", patient, ward, municipality, receives_services=True)
        town.tell("discharge_ready", patient, ward, municipality)
    return town


MINE = {
    "anna": {"canary1x", "canary3x"}, "bo": {"canary2x", "canary4x"}, "siri": {"canary1x", "canary2x"},
    "odd": {"canary3x", "canary4x"},
}  # fmt: skip


@pytest.mark.parametrize("person", EVERYBODY)
def test_each_sees_the_patients_of_their_own_ward_or_municipality_alone(four: BoardTown, person: str) -> None:
    """Mutant: everybody's patients."""
    board = four.board(person)
    assert {row.patient_id for row in board.rows} == MINE[person]
    assert board.figures.ready_now == 2
    with four.engine.context.store.reading() as records:
        (row,) = [row for row in records.audit() if row.action == "board read"]
    assert (row.actor, set(row.detail.split(" "))) == (person, MINE[person])


@pytest.mark.parametrize("person", [*EVERYBODY, "kari", "liv"])
def test_a_foreign_patient_looks_like_a_missing_one(four: BoardTown, person: str) -> None:
    """Mutant: whoever knows the id may read."""
    mine = MINE.get(person, {"canary1x", "canary2x"} if person == "kari" else {"canary3x", "canary4x"})
    who = four.who(person)
    for count in range(1, 6):
        id = f"canary{count}x"
        if id in mine:
            assert four.engine.patient(who, id, four.now).patient_id == id
        else:
            for ask in (four.engine.patient, four.engine.office_answer):
                with pytest.raises(UnknownPatient):
                    ask(who, id, four.now)
    with four.engine.context.store.reading() as records:
        assert {row.patient_id for row in records.audit() if row.action == "patient read"} == mine


def test_somebody_without_a_board_sees_nobody(four: BoardTown) -> None:
    assert seen(four, "kari") == set()


def test_an_answer_that_lacks_is_told_with_its_age_and_whose_it_is(town: BoardTown) -> None:
    town.ready()
    town.passes(hours=26)
    row = town.row()
    assert (row.standing, row.waited, row.darkness) == (Standing.READY, timedelta(hours=26), 1)
    assert (row.hindrance.code, row.hindrance.owner) == ("unanswered", "Tildeling 1")
    assert row.hindrance.since == town.now - timedelta(hours=26)
    assert row.answer_task is not None and row.progress is not None and row.progress.step == "HPH0"


@pytest.mark.parametrize(
    ("answers", "code", "day"),
    [
        pytest.param({"can_receive": "now"}, "now", None, id="now"),
        pytest.param({"can_receive": "from_date", "offer_ready_on": date(2026, 11, 20)}, "from_date",
                     date(2026, 11, 20), id="from-a-date"),
        pytest.param({"can_receive": "cannot"}, "cannot", None, id="cannot"),
    ],
)  # fmt: skip
def test_the_answer_changes_what_hinders(town: BoardTown, answers: dict[str, str], code: str, day: date | None) -> None:
    town.ready()
    town.answers(**answers)
    town.passes(hours=3)
    found = town.row().hindrance
    assert (found.code, found.day, found.since) == (code, day, town.now - timedelta(hours=3))


def test_a_readiness_that_is_told_anew_asks_for_a_new_answer(town: BoardTown) -> None:
    """Mutant: an answer to a readiness that was withdrawn still counts."""
    town.ready()
    town.answers(can_receive="now")
    town.passes(hours=1)
    town.tell("discharge_ready_withdrawn")
    assert town.row().standing is Standing.WITHDRAWN
    town.passes(hours=30)
    town.tell("discharge_ready")
    assert town.row().hindrance.code == "unanswered"
    assert town.row().waited == timedelta(hours=1)


def test_a_message_that_did_not_arrive_comes_before_everything(town: BoardTown) -> None:
    """Mutant: nobody is told of it on the board."""
    town.ready()
    town.answers(can_receive="now")
    (sent,) = town.engine.office_answer(town.who("siri"), "canary1x", town.now).given
    assert (sent.way.good, dict(sent.content)["can_receive"]) == (None, "now")
    with town.engine.context.store.reading() as records:
        (row,) = records.outgoing_of_patient("canary1x")
    town.engine.acknowledged(row.message_id, Answered.REJECTED, town.now, actor="fjord", code="X99")
    found = town.row("siri").hindrance
    assert (found.code, found.title.nb) == ("undelivered", "Svar til sykehuset om mottak")
    way = {point.code: point for point in town.row("siri").way}
    assert way["answer_sent"].good is False


def test_the_way_of_the_message_says_read_answered_and_by_when(town: BoardTown) -> None:
    town.ready()
    assert {point.code: point.at for point in town.row().way}["read"] is None
    town.passes(minutes=10)
    who = town.who("siri")
    task = next(each for each in town.engine.worklist(who, town.now) if each.step == "ANSWER")
    town.engine.task(who, task.id, town.now)
    read_at = town.now
    town.passes(minutes=10)
    town.answers(can_receive="now")
    way = {point.code: point for point in town.row().way}
    assert list(way) == ["told", "received", "read", "answered", "answer_sent", "deadline"]
    assert (way["read"].at, way["answered"].at, way["deadline"].good) == (read_at, town.now, True)


def test_without_a_rate_nothing_is_priced_and_an_unverified_one_says_so(town: BoardTown, tmp_path: object) -> None:
    town.ready()
    town.passes(hours=72)
    found = town.row().account
    assert (found.status, len(found.payable), found.amount_ore) == ("not_priced", 3, None)
    town.close()
    priced = BoardTown(f"sqlite:///{tmp_path}/priced.sqlite", replace(load_ukp_rules(), rates=RATES))
    priced.ready()
    priced.passes(hours=72)
    found = priced.row().account
    assert (found.status, found.amount_ore) == ("payable", 3 * 600000)
    assert "rate_unverified" in {reason.code for reason in found.remarks}
    priced.close()


def test_rows_stand_by_waiting_and_those_who_left_go_after_two_days(town: BoardTown) -> None:
    town.ready("1")
    town.passes(hours=30)
    town.tell("admitted", "2", receives_services=True)
    town.tell("discharge_ready", "2")
    town.tell("admitted", "3", receives_services=True)
    town.tell("discharged", "1", destination="home")
    assert [row.patient_id for row in town.board().rows] == ["canary2x", "canary3x", "canary1x"]
    town.passes(hours=49)
    assert [row.patient_id for row in town.board().rows] == ["canary2x", "canary3x"]


def test_a_row_without_news_for_a_day_says_so(town: BoardTown) -> None:
    town.ready()
    town.passes(hours=24)
    assert not town.row().is_stale
    town.passes(hours=1)
    assert town.row().is_stale
    town.tell("need_reported")
    assert not town.row().is_stale


def test_figures_count_the_days_of_this_week_against_the_same_days_of_the_last(town: BoardTown) -> None:
    """Monday 16 November 09 UTC; ready on Tuesday, home on Friday; another is ready on Tuesday a week later."""
    town.ready("1")
    town.passes(days=3)
    town.tell("discharged", "1", destination="home")
    town.passes(days=3)
    town.ready("2")
    town.passes(days=2)
    figures = town.board().figures
    assert (figures.ready_now, figures.long_now) == (1, 1)
    assert (figures.days_this_week, figures.days_last_week) == (2, 2)
    assert figures.median_wait == timedelta(days=2)


def test_places_are_told_by_their_own_municipality_and_seen_with_who_and_when(town: BoardTown) -> None:
    """Mutant: any office tells of any place."""
    siri, odd = town.who("siri"), town.who("odd")
    town.engine.say_places(siri, SaidPlaces(unit="inn1", free=3, total=20), town.now)
    town.passes(hours=25)
    town.engine.say_places(odd, SaidPlaces(unit="inn2", free=0, total=None), town.now)
    with pytest.raises(NotPermitted):
        town.engine.say_places(odd, SaidPlaces(unit="inn1", free=9, total=20), town.now)
    for free, total in ((-1, 4), (5, 4), (10000, None)):
        with pytest.raises(ImpossiblePlaces):
            town.engine.say_places(siri, SaidPlaces(unit="inn1", free=free, total=total), town.now)
    told = [(each.unit, each.free, each.total, each.by_name, each.is_stale) for each in town.board("anna").places]
    assert told == [("inn1", 3, 20, "Siri Søknad", True), ("inn2", 0, None, "Odd Søknad", False)]
    assert [(each.unit, each.mine) for each in town.board("siri").places] == [("inn1", True)]
    town.engine.say_places(siri, SaidPlaces(unit="inn1", free=2, total=20), town.now)
    assert [each.free for each in town.board("siri").places] == [2]


def test_the_patients_page_tells_phases_tasks_with_reasons_messages_and_who_has_looked(town: BoardTown) -> None:
    town.ready()
    town.answers(can_receive="now")
    kari = town.who("kari")
    task = next(each for each in town.engine.worklist(kari, town.now) if each.step == "HPH1")
    town.engine.act(
        kari, task.id, Act.COMMENT, version=task.version, key="c" * 8, now=town.now, comment="Ringte datter"
    )
    course = town.engine.patient(town.who("siri"), "canary1x", town.now)
    assert [(phase.name.nb, phase.until is None) for phase in course.phases] == [
        ("Innlagt", False), ("Utskrivningsklar", True),
    ]  # fmt: skip
    assert all(line.why is not None and line.why.lines[0] > 0 for line in course.tasks)
    arithmetic = {line.task.step: line.why.arithmetic for line in course.tasks if line.why}
    assert arithmetic["HPH1"] is not None
    assert {line.task.step for line in course.tasks if line.is_mine} == {"ANSWER"}
    assert [line.is_received for line in course.messages].count(False) == 1
    assert [note.text for note in course.notes] == ["Ringte datter"]
    looks = {(look.name, look.unit, look.action) for look in course.looks}
    assert ("Kari Sykepleier", "Hjemmetjenesten 1", "task comment") in looks
    assert ("Siri Søknad", "Tildeling 1", "patient read") in looks
    assert course.row is not None and course.may_answer is False


def test_who_is_gone_for_long_is_not_read_for_the_sake_of_work_that_nobody_ended(town: BoardTown) -> None:
    """Mutant: every open task of all years brings its patient's log along. Who still lies there is always shown."""
    town.ready("1")
    town.ready("2")
    town.tell("discharged", "1", destination="home")
    town.passes(days=100)
    with town.engine.context.store.reading() as records:
        open_still = {task.patient_id for task in records.live_tasks_of(["canary1x"]) if task.step == "HPH0"}
        found = records.patients_worked_on([("med", "ward_nurse")], town.now, town.now - timedelta(days=90))
    assert (open_still, found) == ({"canary1x"}, set())
    assert [row.patient_id for row in town.board().rows] == ["canary2x"]
    assert town.row().darkness == 4
