"""An episode that time cannot be let pass in: set aside, on somebody's list, tried again, and harmless to others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from pathway_engine.domain.errors import NotPermitted
from pathway_engine.domain.events import Act
from pathway_engine.service import waking
from pathway_engine.service.health import WORK
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.service.stopped import ADVICE, STOPPED
from pathway_engine.service.views import TaskView
from pathway_engine.storage.errors import DatabaseUnusable
from pathway_engine.storage.rows import EpisodeRow
from tests.service.community import Community

OTHERS = 4


@pytest.fixture
def faulty(community: Community) -> str:
    """Some patients who come home at the same time; the id of one of them, whose stored state is then damaged."""
    at = community.now.isoformat()
    for number in range(OTHERS + 1):
        entry = {
            "id": f"D{number}", "name": "discharged", "cause": f"discharged/S{number}", "at": at, "recorded": at,
            "stay": f"S{number}", "facts": {"destination": "home", "receives_services": True},
        }  # fmt: skip
        community.send(patient=str(number), district="01", stay=f"S{number}", entries=[entry])
    with community.engine.context.store.reading() as records:
        found = records.patients_with_entries()[2]
    damage(community, found)
    return found


def damage(community: Community, patient_id: str) -> None:
    with community.engine.context.store.engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept AS SELECT id, state FROM episode"))
        connection.execute(
            text("UPDATE episode SET state = :state WHERE patient_id = :id"), {"state": b"rubbish", "id": patient_id}
        )


def repair(community: Community) -> None:
    with community.engine.context.store.engine.begin() as connection:
        connection.execute(
            text("UPDATE episode SET state = (SELECT state FROM kept WHERE kept.id = episode.id) WHERE state = :state"),
            {"state": b"rubbish"},
        )


def episodes(community: Community) -> list[EpisodeRow]:
    with community.engine.context.store.reading() as records:
        return [row for patient in records.patients_with_entries() for row in records.episodes(patient)]


def parked(community: Community) -> list[EpisodeRow]:
    with community.engine.context.store.reading() as records:
        return records.parked()


def on_list(community: Community) -> TaskView | None:
    """The task that somebody is shown: the message responsible."""
    return community.list_of("mia").get(STOPPED)


@contextmanager
def failing(*faults: Exception) -> Iterator[None]:
    """Let advancing fail with one fault after another, with the last for ever."""
    left = list(faults)

    def breaks(*_: object) -> None:
        raise left.pop(0) if len(left) > 1 else left[0]

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(waking, "refresh", breaks)
        yield


def test_a_faulty_episode_neither_blocks_nor_undoes_its_batch(community: Community, faulty: str) -> None:
    """Mutants: the batch is given up for one; the rest of the batch is parked with it."""
    community.now += timedelta(days=4)
    woken = community.engine.wake_due(community.now)
    assert (woken.advanced, woken.parked, woken.unfinished) == (OTHERS, 1, False)
    assert [row.patient_id for row in parked(community)] == [faulty]
    late = [row for row in episodes(community) if row.next_wake_at and row.next_wake_at <= community.now]
    assert [row.patient_id for row in late] == [faulty]


def test_somebody_is_told_that_the_clock_has_stopped_and_what_to_do(community: Community, faulty: str) -> None:
    """Mutant: parked without a task."""
    community.passes(days=4)
    task = on_list(community)
    assert task is not None and task.patient_id == faulty
    assert (task.title.nb, task.title.en) == ("Pasientens klokke har stanset", "This patient's clock has stopped")
    mia = community.who("mia")
    detail = community.engine.task(mia, task.id, community.now)
    assert detail.advice == ADVICE and detail.allowed == ()
    assert detail.why is not None and parked(community)[0].id in detail.why.cause
    with pytest.raises(NotPermitted):
        community.engine.act(mia, task.id, Act.COMPLETE, version=task.version, key="k", now=community.now)


def test_a_parked_episode_is_tried_again_and_its_task_closes_by_itself(community: Community, faulty: str) -> None:
    community.passes(days=4)
    task = on_list(community)
    assert task is not None
    repair(community)
    community.passes(seconds=59)
    assert parked(community) != []
    community.passes(seconds=1)
    assert parked(community) == [] and on_list(community) is None
    community.engine.beat(WORK, community.now)
    assert community.engine.health(community.now)["ok"] is True
    closed = community.engine.task(community.who("mia"), task.id, community.now)
    assert (closed.task.status, closed.task.business_status) == ("completed", "resolved")
    assert rebuild(community.engine.context, community.now, check=True).differing == ()


def test_what_still_fails_is_tried_after_as_long_again_but_at_least_every_hour(
    community: Community, faulty: str
) -> None:
    community.passes(days=4)
    stopped_at, task = community.now, on_list(community)
    waits = []
    for _ in range(10):
        (row,) = parked(community)
        assert row.retry_at is not None and row.parked_at == stopped_at
        waits.append((row.retry_at - community.now) / timedelta(minutes=1))
        community.now = row.retry_at
        community.engine.wake_due(community.now)
    assert waits == [1, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    now_on_list = on_list(community)
    assert task is not None and now_on_list is not None
    assert (now_on_list.id, now_on_list.version) == (task.id, task.version)


def test_a_start_tries_what_is_parked_at_once(community: Community, faulty: str) -> None:
    community.passes(days=4)
    repair(community)
    assert community.engine.try_parked_again(community.now) == 1
    community.passes()
    assert parked(community) == []


def test_a_message_that_can_be_applied_again_closes_the_task_too(community: Community, faulty: str) -> None:
    community.passes(days=4)
    task = on_list(community)
    assert task is not None
    repair(community)
    number = next(n for n in range(OTHERS + 1) if _patient_of(community, n) == faulty)
    entry = {
        "id": "F", "name": "fall_reported", "cause": "fall/F", "at": community.now.isoformat(),
        "recorded": community.now.isoformat(),
    }  # fmt: skip
    community.send(patient=str(number), entries=[entry])
    assert parked(community) == [] and on_list(community) is None
    closed = community.engine.task(community.who("mia"), task.id, community.now)
    assert closed.task.business_status == "resolved"


def test_a_log_that_is_folded_anew_closes_the_task_as_resolved(community: Community, faulty: str) -> None:
    community.passes(days=4)
    task = on_list(community)
    assert task is not None
    repair(community)
    rebuild(community.engine.context, community.now, check=False)
    closed = community.engine.task(community.who("mia"), task.id, community.now)
    assert (closed.task.status, closed.task.business_status) == ("completed", "resolved")


def _patient_of(community: Community, number: int) -> str:
    with community.engine.context.store.reading() as records:
        (row,) = [row for row in records.messages() if f'"patient": "{number}"' in row.raw.decode()]
    assert row.patient_id is not None
    return row.patient_id


def test_an_episode_that_stops_again_opens_its_task_again(community: Community, faulty: str) -> None:
    community.passes(days=4)
    first = on_list(community)
    repair(community)
    community.passes(minutes=1)
    with community.engine.context.store.engine.begin() as connection:
        connection.execute(
            text("UPDATE episode SET state = :state WHERE patient_id = :id"), {"state": b"rubbish", "id": faulty}
        )
    community.passes(days=1)
    again = on_list(community)
    assert first is not None and again is not None
    assert again.id == first.id and again.version > first.version and again.status == "requested"


def test_a_lost_pathway_version_is_the_fault_of_its_episodes_alone(community: Community, faulty: str) -> None:
    repair(community)
    with community.engine.context.store.engine.begin() as connection:
        connection.execute(text("UPDATE episode SET definition_hash = 'lost' WHERE patient_id = :id"), {"id": faulty})
    community.now += timedelta(days=4)
    woken = community.engine.wake_due(community.now)
    assert (woken.advanced, woken.parked) == (OTHERS, 1)
    task = on_list(community)
    assert task is not None
    assert community.engine.task(community.who("mia"), task.id, community.now).advice == ADVICE


@pytest.mark.parametrize("faults", [[DatabaseUnusable()], [ZeroDivisionError(), DatabaseUnusable()]])
def test_a_fault_of_the_database_parks_nobody(community: Community, faulty: str, faults: list[Exception]) -> None:
    """A full disk is not a thousand patients' fault."""
    community.now += timedelta(days=4)
    with failing(*faults), pytest.raises(DatabaseUnusable):
        community.engine.wake_due(community.now)
    assert parked(community) == []


