"""Diagnoses, functions, services, aids, appointments and the rest of poKomponent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from adapters.norwegian.binding import Namespaces, OneOf, day, decimal, flag, instant, many, number, part, stamp, text
from adapters.norwegian.components import TimedEvent
from adapters.norwegian.notes import AllergyNote, Cave, JournalNote, JournalText
from adapters.norwegian.nursing import InCharge
from adapters.norwegian.people import HealthcareProfessional, Person
from adapters.norwegian.values import Code, Moment


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """MedisinskDiagnose: a diagnosis, coded (ICD-10 7110, ICPC-2 7170) or in words."""

    xmlns: ClassVar[Namespaces] = "po"
    main: bool | None = flag("Hoveddiagnose", required="1.5")
    code: Code | None = part("Diagnosekode")
    description: str = text("DiagnoseBeskrivelse")


@dataclass(frozen=True, slots=True)
class Diagnoses:
    """InfoMedisinskDiagnose: a group of diagnoses."""

    xmlns: ClassVar[Namespaces] = "po"
    diagnoses: tuple[Diagnosis, ...] = many("MedisinskDiagnose", required=True)


@dataclass(frozen=True, slots=True)
class DiagnosisPeriod:
    """TidsperiodeDiagnose: from when to when a diagnosis held."""

    xmlns: ClassVar[Namespaces] = "po"
    starts_on: Moment | None = day("StartdatoDiagnose", required=True)
    ends_on: Moment | None = day("SluttdatoDiagnose")
    diagnosis: Diagnosis | None = part("MedisinskDiagnose", required=True)


@dataclass(frozen=True, slots=True)
class IplosFacts:
    """InfoIPLOSrelevantInformasjon: diagnoses with periods, and an event."""

    xmlns: ClassVar[Namespaces] = "po"
    periods: tuple[DiagnosisPeriod, ...] = many("TidsperiodeDiagnose")
    event: TimedEvent | None = part("TidsfestetHendelse")


@dataclass(frozen=True, slots=True)
class BloodGroup:
    """RegistrertBlodtype: the blood group on record."""

    xmlns: ClassVar[Namespaces] = "po"
    group: Code | None = part("Blodtype", required=True)
    rhesus: Code | None = part("Rhesusgruppe")
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class EarlierDiseaseFragment:
    """An earlier disease or a lasting handicap."""

    xmlns: ClassVar[Namespaces] = "po"
    lasting: bool | None = flag("FunksjonshemmingKroniskSykdom", required=True)
    disease: str = text("TidligereSykdom", required=True)
    code: Code | None = part("Diagnosekode")


@dataclass(frozen=True, slots=True)
class EarlierDisease:
    """InfoTidligereSykdommer: an earlier disease and the text about it."""

    xmlns: ClassVar[Namespaces] = "po"
    fragment: EarlierDiseaseFragment | None = part("TidligereSykdomFragment")
    text: JournalText | None = part("Journaltekst", ns="epj2")


@dataclass(frozen=True, slots=True)
class MedicalFacts:
    """MedisinskfagligeOpplysninger: critical information, allergies and texts headed by 9142."""

    xmlns: ClassVar[Namespaces] = "po"
    blood_group: BloodGroup | None = part("RegistrertBlodtype")
    earlier_diseases: tuple[EarlierDisease, ...] = many("InfoTidligereSykdommer")
    cave: Cave | None = part("Cave", ns="epj1")
    allergies: tuple[AllergyNote, ...] = many("Allerginotat", ns="epj1")
    notes: tuple[JournalNote, ...] = many("GenereltJournalnotat", ns="epj2")


@dataclass(frozen=True, slots=True)
class OtherImportantFacts:
    """InfoAndreViktigeOpplysninger: anything else that matters."""

    xmlns: ClassVar[Namespaces] = "po"
    notes: tuple[JournalNote, ...] = many("GenereltJournalnotat", ns="epj2")
    allergies: tuple[AllergyNote, ...] = many("Allerginotat", ns="epj1")


@dataclass(frozen=True, slots=True)
class MappedFunction:
    """KartlagtFunksjon: an IPLOS variable and its value."""

    xmlns: ClassVar[Namespaces] = "po"
    variable: Code | None = part("Funksjonsvariabel")
    value: int | None = number("Vurdering")
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class FunctionSummary:
    """SamletVurderingFunksjonsniva: how much care is needed."""

    xmlns: ClassVar[Namespaces] = "po"
    care_load: str = decimal("Pleietyngde")
    assessment: str = text("VurderingPleietyngde")
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class FunctionMapping:
    """InfoKartleggingFunksjonsniva: the patient's functions, mapped."""

    xmlns: ClassVar[Namespaces] = "po"
    summary: FunctionSummary | None = part("SamletVurderingFunksjonsniva")
    functions: tuple[MappedFunction, ...] = many("KartlagtFunksjon", required=True)
    in_charge: InCharge | None = part("Ansvarlig")


