"""Who may see a patient: by work, ward, municipality or doctor's office, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pathway_engine.domain.directory import Directories, Organisation
from pathway_engine.domain.errors import UnknownPatient
from pathway_engine.service import relations
from pathway_engine.service.engine import Engine
from pathway_engine.service.nearness import Nearness
from pathway_engine.service.views import Principal
from tests.service.community import Community

PATIENT = "patient-1"


def seated(*seats: tuple[str, str]) -> Principal:
    return Principal(person="x", name="X", role=seats[0][1], seats=seats)


def ground(community: Community, who: Principal, days: int = 0) -> str | None:
    context = community.engine.context
    with context.store.reading() as records:
        try:
            now = community.now + timedelta(days=days)
            return relations.require(context, records, who, PATIENT, now).ground
        except UnknownPatient:
            return None


@pytest.fixture
def home(community: Community) -> Community:
    community.brought_home()
    return community


@pytest.mark.parametrize(
    ("seat", "found"),
    [
        pytest.param(("east", "home_care_nurse"), "task", id="the-unit-with-the-task"),
        pytest.param(("east", "home_care_assistant"), "task", id="an-assistant-of-the-unit"),
        pytest.param(("west", "home_care_nurse"), None, id="another-unit-of-the-municipality"),
        pytest.param(("office", "allocation_office"), "municipality", id="the-municipality's-allocation-office"),
        pytest.param(("office", "message_responsible"), "municipality", id="the-municipality's-message-responsible"),
        pytest.param(("fjord", "allocation_office"), None, id="an-office-without-a-municipality"),
        pytest.param(("east", "designer"), None, id="a-designer-in-the-unit"),
        pytest.param(("east", "admin"), None, id="an-admin-in-the-unit"),
        pytest.param(("east", "auditor"), None, id="an-auditor-in-the-unit"),
        pytest.param(("east", "gp_reader"), None, id="a-reader-has-no-work-in-the-unit"),
        pytest.param(("ward", "ward_nurse"), "task", id="the-ward-with-a-task"),
        pytest.param(("fjord", "ward_nurse"), None, id="a-ward-that-the-patient-was-not-on"),
    ],
)
def test_a_seat_is_near_by_its_work_alone(home: Community, seat: tuple[str, str], found: str | None) -> None:
    assert ground(home, seated(seat)) == found


def test_work_with_one_patient_makes_nobody_near_to_another(home: Community) -> None:
    told = {"id": "other", "name": "enrolled", "cause": "enrolled/other", "at": home.now.isoformat()}
    home.send(patient="200", district="02", entries=[{**told, "recorded": home.now.isoformat()}])
    assert home.list_of("per")
    assert ground(home, seated(("west", "home_care_nurse"))) is None


def test_a_unit_stays_near_for_a_while_after_its_last_task(home: Community) -> None:
    home.tell("died")
    nurse = seated(("east", "home_care_nurse"))
    assert [ground(home, nurse, days) for days in (0, 89, 91)] == ["task", "task", None]


def test_the_ward_of_the_stay_is_near_until_some_time_after_it(community: Community) -> None:
    community.tell("admitted", ward="MED", receives_services=True)
    community.tell("died")
    context, nurse = community.engine.context, seated(("ward", "ward_nurse"))
    community.engine = Engine(replace(context, nearness=Nearness(after_task=timedelta(0))))
    assert [ground(community, nurse, days) for days in (0, 29, 31)] == ["ward", "ward", None]


def test_the_ward_is_not_near_to_whoever_has_long_been_home(community: Community) -> None:
    """The pathway goes on for weeks at home; the ward's part of it does not."""
    community.tell("admitted", ward="MED", receives_services=True)
    context, nurse = community.engine.context, seated(("ward", "ward_nurse"))
    community.engine = Engine(replace(context, nearness=Nearness(after_task=timedelta(0))))
    assert ground(community, nurse, days=100) == "ward", "who lies there still"
    community.tell("discharged", destination="home")
    assert [ground(community, nurse, days) for days in (29, 31)] == ["ward", None]


def test_an_allocation_office_is_near_to_its_own_citizens_alone(home: Community) -> None:
    place = home.engine.context.directory.organisations["office"]
    elsewhere = replace(place, id="neighbour", municipality="5059")
    directory = home.engine.context.directory
    there = replace(directory, organisations={**directory.organisations, "neighbour": elsewhere})
    context = replace(home.engine.context, directories=Directories(((home.now - timedelta(days=99), there),)))
    home.engine = Engine(context)
    assert ground(home, seated(("neighbour", "allocation_office"))) is None
    assert ground(home, seated(("office", "allocation_office"))) == "municipality"


def test_a_doctors_office_reads_the_patients_whose_doctor_is_there(home: Community) -> None:
    directory = home.engine.context.directory
    doctors = {
        "surgery": Organisation(id="surgery", name="Legesenteret", kind="other"),
        "doctor": Organisation(id="doctor", name="Lege Dahl", kind="doctor", parent="surgery", her_id="8400002"),
        "others": Organisation(id="others", name="Et annet legesenter", kind="other"),
    }
    there = replace(directory, organisations={**directory.organisations, **doctors})
    home.engine = Engine(
        replace(home.engine.context, directories=Directories(((home.now - timedelta(days=99), there),)))
    )
    home.tell("person_updated", stay=None, gp="8400002")
    assert ground(home, seated(("surgery", "gp_reader"))) == "gp"
    assert ground(home, seated(("others", "gp_reader"))) is None


def test_a_missing_patient_and_a_foreign_one_are_the_same_error(home: Community) -> None:
    context = home.engine.context
    said = set()
    with context.store.reading() as records:
        for patient_id in (PATIENT, "patient-9"):
            with pytest.raises(UnknownPatient) as refused:
                relations.require(context, records, seated(("west", "home_care_nurse")), patient_id, home.now)
            said.add(str(refused.value))
    assert len(said) == 1


def test_an_old_id_leads_to_the_surviving_record(home: Community) -> None:
    home.send(patient="200", entries=[], district="01")
    home.send(patient="100", retires="200", entries=[])
    context = home.engine.context
    with context.store.reading() as records:
        found = relations.require(context, records, seated(("east", "home_care_nurse")), "patient-2", home.now)
    assert found.patient.id == PATIENT
