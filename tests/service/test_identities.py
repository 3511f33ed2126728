"""One patient, several numbers: records are joined without losing an open task, and never by guesswork."""

from __future__ import annotations

from datetime import date

from pathway_engine.domain.identifiers import make_synthetic
from tests.service.community import Community

FNR = make_synthetic(date(1941, 3, 2), 4)
D_NUMBER = "42834100031"
OF_ANOTHER_DAY = make_synthetic(date(1941, 3, 3), 0)


def admitted(community: Community, number: str, stay: str) -> None:
    community.send(
        patient=None, national=[number], stay=stay, district="01",
        entries=[{
            "id": f"E{stay}", "name": "discharge_ready", "cause": f"discharge_ready/{stay}",
            "at": community.now.isoformat(), "recorded": community.now.isoformat(), "stay": stay, "facts": {},
        }],
    )  # fmt: skip


def patients(community: Community) -> int:
    with community.engine.context.store.reading() as records:
        return len(records.patients_with_entries())


def test_a_fodselsnummer_told_beside_a_known_d_number_is_the_same_patients(community: Community) -> None:
    admitted(community, D_NUMBER, "VN1")
    received = community.send(patient=None, national=[FNR, D_NUMBER], entries=[])
    admitted(community, FNR, "VN1")
    assert received.disposition == "applied"
    assert patients(community) == 1


def test_two_records_are_joined_when_one_message_tells_both_numbers(community: Community) -> None:
    """A task under either number stays open and stands on one patient's list."""
    admitted(community, D_NUMBER, "VN1")
    community.passes(hours=1)
    admitted(community, FNR, "VN2")
    before = {view.key for view in community.engine.worklist(community.who("kari"), community.now)}
    assert patients(community) == 2 and len(before) == 2

    received = community.send(patient="100", national=[D_NUMBER, FNR], entries=[])
    after = community.engine.worklist(community.who("kari"), community.now)
    assert (received.disposition, patients(community)) == ("applied", 1)
    assert len({view.patient_id for view in after}) == 1 and after
    assert {view.step for view in after} == {"HPH1"}
    community.passes(hours=1)
    community.tell("died", stay=None)
    assert community.list_of("kari") == {}


def test_numbers_of_two_days_are_not_joined_but_left_to_a_person(community: Community) -> None:
    admitted(community, D_NUMBER, "VN1")
    admitted(community, OF_ANOTHER_DAY, "VN2")
    received = community.send(patient=None, national=[D_NUMBER, OF_ANOTHER_DAY], entries=[])
    assert (received.disposition, patients(community)) == ("unplaced", 2)


def test_a_third_persons_number_in_the_message_stops_the_join(community: Community) -> None:
    admitted(community, D_NUMBER, "VN1")
    admitted(community, FNR, "VN2")
    community.tell("discharge_ready", stay="VN3")
    received = community.send(patient="100", national=[D_NUMBER, FNR], entries=[])
    assert (received.disposition, patients(community)) == ("unplaced", 3)


def test_a_third_persons_stay_in_the_message_stops_the_join(community: Community) -> None:
    admitted(community, D_NUMBER, "VN1")
    admitted(community, FNR, "VN2")
    community.tell("discharge_ready", stay="VN3")
    received = community.send(patient=None, national=[D_NUMBER, FNR], stay="VN3", entries=[])
    assert (received.disposition, patients(community)) == ("unplaced", 3)
