"""What the storage promises of episodes and their wake-ups, held against both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from pathway_engine.domain.errors import VersionConflict
from pathway_engine.storage import Store
from pathway_engine.storage.errors import ConcurrentChange
from tests.conformance.plans import explained
from tests.storage.example_rows import HOUR, NOON, astrid, bjarne, episode


def test_an_episode_is_saved_in_the_version_that_was_read(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
        assert records.save_episode(episode(), NOON) == 1
        read = records.episode("E1")
        assert read == episode(version=1)
        assert records.save_episode(replace(read, phase="finished", state=b"[2]"), NOON) == 2
        assert records.episode("E1") == episode(version=2, phase="finished", state=b"[2]")


@pytest.mark.parametrize(
    "version", [pytest.param(1, id="read-before-the-change"), pytest.param(0, id="thought-to-be-new")]
)
def test_an_episode_changed_in_the_meantime_is_not_overwritten(store: Store, version: int) -> None:
    with store.transaction() as records:
        astrid(records)
        records.save_episode(episode(), NOON)
        records.save_episode(episode(version=1, phase="finished"), NOON)
    with pytest.raises(VersionConflict), store.transaction() as records:
        records.save_episode(episode(version=version, phase="in_hospital"), NOON)
    with store.reading() as records:
        found = records.episode("E1")
    assert found is not None and found.phase == "finished"


def test_a_patient_has_one_episode_of_a_number_in_a_pathway(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
        records.save_episode(episode(), NOON)
    with pytest.raises(ConcurrentChange), store.transaction() as records:
        records.save_episode(episode("E2"), NOON)


def test_episodes_are_listed_by_pathway_and_number(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
        for id, pathway, ordinal in (("E1", "hph", 2), ("E2", "copd", 1), ("E3", "hph", 1)):
            records.save_episode(episode(id, pathway=pathway, ordinal=ordinal), NOON)
        assert [row.id for row in records.episodes("astrid")] == ["E2", "E3", "E1"]
        assert [row.id for row in records.episodes("astrid", "hph")] == ["E3", "E1"]


def test_episodes_are_due_at_their_instant_and_longest_due_first(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
        for n, wake in enumerate((NOON, NOON - HOUR, NOON + timedelta(microseconds=1), None)):
            records.save_episode(episode(f"E{n}", ordinal=n, next_wake_at=wake), NOON)
        assert records.due_episodes(NOON, 10) == [("E1", "astrid"), ("E0", "astrid")]
        assert records.due_episodes(NOON, 1) == [("E1", "astrid")]
        assert records.next_wake_at() == NOON - HOUR


def test_a_due_episode_of_a_merged_patient_names_the_survivor(store: Store) -> None:
    with store.transaction() as records:
        bjarne(records), astrid(records)
        records.save_episode(episode(next_wake_at=NOON), NOON)
        records.merge_patients("astrid", "bjarne", NOON)
        assert records.due_episodes(NOON, 10) == [("E1", "bjarne")]


def test_a_parked_episode_sleeps_until_it_is_unparked(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
        records.save_episode(episode(next_wake_at=NOON), NOON)
        records.park_episode("E1", "the definition is missing", NOON + HOUR)
        assert records.due_episodes(NOON + HOUR, 10) == []
        assert records.next_wake_at() is None
        (parked,) = records.parked()
        assert (parked.parked_reason, parked.parked_at) == ("the definition is missing", NOON + HOUR)
        records.unpark("E1", NOON)
        assert records.parked() == []
        assert records.due_episodes(NOON, 10) == [("E1", "astrid")]


def test_due_episodes_are_found_by_the_index_of_those_that_wait(store: Store) -> None:
    with store.transaction() as records:
        value = "0" if store.engine.dialect.name == "sqlite" else "'2026-11-20'"
        plan = explained(
            records,
            "SELECT id FROM episode WHERE tenant = 'default' AND parked_reason IS NULL "
            f"AND next_wake_at <= {value} ORDER BY next_wake_at LIMIT 10",
        )
    assert "ix_episode_wake" in plan
