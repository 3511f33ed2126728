"""What the storage promises, held against both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import event, text

from pathway_engine.domain.errors import StorageError, VersionConflict
from pathway_engine.domain.events import Act, Acted, Demographics
from pathway_engine.storage import Records, Store, upgrade
from pathway_engine.storage.errors import ConcurrentChange
from pathway_engine.storage.rows import StoredMessage
from tests.storage.durable_postgres import made_durable
from tests.storage.example_rows import (
    ASTRID,
    ASTRID_LOCAL,
    BJARNE,
    HOUR,
    NOON,
    appended,
    astrid,
    bjarne,
    episode,
    happened,
    log_ids,
    stored,
    task,
)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    upgrade(database_url)
    store = Store(database_url)
    yield store
    store.close()


def explained(records: Records, statement: str, values: Any = ()) -> str:
    """The database's plan, made without a look at how few rows there are."""
    connection = records._connection
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values))
    return "\n".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values))


# --- Transactions -------------------------------------------------------------------------------


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction() as records:
        stored(records)
        appended(records, astrid(records), "a")
        records.save_episode(episode())
        records.save_tasks([task()])
        raise RuntimeError
    with store.reading() as records:
        assert records.messages() == []
        assert records.patient("astrid") is None
        assert records.episode("E1") is None
        assert records.task("T1") is None


def test_what_is_committed_is_there_after_the_store_is_opened_again(store: Store) -> None:
    with store.transaction() as records:
        stored(records, raw=b"\x00\xffMSH")
    store.close()
    again = Store(store.url)
    with again.reading() as records:
        assert [row.raw for row in records.messages()] == [b"\x00\xffMSH"]
    again.close()


def test_reading_refuses_to_write(store: Store) -> None:
    with pytest.raises(StorageError, match="refused"), store.reading() as records:
        records.beat("sweep", NOON)


def test_writing_works_after_reading_on_the_same_connection(store: Store) -> None:
    with store.reading() as records:
        assert records.heartbeats() == {}
    with store.transaction() as records:
        records.beat("sweep", NOON)


def test_reading_sees_one_instant_even_when_others_write(store: Store) -> None:
    with store.reading() as records:
        assert records.heartbeats() == {}
        with store.transaction() as other:
            other.beat("sweep", NOON)
        assert records.heartbeats() == {}


def test_a_tenant_sees_nothing_of_another(store: Store) -> None:
    with store.transaction() as records:
        message = stored(records)
        appended(records, astrid(records), "a")
        records.save_episode(episode(next_wake_at=NOON))
        records.save_tasks([task()])
    other = Store(store.url, tenant="elsewhere")
    with other.transaction() as records:
        assert records.messages() == []
        assert records.lock_message(message.id) is None
        assert records.find_patient([ASTRID]) is None
        assert records.log("astrid") == []
        assert records.due_episodes(NOON, 10) == []
        assert records.worklist([("north", "nurse")]) == []
        assert stored(records).outcome == "new"
    other.close()


def test_two_tenants_may_use_the_same_ids_and_never_mix(store: Store) -> None:
    other = Store(store.url, tenant="elsewhere")
    for tenant, seat in ((store, ("north", "nurse", False)), (other, ("south", "nurse", False))):
        with tenant.transaction() as records:
            appended(records, astrid(records), "a")
            records.save_episode(episode())
            records.save_tasks([task(audience=(seat,))])
    with store.reading() as records:
        assert records.worklist([("south", "nurse")]) == []
        assert len(records.worklist([("north", "nurse")])) == len(records.log("astrid")) == 1
    other.close()


# --- Values -------------------------------------------------------------------------------------


def test_a_naive_datetime_is_refused(store: Store) -> None:
    with pytest.raises(StorageError, match="aware"), store.transaction() as records:
        records.beat("sweep", NOON.replace(tzinfo=None))


