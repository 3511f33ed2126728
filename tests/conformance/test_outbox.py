"""What the storage promises of outgoing messages, held against both databases."""

from __future__ import annotations

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