def test_a_sweep_stops_after_its_share_and_says_that_more_is_due(
    community: Community, faulty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waking, "BATCH", 2)
    community.now += timedelta(days=4)
    share = community.engine.wake_due(community.now, 2)
    assert share.unfinished and share.advanced + share.parked == 2
    rest = community.engine.wake_due(community.now, 100)
    assert not rest.unfinished and rest.advanced + rest.parked == OTHERS - 1


def test_what_cannot_be_folded_keeps_nobody_else_from_being_rebuilt(community: Community, faulty: str) -> None:
    community.passes(days=4)
    report = rebuild(community.engine.context, community.now, check=False)
    assert report.faulty == (faulty,)
    assert (report.patients, report.differing) == (OTHERS + 1, ())


def test_what_one_scheduler_has_claimed_another_passes_over(postgres_url: str) -> None:
    """Mutant: check, then act."""
    community = Community(postgres_url)
    for number in range(4):
        community.send(
            patient=str(number), district="01", stay=f"S{number}",
            entries=[{
                "id": f"D{number}", "name": "discharged", "cause": f"discharged/S{number}",
                "at": community.now.isoformat(), "recorded": community.now.isoformat(), "stay": f"S{number}",
                "facts": {"destination": "home", "receives_services": True},
            }],
        )  # fmt: skip
    later, store = community.now + timedelta(days=4), community.engine.context.store
    with store.transaction() as mine, store.transaction() as others:
        first = {patient for _, patient in mine.due_episodes(later, 2)}
        second = {patient for _, patient in others.due_episodes(later, 10)}
    assert (len(first), len(second)) == (2, 2) and first.isdisjoint(second)
    community.close()
