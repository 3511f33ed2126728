"""Outgoing messages as plain JSON, for those that have no message family of their own yet."""

from __future__ import annotations

from pathway_engine.service.outward import Surroundings
from pathway_engine.storage.codec import decode_json, encode_json
from pathway_engine.storage.rows import OutgoingRow


class PlainWriter:
    """Says what was decided, about whom, and the task that decided it, answers and all."""

    suffix = "json"

    def write(self, row: OutgoingRow, around: Surroundings) -> bytes:
        """Return one JSON object. `docs/guarantees/outbox.md` names its keys."""
        with around.store.reading() as records:
            patient = records.patient(row.patient_id)
            identifiers = records.identifiers_of_person(row.patient_id)
        assert patient is not None, row.id
        return encode_json(
            {
                "message_id": row.message_id, "message": row.message, "decided_at": row.at,
                "patient": {
                    "identifiers": [{"system": each.system, "value": each.value} for each in identifiers],
                    "family": patient.family, "given": patient.given, "birth_date": patient.birth_date,
                },
                "task": decode_json(row.body),
            }
        )  # fmt: skip
