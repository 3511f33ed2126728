"""What no message tells: a fall, a homecoming, the end of the services; somebody of the home care or the office does.

The event goes into the log and is folded like any other, once for each key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pathway_engine.domain.errors import NotPermitted, TaskError
from pathway_engine.domain.events import Happened
from pathway_engine.service.applying import apply
from pathway_engine.service.context import Context
from pathway_engine.service.enrolling import is_own
from pathway_engine.service.relations import require
from pathway_engine.service.views import Principal
from pathway_engine.storage.records import Records

EVENTS = (
    "fall_reported", "function_declined", "out_of_hours_contacted", "ambulance_called", "measurement_alarm",
    "came_home", "services_ended",
)  # fmt: skip
"""What can be told; what it leads to is each pathway's own affair."""
BY_HAND = "person"
LATEST = timedelta(minutes=10)
"""So far ahead may the clock of the one who tells be."""
OLDEST = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What was filled in: which event, and when, in UTC; None is now. `key` makes it safe to send again."""

    patient_id: str
    event: str
    at: datetime | None
    key: str


class WrongTelling(TaskError):
    """Some fields do not fit. `fields` says which: event, at."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__(f"These fields must be put right: {', '.join(fields)}.")
        self.fields = fields


def tell(context: Context, who: Principal, given: Telling, now: datetime) -> None:
    """Put the event on the patient's log; that somebody told it is put on record.

    Raises UnknownPatient, NotPermitted for whom the patient does not belong to, WrongTelling.
    """
    context.committed(lambda records: _tell(context, records, who, given, now))


def _tell(context: Context, records: Records, who: Principal, given: Telling, now: datetime) -> None:
    patient = require(context, records, who, given.patient_id, now).patient
    if not is_own(context.directory, who, patient):
        raise NotPermitted("The home care or the allocation office that the patient belongs to would be right.")
    _check(given, now)
    patient = records.lock_patient(patient.id)
    if apply(context, records, patient.id, [_event(given, patient.id, now)], received_at=now, inbox_id=None):
        records.write_audit(
            at=now, actor=who.person, role=who.role, action="event told", patient_id=patient.id, object_id=given.event
        )


def _check(given: Telling, now: datetime) -> None:
    is_fit = given.at is None or now - OLDEST <= given.at <= now + LATEST
    wrong = (*(() if given.event in EVENTS else ("event",)), *(() if is_fit else ("at",)))
    if wrong:
        raise WrongTelling(wrong)


def _event(given: Telling, patient_id: str, now: datetime) -> Happened:
    name = f"told/{patient_id}/{given.key}"
    return Happened(
        id=name, name=given.event, cause=f"{given.event}/{given.key}", occurred_at=given.at or now, recorded_at=now,
        source=BY_HAND, facts={},
    )  # fmt: skip
