"""What nurses and other professions tell: texts, assessments, measures, goals, agreements (poKomponent)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from adapters.norwegian.binding import Namespaces, day, flag, instant, many, part, text
from adapters.norwegian.medication import GivenAtTransfer
from adapters.norwegian.notes import JournalText
from adapters.norwegian.people import HealthcareProfessional, Organisation
from adapters.norwegian.values import Code, Moment, Quantity


@dataclass(frozen=True, slots=True)
class MeasureDone:
    """When a measure was carried out."""

    xmlns: ClassVar[Namespaces] = "po"
    on: Moment | None = day("UtfortTidspunkt", required=True)
    can_end: bool | None = flag("TiltakKanTermineres")
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class MeasurePlan:
    """When a measure is planned."""

    xmlns: ClassVar[Namespaces] = "po"
    starts_on: Moment | None = day("PlanlagtStart", required=True)
    ends_on: Moment | None = day("PlanlagtSlutt")
    weekdays: tuple[Code, ...] = many("FasteUkedager")
    interval: Quantity | None = part("GjentagelseIntervall")
    as_needed: bool | None = flag("EtterBehov")


@dataclass(frozen=True, slots=True)
class Measure:
    """Tiltaksbeskrivelse: a measure, coded or in words."""

    xmlns: ClassVar[Namespaces] = "po"
    codes: tuple[Code, ...] = many("IntervensjonTiltakKode")
    description: str = text("IntervensjonTiltakBeskrivelse")
    profession: Code | None = part("KategoriHelsepersonell")
    keywords: tuple[str, ...] = many("Stikkord")
    evaluate_on: Moment | None = day("EvalueringTidspunkt")
    remark: str = text("Merknad")
    done: tuple[MeasureDone, ...] = many("GjennomforingAvTiltak")
    planned: MeasurePlan | None = part("PlanlagtGjennomforingTiltak")


@dataclass(frozen=True, slots=True)
class MeasureTaken:
    """IverksatteTiltak: a measure that was taken."""

    xmlns: ClassVar[Namespaces] = "po"
    measure: Measure | None = part("Tiltaksbeskrivelse", required=True)


@dataclass(frozen=True, slots=True)
class MeasureAdvised:
    """AnbefaltVidereTiltak: a measure that is advised."""

    xmlns: ClassVar[Namespaces] = "po"
    measure: Measure | None = part("Tiltaksbeskrivelse", required=True)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Enkeltvurdering: one area of function, judged."""

    xmlns: ClassVar[Namespaces] = "po"
    area: Code | None = part("Funksjonsområde")
    coded: Code | None = part("KodetVurdering")
    text: str = text("VurderingTekst")


@dataclass(frozen=True, slots=True)
class AssessmentHead:
    """InnholdVurdering: what was assessed, when, by whom."""

    xmlns: ClassVar[Namespaces] = "po"
    about: str = text("VurderingenGjelder", required=True)
    keywords: tuple[str, ...] = many("Stikkord")
    starts_on: Moment | None = day("FraDato")
    ends_on: Moment | None = day("TilDato")
    profession: Code | None = part("KategoriHelsepersonell")
    judgements: tuple[Judgement, ...] = many("Enkeltvurdering")


@dataclass(frozen=True, slots=True)
class Assessment:
    """InfoVurderinger: an assessment and its texts."""

    xmlns: ClassVar[Namespaces] = "po"
    head: AssessmentHead | None = part("InnholdVurdering", required=True)
    texts: tuple[JournalText, ...] = many("Journaltekst", ns="epj2")


@dataclass(frozen=True, slots=True)
class GoalHead:
    """InnholdMaaldokument: a goal or an expected result."""

    xmlns: ClassVar[Namespaces] = "po"
    expected: Code | None = part("MaalForventetResultat")
    degree: Code | None = part("ForventetGradMaaloppnaaelse")
    description: str = text("Beskrivelse")
    profession: Code | None = part("KategoriHelsepersonell")
    expected_on: Moment | None = day("ForventesOppnaadd")
    starts_on: Moment | None = day("FraDato")
    ends_on: Moment | None = day("TilDato")
    keywords: tuple[str, ...] = many("Stikkord")


@dataclass(frozen=True, slots=True)
class Goal:
    """InfoMaalForventetRes: a goal and its texts."""

    xmlns: ClassVar[Namespaces] = "po"
    head: GoalHead | None = part("InnholdMaaldokument", required=True)
    texts: tuple[JournalText, ...] = many("Journaltekst", ns="epj2")


