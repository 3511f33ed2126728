"""PLO content from what a pathway says: each slot of `domain/message_slots.py` in its place in the document."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from adapters.norwegian import codes
from adapters.norwegian.care import (
    Application,
    ConsultationKind,
    ContentKind,
    ControlAppointment,
    Diagnoses,
    Diagnosis,
    ExistingService,
    MedicalFacts,
    ServiceNeed,
    StayEvent,
    TentativeAppointment,
)
from adapters.norwegian.codes import CodeSystem
from adapters.norwegian.components import ContactUnit, DischargedTo, Dispatch, Responsible, TimedEvent
from adapters.norwegian.logistics import Discharged, Logistics, OneEvent, SeveralEvents
from adapters.norwegian.notes import Cave, CaveHead, CaveKeyword, JournalNote, JournalText
from adapters.norwegian.nursing import FromNurse, NursingDocumentation
from adapters.norwegian.people import HealthcareProfessional, Ident, Organisation, TeleCom
from adapters.norwegian.reports import AdmissionReport, DischargeReport, HealthInformation, ServicesGranted, ToDoctor
from adapters.norwegian.values import Moment
from pathway_engine.domain.events import FactValue
from pathway_engine.domain.message_slots import KINDS

PHONE = re.compile(r"\+?\d(?:[ \u00a0]?\d){7,13}", re.ASCII)
ALIVE, DEAD, NURSING_HOME = "1", "2", "11"
PLACES: Mapping[str, str] = {
    "home": "1", "short_term": NURSING_HOME, "nursing_home": NURSING_HOME, "acute_unit": "21", "rehabilitation": "88",
    "other_hospital": "3", "abroad": "5", "dead": "98", "other": "88",
}  # fmt: skip
"""Where a patient went, in code system 8408."""
EVENT_CODES: Mapping[str, str] = {
    "admitted": "1", "discharged": "2", "discharge_ready": "3", "discharge_ready_withdrawn": "4", "died": "13",
}  # fmt: skip
"""The pathway's events in code system 9121."""


class ContentLacks(ValueError):
    """The message lacks content without which it must not be sent; `slot` is what lacks."""

    def __init__(self, slot: str) -> None:
        super().__init__(f"The message lacks {slot}.")
        self.slot = slot


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be written: slots and times as decided, when that was, from which unit, in which version."""

    message: str
    status: str
    version: str
    sent_at: datetime
    unit: Organisation
    content: Mapping[str, FactValue] = field(default_factory=dict)
    times: Mapping[str, datetime] = field(default_factory=dict)

    def text(self, slot: str) -> str:
        """The slot in words, or empty."""
        value = self.content.get(slot)
        return "" if value is None else str(value).strip()

    def day(self, slot: str) -> Moment | None:
        """The slot's day."""
        value = self.content.get(slot)
        return Moment.of(value) if isinstance(value, date) else None

    def at(self, event: str) -> Moment | None:
        """When the event was, to the second."""
        told = self.times.get(event)
        return Moment.of(told.replace(microsecond=0)) if told else None


def require_content(told: Told) -> None:
    """Raise ContentLacks for the first slot, or event, without which the message must not be sent."""
    kind = KINDS[told.message]
    lacking = [slot for slot in kind.required if not told.text(slot)]
    lacking += [event for event in kind.needs if event not in told.times]
    if lacking:
        raise ContentLacks(lacking[0])


def payload_of(told: Told) -> object:
    """Return the clinical content. Raises ContentLacks, or KeyError for what is no PLO message."""
    require_content(told)
    return WRITERS[told.message](told)


# -- parts


def _dispatch(told: Told) -> Dispatch:
    return Dispatch(status=codes.SENDING.simple(told.status))


def contact(told: Told) -> Organisation:
    """The unit that answers questions, with the telephone number that was given."""
    phones = PHONE.findall(told.text("contact"))
    telecoms = tuple(TeleCom(address="tel:" + re.sub(r"\s", "", each)) for each in phones[:1])
    return Organisation(told.unit.name, idents=told.unit.idents, telecoms=telecoms)


def _units(told: Told) -> tuple[ContactUnit, ...]:
    return (ContactUnit(contact(told), remark=told.text("contact")),)


def _clinicians(told: Told) -> tuple[Responsible, ...]:
    given, _, family = told.text("clinician").rpartition(" ")
    number = Ident(told.text("clinician_hpr"), codes.PERSON_ID.coded("HPR"))
    return (Responsible(HealthcareProfessional(family_name=family, given_name=given, idents=(number,))),)


