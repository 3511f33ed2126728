"""What every PLO payload begins with, and what several of them hold (poKomponent 1.5 and 1.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from adapters.norwegian.binding import Namespaces, day, flag, many, part, stamp, text, year
from adapters.norwegian.people import HealthcareProfessional, Organisation, Person
from adapters.norwegian.values import Code, Moment


@dataclass(frozen=True, slots=True)
class Enquiry:
    """The question that a payload answers (po:Foresporsel)."""

    xmlns: ClassVar[Namespaces] = "po"
    kind: Code | None = part("TypeForesp", required=True)
    purpose: Code | None = part("Formål")
    urgency: Code | None = part("Hastegrad")
    record_kind: Code | None = part("TypeJournalinfo")
    question: str = text("Sporsmal")
    reason: str = text("Begrunnelse")
    starts_on: Moment | None = day("FraDato")
    ends_on: Moment | None = day("TilDato")
    document_ref: str = text("RefDokIdForesp")


@dataclass(frozen=True, slots=True)
class Dispatch:
    """About the sending: `status` is of code system 7309 (N new, M change, C cancel)."""

    xmlns: ClassVar[Namespaces] = "po"
    status: Code | None = part("Forsendelsesstatus", required=True)
    not_to_be_forwarded: bool | None = flag("ForbeholdOmVideresending")
    answers_enquiry: bool | None = flag("SvarPaaForesporsel")
    enquiry: Enquiry | None = part("Foresporsel")


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """More about the patient."""

    xmlns: ClassVar[Namespaces] = "po"
    civil_status: Code | None = part("SivilStatus")
    lives_alone: bool | None = flag("BorAlene")
    language: Code | None = part("Sprak")


@dataclass(frozen=True, slots=True)
class NextOfKin:
    """A next of kin, guardian or child: `child_born` is the year of birth of a child under 18."""

    xmlns: ClassVar[Namespaces] = "po"
    kinship: Code | None = part("Slektskap")
    care_role: Code | None = part("Omsorgsfunksjon")
    child_born: Moment | None = year("FodselsarMindrearigParorende", since="1.6")
    person: Person | None = part("Referanseperson", required=True)
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class ContactUnit:
    """The unit that answers questions: of a ward the same in every message."""

    xmlns: ClassVar[Namespaces] = "po"
    recurs: ClassVar[bool] = True
    organisation: Organisation | None = part("Kontaktenhet", required=True)
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class ContactPerson:
    """The health professional that answers questions."""

    xmlns: ClassVar[Namespaces] = "po"
    person: HealthcareProfessional | None = part("Kontaktperson", required=True)
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class Responsible:
    """The health professional that is responsible for what is told."""

    xmlns: ClassVar[Namespaces] = "po"
    person: HealthcareProfessional | None = part("AnsvarligRapport", required=True)
    approved_on: Moment | None = day("GodkjentDato")
    relation: Code | None = part("TypeRelasjon")
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class SentDocument:
    """Whether a document was sent, when, and to whom."""

    xmlns: ClassVar[Namespaces] = "po"
    information: Code | None = part("Opplysning", required=True)
    yes: bool | None = flag("JaNei", required=True)
    sent_on: Moment | None = day("DatoSendt")
    receiver_kind: Code | None = part("TypeMottaker")
    receiver_name: str = text("NavnMottaker")
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class Place:
    """Where it happened."""

    xmlns: ClassVar[Namespaces] = "po"
    name: str = text("StedHendelse", required=True)


@dataclass(frozen=True, slots=True)
class TimedEvent:
    """Something that happened or is expected: `code` is of code system 9121.

    `is_estimate` is true for an estimate by the base standard; senders differ, so nothing may hang on it.
    """

    xmlns: ClassVar[Namespaces] = "po"
    code: Code | None = part("Hendelsekode")
    description: str = text("BeskrivelseAvHendelse")
    at: Moment | None = stamp("TidspunktForHendelse", required=True)
    is_estimate: bool | None = flag("Anslag", required=True)
    remark: str = text("Merknad")
    place: Place | None = part("StedForHendelse")


@dataclass(frozen=True, slots=True)
class DischargedTo:
    """Where the patient went (`place`, code system 8408) and in what state (`outcome`, 8431)."""

    xmlns: ClassVar[Namespaces] = "po"
    outcome: Code | None = part("Uttilstand")
    place: Code | None = part("UtTil", required=True)
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class InformationGiven:
    """What was told to whom, by whom, and on which day."""

    xmlns: ClassVar[Namespaces] = "po"
    kind: Code | None = part("TypeInformasjon")
    description: str = text("BeskrivelseInformasjon")
    by_mouth: bool | None = flag("MuntligInformasjon", required="1.5")
    to: Person | None = part("InformasjonGittTil", required=True)
    on: Moment | None = day("InformasjonGittDato", required=True)
    by: HealthcareProfessional | None = part("InformasjonGittAv", required=True)


@dataclass(frozen=True, slots=True)
class InformationGivenList:
    """A group of what was told."""

    xmlns: ClassVar[Namespaces] = "po"
    given: tuple[InformationGiven, ...] = many("InformasjonGitt", required=True)


@dataclass(frozen=True, slots=True)
class Payload:
    """What every PLO payload begins with."""

    xmlns: ClassVar[Namespaces] = "po"
    dispatch: Dispatch | None = part("InformasjonOmForsendelsen", required=True)
    patient_facts: PatientFacts | None = part("TilleggsopplysningPasient")
    next_of_kin: tuple[NextOfKin, ...] = many("ParorendeForesatt")
    contact_units: tuple[ContactUnit, ...] = many("TilknyttetEnhet")
    contact_persons: tuple[ContactPerson, ...] = many("KontaktpersonHelsepersonell")
    responsibles: tuple[Responsible, ...] = many("AnsvarForRapport")
    sent_documents: tuple[SentDocument, ...] = many("SendtDokument")

    @property
    def status(self) -> str:
        """N new, M change, C cancel (code system 7309), or empty."""
        return self.dispatch.status.value if self.dispatch and self.dispatch.status else ""
