"""Emergency access: a reason, a time, and an alarm on the right lists; never in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pathway_engine.domain.directory import Directories, Person
from pathway_engine.domain.errors import UnknownPatient
from pathway_engine.domain.identifiers import NationalIdentityNumber, make_synthetic
from pathway_engine.service import relations
from pathway_engine.service.access import emergency
from pathway_engine.service.access.emergency import ReasonMissing, TooManyTries
from pathway_engine.service.engine import Engine
from pathway_engine.service.views import Principal
from tests.service.community import START, Community, directory

WORDS = "Falt utenfor butikken og trenger hjelp nå"


NUMBER, NOBODYS = (NationalIdentityNumber(make_synthetic(date(1941, 3, 2), serial)) for serial in (1, 3))


@pytest.fixture
def town(community: Community) -> Community:
    """A patient of the eastern unit, a nurse of the western one with a leader, and an auditor."""
    known = directory()
    people = {
        **known.people,
        "lars": Person(id="lars", name="Lars", seats=(("west", "home_care_leader"),)),
        "rune": Person(id="rune", name="Rune", seats=(("5001", "auditor"),)),
    }
    directories = Directories(((START, replace(known, people=people)),))
    community.engine = Engine(replace(community.engine.context, directories=directories))
    community.send(national=[NUMBER.digits], entries=[], district="01")
    community.brought_home()
    return community


def begin(town: Community, number: NationalIdentityNumber = NUMBER, words: str = WORDS) -> emergency.Emergency:
    return emergency.begin(town.engine.context, who(town, "per"), number, "acute", words, town.now)


def who(town: Community, person: str) -> Principal:
    found = town.engine.principal(person, "")
    assert found is not None
    return found


def sees(town: Community) -> str | None:
    with town.engine.context.store.reading() as records:
        try:
            return relations.require(town.engine.context, records, who(town, "per"), "patient-1", town.now).ground
        except UnknownPatient:
            return None


def test_it_opens_the_patient_for_a_time(town: Community) -> None:
    assert sees(town) is None
    assert begin(town).until == town.now + timedelta(hours=4)
    assert sees(town) == "emergency"
    town.now += timedelta(hours=4)
    assert sees(town) is None


def test_leader_and_auditor_have_it_on_their_lists_at_once_with_the_words(town: Community) -> None:
    """Mutant: the alarm is raised on nobody's list."""
    begin(town)
    for person in ("lars", "rune"):
        (task,) = [each for each in town.engine.worklist(who(town, person), town.now) if each.step == "EMERGENCY"]
        assert task.due_at == town.now + timedelta(hours=24)
        assert [text for _, _, text in town.engine.task(who(town, person), task.id, town.now).comments] == [WORDS]
    for person in ("per", "kari"):
        assert "EMERGENCY" not in town.list_of(person)


def test_an_alarm_makes_the_auditor_no_nearer_to_the_patient(town: Community) -> None:
    begin(town)
    with town.engine.context.store.reading() as records, pytest.raises(UnknownPatient):
        relations.require(town.engine.context, records, who(town, "rune"), "patient-1", town.now)


def test_each_step_stands_in_the_audit(town: Community) -> None:
    found = begin(town)
    emergency.of(town.engine.context, who(town, "per"), found.patient_id, town.now)
    with pytest.raises(UnknownPatient):
        begin(town, NOBODYS)
    with town.engine.context.store.reading() as records:
        rows = [row for row in records.audit() if row.detail == "emergency"]
    told = [(row.action, row.patient_id, row.outcome) for row in reversed(rows)]
    assert told == [
        ("emergency access: acute", "patient-1", "ok"),
        ("emergency access read", "patient-1", "ok"),
        ("emergency access refused", None, "refused"),
    ]


@pytest.mark.parametrize(
    ("reason", "words"), [("", WORDS), ("curious", WORDS), ("acute", "vet ikke"), ("acute", " " * 40)]
)
def test_without_a_reason_nothing_is_opened(town: Community, reason: str, words: str) -> None:
    with pytest.raises(ReasonMissing):
        emergency.begin(town.engine.context, who(town, "per"), NUMBER, reason, words, town.now)
    assert sees(town) is None


def test_numbers_cannot_be_tried_through(town: Community) -> None:
    for _ in range(5):
        with pytest.raises(UnknownPatient):
            begin(town, NOBODYS)
    with pytest.raises(TooManyTries):
        begin(town)


def test_another_s_emergency_access_is_not_mine(town: Community) -> None:
    found = begin(town)
    with pytest.raises(UnknownPatient):
        emergency.of(town.engine.context, who(town, "lars"), found.patient_id, town.now)
