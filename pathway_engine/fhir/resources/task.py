"""Task: a person's work on one step for one patient."""

from __future__ import annotations

from adapters.fhir.systems import code_system, profile
from pathway_engine.domain.errors import UnknownTask
from pathway_engine.fhir.exchange import Exchange, Found, instant, with_meta
from pathway_engine.fhir.served import Served
from pathway_engine.service.acting import visible_task
from pathway_engine.storage.rows import TaskRow

PROFILE = profile("pathway-task")


def read(exchange: Exchange, id: str) -> Found | None:
    """The task, if it stands on a list of the caller's."""
    try:
        row = visible_task(exchange.records, exchange.caller.who, id)
    except UnknownTask:
        return None
    return found(row)


def found(row: TaskRow) -> Found:
    """A row as a resource."""
    version = f"{row.version}"
    resource = with_meta(rendered(row), version, row.ended_at or row.raised_at, PROFILE)
    return Found(
        resource=resource, version=version, updated=row.ended_at or row.raised_at, patient_id=row.patient_id
    )  # fmt: skip


def rendered(row: TaskRow) -> dict[str, object]:
    """A row as JSON, without `meta`."""
    return {
        "resourceType": "Task", "id": row.id, "status": row.status, "intent": "order",
        "code": {"coding": [{"system": code_system("step"), "code": row.step, "display": row.title_nb}]},
        "for": {"reference": f"Patient/{row.patient_id}"}, "authoredOn": instant(row.raised_at),
    }  # fmt: skip


TASK = Served(type="Task", profile=PROFILE, read=read)
