"""Registration by hand for wards without integration: the form becomes a message and takes a message's road."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pathway_engine.domain.definition import Text
from pathway_engine.domain.directory import Directory, Organisation
from pathway_engine.domain.errors import InvalidIdentityNumber, NotPermitted, TaskError
from pathway_engine.domain.identifiers import NationalIdentityNumber
from pathway_engine.service.context import Context
from pathway_engine.service.manual_message import MANUAL, STATUSES, ManualMessage, decode_manual, encode_manual
from pathway_engine.service.receiving import Incoming, receive
from pathway_engine.service.relations import UnknownPatient
from pathway_engine.service.views import Principal
from pathway_engine.service.worklists import short_name

WARD_NURSE = "ward_nurse"
LATEST = timedelta(minutes=10)
"""So far ahead may the clock of the one who registers be."""
OLDEST = timedelta(days=30)
"""So long ago may a discharge be that is registered by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What was filled in; `key` makes it safe to send again. `day` is a local moment, already in UTC."""

    unit: str
    identity: str = field(repr=False)
    municipality: str
    status: str
    day: datetime | None
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a registration: the message's number in the inbox, whether it was taken in, and when.

    `outcome` is applied, unplaced, rejected, dead or waiting. `patient_name` is empty when no name is known.
    """

    number: int
    outcome: str
    reason: str
    registered_at: datetime
    by_name: str
    unit_name: str
    status: Text
    day: datetime | None
    patient_id: str | None
    patient_name: str


class WrongRegistration(TaskError):
    """Some fields do not fit. `fields` says which and how: identity, municipality, status, day."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(f"These fields must be put right: {', '.join(sorted(fields))}.")
        self.fields = fields


def wards_of(directory: Directory, who: Principal) -> list[Organisation]:
    """The wards for which *who* may register by hand: those that the directory has a sender ``manual`` for."""
    units = [unit for unit, role in who.seats if role == WARD_NURSE and directory.sender(MANUAL, unit) is not None]
    return [directory.organisations[unit] for unit in units if unit in directory.organisations]


def municipalities(directory: Directory) -> list[Organisation]:
    """The municipalities that can be chosen, by name."""
    found = [each for each in directory.organisations.values() if each.kind == "municipality" and each.municipality]
    return sorted(found, key=lambda each: each.name)


def register(context: Context, who: Principal, given: Registration, now: datetime) -> Receipt:
    """Take the registration into the inbox and apply it, once for each key, and return its receipt.

    Raises NotPermitted for another's ward, WrongRegistration.
    """
    ward = next((each for each in wards_of(context.directory, who) if each.id == given.unit), None)
    if ward is None:
        raise NotPermitted("This ward does not register by hand: the directory has no sender 'manual' for it.")
    _check(context.directory, given, now)
    message = _kept_before(context, given) or ManualMessage(
        id=given.key, unit=given.unit, ward=next(iter(ward.wards), ""), by=who.person, identity=given.identity,
        municipality=given.municipality, status=given.status, day=given.day, written_at=now,
    )  # fmt: skip
    received = receive(context, Incoming(encode_manual(message), MANUAL, f"web:{who.person}"), now)
    return receipt(context, who, received.inbox_id, now)


def _kept_before(context: Context, given: Registration) -> ManualMessage | None:
    """The message of the same key and content: sent again it must be the same bytes, its time of writing too."""
    with context.store.reading() as records:
        rows = records.messages_from(f"{MANUAL}|{given.unit}", given.key)
    kept = [decode_manual(row.raw) for row in rows]
    said = (given.identity, given.municipality, given.status, given.day)
    return next((each for each in kept if (each.identity, each.municipality, each.status, each.day) == said), None)


def _check(directory: Directory, given: Registration, now: datetime) -> None:
    wrong: dict[str, str] = {}
    try:
        NationalIdentityNumber(given.identity)
    except InvalidIdentityNumber:
        wrong["identity"] = "identity"
    if given.municipality not in {each.municipality for each in municipalities(directory)}:
        wrong["municipality"] = "municipality"
    if given.status not in STATUSES:
        wrong["status"] = "status"
    elif problem := _wrong_day(given, now):
        wrong["day"] = problem
    if wrong:
        raise WrongRegistration(wrong)


def _wrong_day(given: Registration, now: datetime) -> str:
    """What is wrong with the day, as a code; empty when it fits."""
    if not STATUSES[given.status].has_left:
        return "expected" if given.day is not None and given.day < now - timedelta(days=1) else ""
    if given.day is None:
        return "left"
    return "" if now - OLDEST <= given.day <= now + LATEST else "left"


def receipt(context: Context, who: Principal, number: int, now: datetime) -> Receipt:
    """Return the receipt of a registration of one's own ward; that it was read is put on record.

    Raises UnknownPatient for one that is not there and for another ward's alike.
    """
    mine = {f"{MANUAL}|{ward.id}" for ward in wards_of(context.directory, who)}
    with context.store.transaction() as records:
        rows = [row for row in records.messages_with_ids([number]) if row.sender in mine]
        if not rows:
            raise UnknownPatient
        row = rows[0]
        patient = records.patient(row.patient_id) if row.patient_id else None
        records.write_audit(
            at=now, actor=who.person, role=who.role, action="registration read", patient_id=row.patient_id,
            object_id=str(row.id),
        )  # fmt: skip
    message, directory = decode_manual(row.raw), context.directory
    person = directory.people.get(message.by)
    return Receipt(
        number=row.id, outcome=row.disposition or "waiting", reason=row.reason_code, registered_at=row.received_at,
        by_name=person.name if person else message.by, unit_name=directory.organisations[message.unit].name,
        status=STATUSES[message.status].text, day=message.day, patient_id=row.patient_id,
        patient_name=short_name(patient) if patient is not None and patient.name else "",
    )  # fmt: skip