def _event(told: Told, name: str, at: Moment | None = None, *, is_estimate: bool = False) -> TimedEvent:
    return TimedEvent(code=codes.EVENT.coded(EVENT_CODES[name]), at=at or told.at(name), is_estimate=is_estimate)


def _events(told: Told, *names: str) -> tuple[TimedEvent, ...]:
    return tuple(_event(told, name) for name in names if name in told.times)


def _stay_events(told: Told, *names: str) -> tuple[StayEvent, ...]:
    return tuple(StayEvent(each) for each in _events(told, *names))


def _texts(told: Told, system: CodeSystem, said: Mapping[str, str]) -> tuple[JournalText, ...]:
    """One text for each heading that anything is said under; a line for each slot."""
    return tuple(JournalText(heading=system.coded(code), note=note) for code, note in said.items() if note)


def _lines(told: Told, **labels: str) -> str:
    """The slots that say anything, each on a line after its label."""
    named = [f"{label}: {told.text(slot)}" if label else told.text(slot) for slot, label in labels.items()]
    return "\n".join(line for line, slot in zip(named, labels, strict=True) if told.text(slot))


def _flag(told: Told, slot: str, yes: str, no: str) -> str:
    value = told.content.get(slot)
    return {True: yes, False: no}[value] if isinstance(value, bool) else ""


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _medical(told: Told, said: Mapping[str, str]) -> MedicalFacts | None:
    texts = _texts(told, codes.MEDICAL_HEADING, said)
    notes = (JournalNote(component_id="N1", texts=texts),) if texts else ()
    critical = told.text("critical")
    cave = Cave(component_id="C1", head=CaveHead(component_id="C2", keywords=(CaveKeyword(critical),)))
    return MedicalFacts(cave=cave if critical else None, notes=notes) if critical or notes else None


def _nursing(texts: tuple[JournalText, ...]) -> NursingDocumentation | None:
    return NursingDocumentation(from_nurse=FromNurse(texts=texts)) if texts else None


def _diagnoses(told: Told) -> tuple[Diagnoses, ...]:
    said = told.text("diagnosis")
    return (Diagnoses((Diagnosis(main=True, description=said),)),) if said else ()


# -- logistics


def _logistics(told: Told, **form: OneEvent | SeveralEvents | Discharged) -> Logistics:
    return Logistics(
        dispatch=_dispatch(told), contact_units=_units(told),
        responsibles=_clinicians(told) if told.text("clinician") else (), **form,  # type: ignore[arg-type]
    )  # fmt: skip


def _admitted(told: Told) -> Logistics:
    return _logistics(told, admitted=OneEvent(_event(told, "admitted")))


def _ready(told: Told) -> Logistics:
    """The receipt of the message is the fact; the event says when the clinician decided."""
    ready = _event(told, "discharge_ready", told.at("discharge_ready") or _now(told))
    return _logistics(told, ready=SeveralEvents((*_events(told, "admitted"), ready)))


def _now(told: Told) -> Moment:
    return Moment.of(told.sent_at.replace(microsecond=0))


def _withdrawn(told: Told) -> Logistics:
    name = "discharge_ready_withdrawn"
    earlier = _events(told, "admitted", "discharge_ready")
    return _logistics(told, withdrawn=SeveralEvents((*earlier, _event(told, name, told.at(name) or _now(told)))))


def _discharged(told: Told) -> Logistics:
    place = told.text("destination")
    to = DischargedTo(
        outcome=codes.OUTCOME.coded(DEAD if place == "dead" else ALIVE),
        place=codes.DISCHARGED_TO.coded(PLACES.get(place, "98")),
    )
    return _logistics(told, discharged=Discharged(to, _event(told, "discharged")))


def _died(told: Told) -> Logistics:
    return _logistics(told, death=OneEvent(_event(told, "died")))


# -- reports


def _early_notice(told: Told) -> HealthInformation:
    return _notice(told, "1")


def _update(told: Told) -> HealthInformation:
    return _notice(told, "2")


