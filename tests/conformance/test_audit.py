"""What the storage promises of the audit, held against both databases."""

from __future__ import annotations

from pathway_engine.storage import Store
from tests.storage.example_rows import written


def test_the_audit_is_read_newest_first_of_one_patient_or_all(store: Store) -> None:
    with store.transaction() as records:
        written(records, "astrid", "read")
        written(records, "bjarne", "read")
        written(records, "astrid", "complete")
        assert [row.action for row in records.audit("astrid")] == ["complete", "read"]
        assert [row.patient_id for row in records.audit(limit=2)] == ["astrid", "bjarne"]
