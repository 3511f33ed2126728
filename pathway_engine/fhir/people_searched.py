"""Encounters and Patients are searched row by row: each is made, as the caller may see it, and looked at.

How one is made is told by whoever serves them; here is only where the rows are, and how few of them need be made.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from adapters.fhir.outcome import Json
from pathway_engine.fhir import fields
from pathway_engine.fhir.exchange import Exchange, Found, Handler
from pathway_engine.fhir.matching import matches
from pathway_engine.fhir.parameters import Kind, Parameter
from pathway_engine.fhir.rows import Rows
from pathway_engine.fhir.search_language import Search, Token, Value
from pathway_engine.fhir.searching import searcher
from pathway_engine.storage.conditions import EVERYTHING, Condition, EndsIn
from pathway_engine.storage.searching import PatientLine, StayLine

Read = Callable[[Exchange, str], Found | None]
"""Gives a resource as the caller may see it, or None."""
STANDARD = "http://hl7.org/fhir/SearchParameter/"


def _standard(name: str, kind: Kind, path: str, definition: str, *targets: str) -> Parameter:
    return Parameter(name=name, kind=kind, path=path, definition=STANDARD + definition, targets=targets)


ENCOUNTER_PARAMETERS = (
    _standard("patient", Kind.REFERENCE, "subject", "clinical-patient", "Patient"),
    _standard("subject", Kind.REFERENCE, "subject", "Encounter-subject", "Patient"),
    _standard("status", Kind.TOKEN, "status", "Encounter-status"),
    _standard("date", Kind.DATE, "period", "clinical-date"),
    _standard("class", Kind.TOKEN, "class", "Encounter-class"),
    _standard("identifier", Kind.TOKEN, "identifier", "clinical-identifier"),
    _standard("service-provider", Kind.REFERENCE, "serviceProvider", "Encounter-service-provider", "Organization"),
)
ENCOUNTER_INCLUDES = ("Encounter:patient", "Encounter:subject", "Encounter:service-provider")
ENCOUNTER_REVINCLUDES = ("Task:encounter",)
PATIENT_PARAMETERS = (
    _standard("identifier", Kind.TOKEN, "identifier", "Patient-identifier"),
    _standard("name", Kind.STRING, "name", "Patient-name"),
    _standard("family", Kind.STRING, "name.family", "individual-family"),
    _standard("given", Kind.STRING, "name.given", "individual-given"),
    _standard("birthdate", Kind.DATE, "birthDate", "individual-birthdate"),
    _standard("gender", Kind.TOKEN, "gender", "individual-gender"),
    _standard("address-city", Kind.STRING, "address.city", "individual-address-city"),
)
PATIENT_REVINCLUDES = ("Task:patient", "Encounter:patient", "CarePlan:patient")
BY_ROW = frozenset({"name", "family", "given", "birthdate", "address-city"})
"""What a patient's row tells of as well as the resource does."""
ENCOUNTERS_LOOKED_AT, PATIENTS_LOOKED_AT = 400, 20_000


def encounters(read: Read) -> Handler:
    """Return what searches Encounters; *read* gives one by its id."""
    patient = fields.Link({"Patient": fields.of_patient}, exact=False)
    return searcher(Rows(
        fields={
            "_id": fields.ID, "patient": patient, "subject": patient, "identifier": _VisitNumber(),
        },
        sorts={"_id": "id", "patient": "patient_id", "subject": "patient_id"},
        find=lambda exchange, wanted: exchange.records.search_stays(wanted),
        render=lambda exchange, rows: [read(exchange, row.public_id) for row in rows if isinstance(row, StayLine)],
        looked_at=ENCOUNTERS_LOOKED_AT,
    ))  # fmt: skip


def patients(read: Read) -> Handler:
    """Return what searches Patients; *read* gives one by its id."""
    return searcher(Rows(
        fields={"_id": fields.ID}, sorts={"_id": "id"}, likely=_may_be,
        find=lambda exchange, wanted: exchange.records.search_patients(wanted),
        render=lambda exchange, rows: [read(exchange, row.id) for row in rows if isinstance(row, PatientLine)],
        looked_at=PATIENTS_LOOKED_AT,
    ))  # fmt: skip


class _VisitNumber:
    """A stay's own name ends in the number that its hospital gave it."""

    exact = False

    def like(self, exchange: Exchange, asked: Value) -> Condition:
        """The stays that may have that number."""
        assert isinstance(asked, Token)
        return EndsIn("stay", asked.code) if asked.code else EVERYTHING

    def empty(self) -> Condition:
        """Any stay."""
        return EVERYTHING


def _may_be(row: PatientLine, search: Search, now: datetime) -> bool:
    """Whether the row does not rule out that its Patient is what is asked for."""
    asked = [each for each in search.criteria if each.parameter.name in BY_ROW]
    return not asked or matches(_as_told(row), asked, now)


def _as_told(row: PatientLine) -> Json:
    name = {"family": row.family, "given": [row.given, *(row.given or "").split()]}
    born = row.birth_date.isoformat() if isinstance(row.birth_date, date) else None
    return {"resourceType": "Patient", "name": [name], "birthDate": born, "address": [{"city": row.city}]}
