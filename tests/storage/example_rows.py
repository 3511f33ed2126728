"""Rows of a made-up patient, for tests that need some."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pathway_engine.domain.events import Demographics, Happened, Identifier
from pathway_engine.storage import Records
from pathway_engine.storage.inbox import NewMessage
from pathway_engine.storage.rows import EpisodeRow, StoredMessage, TaskRow

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ASTRID = Identifier(system="urn:oid:2.16.578.1.12.4.1.4.1", value="01814012345")
ASTRID_LOCAL = Identifier(system="local:ward", value="A-17")
BJARNE = Identifier(system="local:ward", value="B-18")


def stored(records: Records, message_id: str = "M1", raw: bytes = b"MSH|1", sender: str = "ward") -> StoredMessage:
    return records.store_message(
        NewMessage(
            sender=sender,
            message_id=message_id,
            raw=raw,
            channel="mllp",
            peer="10.0.0.1",
            message_type="ADT^A03",
            received_at=NOON,
        )
    )


def happened(id: str, stay: str | None = None, **changes: Any) -> Happened:
    entry = Happened(id=id, name="discharged", cause=f"discharged/{id}", occurred_at=NOON, recorded_at=NOON, stay=stay)
    return replace(entry, **changes)


def astrid(records: Records) -> str:
    records.add_patient("astrid", Demographics(family="Li", given="Astrid"), [ASTRID], NOON)
    return "astrid"


def bjarne(records: Records) -> str:
    records.add_patient("bjarne", Demographics(family="Ås", given="Bjarne"), [BJARNE], NOON)
    return "bjarne"


def episode(id: str = "E1", **changes: Any) -> EpisodeRow:
    row = EpisodeRow(
        id=id,
        patient_id="astrid",
        pathway="hph",
        ordinal=1,
        definition_hash="abc",
        phase="at_home",
        status="active",
        opened_at=NOON,
        state=b"{}",
    )
    return replace(row, **changes)


def task(id: str = "T1", **changes: Any) -> TaskRow:
    row = TaskRow(
        id=id,
        episode_id="E1",
        patient_id="astrid",
        key=f"HPH2/{id}",
        pathway="hph",
        step="HPH2",
        status="ready",
        business_status="",
        severity="local",
        severity_rank=3,
        hard=False,
        verified=False,
        owner_role="nurse",
        unit="north",
        performer=None,
        raised_at=NOON,
        opens_at=None,
        due_at=None,
        deferred_until=None,
        ended_at=None,
        answered=0,
        questions=5,
        title_nb="Oppfølging",
        title_en="Follow-up",
        waits_for="",
        cause="discharged/900123",
        rule_lines="10-14",
        version=1,
        body=b"{}",
        audience=(("north", "nurse", False),),
    )
    return replace(row, **changes)


def appended(records: Records, patient_id: str, *ids: str, stay: str | None = None) -> None:
    for id in ids:
        records.append(patient_id, happened(id, stay), received_at=NOON, inbox_id=None)


def log_ids(records: Records, patient_id: str) -> list[str]:
    return [row.entry.id for row in records.log(patient_id)]


def written(records: Records, patient_id: str | None, action: str = "read") -> None:
    records.write_audit(at=NOON, actor="kari", role="nurse", action=action, patient_id=patient_id, object_id="T1")
