"""Taking a patient into a pathway by hand: the event `enrolled` in the log, folded like any other, in one commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pathway_engine.domain.directory import Directory
from pathway_engine.domain.episode import Episode, Rules
from pathway_engine.domain.errors import NotPermitted, TaskError
from pathway_engine.domain.events import Entry, FactValue, Happened
from pathway_engine.domain.roles import HOME_CARE
from pathway_engine.domain.tasks import Place
from pathway_engine.domain.timeline import Timeline, fold
from pathway_engine.service.applying import apply
from pathway_engine.service.context import Context
from pathway_engine.service.relations import OFFICE, by_municipality, require
from pathway_engine.service.saving import ACTIVE
from pathway_engine.service.views import Principal
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import EpisodeRow, PatientRow

ENROLLED = "enrolled"
"""The event that says that somebody has taken a patient in."""
ENROLLERS = HOME_CARE | {OFFICE}


class NotEnrolling(TaskError):
    """The pathway does not take this patient in now."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What comes, or came, of taking a patient in.

    `episode` is as the log gives it; its id is `episode_id`. `is_new` is False where the patient was in the pathway
    already, and then nothing was written.
    """

    patient: PatientRow
    episode: Episode | None
    episode_id: str
    is_new: bool


def previewed(
    context: Context, records: Records, who: Principal, pathway: str, patient_id: str, now: datetime
) -> Enrolment:
    """Return what taking the patient in now would give; nothing is written but that somebody looked.

    Raises UnknownPatient, NotPermitted, NotEnrolling.
    """
    patient = _may_enrol(context, records, who, patient_id, now)
    records.write_audit(
        at=now, actor=who.person, role=who.role, action="enrolment shown", patient_id=patient.id, object_id=pathway
    )
    running = _running(records, patient.id, pathway)
    if running is not None:
        return Enrolment(patient, None, running.id, is_new=False)
    return _told(context, records, patient, pathway, now)


def enrol(
    context: Context, records: Records, who: Principal, pathway: str, patient_id: str, now: datetime
) -> Enrolment:
    """Take the patient in, once: who is in the pathway already stays there as he or she is.

    The event is the patient's, so any other pathway that enrols on it opens too. Raises UnknownPatient,
    NotPermitted, NotEnrolling.
    """
    patient = records.lock_patient(_may_enrol(context, records, who, patient_id, now).id)
    running = _running(records, patient.id, pathway)
    if running is not None:
        return Enrolment(patient, None, running.id, is_new=False)
    found = _told(context, records, patient, pathway, now)
    apply(context, records, patient.id, [_event(patient, pathway, now)], received_at=now, inbox_id=None)
    records.write_audit(
        at=now, actor=who.person, role=who.role, action="patient enrolled", patient_id=patient.id,
        object_id=found.episode_id,
    )  # fmt: skip
    return found


def _may_enrol(context: Context, records: Records, who: Principal, patient_id: str, now: datetime) -> PatientRow:
    """The patient; raises NotPermitted unless a seat is in the home care or the office that he or she belongs to."""
    patient = require(context, records, who, patient_id, now).patient
    if not is_own(context.directory, who, patient):
        raise NotPermitted("A patient is taken in by the home care or the allocation office that he or she belongs to.")
    return patient


def is_own(directory: Directory, who: Principal, patient: PatientRow) -> bool:
    """Whether a seat of *who* is in the home care, or in the office, that serves where the patient lives."""
    place = Place(municipality=patient.municipality, district=patient.district)
    for unit, role in who.seats:
        serving = directory.unit_for(role, place) if role in ENROLLERS else None
        if serving is not None and serving.id == unit:
            return True
    offices = tuple((unit, role) for unit, role in who.seats if role == OFFICE)
    return by_municipality(directory, offices, patient)


def _running(records: Records, patient_id: str, pathway: str) -> EpisodeRow | None:
    return next((row for row in records.episodes(patient_id, pathway) if row.status == ACTIVE), None)


def _told(context: Context, records: Records, patient: PatientRow, pathway: str, now: datetime) -> Enrolment:
    """What the log with the event in it gives. Raises NotEnrolling."""
    event = _event(patient, pathway, now)
    timeline = _timeline(context, records, patient.id, pathway, event, now)
    opened = [each for each in timeline.episodes if each.opened_by == event.cause]
    if not opened:
        raise NotEnrolling(_why_not(timeline, event, pathway))
    id = context.episode_id(patient.id, pathway, opened[0].ordinal)
    return Enrolment(patient, opened[0], id, is_new=True)


def _timeline(
    context: Context, records: Records, patient_id: str, pathway: str, event: Happened, now: datetime
) -> Timeline:
    rows = records.episodes(patient_id, pathway)
    in_force = context.catalogue.current[pathway]

    def rules_of(ordinal: int) -> Rules:
        return context.catalogue.rules(rows[ordinal].definition_hash, records) if ordinal < len(rows) else in_force

    entries: list[Entry] = [row.entry for row in records.log(patient_id)]
    return fold(rules_of, [*entries, event], now)


def _event(patient: PatientRow, pathway: str, now: datetime) -> Happened:
    """The event as it happens now; it carries what the directory needs to know of the patient."""
    known: dict[str, FactValue | None] = {
        "municipality": patient.municipality, "district": patient.district, "birth_date": patient.birth_date,
    }  # fmt: skip
    name = f"{ENROLLED}/{pathway}/{patient.id}/{now:%Y-%m-%dT%H:%M:%S.%f}Z"
    return Happened(
        id=name, name=ENROLLED, cause=name, occurred_at=now, recorded_at=now, source="person",
        facts={name: value for name, value in known.items() if value is not None},
    )  # fmt: skip


def _why_not(timeline: Timeline, event: Happened, pathway: str) -> str:
    missing = [name for each in timeline.declined if each.cause == event.cause for name in each.missing]
    if missing:
        return f"{pathway} takes in only whom it knows more of; missing: {', '.join(missing)}."
    return f"{pathway} takes nobody in by hand, or not this patient: its enrolment asks for something else."
