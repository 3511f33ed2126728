"""Whose inbox a message lies in: its receiver's message responsible, and for reading also its sender's."""

from __future__ import annotations

from pathway_engine.domain.directory import MESSAGE_RESPONSIBLE, Directory, Organisation
from pathway_engine.domain.events import Reading
from pathway_engine.domain.tasks import Place
from pathway_engine.service.concerns import OPERATOR, Seat
from pathway_engine.service.context import Context
from pathway_engine.service.views import Principal
from pathway_engine.storage.inbox_looks import ADDRESSED
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow, PatientRow


def is_operator(who: Principal) -> bool:
    """Whether *who* sees that messages wait, and nothing of what they say."""
    return OPERATOR in who.roles


def receives(context: Context, records: Records, who: Principal, row: InboxRow, reading: Reading | None) -> bool:
    """Whether the message was to an organisation whose messages *who* answers for."""
    return not _receivers(context, records, row, reading).isdisjoint(who.seats)


def sent(context: Context, who: Principal, row: InboxRow) -> bool:
    """Whether the message was from an organisation whose messages *who* answers for."""
    application, _, facility = row.sender.partition("|")
    sender = context.directory.sender(application, facility)
    seat = _responsible_of(context.directory, sender.organisation) if sender else None
    return seat is not None and seat in who.seats


def serves(context: Context, who: Principal, patient: PatientRow) -> bool:
    """Whether the patient belongs where *who* answers for messages."""
    seat = _responsible_at(context.directory, _place_of(patient))
    return seat is not None and seat in who.seats


def _receivers(context: Context, records: Records, row: InboxRow, reading: Reading | None) -> frozenset[Seat]:
    """The seats that the message is for: of the address that it was sent to, else of where its patient belongs.

    What says neither, as nobody can read it, is for whoever answers for messages here.
    """
    directory = context.directory
    address = row.message_id.partition(ADDRESSED)[2]
    addressed = next((each for each in directory.organisations.values() if address and each.her_id == address), None)
    if addressed is not None and directory.is_ours(addressed.id):
        return _only(_responsible_of(directory, addressed.id))
    place = _place(directory, records, row, reading)
    own = [each.id for each in directory.organisations.values() if each.ours]
    if place == Place() and own:
        return frozenset(seat for each in own if (seat := _responsible_of(directory, each)) is not None)
    return _only(_responsible_at(directory, place))


def _only(seat: Seat | None) -> frozenset[Seat]:
    return frozenset() if seat is None else frozenset({seat})


def _place(directory: Directory, records: Records, row: InboxRow, reading: Reading | None) -> Place:
    patient = records.patient(row.patient_id) if row.patient_id else None
    if patient is not None:
        return _place_of(patient)
    if reading is None:
        return Place()
    told = reading.demographics
    return directory.place_of(told)


def _place_of(patient: PatientRow) -> Place:
    return Place(municipality=patient.municipality, district=patient.district)


def _responsible_at(directory: Directory, place: Place) -> Seat | None:
    unit = directory.message_responsible(place)
    return (unit.id, MESSAGE_RESPONSIBLE) if unit else None


def _responsible_of(directory: Directory, organisation: str) -> Seat | None:
    """Who answers for the messages of an organisation: itself, what it is part of, or its municipality's unit."""
    line = _line_of(directory, organisation)
    own = next((each for each in line if MESSAGE_RESPONSIBLE in each.roles), None)
    if own is not None:
        return own.id, MESSAGE_RESPONSIBLE
    municipality = next((each.municipality for each in line if each.municipality), None)
    return _responsible_at(directory, Place(municipality=municipality)) if municipality else None


def _line_of(directory: Directory, organisation: str) -> list[Organisation]:
    """The organisation and those that it is part of, itself first."""
    line: list[Organisation] = []
    each = directory.organisations.get(organisation)
    while each is not None and each not in line:
        line.append(each)
        each = directory.organisations.get(each.parent or "")
    return line
