"""Norwegian messages about people who do not exist: as records, and as bytes in other people's handwriting."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from adapters.norwegian import codes
from adapters.norwegian.components import ContactUnit, Dispatch, Responsible, TimedEvent
from adapters.norwegian.head import Head, Party
from adapters.norwegian.logistics import Logistics, OneEvent, SeveralEvents
from adapters.norwegian.messages import Message, message_of
from adapters.norwegian.people import HealthcareProfessional, Ident, Organisation, Person, TeleCom
from adapters.norwegian.schemas import Schemas
from adapters.norwegian.values import Code, Moment
from pathway_engine.domain.identifiers import make_synthetic

PATIENT_NUMBER = make_synthetic(date(1941, 3, 14), 7)
ADMITTED = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
READY = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)


def organisation(name: str, her_id: str, unit: Organisation | None = None) -> Organisation:
    """An organisation known by its HER-id."""
    return Organisation(name=name, idents=(Ident(her_id, codes.ORGANISATION_ID.coded("HER")),), unit=unit)


HOSPITAL = Party(organisation=organisation("Fjordsykehuset", "900010", organisation("Ortopedisk sengepost", "900011")))
MUNICIPALITY = Party(organisation=organisation("Fjordvik kommune", "900020", organisation("Saksbehandling", "900021")))
PATIENT = Person(
    family_name="Strand",
    given_name="Ågot",
    birth_date=Moment("1941-03-14"),
    sex=codes.SEX.simple("2"),
    idents=(Ident(PATIENT_NUMBER, codes.PERSON_ID.coded("FNR")),),
)


def head(kind: str, patient: Person | None = PATIENT, id: str = "9d1b9c1e-6f0a-4a53-8f3e-0d4f3c1a7b10") -> Head:
    """The head of a message from the hospital to the municipality."""
    return Head(
        kind=codes.MESSAGE_TYPE.simple(kind),
        generated_at=Moment.of(READY),
        id=id,
        sender=HOSPITAL,
        receiver=MUNICIPALITY,
        patient=patient,
    )


def event(code: str, at: datetime, *, is_estimate: bool = False) -> TimedEvent:
    """Something that happened at an instant."""
    return TimedEvent(code=codes.EVENT.coded(code), at=Moment.of(at), is_estimate=is_estimate)


def opening(status: str = "N") -> Logistics:
    """What every payload begins with."""
    nurse = HealthcareProfessional(
        kind=Code("SP", "Sykepleier"),
        family_name="Lie",
        given_name="Sunniva",
        idents=(Ident("9000001", codes.PERSON_ID.coded("HPR")),),
    )
    ward = organisation("Ortopedisk sengepost", "900011")
    return Logistics(
        dispatch=Dispatch(codes.SENDING.simple(status)),
        contact_units=(ContactUnit(ward), ContactUnit(_with_telephone(ward))),
        responsibles=(Responsible(person=nurse),),
    )


def _with_telephone(unit: Organisation) -> Organisation:
    return Organisation(unit.name, unit.kind, unit.idents, telecoms=(TeleCom(address="tel:+4755550100"),))


def ready_message(version: str = "1.6") -> Message:
    """The patient is ready for discharge."""
    first = opening()
    events = (event("1", ADMITTED), event("3", READY, is_estimate=True))
    payload = Logistics(
        first.dispatch, contact_units=first.contact_units, responsibles=first.responsibles, ready=SeveralEvents(events)
    )
    return message_of(head("LOG_UTSKRIVNINGSKLAR"), payload, version, issued_at=Moment.of(READY))


def admitted_message(version: str = "1.6") -> Message:
    """The patient has been admitted."""
    payload = Logistics(dispatch=Dispatch(codes.SENDING.simple("N")), admitted=OneEvent(event("1", ADMITTED)))
    return message_of(head("LOG_INNLAGT"), payload, version)


def folder_from(variable: str, what: str) -> Path:
    """The folder that an environment variable names; the test is skipped, and says so, where there is none."""
    given = os.environ.get(variable)
    if not given:
        pytest.skip(f"{what} are not here; {variable} can name their folder")
    return Path(given)


def official_schemas() -> Schemas:
    """The official schemas, where they are."""
    folder = folder_from("PATHWAY_SCHEMA_DIR", "the official schemas")
    return Schemas({str(path): path.read_bytes() for path in folder.rglob("*.xsd")})
