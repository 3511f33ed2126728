"""What the storage promises of outgoing messages, held against both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathway_engine.domain.errors import StorageError
from pathway_engine.storage import Store
from tests.storage.example_rows import HOUR, NOON


def test_an_outgoing_message_is_put_once_for_its_key(at_home: Store) -> None:
    with at_home.transaction() as records:
        for key, body in (("k1", b"first"), ("k1", b"second"), ("k2", b"third")):
            records.put_outgoing(key=key, patient_id="astrid", episode_id="E1", message="report", body=body, at=NOON)
        assert [row.body for row in records.outgoing()] == [b"first", b"third"]
        records.settle_outgoing("k1", status="sent", at=NOON + HOUR)
        assert [row.key for row in records.outgoing()] == ["k2"]
        assert [(row.key, row.settled_at) for row in records.outgoing("sent")] == [("k1", NOON + HOUR)]


def test_what_is_not_with_its_receiver_is_counted_and_listed(at_home: Store) -> None:
    with at_home.transaction() as records:
        for number in range(6):
            records.put_outgoing(
                key=f"k{number}", patient_id="astrid", episode_id="E1", message="report", body=b"", at=NOON
            )
        rows = records.outgoing()
        for row, status in zip(rows, ("sent", "sent", "dead", "refused", "dead"), strict=False):
            records.save_outgoing(replace(row, status=status, answer_by=NOON if row.key == "k1" else None))
        counts, every = records.unsettled_outgoing_counts(), records.outgoing_counts()
        found = [row.key for row in records.outgoing_messages(["dead", "sent"], 3)]
        assert [row.key for row in records.outgoing_messages(limit=2)] == ["k5", "k4"]
        assert records.outgoing_messages([]) == []
        with pytest.raises(StorageError, match="no status"):
            records.outgoing_messages(["lost"])
    assert counts == {"waiting": 1, "sending": 0, "refused": 1, "timed_out": 0, "dead": 2, "unanswered": 1}
    assert {status: count for status, count in every.items() if count} == {
        "waiting": 1, "sent": 2, "dead": 2, "refused": 1,
    }  # fmt: skip
    assert found == ["k4", "k2", "k1"]