def test_an_instant_comes_back_to_the_microsecond_and_in_utc(store: Store) -> None:
    oslo = timezone(timedelta(hours=2))
    at = datetime(2026, 7, 1, 23, 59, 59, 999_999, tzinfo=oslo)
    with store.transaction() as records:
        records.beat("sweep", at)
        (found,) = records.heartbeats().values()
    assert found == at
    assert found.tzinfo is UTC


def test_instants_before_1970_come_back(store: Store) -> None:
    at = datetime(1931, 3, 4, 5, 6, 7, 8, tzinfo=UTC)
    with store.transaction() as records:
        records.beat("sweep", at)
        assert records.heartbeats() == {"sweep": at}


# --- Inbox --------------------------------------------------------------------------------------


def test_a_message_sent_again_is_stored_once_and_counted(store: Store) -> None:
    with store.transaction() as records:
        first, second, third = stored(records), stored(records), stored(records)
        assert [m.outcome for m in (first, second, third)] == ["new", "duplicate", "duplicate"]
        assert first.id == second.id == third.id
        assert third.row.duplicates == 2
        assert len(records.messages()) == 1


def test_a_used_id_with_other_content_becomes_a_row_of_its_own(store: Store) -> None:
    with store.transaction() as records:
        first, other, again = (stored(records, raw=raw) for raw in (b"one", b"two", b"two"))
    assert [m.outcome for m in (first, other, again)] == ["new", "conflict", "duplicate"]
    assert (first.row.conflict, other.row.conflict) == (False, True)
    assert again.id == other.id != first.id


def test_the_same_id_from_another_sender_is_another_message(store: Store) -> None:
    with store.transaction() as records:
        assert [stored(records, sender=sender).outcome for sender in ("ward", "clinic")] == ["new", "new"]


def test_a_duplicate_shows_the_answer_that_was_given(store: Store) -> None:
    with store.transaction() as records:
        message = stored(records)
        records.dispose(message.id, disposition="applied", at=NOON, answer=b"MSA|AA", patient_id="astrid")
    with store.transaction() as records:
        row = stored(records).row
    assert (row.disposition, row.disposed_at, row.answer) == ("applied", NOON, b"MSA|AA")


def test_messages_are_claimed_in_order_of_arrival_when_their_time_has_come(store: Store) -> None:
    with store.transaction() as records:
        first, second, third, fourth = (stored(records, message_id=f"M{n}") for n in range(4))
        records.dispose(first.id, disposition="rejected", at=NOON)
        records.postpone(second.id, attempts=1, next_try_at=NOON + HOUR, reason="locked")
        assert [row.id for row in records.claim_messages(NOON, 10)] == [third.id, fourth.id]
        assert [row.id for row in records.claim_messages(NOON, 1)] == [third.id]
        later = records.claim_messages(NOON + HOUR, 10)
    assert [(row.id, row.attempts) for row in later] == [(second.id, 1), (third.id, 0), (fourth.id, 0)]


def test_a_reopened_message_waits_again_and_keeps_its_history(store: Store) -> None:
    with store.transaction() as records:
        id = stored(records).id
        records.dispose(id, disposition="dead", at=NOON, reason_code="unreadable", reason="No MSH.", answer=b"AE")
        records.reopen(id, NOON + HOUR)
        row = records.message(id)
        assert (row.disposition, row.reason, row.answer, row.disposed_at) == (None, "", None, None)
        (before,) = records.message_history(id)
    assert (before.disposition, before.reason_code, before.answer) == ("dead", "unreadable", b"AE")
    assert (before.disposed_at, before.reopened_at) == (NOON, NOON + HOUR)


def test_what_was_received_is_the_sum_of_what_became_of_it(store: Store) -> None:
    with store.transaction() as records:
        messages = [stored(records, message_id=f"M{n % 3}", raw=bytes([n % 4])) for n in range(24)]
        records.dispose(messages[0].id, disposition="applied", at=NOON)
        records.dispose(messages[1].id, disposition="unplaced", at=NOON)
        counts = records.disposition_counts()
    assert sum(counts.values()) - counts["conflict"] == 24
    assert counts == {
        "applied": 1, "rejected": 0, "unplaced": 1, "dead": 0, "kept": 0,
        "waiting": 10, "duplicate": 12, "conflict": 9,
    }  # fmt: skip


