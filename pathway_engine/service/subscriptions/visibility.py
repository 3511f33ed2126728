"""May this subscriber be told? Asked when an event gets its number, and again whenever it goes out."""

from __future__ import annotations

from datetime import datetime

from pathway_engine.service.context import Context
from pathway_engine.service.relations import ground_of
from pathway_engine.service.views import Principal
from pathway_engine.storage.records import Records
from pathway_engine.storage.subscription_rows import EventRow, SubscriptionRow


def subscriber(context: Context, row: SubscriptionRow) -> Principal:
    """On whose behalf it is told, with the seats of the directory in force; nobody's when he or she is gone."""
    person = context.directory.people.get(row.person)
    if person is None:
        return Principal(person=row.person, name="", role=row.role, seats=())
    return Principal(person=person.id, name=person.name, role=row.role, seats=person.seats)


def may_know(context: Context, records: Records, who: Principal, event: EventRow, now: datetime) -> bool:
    """Whether *who* may be told of the event at *now*.

    A task is told to those who have it on a list. One that was withdrawn is on nobody's: it is told to those who
    had it, so that they can forget it.
    """
    if event.type == "Task":
        row = records.task(event.focus)
        lists = {(unit, role) for unit, role, _ in row.audience} if row and row.audience else set(event.lists)
        return row is not None and not lists.isdisjoint(who.seats)
    patient = records.patient(event.patient_id)
    if patient is not None and patient.survivor_id is not None:
        patient = records.patient(patient.survivor_id)
    return patient is not None and ground_of(context, records, who, patient, now) is not None
