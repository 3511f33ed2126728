"""Rows say when they were last saved, by whatever saved them, and a stay has the id that others call it by."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from pathway_engine.domain.events import Act
from pathway_engine.service.parking import let_run, set_aside
from pathway_engine.storage.rows import EpisodeRow, TaskRow
from tests.service.community import Community


def tasks(community: Community, patient: str = "patient-1") -> dict[str, TaskRow]:
    with community.engine.context.store.reading() as records:
        return {row.key: row for row in records.tasks_of_patient(patient)}


def episode(community: Community, patient: str = "patient-1") -> EpisodeRow:
    with community.engine.context.store.reading() as records:
        return records.episodes(patient)[0]


def test_only_what_was_saved_is_dated_anew(community: Community) -> None:
    community.brought_home()
    before, came_home = tasks(community), community.now
    assert max(row.changed_at for row in before.values()) == episode(community).changed_at == came_home
    task = community.list_of("kari")["HPH2"]
    community.now += timedelta(minutes=5)
    community.engine.act(
        community.who("kari"), task.id, Act.CLAIM, version=task.version, key="a claim", now=community.now
    )
    after = tasks(community)
    assert {key for key in after if after[key].changed_at != before[key].changed_at} == {task.key}
    assert after[task.key].changed_at == episode(community).changed_at == community.now


def test_a_merge_dates_what_it_moves(community: Community) -> None:
    community.brought_home()
    community.send(patient="200", entries=[])
    community.now += timedelta(hours=1)
    community.send(patient="200", retires="100")
    moved = tasks(community, "patient-2")
    assert moved
    assert {row.changed_at for row in moved.values()} == {community.now}
    assert episode(community, "patient-2").changed_at == community.now


def test_parking_and_going_on_date_an_episode(community: Community) -> None:
    community.brought_home()
    context, now = community.engine.context, community.now

    def at(later: datetime) -> tuple[datetime, datetime]:
        row = episode(community)
        (stopped,) = (each for each in tasks(community).values() if each.step == "STOPPED")
        assert later > now
        return row.changed_at, stopped.changed_at

    parked, ran = now + timedelta(minutes=1), now + timedelta(minutes=2)
    context.committed(lambda records: set_aside(context, records, episode(community), ValueError(), parked))
    assert at(parked) == (parked, parked)
    context.committed(lambda records: let_run(context, records, episode(community), ran))
    assert at(ran) == (ran, ran)


def test_a_task_names_its_stay_and_the_stay_its_public_id(community: Community) -> None:
    community.brought_home()
    assert {row.stay for row in tasks(community).values() if row.step == "HPH2"} == {"VN1"}
    public_id = str(uuid5(NAMESPACE_URL, "default/stay/VN1"))
    with community.engine.context.store.reading() as records:
        assert records.stay_of_public_id(public_id) == ("VN1", "patient-1")
        assert records.stay_of_public_id("VN1") is None
