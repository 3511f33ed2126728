"""Messages joined into stays and events, in whatever order they come and whatever is taken back."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from adapters.norwegian.head import Party
from adapters.norwegian.messages import Message
from adapters.norwegian.values import Moment
from pathway_engine.domain.events import Happened
from pathway_engine.service.rebuilding import rebuild
from tests.adapters.norwegian import letters
from tests.adapters.norwegian.letters import (
    admitted,
    died,
    discharged,
    follows,
    need,
    note,
    ready,
    report,
    request,
    uuid,
    with_head,
    withdrawn,
)  # fmt: skip
from tests.norwegian.town import Town

VIK = Party(organisation=letters.organisation("Vik sykehus", "60", "Kirurgi", "6001"))
DOCTOR = Party(organisation=letters.organisation("Legesenteret", "91096"))


def at(message: Message, number: int, written: str) -> Message:
    """*message* as the one of that number, written then."""
    return with_head(message, id=uuid(number), generated_at=Moment(f"{written}+01:00"))


def told(town: Town, messages: Sequence[Message], order: Sequence[int] | None = None) -> list[Happened]:
    for place in order or range(len(messages)):
        received = town.receive(messages[place])
        assert received.disposition == "applied", received.reason
    assert rebuild(town.engine.context, town.now, check=True).differing == ()
    return town.story()


STAY = (
    at(admitted(), 1, "2026-11-14T10:30:00"),
    at(need(), 2, "2026-11-14T12:00:00"),
    at(ready(), 3, "2026-11-16T09:00:00"),
    at(discharged(), 4, "2026-11-16T11:30:00"),
    at(report("UTSKRIVNINGSRAPPORT"), 5, "2026-11-16T12:00:00"),
)
WHOLE = ["admitted", "need_reported", "discharge_ready", "discharged", "discharge_report_received"]


def test_a_whole_stay_is_one_stay_and_moves_the_patient(town: Town) -> None:
    """Mutant: each message a stay of its own."""
    story = told(town, STAY)
    assert [each.name for each in story] == WHOLE
    assert len({each.stay for each in story}) == 1
    with town.engine.context.store.reading() as records:
        (episode,) = records.episodes("patient-1", "hph")
    assert episode.phase == "at_home"


@pytest.mark.parametrize("order", [(4, 3, 2, 1, 0), (3, 0, 2, 1, 4), (1, 2, 3, 4, 0), (2, 1, 0, 4, 3), (3, 4, 0, 1, 2)])
def test_a_stay_is_one_stay_in_whatever_order_it_is_told(town: Town, order: tuple[int, ...]) -> None:
    """Mutant: the admission that comes late begins another stay."""
    story = told(town, STAY, order)
    assert [each.name for each in story] == WHOLE
    assert len({each.stay for each in story}) == 1


def test_what_the_messages_say_becomes_facts(town: Town) -> None:
    admission, early, readiness, departure, _ = told(town, STAY)
    assert admission.occurred_at == datetime(2026, 11, 14, 9, tzinfo=UTC)
    assert admission.facts["receives_services"] is True and admission.facts["ward"] == letters.WARD
    assert early.facts["expected_discharge"] == date(2026, 11, 19)
    assert readiness.occurred_at == datetime(2026, 11, 16, 8, tzinfo=UTC), "told is told, whatever Anslag says"
    assert "expected_discharge" not in readiness.facts
    assert (departure.facts["destination"], departure.occurred_at) == ("home", datetime(2026, 11, 16, 10, tzinfo=UTC))


def test_an_update_of_the_early_notice_counts_last(town: Town) -> None:
    update = at(need("2026-11-22", "2", "M", conversation=follows(uuid(2))), 6, "2026-11-15T08:00:00")
    story = told(town, [*STAY[:2], update])
    assert [each.name for each in story] == ["admitted", "need_reported", "need_reported"]
    assert story[-1].facts["expected_discharge"] == date(2026, 11, 22)


TURN = (
    at(ready(), 1, "2026-11-16T09:00:00"),
    at(withdrawn(), 2, "2026-11-16T13:00:00"),
    at(ready(on="2026-11-17"), 3, "2026-11-17T09:00:00"),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_readiness_may_be_told_and_withdrawn_again_and_again(town: Town, order: tuple[int, ...]) -> None:
    story = told(town, TURN, order)
    assert [each.name for each in story] == ["discharge_ready", "discharge_ready_withdrawn", "discharge_ready"]
    assert len({each.stay for each in story}) == 1


CANCELLED = (
    at(discharged(), 4, "2026-11-16T11:30:00"),
    at(discharged(to="11", status="M", conversation=follows(uuid(4))), 5, "2026-11-16T12:00:00"),
    at(discharged(status="C", conversation=follows(uuid(4), uuid(5))), 6, "2026-11-16T12:30:00"),
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_cancellation_takes_back_the_whole_chain_in_any_order(town: Town, order: tuple[int, ...]) -> None:
    """Mutant: only the last of the chain is taken back; mutant: what comes after its cancellation counts."""
    town.receive(STAY[0])
    assert [each.name for each in told(town, CANCELLED, order)] == ["admitted"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_change_replaces_what_it_changes_in_both_orders(town: Town, order: tuple[int, int]) -> None:
    story = told(town, CANCELLED[:2], order)
    assert [(each.name, each.facts["destination"]) for each in story] == [("discharged", "nursing_home")]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_change_of_the_admissions_time_leaves_one_stay(town: Town, order: tuple[int, int]) -> None:
    changed = at(admitted("2026-11-14T07:30:00", "M", conversation=follows(uuid(1))), 2, "2026-11-14T11:00:00")
    story = told(town, [STAY[0], changed], order)
    assert [(each.name, each.occurred_at.hour) for each in story] == [("admitted", 6)]


def test_what_was_told_before_a_changed_admission_is_of_the_same_stay(town: Town) -> None:
    changed = at(admitted("2026-11-14T07:30:00", "M", conversation=follows(uuid(1))), 9, "2026-11-14T13:00:00")
    story = told(town, [*STAY[:2], changed, STAY[3]])
    assert [each.name for each in story] == ["admitted", "need_reported", "discharged"]
    assert len({each.stay for each in story}) == 1


def test_a_cancellation_of_another_hospitals_chain_takes_nothing_back(town: Town) -> None:
    """Mutant: a reference alone says what is cancelled."""
    foreign = at(admitted(status="C", sender=VIK, conversation=follows(uuid(1))), 9, "2026-11-16T12:00:00")
    assert [each.name for each in told(town, [STAY[0], foreign])] == ["admitted"]


def test_a_cancelled_readiness_leaves_the_admission_it_follows(town: Town) -> None:
    """A sender may let its messages follow each other through the stay: a cancellation is of its own kind alone."""
    followed = at(ready(conversation=follows(uuid(1))), 3, "2026-11-16T09:00:00")
    taken_back = at(ready("C", conversation=follows(uuid(1), uuid(3))), 6, "2026-11-16T10:00:00")
    assert [each.name for each in told(town, [STAY[0], followed, taken_back])] == ["admitted"]


def test_two_hospitals_have_a_stay_each(town: Town) -> None:
    there = at(admitted("2026-11-16T12:00:00", sender=VIK), 8, "2026-11-16T12:30:00")
    story = told(town, [*STAY[:1], there])
    assert [str(each.stay).partition("/")[0] for each in story] == ["her:59", "her:60"]


def test_a_readmission_is_a_stay_of_its_own(town: Town) -> None:
    """Mutant: the newest stay takes everything, also what belongs to the one before it."""
    back = at(admitted("2026-11-19T08:00:00"), 7, "2026-11-19T08:30:00")
    later = at(report("UTSKRIVNINGSRAPPORT"), 8, "2026-11-17T08:00:00")
    story = told(town, [*STAY[:4], back, later])
    stays = [each.stay for each in story]
    assert [each.name for each in story][-2:] == ["discharge_report_received", "admitted"]
    assert stays[-2] == stays[0] != stays[-1]


def test_the_first_heard_of_a_stay_may_be_its_end(town: Town) -> None:
    (story,) = told(town, [STAY[3]])
    assert (story.name, str(story.stay).partition("/")[0]) == ("discharged", "her:59")


def test_two_patients_admitted_in_the_same_minute_have_stays_of_their_own(town: Town) -> None:
    other = letters.with_patient(admitted(id=uuid(2)), idents=(letters.number(letters.make_number(1)),))
    town.receive(STAY[0])
    town.receive(other)
    assert town.story("patient-1")[0].stay != town.story("patient-2")[0].stay


@pytest.mark.parametrize(
    ("message", "destination", "dead"),
    [
        pytest.param(discharged(to="1"), "home", False, id="home"),
        pytest.param(discharged(to="21"), "acute_unit", False, id="acute-unit"),
        pytest.param(discharged(to="7"), "other_hospital", False, id="another-unit-of-the-hospital"),
        pytest.param(discharged(to="98"), None, False, id="unknown-is-asked-for"),
        pytest.param(discharged(to="4711"), None, False, id="a-code-nobody-knows-is-asked-for"),
        pytest.param(discharged(to="1", outcome="2"), "dead", True, id="dead"),
    ],
)
def test_where_the_patient_went(town: Town, message: Message, destination: str | None, dead: bool) -> None:
    story = told(town, [message])
    (departure,) = [each for each in story if each.name == "discharged"]
    assert departure.facts.get("destination") == destination
    assert ("died" in [each.name for each in story]) == dead


def test_a_notice_of_death_is_of_the_person_and_may_be_taken_back(town: Town) -> None:
    first = at(died(), 1, "2026-11-17T08:00:00")
    (event,) = told(town, [first])
    assert (event.name, event.stay, event.occurred_at) == ("died", None, datetime(2026, 11, 16, 22, 59, tzinfo=UTC))
    assert told(town, [at(died(status="C", conversation=follows(uuid(1))), 2, "2026-11-17T09:00:00")]) == []


@pytest.mark.parametrize(
    ("message", "name"),
    [
        pytest.param(report("INNLEGGELSESRAPPORT"), "admission_report_received", id="admission-report"),
        pytest.param(report("HELSEOPPLYSNINGER_LEGE"), "report_to_doctor_received", id="to-the-doctor"),
        pytest.param(report("MEDISINSKE_OPPLYSNINGER", sender=DOCTOR), "gp_report_received", id="from-the-doctor"),
        pytest.param(request(), "request_received", id="request"),
        pytest.param(note("DIALOG_SVAR", "5", "9069", "1.0"), "answer_received", id="answer"),
        pytest.param(note("DIALOG_AVVIK", "1", "8117", "1.0"), "deviation_received", id="deviation"),
        pytest.param(note("DIALOG_NOTAT", "1", "8127", "1.0"), "note_received", id="note"),
        pytest.param(note("DIALOG_HELSEFAGLIG", "7", "7322"), "dialogue_received", id="dialogue"),
    ],
)
def test_what_is_not_about_a_stay_is_an_event_of_the_person(town: Town, message: Message, name: str) -> None:
    (event,) = told(town, [message])
    assert (event.name, event.stay) == (name, None)


def test_version_1_5_says_the_same(town: Town) -> None:
    story = told(town, [replace(each, version="1.5") for each in (STAY[0], STAY[2], STAY[3])])
    assert [each.name for each in story] == ["admitted", "discharge_ready", "discharged"]
