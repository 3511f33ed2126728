"""What a message told of the wrong patient is taken out of that log, and told again in the right one.

Nothing is deleted: the entries stay, voided one by one, and the others are entries of their own. A void of a cause
would not do; what the wrong patient's own messages told of the same cause must stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime

from pathway_engine.domain.events import Acted, Demographics, Happened, Reading, Voided
from pathway_engine.domain.settlement import ENTRY, taken_out
from pathway_engine.service.applying import apply
from pathway_engine.service.context import Context
from pathway_engine.service.telling import reading_of
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import InboxRow, LogRow, PatientRow

OUT, IN = "~out", "~in"


def take_out(
    context: Context, records: Records, row: InboxRow, reading: Reading, patient: PatientRow, person: str,
    now: datetime,
) -> None:  # fmt: skip
    """Let what the message told count no more for *patient*, who is locked; but for its stay, which moves whole."""
    log = records.log(patient.id)
    gone = taken_out(each.entry for each in log)
    told = [each.entry for each in log if each.inbox_id == row.id and each.entry.id not in gone]
    voids = [
        Voided(
            id=entry.id + OUT, cause=ENTRY + entry.id, recorded_at=now, stay=entry.stay, source=f"person:{person}"
        )
        for entry in told
        if not isinstance(entry, Acted) and (reading.stay is None or entry.stay != reading.stay)
    ]  # fmt: skip
    apply(context, records, patient.id, voids, received_at=now, inbox_id=None)
    others = [each for each in log if each.inbox_id not in (None, row.id) and each.entry.id not in gone]
    _put_details_back(context, records, reading.demographics, patient, others)


def told_again(records: Records, row: InboxRow, entries: Sequence[Happened | Voided]) -> list[Happened | Voided]:
    """Return *entries*, under names of their own where the same were taken out of another log before."""
    return [_renamed(records, entry) for entry in entries] if row.reason else list(entries)


def _renamed(records: Records, entry: Happened | Voided) -> Happened | Voided:
    name = entry.id
    while records.has_entry(name + OUT):
        name += IN
    return replace(entry, id=name)


def _put_details_back(
    context: Context, records: Records, told: Demographics, patient: PatientRow, others: Sequence[LogRow]
) -> None:
    """What the patient's record has from the message is what the patient's other messages say of it."""
    rows = records.messages_with_ids(sorted({each.inbox_id for each in others if each.inbox_id is not None}))
    if not rows:
        return
    known = _folded(context, rows)
    names = [each.name for each in fields(Demographics)]
    taken = [name for name in names if getattr(told, name) not in (None, getattr(known, name))]
    wrong = {name: getattr(known, name) for name in taken if getattr(patient, name) == getattr(told, name)}
    if wrong:
        right = Demographics(**{name: wrong.get(name, getattr(patient, name)) for name in names})
        records.update_patient(patient.id, right, patient.updated_at, is_all=True)


def _folded(context: Context, rows: Sequence[InboxRow]) -> Demographics:
    """What these messages say of the person: of each detail, the one written down last."""
    found = [(reading.recorded_at or row.received_at, row.id, reading.demographics)
             for row in rows if (reading := reading_of(context, row)) is not None]  # fmt: skip
    known = Demographics()
    for _, _, told in sorted(found, key=lambda each: each[:2]):
        said = {each.name: getattr(told, each.name) for each in fields(told) if getattr(told, each.name) is not None}
        known = replace(known, **said)
    municipality = context.directory.municipality_of(known)
    return replace(known, municipality=municipality) if municipality else known
