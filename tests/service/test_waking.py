"""Time takes effect once, whoever looks, however late."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from pathway_engine.domain.errors import VersionConflict
from pathway_engine.domain.events import Act
from pathway_engine.service import applying, receiving, waking
from pathway_engine.service.rebuilding import rebuild
from pathway_engine.service.receiving import Incoming
from pathway_engine.storage.errors import ConcurrentChange
from tests.service.community import Community


def test_after_thirty_days_of_downtime_nothing_is_lost_and_each_instant_is_its_own(community: Community) -> None:
    """Mutants: misfire dropped; time's effects stamped with the sweep's instant."""
    community.brought_home()
    home = community.now
    community.passes(days=30)
    with community.engine.context.store.reading() as records:
        (patient,) = records.patients_with_entries()
        daily = [row for row in records.tasks_of_patient(patient) if row.step == "DAILY"]
    assert len(daily) == 31
    assert min(row.raised_at for row in daily) == home
    assert len({row.raised_at for row in daily}) == 31


def test_sweeping_twice_or_backwards_changes_nothing(community: Community) -> None:
    community.brought_home()
    community.passes(days=4)
    lists = community.list_of("liv"), community.list_of("kari")
    community.engine.wake_due(community.now)
    community.engine.wake_due(community.now - timedelta(hours=1))
    assert (community.list_of("liv"), community.list_of("kari")) == lists


def test_a_task_that_was_withdrawn_and_is_raised_again_is_not_what_was_seen_before(community: Community) -> None:
    """Its row goes on: a page that was opened before the correction must not be taken for one of today's."""
    community.brought_home()
    community.passes(days=1)
    seen = community.list_of("kari")["DAILY"]
    community.void("discharged/VN1")
    assert "DAILY" not in community.list_of("kari")
    community.passes(hours=2)
    community.tell("discharged", destination="home")
    community.passes(days=1)
    again = community.list_of("kari")["DAILY"]
    assert (again.key, again.id) == (seen.key, seen.id)
    assert again.version > seen.version
    with pytest.raises(VersionConflict):
        community.engine.act(
            community.who("kari"), seen.id, Act.CLAIM, version=seen.version, key="old page", now=community.now
        )


def test_a_faulty_episode_is_parked_in_sight_and_blocks_nobody(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    community.brought_home()
    community.send(patient="200", entries=[])
    real = applying.refresh
    (faulty,) = [patient for patient in _patients(community)]

    def breaks(context: object, records: object, patient_id: str, now: object) -> None:
        if patient_id == faulty:
            raise ZeroDivisionError
        real(context, records, patient_id, now)  # type: ignore[arg-type]

    with monkeypatch.context() as broken:
        broken.setattr(waking, "refresh", breaks)
        community.now += timedelta(days=4)
        assert community.engine.wake_due(community.now).parked == 1
    assert community.engine.health(community.now)["parked_episodes"] == 1
    assert community.engine.health(community.now)["ok"] is False


def _patients(community: Community) -> list[str]:
    with community.engine.context.store.reading() as records:
        return records.patients_with_entries()


def test_two_engines_on_one_database_do_not_double_what_time_raises(community: Community) -> None:
    """Mutant: check, then act."""
    community.brought_home()
    other = Community(community.url, now=community.now)
    community.now = other.now = community.now + timedelta(days=6)
    community.engine.wake_due(community.now)
    other.engine.wake_due(other.now)
    assert rebuild(community.engine.context, community.now, check=True).differing == ()
    other.close()


def test_an_episode_that_does_not_move_on_is_parked_instead_of_tried_for_ever(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    community.brought_home()
    community.now += timedelta(days=4)
    with monkeypatch.context() as broken:
        broken.setattr(waking, "refresh", lambda *args: None)
        assert community.engine.wake_due(community.now, 10).parked == 1


def test_a_message_that_the_database_refuses_stops_nobodys_clock(community: Community) -> None:
    """PostgreSQL takes no text with a NUL in it."""
    community.brought_home()
    told = {"id": "MX", "patient": "9", "municipality": "50\x0001", "entries": []}
    receiving.store(community.engine.context, [Incoming(json.dumps(told).encode(), "plain", "test")], community.now)
    community.now += timedelta(days=4)
    assert community.engine.wake_due(community.now).advanced == 1
    assert community.engine.health(community.now)["wake_up_late"] is False


def test_what_goes_wrong_with_waiting_messages_keeps_no_wakeup_from_being_taken(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    community.brought_home()
    community.now += timedelta(days=4)

    def breaks(*_: object) -> int:
        raise ConcurrentChange

    monkeypatch.setattr(receiving, "apply_waiting", breaks)
    with pytest.raises(ConcurrentChange):
        community.engine.wake_due(community.now)
    assert community.engine.health(community.now)["wake_up_late"] is False
