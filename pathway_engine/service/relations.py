"""May this person see this patient? By work, ward, municipality or doctor's office; else the patient is not there.

Every page that shows a patient by id asks here first. Lists need not: they are cut to the asker's seats already.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pathway_engine.domain.directory import MESSAGE_RESPONSIBLE, Directory, Organisation
from pathway_engine.domain.errors import UnknownPatient
from pathway_engine.domain.roles import GP_READER, WARD, WITHOUT_PATIENTS
from pathway_engine.domain.tasks import Place
from pathway_engine.service.context import Context
from pathway_engine.service.episode_codec import decode_episode
from pathway_engine.service.hospital_phases import hospital_phases
from pathway_engine.service.views import Principal
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import PatientRow

OFFICE = "allocation_office"
BOARD_ROLES = ("ward_nurse", OFFICE)
"""Who follows a whole stay: the ward where the patient lies, and the municipality's office."""
GP_FACT = "gp"
Seats = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """The surviving record of a patient, and by what somebody may see it.

    `ground` is ``task``, ``municipality``, ``ward``, ``gp`` or ``emergency``; the last belongs into the audit's detail.
    """

    patient: PatientRow
    ground: str


def require(context: Context, records: Records, who: Principal, patient_id: str, now: datetime) -> Relation:
    """Return the patient and why *who* may see him or her. Raises UnknownPatient, also for a foreign one.

    Asked inside the transaction that reads, so that what it finds holds for what is shown. An id of a record
    that was merged into another leads to the survivor.
    """
    patient = _surviving(records, patient_id)
    ground = ground_of(context, records, who, patient, now) if patient else None
    if patient is None or ground is None:
        raise UnknownPatient
    return Relation(patient, ground)


def ground_of(context: Context, records: Records, who: Principal, patient: PatientRow, now: datetime) -> str | None:
    """By what *who* may see *patient*; None when by nothing. What costs least is asked first."""
    seats = near_seats(who)
    if by_municipality(context.directory, seats, patient):
        return "municipality"
    if by_task(context, records, seats, patient.id, now):
        return "task"
    if any(role in WARD or role == GP_READER for _, role in seats):
        found = _by_episodes(context, records, seats, patient.id, now)
        if found is not None:
            return found
    return "emergency" if seats and emergency_holds(records, who, patient.id, now) else None


def emergency_holds(records: Records, who: Principal, patient_id: str, now: datetime) -> bool:
    """Whether *who* has emergency access to the patient now."""
    return records.emergency_now(who.person, patient_id, now) is not None


def belongs(directory: Directory, who: Principal, place: Place) -> bool:
    """Whether a patient of *place* is followed by a seat of *who*: by the unit that gets the role's tasks there."""
    units = ((directory.unit_for(role, place), role) for role in BOARD_ROLES)
    return any(unit is not None and (unit.id, role) in who.seats for unit, role in units)


def near_seats(who: Principal) -> Seats:
    """The seats that can bring *who* near to a patient."""
    return tuple((unit, role) for unit, role in who.seats if role not in WITHOUT_PATIENTS)


def by_municipality(directory: Directory, seats: Seats, patient: PatientRow) -> bool:
    """Whether a seat is in the allocation office, or is the message responsible, of the patient's municipality."""
    place = Place(municipality=patient.municipality, district=patient.district)
    responsible = directory.message_responsible(place)
    for unit, role in seats:
        if role == MESSAGE_RESPONSIBLE and responsible is not None and responsible.id == unit:
            return True
        if role == OFFICE and patient.municipality is not None and _serves(directory, unit, place):
            return True
    return False


def by_task(context: Context, records: Records, seats: Seats, patient_id: str, now: datetime) -> bool:
    """Whether a seat's unit has a task of the patient, or had one not long ago, or a notice about him or her."""
    units = {unit for unit, role in seats if role != GP_READER}
    since = now - context.nearness.after_task
    lists = records.lists_of_patient(patient_id)
    if any(unit in units and (ended_at is None or ended_at > since) for unit, _, ended_at in lists):
        return True
    return not set(seats).isdisjoint(records.notice_seats_of_patient(patient_id))


def _by_episodes(context: Context, records: Records, seats: Seats, patient_id: str, now: datetime) -> str | None:
    """By the ward of a stay or the patient's own doctor, as the pathways have been told."""
    rows, since = records.episodes(patient_id), now - context.nearness.after_stay
    for row in sorted(rows, key=lambda row: row.opened_at, reverse=True):
        facts = decode_episode(row.state)
        is_recent = facts.entered_at > since or (row.pathway, row.phase) in hospital_phases(context)
        if is_recent and _is_on_ward(context.directory, seats, facts.place):
            return "ward"
        gp = facts.facts.get(GP_FACT)
        if gp is not None and _is_gp(context.directory, seats, str(gp)):
            return "gp"
    return None


def _is_on_ward(directory: Directory, seats: Seats, place: Place) -> bool:
    for unit, role in seats:
        owner = directory.unit_for(role, place) if role in WARD and place.ward else None
        if owner is not None and owner.id == unit:
            return True
    return False


def _is_gp(directory: Directory, seats: Seats, gp: str) -> bool:
    """Whether a reader's office is the doctor that the pathway names by HER-id or by name, or has him or her."""
    units = {unit for unit, role in seats if role == GP_READER}
    doctors = [each for each in directory.organisations.values() if gp in (each.her_id, each.name)]
    return any(unit in units for each in doctors for unit in _line(directory, each))


def _line(directory: Directory, each: Organisation) -> Iterable[str]:
    """The organisation and the one that it is part of."""
    return (each.id, each.parent or each.id)


def _serves(directory: Directory, unit: str, place: Place) -> bool:
    organisation = directory.organisations.get(unit)
    return organisation is not None and organisation.municipality is not None and organisation.serves(place)


def _surviving(records: Records, patient_id: str) -> PatientRow | None:
    row = records.patient(patient_id)
    return records.patient(row.survivor_id) if row is not None and row.survivor_id is not None else row


__all__ = [
    "BOARD_ROLES", "Relation", "UnknownPatient", "belongs", "by_municipality", "by_task", "ground_of", "near_seats",
    "require",
]  # fmt: skip
