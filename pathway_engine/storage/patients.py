"""Patients, the identifiers and stays that belong to them, and what a merge moves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import bindparam, func, insert, select, update

from pathway_engine.domain.errors import StorageError
from pathway_engine.domain.events import Demographics, Identifier
from pathway_engine.storage.rows import PatientRow
from pathway_engine.storage.statements import (
    ID,
    LIMIT,
    TENANT,
    TenantRecords,
    columns_of,
    insert_into,
    is_pair,
    pairs,
    upsert,
    values_of,
)
from pathway_engine.storage.tables import table

PATIENT = table("patient")
_IDENTIFIER = table("identifier")
_STAY = table("stay")
_COLUMNS = columns_of(PATIENT, PatientRow)
_THIS = (PATIENT.c.tenant == TENANT) & (PATIENT.c.id == ID)
_DETAILS = [field.name for field in fields(Demographics)]

_PATIENT = select(*_COLUMNS).where(_THIS)
_MERGED_INTO = select(PATIENT.c.id).where(PATIENT.c.tenant == TENANT, PATIENT.c.survivor_id == ID)
_SURVIVOR_ID = select(func.coalesce(PATIENT.c.survivor_id, PATIENT.c.id)).where(_THIS).scalar_subquery()
# FOR NO KEY UPDATE: alone among those who lock, but no hindrance to rows that refer to the patient.
_LOCK = (
    select(*_COLUMNS).where(PATIENT.c.tenant == TENANT, PATIENT.c.id == _SURVIVOR_ID).with_for_update(key_share=True)
)
_TASK = table("task")
_PATIENT_OF_TASK = select(_TASK.c.patient_id).where(_TASK.c.tenant == TENANT, _TASK.c.id == ID).scalar_subquery()
_LOCK_OF_TASK = (
    select(*_COLUMNS)
    .where(PATIENT.c.tenant == TENANT, PATIENT.c.id == _PATIENT_OF_TASK)
    .with_for_update(key_share=True)
)
_BY_IDENTIFIERS = (
    select(_IDENTIFIER.c.system, _IDENTIFIER.c.value, *_COLUMNS)
    .join_from(
        _IDENTIFIER,
        PATIENT,
        (PATIENT.c.tenant == _IDENTIFIER.c.tenant) & (PATIENT.c.id == _IDENTIFIER.c.patient_id),
    )
    .where(
        _IDENTIFIER.c.tenant == TENANT,
        is_pair(_IDENTIFIER.c.system, _IDENTIFIER.c.value, "identifiers"),
    )
)
_BORN = (
    select(*_COLUMNS)
    .where(PATIENT.c.tenant == TENANT, PATIENT.c.birth_date == bindparam("day_"), PATIENT.c.survivor_id.is_(None))
    .order_by(PATIENT.c.family, PATIENT.c.given, PATIENT.c.id)
    .limit(LIMIT)
)
ADD = insert(PATIENT)
_UPDATE = update(PATIENT).where(_THIS)
UPDATE_DETAILS = _UPDATE.values({name: bindparam(name) for name in (*_DETAILS, "updated_at")})
NEW_IDENTIFIERS = insert(_IDENTIFIER)
ADD_IDENTIFIERS = insert_into(_IDENTIFIER).on_conflict_do_nothing()
# Two statements: of one with OR, SQLite makes no use of the indexes.
_RETIRE = update(PATIENT).where(PATIENT.c.tenant == TENANT, PATIENT.c.id == bindparam("retired_"))
_RETIRE_MORE = update(PATIENT).where(PATIENT.c.tenant == TENANT, PATIENT.c.survivor_id == bindparam("retired_"))
_MOVE_IDENTIFIERS = (
    update(_IDENTIFIER)
    .where(_IDENTIFIER.c.tenant == TENANT, _IDENTIFIER.c.patient_id == bindparam("retired_"))
    .values(patient_id=bindparam("patient_id"))
)
_MOVE_STAYS = (
    update(_STAY)
    .where(_STAY.c.tenant == TENANT, _STAY.c.patient_id == bindparam("retired_"))
    .values(patient_id=bindparam("patient_id"), at=bindparam("at"))
)
_OWNERS = select(_IDENTIFIER.c.system, _IDENTIFIER.c.value, _IDENTIFIER.c.patient_id).where(
    _IDENTIFIER.c.tenant == TENANT,
    is_pair(_IDENTIFIER.c.system, _IDENTIFIER.c.value, "identifiers"),
)
_LOCK_ALL = (
    select(*_COLUMNS)
    .where(PATIENT.c.tenant == TENANT, PATIENT.c.id.in_(bindparam("ids_", expanding=True)))
    .order_by(PATIENT.c.id)
    .with_for_update(key_share=True)
)
_OF_STAYS = select(_STAY.c.stay, _STAY.c.patient_id).where(
    _STAY.c.tenant == TENANT, _STAY.c.stay.in_(bindparam("stays_", expanding=True))
)
_PATIENT_OF_STAY = select(_STAY.c.patient_id).where(_STAY.c.tenant == TENANT, _STAY.c.stay == ID)
_STAY_OF_PUBLIC_ID = select(_STAY.c.stay, _STAY.c.patient_id).where(_STAY.c.tenant == TENANT, _STAY.c.public_id == ID)
PUT_STAY = upsert(_STAY, "tenant", "stay")


class PatientRecords(TenantRecords):
    """Patients: find, add, update, merge; and whose a stay is."""

    def patient(self, id: str) -> PatientRow | None:
        """Return the record with that id itself, also when it was merged into another."""
        return self._one(PatientRow, _PATIENT, id_=id)

    def lock_patient(self, id: str) -> PatientRow:
        """Return the surviving record of *id*, which nobody else may lock until the transaction ends.

        Everything about one patient is decided under this lock. Raises StorageError for an
        unknown id.
        """
        row = self._one(PatientRow, _LOCK, id_=id)
        while row is not None and row.survivor_id is not None:  # merged while we waited for the lock
            row = self._one(PatientRow, _LOCK, id_=id)
        if row is None:
            raise StorageError("There is no such patient.")
        return row

    def lock_patient_of_task(self, task_id: str) -> PatientRow | None:
        """Lock and return the surviving record of the patient whose task it is; None for an unknown task."""
        row = self._one(PatientRow, _LOCK_OF_TASK, id_=task_id)
        return row if row is None or row.survivor_id is None else self.lock_patient(row.id)

    def lock_patients(self, ids: Sequence[str]) -> list[PatientRow]:
        """Lock and return the records of *ids* themselves, lowest id first, so that two never wait crosswise."""
        return self._all(PatientRow, _LOCK_ALL, ids_=list(ids)) if ids else []

    def owners_of(self, names: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Return the patient of each identifier (system, value) that is known."""
        rows = self._run(_OWNERS, **pairs("identifiers", sorted(names)))
        return {(system, value): patient_id for system, value, patient_id in rows}

    def patients_of_stays(self, stays: Sequence[str]) -> dict[str, str]:
        """Return whose each stay is that is known."""
        return {stay: patient_id for stay, patient_id in self._run(_OF_STAYS, stays_=stays)} if stays else {}

    def find_patient(self, identifiers: Sequence[Identifier]) -> PatientRow | None:
        """Return the surviving patient of the first identifier that is known."""
        return next(iter(self.find_patients(identifiers)), None)

    def find_patients(self, identifiers: Sequence[Identifier]) -> list[PatientRow]:
        """Return every surviving patient that any identifier names, in the identifiers' order."""
        if not identifiers:
            return []
        wanted = [(identifier.system, identifier.value) for identifier in identifiers]
        rows = {row[:2]: row[2:] for row in self._run(_BY_IDENTIFIERS, **pairs("identifiers", wanted))}
        names = [field.name for field in fields(PatientRow)]
        found = [PatientRow(**dict(zip(names, rows[key], strict=True))) for key in wanted if key in rows]
        return list({row.id: row for row in found}.values())

    def patients_born(self, day: date, limit: int = 200) -> list[PatientRow]:
        """Return the patients who were born on that day, by name; not those who were merged into another."""
        return self._all(PatientRow, _BORN, day_=day, limit_=limit)

    def add_patient(
        self, id: str, demographics: Demographics, identifiers: Sequence[Identifier], at: datetime
    ) -> PatientRow:
        """Add a patient. Raises ConcurrentChange (at the latest at the transaction's end) when an
        identifier belongs to somebody already."""
        row = PatientRow(id=id, survivor_id=None, updated_at=at, **values_of(demographics))
        self._insert(ADD, **values_of(row))
        self._insert_all(NEW_IDENTIFIERS, identifier_rows(id, identifiers))
        return row

    def update_patient(self, id: str, demographics: Demographics, at: datetime, *, is_all: bool = False) -> None:
        """Write what is told of the patient; None leaves a detail as it is, unless this *is_all* that is known."""
        told = {name: value for name, value in values_of(demographics).items() if is_all or value is not None}
        self._change_one(_UPDATE, "patient", id_=id, updated_at=at, **told)

    def add_identifiers(self, id: str, identifiers: Sequence[Identifier]) -> None:
        """Give the patient identifiers; one that belongs to somebody already stays there."""
        self._insert_all(ADD_IDENTIFIERS, identifier_rows(id, identifiers))

    def merged_into(self, survivor: str) -> list[str]:
        """Return the ids of the records that were merged into that one."""
        return self._scalars(_MERGED_INTO, id_=survivor)

    def merge_patients(self, retired: str, survivor: str, at: datetime) -> None:
        """Let *retired*, and all that was merged into it, be *survivor*; identifiers and stays move.

        Both are locked. Of records that were merged before, those that survive are merged; two
        that are one person already stay as they are. Raises StorageError for an unknown id.
        """
        now_is = {id: self.lock_patient(id).id for id in sorted((retired, survivor))}
        leaving, staying = now_is[retired], now_is[survivor]
        if leaving == staying:
            return
        for retire in (_RETIRE, _RETIRE_MORE):
            self._run(retire, retired_=leaving, survivor_id=staying, updated_at=at)
        self._run(_MOVE_IDENTIFIERS, retired_=leaving, patient_id=staying)
        self._run(_MOVE_STAYS, retired_=leaving, patient_id=staying, at=at)

    def patient_of_stay(self, stay: str) -> str | None:
        """Return the id of the patient whose stay it now is."""
        found: str | None = self._run(_PATIENT_OF_STAY, id_=stay).scalar()
        return found

    def put_stay(self, stay: str, patient_id: str, at: datetime) -> None:
        """Say whose a stay is; said again, it moves."""
        self._insert(PUT_STAY, **stay_values(self._tenant, stay, patient_id, at))

    def stay_of_public_id(self, public_id: str) -> tuple[str, str] | None:
        """Return the stay that others call *public_id*, and whose it is."""
        found = self._run(_STAY_OF_PUBLIC_ID, id_=public_id).first()
        return None if found is None else (found[0], found[1])


def public_id_of_stay(tenant: str, stay: str) -> str:
    """Return what others call a stay by: opaque, and the same for ever."""
    return str(uuid5(NAMESPACE_URL, f"{tenant}/stay/{stay}"))


def stay_values(tenant: str, stay: str, patient_id: str, at: datetime) -> dict[str, Any]:
    """The row of a stay."""
    return {"stay": stay, "patient_id": patient_id, "at": at, "public_id": public_id_of_stay(tenant, stay)}


def identifier_rows(patient_id: str, identifiers: Sequence[Identifier]) -> list[dict[str, str]]:
    distinct = dict.fromkeys((identifier.system, identifier.value) for identifier in identifiers)
    return [{"system": system, "value": value, "patient_id": patient_id} for system, value in distinct]
