"""Emergency access (blålys): without a relation, for a reason, for a time, and never in silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from pathway_engine.domain.directory import Directory
from pathway_engine.domain.errors import UnknownPatient
from pathway_engine.domain.events import Identifier
from pathway_engine.domain.identifiers import NationalIdentityNumber
from pathway_engine.domain.roles import AUDITOR, LEADERS
from pathway_engine.domain.tasks import Comment, Place, Task
from pathway_engine.service.access import tries
from pathway_engine.service.access.errors import AccessRefused
from pathway_engine.service.concerns import EMERGENCY, PREFIX, save_notice_task
from pathway_engine.service.context import Context
from pathway_engine.service.views import Principal
from pathway_engine.storage.access_rows import EmergencyRow
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import NoticeRow

REASONS = ("acute", "away_from_unit", "system_fault")
"""Codes of the reasons; the person's own words come beside one of them."""
FEWEST_WORDS = 15
"""Signs that the person's own words have at least."""
SEEN_TO_WITHIN = timedelta(hours=24)
Seat = tuple[str, str]


class ReasonMissing(AccessRefused):
    """A reason in the person's own words is needed."""

    text = "emergency.reason_missing"


class TooManyTries(AccessRefused):
    """Numbers that belong to nobody were tried too often."""

    text = "emergency.too_many"


@dataclass(frozen=True, slots=True)
class Emergency:
    """Emergency access as its holder sees it: to whom, and until when."""

    patient_id: str
    name: str
    until: datetime


def begin(
    context: Context, who: Principal, number: NationalIdentityNumber, reason: str, words: str, now: datetime
) -> Emergency:
    """Give *who* access to the patient of that number for a while, and tell leader and auditor at once.

    Raises ReasonMissing, TooManyTries, and UnknownPatient for a number that belongs to nobody here.
    """
    if reason not in REASONS or len(words.strip()) < FEWEST_WORDS:
        raise ReasonMissing
    found = context.committed(lambda records: _begun(context, records, who, number, (reason, words.strip()), now))
    if found is None:
        raise UnknownPatient
    return found


def _begun(
    context: Context, records: Records, who: Principal, number: NationalIdentityNumber,
    why: tuple[str, str], now: datetime,
) -> Emergency | None:  # fmt: skip
    if not tries.counted(records, "emergency", who.person, now):
        raise TooManyTries
    patient = records.find_patient([Identifier(system=number.system, value=number.digits)])
    if patient is None:
        _audit(records, who, "emergency access refused", None, None, now)
        return None
    tries.succeeded(records, "emergency", who.person)
    row = EmergencyRow(
        id=context.new_id(), person=who.person, patient_id=patient.id, reason=why[0], words=why[1], at=now,
        until=now + context.nearness.emergency,
    )  # fmt: skip
    records.add_emergency(row)
    _alarm(context, records, who, row, Place(municipality=patient.municipality, district=patient.district), now)
    _audit(records, who, f"emergency access: {row.reason}", patient.id, row.id, now)
    return Emergency(patient.id, patient.name, row.until)


def of(context: Context, who: Principal, patient_id: str, now: datetime) -> Emergency:
    """Return the emergency access of *who* to a patient; that it was looked at is on record. Raises UnknownPatient."""

    def done(records: Records) -> Emergency:
        row = records.emergency_now(who.person, patient_id, now)
        patient = records.patient(patient_id) if row is not None else None
        if row is None or patient is None:
            raise UnknownPatient
        _audit(records, who, "emergency access read", patient.id, row.id, now)
        return Emergency(patient.id, patient.name, row.until)

    return context.committed(done)


def told(directory: Directory, who: Principal, place: Place) -> tuple[Seat, ...]:
    """Return whose lists the alarm stands on: the leaders of the person's units, and the auditors.

    Where a unit has no leader it is the message responsible of the patient's municipality.
    """
    seats = {seat for person in directory.people.values() if person.id != who.person for seat in person.seats}
    units = {unit for unit, _ in who.seats}
    near = units | {parent for unit in units if (parent := _parent(directory, unit))}
    leaders = [(unit, role) for unit, role in sorted(seats) if unit in near and role in LEADERS]
    responsible = directory.message_responsible(place)
    if not leaders and responsible is not None:
        leaders = [(responsible.id, "message_responsible")]
    auditors = [(unit, role) for unit, role in sorted(seats) if role == AUDITOR]
    return tuple([*leaders, *auditors])


def _parent(directory: Directory, unit: str) -> str | None:
    known = directory.organisations.get(unit)
    return known.parent if known else None


def _alarm(context: Context, records: Records, who: Principal, row: EmergencyRow, place: Place, now: datetime) -> None:
    audience = told(context.directory, who, place)
    task = Task(
        key=f"{EMERGENCY.id}/{row.id}", pathway="", step=EMERGENCY.id, owner=audience[0][1] if audience else AUDITOR,
        cause=f"person:{who.person}", event=row.reason, source="", entry="", raised_at=now,
        unit=audience[0][0] if audience else None, due_at=now + SEEN_TO_WITHIN,
        comments=(Comment(now, who.person, row.words),),
    )  # fmt: skip
    notice = NoticeRow(
        id=PREFIX + str(uuid5(NAMESPACE_URL, f"{context.store.tenant}/notice/{task.key}")), kind=EMERGENCY.id,
        about=row.id, patient_id=row.patient_id, raised_at=now, audience=audience, version=0, body=b"",
    )  # fmt: skip
    save_notice_task(records, notice, task.noted(now, "raised", row.reason), now)


def _audit(
    records: Records, who: Principal, action: str, patient_id: str | None, object_id: str | None, now: datetime
) -> None:
    records.write_audit(
        at=now, actor=who.person, role=who.role, action=action, patient_id=patient_id, object_id=object_id,
        outcome="refused" if action.endswith("refused") else "ok", detail="emergency",
    )  # fmt: skip
