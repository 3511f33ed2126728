"""Who a message may be about: patients of the reader's own place, and what the message and the record agree on."""

from __future__ import annotations

from collections.abc import Iterable

from pathway_engine.domain.errors import PathwayEngineError
from pathway_engine.domain.events import Demographics, Identifier, Reading
from pathway_engine.domain.identifiers import NationalIdentityNumber
from pathway_engine.service.context import Context
from pathway_engine.service.inbox_scope import serves
from pathway_engine.service.inbox_views import Candidate, Sought
from pathway_engine.service.views import Principal
from pathway_engine.storage.records import Records
from pathway_engine.storage.rows import PatientRow

MOST = 20
"""So many candidates are shown at most."""


def candidates_for(
    context: Context, records: Records, who: Principal, reading: Reading, sought: Sought | None
) -> tuple[Candidate, ...]:
    """The patients whom the message may be about, or those *sought*, who agree on most first."""
    told = reading.demographics
    rows = _sought(records, sought) if sought is not None else _like(records, reading)
    own = [row for row in rows if row.survivor_id is None and serves(context, who, row)]
    found = [_candidate(row, told) for row in own]
    return tuple(sorted(found, key=lambda each: (-len(each.agrees), each.name, each.patient_id))[:MOST])


def _like(records: Records, reading: Reading) -> list[PatientRow]:
    """Those whom the message's numbers name, else those who were born on its day and have one of its names."""
    if reading.identifiers:
        owner = records.patient_of_stay(reading.stay) if reading.stay else None
        of_stay = records.patient(owner) if owner else None
        named = records.find_patients(reading.identifiers)
        return list({row.id: row for row in (*named, of_stay) if row is not None}.values())
    told = reading.demographics
    if told.birth_date is None:
        return []
    rows = records.patients_born(told.birth_date)
    return [row for row in rows if {"family", "given"} & set(_agreeing(row, told))]


def _sought(records: Records, sought: Sought) -> list[PatientRow]:
    if sought.number:
        return records.find_patients(_identifiers(sought.number))
    if sought.birth_date is None:
        return []
    words = sought.name.casefold().split()
    return [
        row for row in records.patients_born(sought.birth_date) if all(word in row.name.casefold() for word in words)
    ]


def _identifiers(number: str) -> list[Identifier]:
    try:
        known = NationalIdentityNumber("".join(number.split()))
    except PathwayEngineError:
        return []
    return [Identifier(system=known.system, value=known.digits)]


def _candidate(row: PatientRow, told: Demographics) -> Candidate:
    address = ", ".join(part for part in (row.address, row.city) if part)
    return Candidate(
        patient_id=row.id, name=row.name, birth_date=row.birth_date, address=address, agrees=tuple(_agreeing(row, told))
    )


def _agreeing(row: PatientRow, told: Demographics) -> Iterable[str]:
    for name in ("birth_date", "family", "given", "address", "postal_code", "gender"):
        theirs, ours = getattr(told, name), getattr(row, name)
        if theirs is not None and ours is not None and str(theirs).casefold() == str(ours).casefold():
            yield name