@dataclass(frozen=True, slots=True)
class InCharge:
    """Ansvarlig: who answered for what, and when."""

    xmlns: ClassVar[Namespaces] = "po"
    event: Code | None = part("TypeHendelse")
    at: Moment | None = instant("TidspunktForHendelse", required=True)
    external: bool | None = flag("Ekstern", required=True)
    professional: HealthcareProfessional | None = part("AnsvarligTjenesteyter")
    organisation: Organisation | None = part("Virksomhet")
    remark: str = text("Merknad")


@dataclass(frozen=True, slots=True)
class FollowUpFacts:
    """OpplysningerRelevantOppfolging: help with medication, dressings, change of function."""

    xmlns: ClassVar[Namespaces] = "po"
    dressings: bool | None = flag("BandasjemateriellEngangsutstyr")
    help_with_medication: bool | None = flag("HjelpLegemiddeladm")
    function_change: str = text("EndringFunksjonsnivaa")
    dressings_remark: str = text("MerknadTilBandasjemateriell", since="1.6")
    medication_remark: str = text("MerknadTilLegemiddeladministrering", since="1.6")


@dataclass(frozen=True, slots=True)
class FromNurse:
    """InfoFraSykepleier: the nurse's texts, headed by code system 9141 or 9145."""

    xmlns: ClassVar[Namespaces] = "po"
    facts: FollowUpFacts | None = part("OpplysningerRelevantOppfolging")
    texts: tuple[JournalText, ...] = many("Journaltekst", ns="epj2")


@dataclass(frozen=True, slots=True)
class HandoverInstructions:
    """AdmInstrukser: how medicines are handed out."""

    xmlns: ClassVar[Namespaces] = "po"
    form: Code | None = part("Utleveringsform")
    special_measures: tuple[Code, ...] = many("SarskilteTiltak")


@dataclass(frozen=True, slots=True)
class MedicationAgreement:
    """AvtaleOmAdmLegemidler: what is agreed about giving medicines."""

    xmlns: ClassVar[Namespaces] = "po"
    agreed: bool | None = flag("AvtaleAdmLegemidler", required=True)
    multidose: bool | None = flag("AvtaleAdmMultidose", required=True)
    remark: str = text("Merknad")
    instructions: HandoverInstructions | None = part("AdmInstrukser")
    measures: tuple[Measure, ...] = many("Tiltaksbeskrivelse")


@dataclass(frozen=True, slots=True)
class MedicationAgreementInfo:
    """The agreement about giving medicines."""

    xmlns: ClassVar[Namespaces] = "po"
    agreement: MedicationAgreement | None = part("AvtaleOmAdmLegemidler", required=True)


@dataclass(frozen=True, slots=True)
class NursingDocumentation:
    """Sykepleierdokumentasjon: what nurses tell nurses."""

    xmlns: ClassVar[Namespaces] = "po"
    from_nurse: FromNurse | None = part("InfoFraSykepleier")
    given_at_transfer: GivenAtTransfer | None = part("LegemidlerAdministrertVedOverforing", ns="epj3")
    agreement: MedicationAgreementInfo | None = part("InfoAvtaleOmLegemiddeladm")
    assessments: tuple[Assessment, ...] = many("InfoVurderinger")
    taken: tuple[MeasureTaken, ...] = many("IverksatteTiltak")
    advised: tuple[MeasureAdvised, ...] = many("AnbefaltVidereTiltak")
    goals: tuple[Goal, ...] = many("InfoMaalForventetRes")
    in_charge: tuple[InCharge, ...] = many("Ansvarlig")


@dataclass(frozen=True, slots=True)
class OtherProfession:
    """AndreFagrapporter: the report of another profession."""

    xmlns: ClassVar[Namespaces] = "po"
    started_on: Moment | None = day("BehandlingStart")
    status_admission: str = text("StatusInnleggelse")
    status_start: str = text("StatusBehandlingsstart")
    expected_at_discharge: str = text("ForventetStatusUtskriving")
    responsible: HealthcareProfessional | None = part("AnsvarligRapport")
    texts: tuple[JournalText, ...] = many("Journaltekst", ns="epj2")


@dataclass(frozen=True, slots=True)
class OtherProfessions:
    """OpplysningerAndreFaggrupper: reports, advice and assessments of other professions."""

    xmlns: ClassVar[Namespaces] = "po"
    report: OtherProfession | None = part("AndreFagrapporter")
    advised: tuple[MeasureAdvised, ...] = many("AnbefaltVidereTiltak")
    assessments: tuple[Assessment, ...] = many("InfoVurderinger")
