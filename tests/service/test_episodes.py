"""From messages to lists: the stories that the pathway exists for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pathway_engine.domain.events import Act
from pathway_engine.service.rebuilding import rebuild
from tests.service.community import Community


def test_coming_home_puts_the_visit_and_the_review_on_the_right_units_lists_only(community: Community) -> None:
    community.brought_home()
    visit = community.list_of("kari")["HPH2"]
    assert visit.due_at == datetime(2026, 11, 21, 22, 59, 59, tzinfo=UTC)
    assert visit.unit_name == "Hjemmetjenesten øst"
    assert community.list_of("per") == {}


def test_readmission_ends_the_round_without_counting_it_as_a_breach(community: Community) -> None:
    community.brought_home()
    community.passes(days=1)
    community.tell("admitted", stay="VN2")
    statuses = statuses_of(community)
    assert statuses["HPH2"] == ("cancelled", "not-needed") and statuses["HPH5"][0] == "cancelled"
    assert community.list_of("kari").keys() == {"HPH6"}


def statuses_of(community: Community) -> dict[str, tuple[str, str]]:
    with community.engine.context.store.reading() as records:
        rows = [row for patient in records.patients_with_entries() for row in records.tasks_of_patient(patient)]
    return {row.step: (row.status, row.business_status) for row in sorted(rows, key=lambda row: row.raised_at)}


def test_death_closes_everything_quietly(community: Community) -> None:
    community.brought_home()
    community.tell("died", stay=None)
    assert community.list_of("kari") == {} and community.list_of("liv") == {}
    assert "failed" not in {status for step, (status, _) in statuses_of(community).items() if step in ("HPH2", "HPH5")}


def test_a_cancelled_discharge_takes_the_visit_off_the_list_and_keeps_the_record(community: Community) -> None:
    community.brought_home()
    community.void("discharged/VN1")
    assert "HPH2" not in community.list_of("kari")
    assert statuses_of(community)["HPH2"] == ("entered-in-error", "corrected")


def test_a_corrected_discharge_moves_the_deadline_of_the_same_task(community: Community) -> None:
    community.brought_home()
    before = community.list_of("kari")["HPH2"]
    entry = {
        "id": "X",
        "name": "discharged",
        "cause": "discharged/VN1",
        "stay": "VN1",
        "facts": {"destination": "home"},
    }
    entry |= {"at": "2026-11-19T07:00:00+00:00", "recorded": "2026-11-19T07:10:00+00:00"}
    community.passes(days=1, hours=1)
    community.send(entries=[entry], stay="VN1", district="01")
    after = community.list_of("kari")["HPH2"]
    assert after.id == before.id and after.due_at == datetime(2026, 11, 22, 22, 59, 59, tzinfo=UTC)


def test_a_readiness_told_after_the_discharge_leaves_the_patient_at_home(community: Community) -> None:
    """Mutant: sorted by when it was written down, not by when it happened."""
    community.tell("admitted", receives_services=True)
    community.passes(days=2)
    community.tell("discharged", destination="home")
    community.passes(hours=1)
    ready = {"id": "L", "name": "discharge_ready", "cause": "discharge_ready/VN1/1", "stay": "VN1"}
    ready |= {"at": "2026-11-17T09:00:00+00:00", "recorded": community.now.isoformat()}
    community.send(entries=[ready], stay="VN1", district="01")
    assert "HPH2" in community.list_of("kari")
    assert statuses_of(community)["HPH1"] == ("failed", "missed")


def test_an_unknown_destination_opens_no_gate_and_asks_a_person(community: Community) -> None:
    """Mutant: unknown taken for false, and the patient forgotten; or for true, and home by guess."""
    community.tell("discharge_ready")
    community.passes(hours=3)
    community.tell("discharged")
    question = community.list_of("mia")["CLARIFY"]
    assert "HPH2" not in community.list_of("kari")
    community.engine.act(
        community.who("mia"), question.id, Act.COMPLETE, version=question.version, key="k", now=community.now,
        answers={"destination": "home"},
    )  # fmt: skip
    assert "HPH2" in community.list_of("kari")


def test_an_overdue_visit_rises_to_the_leader_and_can_still_be_done(community: Community) -> None:
    community.brought_home()
    community.passes(days=4)
    risen = community.list_of("liv")["HPH2"]
    assert risen.escalated and risen.overdue and risen.status == "requested"


def test_a_merge_moves_everything_open_to_the_one_who_survives(community: Community) -> None:
    """A40 tells that 100 is 200: tasks, log and later messages under either number are one person's."""
    community.brought_home()
    community.send(patient="200", retires="100", entries=[])
    community.send(patient="200", retires="100", entries=[])
    visit = community.list_of("kari")["HPH2"]
    assert len(community.engine.worklist(community.who("kari"), community.now)) == len(community.list_of("kari"))
    community.tell("died", stay=None)
    assert community.list_of("kari") == {}, visit


def test_a_stay_known_before_enrolment_places_the_patient_at_once(community: Community) -> None:
    """Admitted and discharged with nobody enrolled; enrolled by hand next morning: home since yesterday."""
    community.tell("admitted", receives_services=False)
    community.passes(days=2)
    community.tell("discharged", destination="home")
    assert community.list_of("kari") == {}
    community.passes(hours=20)
    community.tell("enrolled", stay=None)
    assert community.list_of("kari")["HPH2"].due_at == datetime(2026, 11, 21, 22, 59, 59, tzinfo=UTC)


def test_several_pathways_run_at_once_for_one_patient(database_url: str) -> None:
    community = Community(database_url, pathways=("hph", "heart_failure"))
    try:
        community.tell("enrolled", stay=None)
        with community.engine.context.store.reading() as records:
            (patient,) = records.patients_with_entries()
            assert "hph" in {row.pathway for row in records.episodes(patient)}
            assert len(records.definitions()) == 2
    finally:
        community.close()


@pytest.mark.parametrize("sweeps", [0, 3])
def test_five_weeks_of_a_life_rebuild_to_what_is_stored(community: Community, sweeps: int) -> None:
    community.brought_home()
    for _ in range(sweeps):
        community.passes(days=10)
    community.passes(days=5)
    community.tell("fall_reported", stay=None)
    report = rebuild(community.engine.context, community.now, check=True)
    assert (report.patients, report.episodes, report.differing) == (1, 1, ())


def test_a_projection_changed_behind_the_log_is_found_and_mended(community: Community) -> None:
    """Mutant: a projection updated outside an event."""
    community.brought_home()
    context = community.engine.context
    with context.store.transaction() as records:
        (patient,) = records.patients_with_entries()
        row = next(row for row in records.tasks_of_patient(patient) if row.step == "HPH2")
        records.save_tasks(
            [replace(row, status="completed", body=row.body.replace(b"requested", b"completed"))], community.now
        )
    assert len(rebuild(context, community.now, check=True).differing) == 1
    rebuild(context, community.now, check=False)
    assert rebuild(context, community.now, check=True).differing == ()
