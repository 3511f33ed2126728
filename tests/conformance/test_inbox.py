"""What the storage promises of messages, held against both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pathway_engine.domain.errors import StorageError
from pathway_engine.domain.events import Demographics
from pathway_engine.storage import Records, Store
from tests.storage.example_rows import HOUR, NOON, stored


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
        pytest.param(("dead", "applied", "dead"), [1, 0], id="one-twice"),
        pytest.param(("kept",), [], id="none"),
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


def test_of_several_dispositions_the_newest_of_all_are_listed(store: Store) -> None:
    with store.transaction() as records:
        ids = [stored(records, message_id=f"M{n}").id for n in range(6)]
        for id, disposition in zip(ids, ("rejected", "dead", "dead", "rejected", "rejected", "unplaced"), strict=True):
            records.dispose(id, disposition=disposition, at=NOON)
        found = records.messages(dispositions=["rejected", "dead"], limit=3)
        with pytest.raises(StorageError, match="no disposition"):
            records.messages(dispositions=["lost"])
    assert [ids.index(row.id) for row in found] == [4, 3, 2]


NAMES = [
    ("her|1", "M1", b"1"), ("her|1", "M1>80", b"2"), ("her|2", "M1>81", b"3"), ("ward|", "M1", b"4"),
    ("ward|", "M1", b"5"), ("her|1", "M10", b"6"), ("her|1", "M1?", b"7"), ("her|1", "M1=", b"8"),
    ("her|1", "m1>80", b"9"), ("ö", "M1>", b"10"), ("her|2", "M", b"11"), ("her|2", "M1é", b"12"),
]  # fmt: skip


def test_a_message_is_found_by_its_id_whoever_sent_it_and_to_whomever(store: Store) -> None:
    with store.transaction() as records:
        for sender, name, raw in NAMES:
            stored(records, message_id=name, raw=raw, sender=sender)
        found = [row.raw for row in records.messages_named("M1")]
        addressed = [row.raw for row in records.messages_named("M1>80")]
        theirs = [row.raw for row in records.messages_from("ward|", "M1")]
        assert records.messages_named("M2") == records.messages_from("ward|", "M1>") == []
    assert (found, addressed, theirs) == ([b"1", b"2", b"3", b"4", b"5", b"10"], [b"2"], [b"4", b"5"])


def test_ids_are_kept_in_the_order_of_their_bytes(store: Store) -> None:
    """Whatever the language of a PostgreSQL: by it, ids that begin alike do not lie together."""
    asked = "SELECT collation_name FROM information_schema.columns WHERE column_name = 'message_id'"
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect() as connection:
            found = connection.exec_driver_sql(f"{asked} AND table_name = 'inbox'").scalar_one()
        assert found == "C"


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