def test_counts_of_an_empty_inbox_name_every_disposition(store: Store) -> None:
    with store.reading() as records:
        assert set(records.disposition_counts().values()) == {0}


@pytest.mark.parametrize(
    ("dispositions", "expected"),
    [
        pytest.param((), [2, 1, 0], id="all-newest-first"),
        pytest.param(("waiting",), [2], id="waiting"),
        pytest.param(("applied",), [0], id="one"),
        pytest.param(("waiting", "dead"), [2, 1], id="waiting-and-one"),
    ],
)
def test_messages_can_be_listed_by_disposition(
    store: Store, dispositions: tuple[str, ...], expected: list[int]
) -> None:
    with store.transaction() as records:
        ids = [stored(records, message_id=f"M{n}").id for n in range(3)]
        records.dispose(ids[0], disposition="applied", at=NOON)
        records.dispose(ids[1], disposition="dead", at=NOON)
        assert [ids.index(row.id) for row in records.messages(dispositions=dispositions)] == expected


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda r: r.dispose(99, disposition="applied", at=NOON), id="dispose"),
        pytest.param(lambda r: r.postpone(99, attempts=1, next_try_at=NOON, reason=""), id="postpone"),
        pytest.param(lambda r: r.reopen(99, NOON), id="reopen"),
        pytest.param(lambda r: r.message(99), id="message"),
        pytest.param(lambda r: r.update_patient("x", Demographics(), NOON), id="update-patient"),
        pytest.param(lambda r: r.lock_patient("x"), id="lock-patient"),
        pytest.param(lambda r: r.merge_patients("x", "y", NOON), id="merge"),
        pytest.param(lambda r: r.park_episode("x", "why", NOON), id="park"),
        pytest.param(lambda r: r.settle_outgoing("x", status="sent", at=NOON), id="settle"),
    ],
)
def test_changing_what_is_not_there_is_refused(store: Store, act: Callable[[Records], None]) -> None:
    with pytest.raises(StorageError, match="no such"), store.transaction() as records:
        act(records)


def test_an_unknown_disposition_is_refused(store: Store) -> None:
    with pytest.raises(StorageError, match="applied"), store.transaction() as records:
        records.dispose(stored(records).id, disposition="fine", at=NOON)


# --- Patients -----------------------------------------------------------------------------------


def test_a_patient_is_found_by_the_first_identifier_that_is_known(store: Store) -> None:
    with store.transaction() as records:
        astrid(records), bjarne(records)
        assert [p.id for p in records.find_patients([ASTRID_LOCAL, BJARNE, ASTRID])] == ["bjarne", "astrid"]
        found = records.find_patient([ASTRID_LOCAL, BJARNE, ASTRID])
        assert found is not None and found.name == "Bjarne Ås"
        assert records.find_patient([ASTRID_LOCAL]) is None
        assert records.find_patients([]) == []


def test_a_patient_with_two_known_identifiers_is_found_once(store: Store) -> None:
    with store.transaction() as records:
        records.add_identifiers(astrid(records), [ASTRID_LOCAL, ASTRID_LOCAL])
        assert [p.id for p in records.find_patients([ASTRID, ASTRID_LOCAL])] == ["astrid"]


