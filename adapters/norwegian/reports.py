"""The PLO payloads that are not logistics: what the municipality, the hospital and the doctor tell each other."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.norwegian.binding import many, part
from adapters.norwegian.care import (
    AbsenceAssistant,
    Aids,
    Application,
    AssistedCommunication,
    AssistedCommunicationInfo,
    ConsultationKind,
    ContentKind,
    ControlAppointment,
    Diagnoses,
    ExistingService,
    FunctionMapping,
    IplosFacts,
    MedicalFacts,
    OtherImportantFacts,
    Reservations,
    ServiceNeed,
    StayEvent,
)
from adapters.norwegian.components import InformationGivenList, Payload
from adapters.norwegian.medication import Medication
from adapters.norwegian.nursing import NursingDocumentation, OtherProfessions


@dataclass(frozen=True, slots=True)
class HealthInformation(Payload):
    """HelseopplysningerVedSoknad: the early notice (9140/1) and its updates (9140/2)."""

    content_kind: ContentKind | None = part("TypeInnholdIMelding", since="1.6", required="1.6")
    stay_events: tuple[StayEvent, ...] = many("OpplysningOpphold", since="1.6", required="1.6")
    application: Application | None = part("OpplysningerTilSoknad", required="1.5")
    diagnoses: tuple[Diagnoses, ...] = many("InfoMedisinskDiagnose")
    medical: MedicalFacts | None = part("MedisinskfagligeOpplysninger")
    nursing: NursingDocumentation | None = part("Sykepleierdokumentasjon")
    other_professions: tuple[OtherProfessions, ...] = many("OpplysningerAndreFaggrupper")
    functions: FunctionMapping | None = part("InfoKartleggingFunksjonsniva")
    communication: tuple[AssistedCommunicationInfo, ...] = many("InfoAssistertKommunikasjon")
    information: tuple[InformationGivenList, ...] = many("InfoInformasjonGitt")
    needs: tuple[ServiceNeed, ...] = many("TjenesteBehov")


@dataclass(frozen=True, slots=True)
class AdmissionReport(Payload):
    """Innleggelsesrapport: what the municipality tells the hospital at admission."""

    diagnoses: tuple[Diagnoses, ...] = many("InfoMedisinskDiagnose")
    medical: MedicalFacts | None = part("MedisinskfagligeOpplysninger")
    medications: tuple[Medication, ...] = many("Legemiddelinfo", ns="epj3")
    services: tuple[ExistingService, ...] = many("EksisterendeTjeneste")
    functions: FunctionMapping | None = part("InfoKartleggingFunksjonsniva")
    other: OtherImportantFacts | None = part("InfoAndreViktigeOpplysninger")
    nursing: NursingDocumentation | None = part("Sykepleierdokumentasjon")
    other_professions: OtherProfessions | None = part("OpplysningerAndreFaggrupper")
    aids: Aids | None = part("OpplysningerOmHjelpemidler")
    communication: tuple[AssistedCommunicationInfo, ...] = many("InfoAssistertKommunikasjon")
    reservations: tuple[Reservations, ...] = many("InfoReservasjon")
    information: tuple[InformationGivenList, ...] = many("InfoInformasjonGitt")


@dataclass(frozen=True, slots=True)
class DischargeReport(Payload):
    """TverrfagligEpikrise, the discharge report (9139/11) or the report after birth (9139/12)."""

    content_kind: ContentKind | None = part("TypeInnholdIMelding", required=True)
    stay_events: tuple[StayEvent, ...] = many("OpplysningOpphold")
    diagnoses: tuple[Diagnoses, ...] = many("InfoMedisinskDiagnose")
    medical: MedicalFacts | None = part("MedisinskfagligeOpplysninger")
    medications: tuple[Medication, ...] = many("Legemiddelinfo", ns="epj3")
    other: OtherImportantFacts | None = part("InfoAndreViktigeOpplysninger")
    nursing: NursingDocumentation | None = part("Sykepleierdokumentasjon")
    other_professions: tuple[OtherProfessions, ...] = many("OpplysningerAndreFaggrupper")
    functions: FunctionMapping | None = part("InfoKartleggingFunksjonsniva")
    needs: tuple[ServiceNeed, ...] = many("TjenesteBehov")
    information: tuple[InformationGivenList, ...] = many("InfoInformasjonGitt")
    communication: tuple[AssistedCommunicationInfo, ...] = many("InfoAssistertKommunikasjon")
    reservations: tuple[Reservations, ...] = many("InfoReservasjon")
    appointments: tuple[ControlAppointment, ...] = many("InfoKontrolltime")
    aids: Aids | None = part("OpplysningerOmHjelpemidler")


@dataclass(frozen=True, slots=True)
class ToDoctor(Payload):
    """Konsultasjon, the message called health information to the doctor."""

    content_kind: ConsultationKind | None = part("InnholdKonsultasjon")
    diagnoses: tuple[Diagnoses, ...] = many("InfoMedisinskDiagnose")
    medical: MedicalFacts | None = part("MedisinskfagligeOpplysninger")
    medications: tuple[Medication, ...] = many("Legemiddelinfo", ns="epj3")
    other: OtherImportantFacts | None = part("InfoAndreViktigeOpplysninger")
    nursing: NursingDocumentation | None = part("Sykepleierdokumentasjon")
    functions: FunctionMapping | None = part("InfoKartleggingFunksjonsniva")
    information: tuple[InformationGivenList, ...] = many("InfoInformasjonGitt")
    communication: tuple[AssistedCommunicationInfo, ...] = many("InfoAssistertKommunikasjon")
    reservations: tuple[Reservations, ...] = many("InfoReservasjon")


@dataclass(frozen=True, slots=True)
class MedicalInformation(Payload):
    """OverforingMedisinskeOpplysninger: medical information from the doctor."""

    content_kind: ContentKind | None = part("TypeInnholdIMelding")
    application: Application | None = part("OpplysningerTilSoknad")
    diagnoses: Diagnoses | None = part("InfoMedisinskDiagnose")
    medical: MedicalFacts | None = part("MedisinskfagligeOpplysninger")
    medications: tuple[Medication, ...] = many("Legemiddelinfo", ns="epj3")
    iplos: IplosFacts | None = part("InfoIPLOSrelevantInformasjon")
    other_professions: tuple[OtherProfessions, ...] = many("OpplysningerAndreFaggrupper")
    functions: FunctionMapping | None = part("InfoKartleggingFunksjonsniva")
    communication: tuple[AssistedCommunicationInfo, ...] = many("InfoAssistertKommunikasjon")
    information: tuple[InformationGivenList, ...] = many("InfoInformasjonGitt")
    needs: tuple[ServiceNeed, ...] = many("TjenesteBehov")
    other: OtherImportantFacts | None = part("InfoAndreViktigeOpplysninger")
    reservations: tuple[Reservations, ...] = many("InfoReservasjon")


@dataclass(frozen=True, slots=True)
class ServicesGranted(Payload):
    """OrienteringOmTjenestetilbud: which services the patient has been granted."""

    services: tuple[ExistingService, ...] = many("EksisterendeTjeneste", required=True)
    communication: tuple[AssistedCommunication, ...] = many("AssistertKommunikasjon")


@dataclass(frozen=True, slots=True)
class Absence(Payload):
    """MeldingFravar, of version 1.5 alone: the receiver is away."""

    absence: AbsenceAssistant | None = part("Fraversassistent", required=True)
