"""Whose patient it is: somebody reads a patient only with a seat that has to do with him or her."""

from __future__ import annotations

from datetime import datetime

from pathway_engine.domain.directory import Directory
from pathway_engine.domain.errors import UnknownTask
from pathway_engine.domain.tasks import Place
from pathway_engine.service.context import Context
from pathway_engine.service.episode_codec import decode_episode
from pathway_engine.service.views import Principal
from pathway_engine.storage.records import Records

BOARD_ROLES = ("ward_nurse", "allocation_office")
"""Who follows a whole stay: the ward where the patient lies, and the municipality's office."""


class UnknownPatient(UnknownTask):
    """There is no such patient for you."""


def belongs(directory: Directory, who: Principal, place: Place) -> bool:
    """Whether a patient of *place* is followed by a seat of *who*: by the unit that gets the role's tasks there."""
    units = ((directory.unit_for(role, place), role) for role in BOARD_ROLES)
    return any(unit is not None and (unit.id, role) in who.seats for unit, role in units)


def require(context: Context, records: Records, who: Principal, patient_id: str, now: datetime) -> None:
    """Raise UnknownPatient unless the patient concerns *who*; a foreign one looks like a missing one."""
    if records.patient(patient_id) is None:
        raise UnknownPatient
    seats = set(who.seats)
    if any((unit, role) in seats for task in records.tasks_of_patient(patient_id) for unit, role, _ in task.audience):
        return
    places = (decode_episode(row.state).place for row in records.episodes(patient_id))
    if not any(belongs(context.directory, who, place) for place in places):
        raise UnknownPatient