def test_an_update_changes_only_what_is_told(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
        records.update_patient("astrid", Demographics(phone="22 22", birth_date=date(1940, 1, 2)), NOON + HOUR)
        row = records.patient("astrid")
    assert row is not None
    assert (row.family, row.phone, row.birth_date) == ("Li", "22 22", date(1940, 1, 2))
    assert row.updated_at == NOON + HOUR


def test_a_taken_identifier_makes_no_second_patient(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
    with pytest.raises(ConcurrentChange), store.transaction() as records:
        records.add_patient("astrid2", Demographics(), [ASTRID_LOCAL, ASTRID], NOON)
    with store.reading() as records:
        assert records.patient("astrid2") is None
        assert records.find_patient([ASTRID_LOCAL]) is None


def test_a_taken_identifier_stays_with_its_patient(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
        records.add_identifiers(bjarne(records), [ASTRID, ASTRID_LOCAL])
        assert [p.id for p in records.find_patients([ASTRID])] == ["astrid"]
        assert [p.id for p in records.find_patients([ASTRID_LOCAL])] == ["bjarne"]


def test_an_error_never_shows_an_identity_number(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
    with pytest.raises(StorageError) as caught, store.transaction() as records:
        records.add_patient("again", Demographics(), [ASTRID], NOON)
    assert ASTRID.value not in str(caught.getrepr(style="short"))


def test_a_merge_moves_identifiers_stays_and_log(store: Store) -> None:
    with store.transaction() as records:
        appended(records, astrid(records), "a")
        appended(records, bjarne(records), "b", stay="S1")
        records.put_stay("S1", "bjarne", NOON)
        records.merge_patients("bjarne", "astrid", NOON + HOUR)
        assert [p.id for p in records.find_patients([BJARNE, ASTRID])] == ["astrid"]
        assert records.patient_of_stay("S1") == "astrid"
        assert log_ids(records, "astrid") == log_ids(records, "bjarne") == ["a", "b"]
        assert records.patients_with_entries() == ["astrid"]
        assert records.lock_patient("bjarne").id == "astrid"
        retired = records.patient("bjarne")
    assert retired is not None and retired.survivor_id == "astrid"


def test_merging_again_and_again_leaves_no_chain(store: Store) -> None:
    with store.transaction() as records:
        for id in ("p1", "p2", "p3", "p4"):
            appended(records, records.add_patient(id, Demographics(), [], NOON).id, id)
        records.merge_patients("p1", "p2", NOON)
        records.merge_patients("p2", "p3", NOON)
        records.merge_patients("p4", "p1", NOON)  # p1 is p3 by now
        records.merge_patients("p1", "p3", NOON)  # told twice
        survivors = [records.patient(id) for id in ("p1", "p2", "p3", "p4")]
        assert [row and row.survivor_id for row in survivors] == ["p3", "p3", None, "p3"]
        assert log_ids(records, "p2") == ["p1", "p2", "p3", "p4"]


# --- Log ----------------------------------------------------------------------------------------


def test_an_entry_is_added_once_and_numbered_upwards(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
        inbox_id = stored(records).id
        first = records.append("astrid", happened("a"), received_at=NOON, inbox_id=inbox_id)
        again = records.append("astrid", happened("a"), received_at=NOON + HOUR, inbox_id=None)
        second = records.append("astrid", happened("b"), received_at=NOON, inbox_id=None)
        assert first is not None and second is not None and again is None and second > first
        assert (records.has_entry("a"), records.has_entry("c")) == (True, False)
        assert [(row.seq, row.inbox_id, row.received_at) for row in records.log("astrid")] == [
            (first, inbox_id, NOON),
            (second, None, NOON),
        ]


def test_entries_come_back_as_they_went_in(store: Store) -> None:
    act = Acted(
        id="act", task="T1", act=Act.COMPLETE, occurred_at=NOON, recorded_at=NOON, performer="kari",
        answers={"date": date(2026, 11, 17), "text": "2026-11-17", "yes": True, "number": 1.0, "whole": 1},
    )  # fmt: skip
    with store.transaction() as records:
        records.append(astrid(records), act, received_at=NOON, inbox_id=None)
        (row,) = records.log("astrid")
    assert row.entry == act
    assert isinstance(row.entry, Acted)
    assert [type(row.entry.answers[name]) for name in ("date", "text", "yes", "number", "whole")] == [
        date, str, bool, float, int,
    ]  # fmt: skip


def test_a_moved_stay_takes_its_entries_along_and_brings_them_back(store: Store) -> None:
    with store.transaction() as records:
        astrid(records), bjarne(records)
        records.put_stay("S1", "astrid", NOON)
        appended(records, "astrid", "a")
        appended(records, "astrid", "s1", stay="S1")
        appended(records, "bjarne", "b")
        appended(records, "astrid", "unknown-stay", stay="S2")
        records.put_stay("S1", "bjarne", NOON)
        assert log_ids(records, "astrid") == ["a", "unknown-stay"]
        assert log_ids(records, "bjarne") == ["s1", "b"]
        records.put_stay("S1", "astrid", NOON)
        assert log_ids(records, "astrid") == ["a", "s1", "unknown-stay"]
        assert log_ids(records, "bjarne") == ["b"]


def test_a_patient_whose_only_stay_moved_away_has_no_log(store: Store) -> None:
    with store.transaction() as records:
        bjarne(records)
        appended(records, astrid(records), "s1", stay="S1")
        records.put_stay("S1", "bjarne", NOON)
        assert records.patients_with_entries() == ["bjarne"]


@pytest.mark.parametrize("change", ["UPDATE log SET entry = ''", "DELETE FROM log", "DELETE FROM audit"])
def test_the_database_refuses_to_change_log_and_audit(store: Store, change: str) -> None:
    with store.transaction() as records:
        appended(records, astrid(records), "a")
        written(records, "astrid")
    with pytest.raises(StorageError), store.transaction() as records:
        records._connection.execute(text(change))
    with store.reading() as records:
        assert log_ids(records, "astrid") == ["a"]
        assert len(records.audit()) == 1


# --- Episodes -----------------------------------------------------------------------------------


def test_an_episode_is_saved_in_the_version_that_was_read(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
        assert records.save_episode(episode()) == 1
        read = records.episode("E1")
        assert read == episode(version=1)
        assert records.save_episode(replace(read, phase="finished", state=b"[2]")) == 2
        assert records.episode("E1") == episode(version=2, phase="finished", state=b"[2]")


@pytest.mark.parametrize(
    "version", [pytest.param(1, id="read-before-the-change"), pytest.param(0, id="thought-to-be-new")]
)
def test_an_episode_changed_in_the_meantime_is_not_overwritten(store: Store, version: int) -> None:
    with store.transaction() as records:
        astrid(records)
        records.save_episode(episode())
        records.save_episode(episode(version=1, phase="finished"))
    with pytest.raises(VersionConflict), store.transaction() as records:
        records.save_episode(episode(version=version, phase="in_hospital"))
    with store.reading() as records:
        found = records.episode("E1")
    assert found is not None and found.phase == "finished"


def test_a_patient_has_one_episode_of_a_number_in_a_pathway(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
        records.save_episode(episode())
    with pytest.raises(ConcurrentChange), store.transaction() as records:
        records.save_episode(episode("E2"))


def test_episodes_are_listed_by_pathway_and_number(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
        for id, pathway, ordinal in (("E1", "hph", 2), ("E2", "copd", 1), ("E3", "hph", 1)):
            records.save_episode(episode(id, pathway=pathway, ordinal=ordinal))
        assert [row.id for row in records.episodes("astrid")] == ["E2", "E3", "E1"]
        assert [row.id for row in records.episodes("astrid", "hph")] == ["E3", "E1"]


def test_episodes_are_due_at_their_instant_and_longest_due_first(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
        for n, wake in enumerate((NOON, NOON - HOUR, NOON + timedelta(microseconds=1), None)):
            records.save_episode(episode(f"E{n}", ordinal=n, next_wake_at=wake))
        assert records.due_episodes(NOON, 10) == [("E1", "astrid"), ("E0", "astrid")]
        assert records.due_episodes(NOON, 1) == [("E1", "astrid")]
        assert records.next_wake_at() == NOON - HOUR


def test_a_due_episode_of_a_merged_patient_names_the_survivor(store: Store) -> None:
    with store.transaction() as records:
        bjarne(records), astrid(records)
        records.save_episode(episode(next_wake_at=NOON))
        records.merge_patients("astrid", "bjarne", NOON)
        assert records.due_episodes(NOON, 10) == [("E1", "bjarne")]


def test_a_parked_episode_sleeps_until_it_is_unparked(store: Store) -> None:
    with store.transaction() as records:
        astrid(records)
        records.save_episode(episode(next_wake_at=NOON))
        records.park_episode("E1", "the definition is missing", NOON + HOUR)
        assert records.due_episodes(NOON + HOUR, 10) == []
        assert records.next_wake_at() is None
        (parked,) = records.parked()
        assert (parked.parked_reason, parked.parked_at) == ("the definition is missing", NOON + HOUR)
        records.unpark("E1")
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


# --- Tasks and worklists ------------------------------------------------------------------------


@pytest.fixture
def at_home(store: Store) -> Store:
    """A store in which Astrid is at home, without a task yet."""
    with store.transaction() as records:
        astrid(records)
        records.save_episode(episode())
    return store


def test_a_task_is_written_over_the_one_with_its_id(at_home: Store) -> None:
    changed = task(status="completed", ended_at=NOON, version=2, audience=(("south", "leader", True),))
    with at_home.transaction() as records:
        records.save_tasks([task(), task("T2")])
        records.save_tasks([changed])
        assert records.task("T1") == changed
        assert records.tasks_of_episode("E1") == [changed, task("T2")] == records.tasks_of_patient("astrid")
        assert records.task("T3") is None


def test_two_tasks_of_an_episode_never_share_a_key(at_home: Store) -> None:
    with pytest.raises(ConcurrentChange), at_home.transaction() as records:
        records.save_tasks([task("T1", key="HPH2"), task("T2", key="HPH2")])


def test_a_worklist_shows_the_given_seats_and_no_others(at_home: Store) -> None:
    with at_home.transaction() as records:
        records.save_tasks(
            [
                task("T1", audience=(("north", "nurse", False),)),
                task("T2", audience=(("south", "nurse", False), ("south", "leader", True))),
                task("T3", audience=(("north", "leader", False),)),
                task("T4", audience=()),
            ]
        )
        seats = [("north", "nurse"), ("south", "leader")]
        shown = [(row.task.id, row.patient.name, row.escalated) for row in records.worklist(seats)]
        assert shown == [("T1", "Astrid Li", False), ("T2", "Astrid Li", True)]
        assert records.worklist([]) == []
        assert records.worklist([("north", "leader' OR 1=1")]) == []


def test_a_task_on_two_of_ones_lists_is_shown_once_and_as_ones_own(at_home: Store) -> None:
    both = task(audience=(("north", "leader", True), ("north", "nurse", False)))
    with at_home.transaction() as records:
        records.save_tasks([both])
        shown = records.worklist([("north", "leader"), ("north", "nurse")])
        assert [(row.task, row.escalated) for row in shown] == [(both, False)]


def test_a_task_leaves_the_list_when_its_audience_changes_or_it_ends(at_home: Store) -> None:
    north = [("north", "nurse")]
    with at_home.transaction() as records:
        records.save_tasks([task("T1"), task("T2")])
        records.save_tasks([task("T1", audience=(("south", "nurse", False),)), task("T2", ended_at=NOON)])
        assert records.worklist(north) == []
        assert [row.task.id for row in records.worklist(north, include_closed=True)] == ["T2"]


def test_a_worklist_is_sorted_by_deadline_then_by_how_binding_then_by_step_and_id(at_home: Store) -> None:
    rows = [
        task("A", due_at=None, severity_rank=0),
        task("B", due_at=NOON + HOUR, severity_rank=0),
        task("C", due_at=NOON, severity_rank=3, step="HPH1"),
        task("D", due_at=NOON, severity_rank=1, step="HPH3"),
        task("F", due_at=NOON, severity_rank=1, step="HPH2"),
        task("E", due_at=NOON, severity_rank=1, step="HPH2"),
    ]
    with at_home.transaction() as records:
        records.save_tasks(rows)
        seats = [("north", "nurse")]
        assert [row.task.id for row in records.worklist(seats)] == ["E", "F", "D", "C", "B", "A"]
        assert [row.task.id for row in records.worklist(seats, limit=2)] == ["E", "F"]


def test_a_worklist_can_be_cut_to_one_patient(at_home: Store) -> None:
    with at_home.transaction() as records:
        bjarne(records)
        records.save_episode(episode("E2", patient_id="bjarne"))
        records.save_tasks([task("T1"), task("T2", patient_id="bjarne", episode_id="E2")])
        assert [row.task.id for row in records.worklist([("north", "nurse")], patient_id="bjarne")] == ["T2"]


def test_open_tasks_without_a_unit_are_found_by_role(at_home: Store) -> None:
    with at_home.transaction() as records:
        records.save_tasks(
            [
                task("T1", unit=None),
                task("T2"),
                task("T3", unit=None, ended_at=NOON),
                task("T4", unit=None, owner_role="doctor"),
            ]
        )
        assert [row.id for row in records.open_tasks_of_role("nurse")] == ["T1"]


def test_a_worklist_is_found_by_the_index_of_seats(at_home: Store) -> None:
    sent: list[tuple[str, Any]] = []
    with at_home.transaction() as records:
        connection = records._connection
        event.listen(connection, "before_cursor_execute", lambda _1, _2, sql, values, *_: sent.append((sql, values)))
        records.worklist([("north", "nurse"), ("south", "leader")])
        (sql, values), *_ = sent
        plan = explained(records, sql, values)
    assert "ix_task_audience_seat" in plan
    if at_home.engine.dialect.name == "sqlite":  # which could also have walked through all lists of the tenant
        assert "ix_task_audience_seat (tenant=? AND unit=? AND role=? AND open=?)" in plan


# --- Outbox, audit, definitions, results, heartbeats, keys, directory -------------------------------


def test_an_outgoing_message_is_put_once_for_its_key(at_home: Store) -> None:
    with at_home.transaction() as records:
        put = [
            records.put_outgoing(key=key, patient_id="astrid", episode_id="E1", message="report", body=body, at=NOON)
            for key, body in (("k1", b"first"), ("k1", b"second"), ("k2", b"third"))
        ]
        assert put == [True, False, True]
        assert [row.body for row in records.outgoing()] == [b"first", b"third"]
        records.settle_outgoing("k1", status="sent", at=NOON + HOUR)
        assert [row.key for row in records.outgoing()] == ["k2"]
        assert [(row.key, row.settled_at) for row in records.outgoing("sent")] == [("k1", NOON + HOUR)]


def written(records: Records, patient_id: str | None, action: str = "read") -> None:
    records.write_audit(at=NOON, actor="kari", role="nurse", action=action, patient_id=patient_id, object_id="T1")


def test_the_audit_is_read_newest_first_of_one_patient_or_all(store: Store) -> None:
    with store.transaction() as records:
        written(records, "astrid", "read")
        written(records, "bjarne", "read")
        written(records, "astrid", "complete")
        assert [row.action for row in records.audit("astrid")] == ["complete", "read"]
        assert [row.patient_id for row in records.audit(limit=2)] == ["astrid", "bjarne"]


def test_a_definition_is_kept_as_it_was_first_put(store: Store) -> None:
    with store.transaction() as records:
        records.put_definition("h2", "hph", "2", b"new", NOON + HOUR)
        records.put_definition("h1", "hph", "1", b"old", NOON)
        records.put_definition("h1", "hph", "1", b"other", NOON)
        assert [(row.hash, row.files) for row in records.definitions()] == [("h1", b"old"), ("h2", b"new")]
        found = records.definition("h1")
        assert found is not None and (found.version, found.at) == ("1", NOON)
        assert records.definition("h3") is None


def test_an_act_sent_twice_has_one_result(store: Store) -> None:
    with store.transaction() as records:
        records.put_result("key", b"done", NOON)
    with pytest.raises(ConcurrentChange), store.transaction() as records:
        records.put_result("key", b"done again", NOON)
    with store.reading() as records:
        assert (records.result("key"), records.result("other")) == (b"done", None)


def test_the_last_heartbeat_counts(store: Store) -> None:
    with store.transaction() as records:
        for name, at in (("sweep", NOON), ("apply", NOON), ("sweep", NOON + HOUR)):
            records.beat(name, at)
        assert records.heartbeats() == {"apply": NOON, "sweep": NOON + HOUR}


def test_an_access_key_acts_for_the_person_it_was_last_given_to(store: Store) -> None:
    with store.transaction() as records:
        records.put_access_key("hash", "kari", NOON)
        records.put_access_key("hash", "ola", NOON)
        assert (records.person_of_access_key("hash"), records.person_of_access_key("")) == ("ola", None)


def test_every_directory_is_kept_in_order_of_validity(store: Store) -> None:
    with store.transaction() as records:
        for document, since in ((b"new", NOON + HOUR), (b"old", NOON), (b"old", NOON), (b"corrected", NOON)):
            records.put_directory(document, document.decode(), since)
        assert [document for _, _, document in records.directories()] == [b"old", b"corrected", b"new"]


# --- Two at once --------------------------------------------------------------------------------


def test_two_that_claim_get_different_messages_on_postgresql(postgres_store: Store) -> None:
    with postgres_store.transaction() as records:
        ids = [stored(records, message_id=f"M{n}").id for n in range(2)]
    with postgres_store.transaction() as one, postgres_store.transaction() as other:
        assert [row.id for row in one.claim_messages(NOON, 1)] == ids[:1]
        assert [row.id for row in other.claim_messages(NOON, 2)] == ids[1:]


def test_a_sweep_passes_over_a_patient_whose_message_is_being_applied(postgres_store: Store) -> None:
    with postgres_store.transaction() as records:
        astrid(records), bjarne(records)
        records.save_episode(episode("E1", next_wake_at=NOON))
        records.save_episode(episode("E2", patient_id="bjarne", next_wake_at=NOON))
    with postgres_store.transaction() as applying, postgres_store.transaction() as sweeping:
        applying.lock_patient("astrid")
        assert sweeping.due_episodes(NOON, 10) == [("E2", "bjarne")]


def test_a_locked_patient_can_still_be_referred_to(postgres_store: Store) -> None:
    with postgres_store.transaction() as records:
        astrid(records)
    with postgres_store.transaction() as applying, postgres_store.transaction() as other:
        applying.lock_patient("astrid")
        other._connection.execute(text("SET LOCAL lock_timeout = '2s'"))
        appended(other, "astrid", "a")


def test_one_writer_at_a_time_on_sqlite(sqlite_store: Store) -> None:
    with sqlite_store.transaction(), sqlite_store.engine.connect() as other:
        other.connection.cursor().execute("PRAGMA busy_timeout = 0")
        with pytest.raises(Exception, match="locked"):
            other.execute(text("SELECT 1"))


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    upgrade(postgres_url)
    store = Store(postgres_url)
    yield store
    store.close()


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[Store]:
    upgrade(sqlite_url)
    store = Store(sqlite_url)
    yield store
    store.close()


@pytest.fixture(scope="session")
def postgres_server(postgres_server: str) -> str:
    """The test worker's PostgreSQL, made durable, because the program refuses any other."""
    return made_durable(postgres_server)


def test_a_message_stored_twice_at_once_is_stored_once(postgres_store: Store) -> None:
    def store_it(n: int) -> StoredMessage:
        with postgres_store.transaction() as records:
            return stored(records, raw=b"same" if n % 2 else b"other")

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(message.outcome for message in pool.map(store_it, range(16)))
    assert outcomes == ["conflict"] + 14 * ["duplicate"] + ["new"]