def _notice(told: Told, kind: str) -> HealthInformation:
    expected = StayEvent(_event(told, "discharge_ready", told.day("expected_discharge"), is_estimate=True))
    statuses = _texts(told, codes.STATUS_HEADING, {"1": told.text("status"), "2": told.text("course")})
    practical = _lines(told, next_of_kin="Pårørende", medication="Legemidler")
    others = _texts(told, codes.NURSING_HEADING, {"14": practical, "88": _lines(told, changed="Endret siden sist")})
    return HealthInformation(
        dispatch=_dispatch(told), contact_units=_units(told),
        content_kind=ContentKind(codes.HEALTH_INFORMATION.coded(kind)) if told.version != "1.5" else None,
        stay_events=(*_stay_events(told, "admitted"), expected) if told.version != "1.5" else (),
        application=Application(sent=False) if told.version == "1.5" else None, diagnoses=_diagnoses(told),
        medical=_medical(told, {}), nursing=_nursing((*statuses, *others)),
        needs=(ServiceNeed(description=told.text("needs")),) if told.text("needs") else (),
    )  # fmt: skip


def _admission_report(told: Told) -> AdmissionReport:
    medical = {"AAI": told.text("reason"), "HJ": told.text("habitual"), "VU": _lines(told, limits="Begrensninger")}
    practical = _joined(
        _lines(told, aids="Hjelpemidler"),
        _flag(told, "next_of_kin", "Pårørende er varslet.", "Pårørende er ikke varslet."),
        _flag(told, "medication_list", "Legemiddellisten er sendt.", "Legemiddellisten er ikke sendt."),
    )
    other = _lines(told, medication="Legemidler", last_dose="Siste doser", infection="Smitte")
    texts = {"8": told.text("observations"), "13": told.text("what_matters"), "14": practical, "88": other}
    services = (ExistingService(name=told.text("services"), private=False),) if told.text("services") else ()
    return AdmissionReport(
        dispatch=_dispatch(told), contact_units=_units(told), diagnoses=_diagnoses(told),
        medical=_medical(told, medical), services=services,
        nursing=_nursing(_texts(told, codes.NURSING_HEADING, texts)),
    )  # fmt: skip


def _discharge_report(told: Told) -> DischargeReport:
    appointment = told.text("appointment")
    is_old = told.version == "1.5"
    medical = {
        "PROB": told.text("problem"), "FO": told.text("course"),
        "OP": _joined(told.text("plan"), _lines(told, appointment="Kontroll") if is_old else ""),
    }  # fmt: skip
    practical = _lines(told, practical="", next_of_kin="Pårørende")
    texts = {"12": told.text("summary"), "14": practical, "88": _lines(told, medication="Legemidler")}
    return DischargeReport(
        dispatch=_dispatch(told), contact_units=_units(told),
        content_kind=ContentKind(codes.DISCHARGE_REPORT.coded("11")),
        stay_events=_stay_events(told, "admitted", "discharged"), diagnoses=_diagnoses(told),
        medical=_medical(told, medical), nursing=_nursing(_texts(told, codes.NURSING_HEADING, texts)),
        appointments=(ControlAppointment(tentative=TentativeAppointment(when=appointment)),)
        if appointment and not is_old else (),
    )  # fmt: skip


def _to_doctor(told: Told) -> ToDoctor:
    medical = {
        "PROB": told.text("problem"), "FU": told.text("observations"), "FO": told.text("measures"),
        "UTRED": told.text("wish"),
    }  # fmt: skip
    texts = {"13": told.text("what_matters"), "88": _lines(told, medication="Legemidler")}
    kind = codes.TO_DOCTOR.simple("3" if told.text("wish") else "2")
    return ToDoctor(
        dispatch=_dispatch(told), contact_units=_units(told), content_kind=ConsultationKind(kind),
        diagnoses=_diagnoses(told), medical=_medical(told, medical),
        nursing=_nursing(_texts(told, codes.NURSING_HEADING, texts)),
    )  # fmt: skip


def _services(told: Told) -> ServicesGranted:
    granted = ExistingService(
        name=told.text("service"), private=False, provider=told.text("provider"), starts_on=told.day("starts_on")
    )
    return ServicesGranted(dispatch=_dispatch(told), contact_units=_units(told), services=(granted,))


WRITERS: Mapping[str, Callable[[Told], object]] = {
    "LOG_INNLAGT": _admitted,
    "LOG_UTSKRIVNINGSKLAR": _ready,
    "LOG_AVMELDING": _withdrawn,
    "LOG_UTSKREVET": _discharged,
    "LOG_DOD": _died,
    "HELSEOPPL_SOKNAD/1": _early_notice,
    "HELSEOPPL_SOKNAD/2": _update,
    "INNLEGGELSESRAPPORT": _admission_report,
    "UTSKRIVNINGSRAPPORT": _discharge_report,
    "HELSEOPPLYSNINGER_LEGE": _to_doctor,
    "ORIENTERING_TJENESTETILBUD": _services,
}
"""Who writes which PLO message."""
