"""The municipality's answer to the hospital: the step that gives it, and how far the last answer has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pathway_engine.domain.definition import Text
from pathway_engine.domain.events import FactValue
from pathway_engine.domain.message_titles import title_of
from pathway_engine.service.board_views import Waypoint
from pathway_engine.service.context import Context
from pathway_engine.service.decisions import decode_decided
from pathway_engine.service.hindrances import ANSWERS, answers_hospital
from pathway_engine.service.relations import require
from pathway_engine.service.views import Principal
from pathway_engine.service.waypoints import answer_way
from pathway_engine.service.worklists import short_name
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import OutgoingRow, TaskRow


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenAnswer:
    """An answer that was decided: what it said, when, and how far it has come."""

    message: Text
    decided_at: datetime
    content: tuple[tuple[str, FactValue], ...]
    way: Waypoint


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeAnswer:
    """The open step on the reader's own list, if there is one, and the answers that were given, newest first."""

    patient_id: str
    patient_name: str
    task_id: str | None
    given: tuple[GivenAnswer, ...]


def office_answer(context: Context, who: Principal, patient_id: str, now: datetime) -> OfficeAnswer:
    """Return it; that it was read is put on record. Raises UnknownPatient."""
    return context.committed(lambda records: _office_answer(context, records, who, patient_id, now))


def _office_answer(context: Context, records: Records, who: Principal, patient_id: str, now: datetime) -> OfficeAnswer:
    require(context, records, who, patient_id, now)
    patient = records.patient(patient_id)
    assert patient is not None, patient_id
    records.write_audit(
        at=now, actor=who.person, role=who.role, action="answer read", patient_id=patient_id, object_id=patient_id
    )
    mine = own_answer_task(context, who, records.open_tasks_of_patient(patient_id))
    sent = [row for row in records.outgoing_of_patient(patient_id) if row.message == ANSWERS]
    return OfficeAnswer(
        patient_id=patient_id, patient_name=short_name(patient), task_id=mine.id if mine else None,
        given=tuple(_given(row) for row in reversed(sent)),
    )  # fmt: skip


def own_answer_task(context: Context, who: Principal, tasks: Sequence[TaskRow]) -> TaskRow | None:
    """The open step that answers the hospital, where it stands on a list of *who*."""
    seats = set(who.seats)
    mine = (row for row in tasks if any((unit, role) in seats for unit, role, _ in row.audience))
    return next((row for row in mine if answers_hospital(context, row)), None)


def _given(row: OutgoingRow) -> GivenAnswer:
    told = decode_decided(row.body, row.message)
    content = tuple((name, value) for name, value in told.content.items() if value not in (None, ""))
    return GivenAnswer(message=title_of(row.message), decided_at=row.at, content=content, way=answer_way(row))
