"""Norwegian messages about made-up people, as records that tests change, and as bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from adapters.norwegian.care import ContentKind, StayEvent
from adapters.norwegian.components import ContactUnit, DischargedTo, Dispatch, Responsible, TimedEvent
from adapters.norwegian.dialogue import Dialogue, Note, Request, Role
from adapters.norwegian.head import ConversationRef, Document, Head, OtherReceiver, Party, RefDoc
from adapters.norwegian.logistics import Discharged, Logistics, OneEvent, SeveralEvents
from adapters.norwegian.messages import Message, message_of, write_message
from adapters.norwegian.people import Address, HealthcareProfessional, Ident, Organisation, Person, TeleCom
from adapters.norwegian.reports import AdmissionReport, DischargeReport, HealthInformation, MedicalInformation, ToDoctor
from adapters.norwegian.values import Attachment, Code, Moment, RichText
from pathway_engine.domain.identifiers import make_synthetic

OID = "2.16.578.1.12.4.1.1."
BORN = date(1941, 3, 2)
FNR = make_synthetic(BORN, 0)
HOSPITAL, WARD, TOWN, HOME_CARE, OFFICE = "59", "5901", "80123", "80124", "80125"
ADMITTED = "2026-11-14T10:00:00"
WRITTEN = "2026-11-16T10:00:00+01:00"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def uuid(number: int) -> str:
    """The *number*-th made-up MsgId."""
    return str(UUID(int=0xA0000000000040008000000000000000 + number))


def her(number: str) -> Ident:
    return Ident(number, Code("HER", "HER-id", f"{OID}9051"))


def organisation(name: str, number: str, unit: str = "", unit_number: str = "") -> Organisation:
    inner = Organisation(unit, idents=(her(unit_number),)) if unit else None
    return Organisation(name, idents=(her(number),), unit=inner)


HOSPITALS = Party(organisation=organisation("Fjordby sykehus", HOSPITAL, "Medisin 2", WARD))
TOWNS = Party(organisation=organisation("Fjordby kommune", TOWN, "Sykepleietjenesten", HOME_CARE))
OFFICES = organisation("Fjordby kommune", TOWN, "Tildelingskontoret", OFFICE)


def number(value: str = FNR, kind: str = "FNR", system: str = f"{OID}8116") -> Ident:
    return Ident(value, Code(kind, "", system))


PATIENT = Person(
    family_name="Fjell", given_name="Astrid", birth_date=Moment(BORN.isoformat()), sex=Code("2", "Kvinne"),
    idents=(number(),), address=Address(street="Strandveien 1", postal_code="7010", city="Fjordby"),
)  # fmt: skip


def head(kind: str, **changed: Any) -> Head:
    told: dict[str, Any] = {
        "kind": Code(kind), "generated_at": Moment(WRITTEN), "id": uuid(1), "sender": HOSPITALS, "receiver": TOWNS,
        "patient": PATIENT, **changed,
    }  # fmt: skip
    return Head(**told)


def follows(first: str, parent: str = "") -> ConversationRef:
    return ConversationRef(parent=parent or first, first=first)


def event(code: str, at: str = ADMITTED, **more: Any) -> TimedEvent:
    return TimedEvent(code=Code(code, "", f"{OID}9121"), at=Moment(at), is_estimate=False, **more)


UNIT = ContactUnit(Organisation("Medisin 2", idents=(her(WARD),), telecoms=(TeleCom(address="tel:73000000"),)))
CLINICIAN = Responsible(
    HealthcareProfessional(kind=Code("LE", "Lege"), family_name="Solbakken", given_name="Marit",
                           idents=(number("9144889", "HPR"),))
)  # fmt: skip


def logistics(status: str = "N", **form: Any) -> Logistics:
    return Logistics(
        dispatch=Dispatch(status=Code(status)), contact_units=(UNIT,), responsibles=(CLINICIAN,), **form
    )  # fmt: skip


def admitted(at: str = ADMITTED, status: str = "N", **changed: Any) -> Message:
    return message_of(head("LOG_INNLAGT", **changed), logistics(status, admitted=OneEvent(event("1", at))), "1.6")


def ready(status: str = "N", *, since: str = ADMITTED, on: str = "2026-11-16", **changed: Any) -> Message:
    told = SeveralEvents((event("1", since), event("3", on)))
    return message_of(head("LOG_UTSKRIVNINGSKLAR", **changed), logistics(status, ready=told), "1.6")


def withdrawn(status: str = "N", **changed: Any) -> Message:
    told = SeveralEvents((event("1"), event("3", "2026-11-16"), event("4", "2026-11-16")))
    return message_of(head("LOG_AVMELDING", **changed), logistics(status, withdrawn=told), "1.6")


def discharged(
    at: str = "2026-11-16T11:00:00", to: str = "1", outcome: str = "1", status: str = "N", **changed: Any
) -> Message:
    left = DischargedTo(outcome=Code(outcome, "", f"{OID}8431"), place=Code(to, "", f"{OID}8408"))
    told = logistics(status, discharged=Discharged(left, event("2", at)))
    return message_of(head("LOG_UTSKREVET", **changed), told, "1.6")


def died(at: str = "2026-11-16", status: str = "N", **changed: Any) -> Message:
    return message_of(head("LOG_DOD", **changed), logistics(status, death=OneEvent(event("13", at))), "1.6")


def need(expected: str = "2026-11-19", content: str = "1", status: str = "N", **changed: Any) -> Message:
    told = HealthInformation(
        dispatch=Dispatch(status=Code(status)), contact_units=(UNIT,),
        content_kind=ContentKind(kind=Code(content, "", f"{OID}9140")), stay_events=(StayEvent(event("3", expected)),),
    )  # fmt: skip
    return message_of(head("HELSEOPPL_SOKNAD", **changed), told, "1.6")


def report(kind: str, status: str = "N", **changed: Any) -> Message:
    """One of the reports: UTSKRIVNINGSRAPPORT, INNLEGGELSESRAPPORT, HELSEOPPLYSNINGER_LEGE, MEDISINSKE_OPPLYSNINGER."""
    records: dict[str, type[Any]] = {
        "UTSKRIVNINGSRAPPORT": DischargeReport, "INNLEGGELSESRAPPORT": AdmissionReport,
        "HELSEOPPLYSNINGER_LEGE": ToDoctor, "MEDISINSKE_OPPLYSNINGER": MedicalInformation,
    }  # fmt: skip
    told = records[kind](dispatch=Dispatch(status=Code(status)), contact_units=(UNIT,))
    if kind == "UTSKRIVNINGSRAPPORT":
        told = replace(told, content_kind=ContentKind(kind=Code("11", "", f"{OID}9139")))
    return message_of(head(kind, **changed), told, "1.6")


QUESTION = Request(kind=Code("99", "Annet", f"{OID}9152"), question=RichText.of("Kan dere ringe?"))


def request(asked: Request = QUESTION, **changed: Any) -> Message:
    return message_of(head("DIALOG_FORESPORSEL", **changed), Dialogue(requests=(asked,)), "1.0")


NURSE = HealthcareProfessional(family_name="Lie", given_name="Sunniva")
"""Dialogue messages of version 1.0 name a person in each role."""


def note(kind: str, topic: str, system: str, version: str = "1.1", **more: Any) -> Message:
    """A dialogue message with one note; *more* of its fields are the note's, the rest the head's."""
    own = {name: more.pop(name) for name in ("body", "request", "roles", "topic_code") if name in more}
    told = Note(
        topic=own.get("topic_code", Code(topic, "", f"{OID}{system}")), subject="Om pasienten",
        body=own.get("body", RichText.of("Vi kan ta imot pasienten i morgen.")), request=own.get("request"),
        roles=own.get("roles", (Role(kind=Code("24", "Kontakt hos mottaker"), professional=NURSE),)),
    )  # fmt: skip
    return message_of(head(kind, **more), Dialogue(notes=(told,)), version)


def with_file(message: Message, mime_type: str = "application/pdf", content: str = "JVBERi0xLjQ=") -> Message:
    """*message* with an attached file."""
    attached = Document(
        reference=RefDoc(kind=Code("A", "Vedlegg"), mime_type=mime_type, content=(Attachment(content),))
    )  # fmt: skip
    return replace(message, documents=(*message.documents, attached))


def copied_to(to: Organisation, role: str = "COP") -> OtherReceiver:
    return OtherReceiver(role=Code(role, "Kopimottaker"), organisation=to)


def with_head(message: Message, **changed: Any) -> Message:
    return replace(message, head=replace(message.head, **changed))


def with_patient(message: Message, **changed: Any) -> Message:
    patient = message.head.patient
    assert patient is not None
    return with_head(message, patient=replace(patient, **changed))


def with_payload(message: Message, payload: object) -> Message:
    return message_of(message.head, payload, message.version)


def raw(message: Message) -> bytes:
    """*message* as bytes."""
    return write_message(message)


def make_number(serial: int) -> str:
    """The number of another made-up person of the same age."""
    return make_synthetic(BORN, serial)
