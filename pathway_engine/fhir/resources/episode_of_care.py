"""EpisodeOfCare: the time in which a pathway goes on for a patient."""

from __future__ import annotations

from pathway_engine.fhir import fields
from pathway_engine.fhir.episode_rendering import care_found
from pathway_engine.fhir.exchange import Exchange, Found, Served
from pathway_engine.fhir.matching import IMPLIED
from pathway_engine.fhir.parameters import Kind, Parameter
from pathway_engine.fhir.rows import Rows
from pathway_engine.fhir.searching import searcher

STANDARD = "http://hl7.org/fhir/SearchParameter/"
PARAMETERS = (
    Parameter(
        name="patient", kind=Kind.REFERENCE, path="patient", definition=f"{STANDARD}clinical-patient",
        targets=("Patient",),
    ),
    Parameter(name="status", kind=Kind.TOKEN, path="status", definition=f"{STANDARD}EpisodeOfCare-status"),
    Parameter(name="date", kind=Kind.DATE, path="period", definition=f"{STANDARD}clinical-date"),
)  # fmt: skip
ROWS = Rows(
    fields={
        "_id": fields.ID, "_lastUpdated": fields.Instant("changed_at"),
        "patient": fields.Link({"Patient": fields.of_patient}),
        "status": fields.Code("care_status", IMPLIED["EpisodeOfCare.status"], implied=True),
        "date": fields.Span("opened_at", "closed_at"),
    },
    sorts={
        "_id": "id", "_lastUpdated": "changed_at", "date": "opened_at", "status": "care_status",
        "patient": "patient_id",
    },
    find=lambda exchange, wanted: exchange.records.search_episodes(wanted), render=care_found,
)  # fmt: skip


def read(exchange: Exchange, id: str) -> Found | None:
    """The episode, if the caller may see the patient."""
    row = exchange.records.episode(id)
    return None if row is None else care_found(exchange, [row])[0]


EPISODE_OF_CARE = Served(
    type="EpisodeOfCare", read=read, find=searcher(ROWS), parameters=PARAMETERS, includes=("EpisodeOfCare:patient",),
    about="The time in which a pathway goes on for a patient.",
)  # fmt: skip