@dataclass(frozen=True, slots=True)
class ExistingService:
    """EksisterendeTjeneste: a municipal service that the patient has; `kind` is of code system 9151."""

    xmlns: ClassVar[Namespaces] = "po"
    kind: Code | None = part("IPLOStjenestetype")
    name: str = text("BetegnelseTjeneste")
    private: bool | None = flag("PrivatTjeneste", required=True)
    provider: str = text("TjenestenLevertAv")
    about: str = text("OpplysningerOmTjenesten")
    units: str = decimal("AntallEnheter")
    unit: str = text("Enhet")
    starts_on: Moment | None = day("Startdato")
    ends_on: Moment | None = day("Sluttdato")
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class ServiceNeed:
    """TjenesteBehov: a service that the patient will need; `kind` is of code system 9151."""

    xmlns: ClassVar[Namespaces] = "po"
    kind: Code | None = part("IPLOStjenestetype")
    name: str = text("BetegnelseTjeneste")
    institution: str = text("VedInstitusjon")
    description: str = text("BeskrivelseAvTjeneste")
    units: str = decimal("AntallEnheterOnsket")
    unit: str = text("Enhet")


@dataclass(frozen=True, slots=True)
class AssistedCommunication:
    """AssistertKommunikasjon: interpreting, hearing and sight."""

    xmlns: ClassVar[Namespaces] = "po"
    person: Person | None = part("PersonTolkebehov")
    hearing_loss: bool | None = flag("Horselsvikt")
    sight_loss: bool | None = flag("Synsvikt")
    language: Code | None = part("BehovTolkSprak")
    interpreter: Person | None = part("PreferertTolk")
    ended_at: Moment | None = stamp("BehovOpphortDato")
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class AssistedCommunicationInfo:
    """The need of help to communicate."""

    xmlns: ClassVar[Namespaces] = "po"
    assisted: AssistedCommunication | None = part("AssistertKommunikasjon", required=True)


@dataclass(frozen=True, slots=True)
class Reservation:
    """ReservasjonOnske: what the patient does not want."""

    xmlns: ClassVar[Namespaces] = "po"
    about: str = text("Gjelder", required=True)
    by: Person | None = part("FramsattAv", required=True)
    on: Moment | None = day("FramsattDato", required=True)
    withdrawn_by: Person | None = part("TrukketTilbakeAv")
    withdrawn_on: Moment | None = day("TrukketTilbakeDato")
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class Reservations:
    """InfoReservasjon: a group of reservations."""

    xmlns: ClassVar[Namespaces] = "po"
    reservations: tuple[Reservation, ...] = many("ReservasjonOnske", required=True)


@dataclass(frozen=True, slots=True)
class WhoWasTold:
    """InformertOm: whether the patient and the next of kin were told."""

    xmlns: ClassVar[Namespaces] = "po"
    patient: bool | None = flag("PasientInformert", required=True)
    next_of_kin: bool | None = flag("ParorendeInformert", required=True)


@dataclass(frozen=True, slots=True)
class Appointment:
    """InformasjonOmTime: a control appointment; `minutes` is how long it lasts."""

    xmlns: ClassVar[Namespaces] = "po"
    booked: bool | None = flag("BestiltKontrolltime", required=True)
    at: Moment | None = instant("TidspunktTime")
    minutes: int | None = number("Varighet")
    place: str = text("StedTime")
    told: WhoWasTold | None = part("InformertOm")


