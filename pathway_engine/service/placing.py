"""Whose message is it: find the patient, or make one; move what a merge says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime

from pathway_engine.domain.events import Demographics, FactValue, Happened, Merge, Reading, Voided
from pathway_engine.domain.identifier_systems import succession
from pathway_engine.service.channel import AmbiguousPatient, StayOfAnother
from pathway_engine.service.context import Context
from pathway_engine.service.own_stays import with_ownership
from pathway_engine.service.saving import adopt
from pathway_engine.service.stays import in_its_stay
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow, PatientRow


def with_join(records: Records, reading: Reading) -> Reading:
    """Let a message that tells one person's D-number and fødselsnummer join the records that were made by each.

    Only where its identifiers and its stay concern nobody else, and no merge is told by the message itself.
    """
    numbers = None if reading.merge else succession(reading.identifiers)
    if numbers is None:
        return reading
    new, old = numbers
    concerned = {row.id for row in records.find_patients(reading.identifiers)}
    owner = None if reading.stay is None else records.patient_of_stay(reading.stay)
    of_numbers = {row.id for row in records.find_patients([new, old])}
    if len(of_numbers) < 2 or concerned != of_numbers or owner not in (None, *concerned):
        return reading
    others = [each for each in reading.identifiers if each != new]
    return replace(reading, identifiers=(new, *others), merge=Merge(retired=(old,)))


def placed(context: Context, records: Records, reading: Reading, now: datetime) -> PatientRow:
    """Return the locked row of the message's patient, made or brought up to date by the message.

    Raises AmbiguousPatient when its identifiers belong to different people, StayOfAnother when its stay does.
    """
    found = records.find_patients(reading.identifiers)
    if len({row.id for row in found}) > 1 and reading.merge is None:
        raise AmbiguousPatient
    told = _in_place(context, reading.demographics, found[0] if found else None)
    told_at = reading.recorded_at or now
    if not found:
        row = records.add_patient(context.new_id(), told, reading.identifiers, told_at)
    else:
        row = records.lock_patient(found[0].id)
        records.add_identifiers(row.id, reading.identifiers)
        records.update_patient(row.id, _news(row, told, told_at), max(told_at, row.updated_at))
    _claim_stay(records, reading, row, now)
    return records.lock_patient(row.id)


def _news(row: PatientRow, told: Demographics, told_at: datetime) -> Demographics:
    """The last word on an address is the one written down last; a late letter fills only what is unknown."""
    if told_at >= row.updated_at:
        return told
    known = {each.name: None for each in fields(told) if getattr(row, each.name) is not None}
    return replace(told, **known)


def _claim_stay(records: Records, reading: Reading, patient: PatientRow, now: datetime) -> None:
    """A stay is one patient's; a message that gives it to another waits for a person, unless it is a merge."""
    if reading.stay is None:
        return
    owner = records.patient_of_stay(reading.stay)
    if owner is None:
        records.put_stay(reading.stay, patient.id, now)
    elif reading.merge is None and records.lock_patient(owner).id != patient.id:
        raise StayOfAnother


def _in_place(context: Context, told: Demographics, known: PatientRow | None) -> Demographics:
    """What is told, with where that is; a part of the municipality that is known stays while the address does."""
    directory = context.directory
    told = replace(told, municipality=directory.municipality_of(told) or told.municipality)
    stays = known is not None and known.district and known.postal_code == told.postal_code
    return told if stays else replace(told, district=directory.district_of(told))


def merged(context: Context, records: Records, reading: Reading, survivor: PatientRow, now: datetime) -> list[str]:
    """Move what the message's merge names to *survivor*; return the other patients it concerned."""
    if reading.merge is None:
        return []
    retired = [row for row in records.find_patients(reading.merge.retired) if row.id != survivor.id]
    stay = reading.merge.stay
    if stay is not None:
        records.put_stay(stay, survivor.id, now)
        return [row.id for row in retired]
    for row in retired:
        records.lock_patient(row.id)
        adopt(context, records, row.id, survivor.id, now)
        records.merge_patients(row.id, survivor.id, now)
    if not retired:
        records.add_identifiers(survivor.id, reading.merge.retired)
    return []


def entries_in_place(
    context: Context, records: Records, row: InboxRow, reading: Reading, patient: PatientRow
) -> list[Happened | Voided]:
    """The reading's entries, each in its stay, marked where that is our own, with where the patient belongs.

    A stay that no number names is known as the patient's from now on.
    """
    entries = in_its_stay(records, reading, patient)
    found = {entry.stay for entry in entries if entry.stay} if reading.visit else set()
    for stay in sorted(found):
        if records.patient_of_stay(stay) is None:
            records.put_stay(stay, patient.id, row.received_at)
    return _with_place(with_ownership(context.directory, row, entries), patient)


def _with_place(entries: Sequence[Happened | Voided], patient: PatientRow) -> list[Happened | Voided]:
    """Let each event carry what the gates and the directory need to know of the patient."""
    known: dict[str, FactValue | None] = {
        "municipality": patient.municipality, "district": patient.district, "birth_date": patient.birth_date
    }  # fmt: skip
    told = {name: value for name, value in known.items() if value is not None}
    return [
        replace(entry, facts={**told, **entry.facts}) if isinstance(entry, Happened) else entry for entry in entries
    ]
