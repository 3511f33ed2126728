"""A patient's own insight: who has looked at or changed what is known of him or her, when, what and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pathway_engine.domain.definition import Text
from pathway_engine.domain.directory import Directory
from pathway_engine.domain.errors import StorageError
from pathway_engine.service.context import Context
from pathway_engine.service.insight_words import words_of
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import AuditRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One line of the list; `who` is a name where the directory has one, `reason` what was written as one."""

    at: datetime
    who: str
    role: str
    organisation: str
    what: Text
    why: Text
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insight:
    """The lines about one patient, oldest first; `gone_before` says from before when lines have been deleted."""

    patient_id: str
    lines: tuple[Looked, ...]
    gone_before: datetime | None = None


def insight(context: Context, patient_id: str, *, actor: str, now: datetime) -> Insight:
    """Return who has looked at the patient, merged records included; that it was taken out is put on record.

    Raises StorageError for an unknown patient.
    """
    return context.committed(lambda records: _insight(context, records, patient_id, actor, now))


def _insight(context: Context, records: Records, patient_id: str, actor: str, now: datetime) -> Insight:
    row = records.patient(patient_id)
    if row is None:
        raise StorageError("There is no such patient; `pathway worklist --json` prints patient ids.")
    survivor = row.survivor_id or row.id
    rows = records.audit_about({survivor, *records.merged_into(survivor)})
    records.write_audit(
        at=now, actor=actor, role="operator", action="audit read", patient_id=survivor, object_id=survivor
    )
    gone = records.tombstones()
    return Insight(
        patient_id=survivor, lines=tuple(_line(context, each) for each in rows),
        gone_before=_before(gone[-1]) if gone else None,
    )  # fmt: skip


def _before(tombstone: AuditRow) -> datetime | None:
    said = dict(part.partition("=")[::2] for part in tombstone.detail.split(" "))
    return datetime.fromisoformat(said["before"]) if "before" in said else None


def _line(context: Context, row: AuditRow) -> Looked:
    directory = context.directories.at(row.at)
    words = words_of(row.action)
    person = directory.people.get(row.actor)
    return Looked(
        at=row.at, who=person.name if person else _other(directory, row), role=row.role,
        organisation=_organisation(directory, row), what=words.what, why=words.why,
        reason=row.detail if row.patient_id is not None else "",
    )  # fmt: skip


def _other(directory: Directory, row: AuditRow) -> str:
    """A sender by the name of its organisation; the program itself and operators as they are called."""
    sender = next((each for each in directory.senders.values() if each.id == row.actor), None)
    known = directory.organisations.get(sender.organisation) if sender else None
    return known.name if known else row.actor


def _organisation(directory: Directory, row: AuditRow) -> str:
    """The units in which the person had that role then, and what they are part of."""
    person = directory.people.get(row.actor)
    units = [unit for unit, role in person.seats if role == row.role] if person else []
    names = dict.fromkeys(name for unit in units for name in _upwards(directory, unit))
    return ", ".join(names)


def _upwards(directory: Directory, unit: str) -> list[str]:
    names: list[str] = []
    each = directory.organisations.get(unit)
    while each is not None and each.name not in names:
        names.append(each.name)
        each = directory.organisations.get(each.parent or "")
    return names