@dataclass(frozen=True, slots=True)
class AppointmentToBook:
    """KontrolltimeBestill: who books the control appointment."""

    xmlns: ClassVar[Namespaces] = "po"
    by_patient: bool | None = flag("PasientParorendeBestiller", required=True)
    told: WhoWasTold | None = part("InformertOm")


@dataclass(frozen=True, slots=True)
class TentativeAppointment:
    """InformasjonOmTentativTime: a control appointment that is not fixed."""

    xmlns: ClassVar[Namespaces] = "po"
    when: str = text("TentativtTidspunktTime")
    place: str = text("StedTime")
    remark: str = text("Merknad")
    told: WhoWasTold | None = part("InformertOm")


@dataclass(frozen=True, slots=True)
class ControlAppointment:
    """InfoKontrolltime: one of the three."""

    xmlns: ClassVar[Namespaces] = "po"
    one_of: ClassVar[OneOf] = OneOf(("appointment", "to_book", "tentative"))
    appointment: Appointment | None = part("InformasjonOmTime")
    to_book: AppointmentToBook | None = part("KontrolltimeBestill")
    tentative: TentativeAppointment | None = part("InformasjonOmTentativTime", since="1.6")


@dataclass(frozen=True, slots=True)
class LastingAids:
    """FasteHjelpemidler: glasses, hearing aid, pacemaker."""

    xmlns: ClassVar[Namespaces] = "po"
    glasses: Code | None = part("Briller")
    hearing_aid: Code | None = part("HjelpemiddelHorsel")
    pacemaker: bool | None = flag("Pacemaker")
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class AidDescription:
    """Hjelpemiddelbeskrivelse: which aid."""

    xmlns: ClassVar[Namespaces] = "po"
    sequence: int | None = number("Sekvensnummer")
    code: Code | None = part("HjelpemiddelkodeRTV")
    name: str = text("BetegnelseHjelpemiddel", required=True)


@dataclass(frozen=True, slots=True)
class AidStatus:
    """StatusHjelpemiddel: an aid, and whether it is in use."""

    xmlns: ClassVar[Namespaces] = "po"
    status: Code | None = part("Status", required=True)
    aid: AidDescription | None = part("Hjelpemiddelbeskrivelse", required=True)


@dataclass(frozen=True, slots=True)
class Aids:
    """OpplysningerOmHjelpemidler: the patient's aids."""

    xmlns: ClassVar[Namespaces] = "po"
    lasting: tuple[LastingAids, ...] = many("FasteHjelpemidler")
    statuses: tuple[AidStatus, ...] = many("StatusHjelpemiddel")


@dataclass(frozen=True, slots=True)
class Application:
    """OpplysningerTilSoknad: whether the patient has applied."""

    xmlns: ClassVar[Namespaces] = "po"
    sent: bool | None = flag("EgensoknadSendt", required=True)
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class ContentKind:
    """TypeInnholdIMelding: what kind of content (9138, 9139 or 9140)."""

    xmlns: ClassVar[Namespaces] = "po"
    kind: Code | None = part("TypeInnhold", required=True)
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class StayEvent:
    """OpplysningOpphold: an event of the stay; event 3 of 9121 is the expected or actual discharge."""

    xmlns: ClassVar[Namespaces] = "po"
    event: TimedEvent | None = part("TidsfestetHendelse", required=True)


@dataclass(frozen=True, slots=True)
class ConsultationKind:
    """InnholdKonsultasjon: a status, or a wish for assessment (9137)."""

    xmlns: ClassVar[Namespaces] = "po"
    kind: Code | None = part("TypeInnholdKonsultasjon", required=True)
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class AbsenceAssistant:
    """Fraversassistent: the receiver is away, and whether the message was passed on."""

    xmlns: ClassVar[Namespaces] = "po"
    away: bool | None = flag("MottakerFravarende", required=True)
    forwarded: bool | None = flag("MeldingVideresendt")
    starts_on: Moment | None = day("FravarendeFraDato")
    ends_on: Moment | None = day("FravarendeTilDato")
    forwarded_to: HealthcareProfessional | None = part("VideresendtTil")
    remark: str = text("Merknad")
