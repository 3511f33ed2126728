"""The code systems that the engine reads and writes: their OIDs, and what each code says.

Only codes that rules or writing need are here; any other code is kept verbatim. A name is what a
message carries in DN; the English beside it is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.norwegian.values import Code

ROOT = "2.16.578.1.12.4.1.1."


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """A code system: its number, and the Norwegian and the English name of each code."""

    number: int
    about: str
    names: Mapping[str, tuple[str, str]]

    @property
    def oid(self) -> str:
        """The code system's OID, as it stands in S."""
        return f"{ROOT}{self.number}"

    def coded(self, value: str) -> Code:
        """Return *value* as a CV, with S; raises KeyError for a code that is not here."""
        return Code(value, self.names[value][0], self.oid)

    def simple(self, value: str) -> Code:
        """Return *value* as a CS, without S; raises KeyError for a code that is not here."""
        return Code(value, self.names[value][0])


MESSAGE_TYPE = CodeSystem(
    8279,
    "the type of a message",
    {
        "LOG_INNLAGT": ("Melding om innlagt pasient", "patient admitted"),
        "LOG_UTSKRIVNINGSKLAR": ("Melding om utskrivningsklar pasient", "patient ready for discharge"),
        "LOG_AVMELDING": ("Avmelding av utskrivningsklar pasient", "patient no longer ready for discharge"),
        "LOG_UTSKREVET": ("Melding om utskrevet pasient", "patient discharged"),
        "LOG_DOD": ("Orientering om dødsfall", "notice of death"),
        "HELSEOPPL_SOKNAD": ("Helseopplysninger", "health information: early notice and updates"),
        "INNLEGGELSESRAPPORT": ("Innleggelsesrapport", "admission report"),
        "UTSKRIVNINGSRAPPORT": ("Utskrivningsrapport", "discharge report"),
        "HELSEOPPLYSNINGER_LEGE": ("Helseopplysninger til lege", "health information to the doctor"),
        "MEDISINSKE_OPPLYSNINGER": ("Medisinske opplysninger", "medical information"),
        "ORIENTERING_TJENESTETILBUD": ("Orientering om tjenestetilbud", "services granted"),
        "DIALOG_FORESPORSEL": ("Forespørsel", "request"),
        "DIALOG_SVAR": ("Svar på forespørsel", "answer to a request"),
        "DIALOG_NOTAT": ("Notat", "note"),
        "DIALOG_AVVIK": ("Tilbakemelding om feil i mottatt melding", "fault in a received message"),
        "DIALOG_HELSEFAGLIG": ("Helsefaglig dialog", "clinical dialogue"),
        "EPIKRISE": ("Epikrise", "discharge letter"),
        "EPJ-EKSTRAKT": ("EPJ-ekstrakt", "extract of the record"),
        "FRAVARSMELDING": ("Melding om fravær", "notice of absence"),
        "APPREC": ("Applikasjonskvittering", "application receipt"),
    },
)
SENDING = CodeSystem(
    7309,
    "what a sending is to the one before",
    {"N": ("Ny", "new"), "M": ("Endring", "change"), "C": ("Kansellering", "cancellation")},
)
EVENT = CodeSystem(
    9121,
    "what happened in a stay",
    {
        "1": ("Pasient innlagt", "admitted"),
        "2": ("Pasient utskrevet", "discharged"),
        "3": ("Pasient utskrivningsklar", "ready for discharge"),
        "4": ("Avmelding av utskrivningsklar pasient", "no longer ready for discharge"),
        "13": ("Pasienten er død", "dead"),
    },
)
HEALTH_INFORMATION = CodeSystem(
    9140,
    "what kind of health information",
    {
        "1": ("Varsel om innlagt pasient", "early notice of an admitted patient"),
        "2": ("Oppdaterte opplysninger", "updated information"),
    },
)
DISCHARGE_REPORT = CodeSystem(
    9139,
    "what kind of discharge report",
    {"11": ("Utskrivningsrapport", "discharge report"), "12": ("Fødselsepikrise", "report after birth")},
)
MEDICAL_INFORMATION = CodeSystem(
    9138,
    "what kind of medical information",
    {
        "1": ("Rapport etter konsultasjon", "report after a consultation"),
        "4": ("Svar på forespørsel", "answer to a request"),
        "5": ("Opplysninger til søknad", "information for an application"),
    },
)
TO_DOCTOR = CodeSystem(
    9137,
    "what is told or asked of the doctor",
    {"2": ("Statusrapport", "status report"), "3": ("Ønske om legevurdering", "wish for an assessment")},
)
NURSING_HEADING = CodeSystem(
    9141,
    "headings of the nurse's texts",
    {
        "1": ("Innkomststatus", "status on arrival"),
        "7": ("Sykepleiediagnose", "nursing diagnosis"),
        "8": ("Sykepleiesammenfatning", "nursing summary"),
        "12": ("Status ved utskrivning", "status at discharge"),
        "13": ("Pasientens egne vurderinger", "the patient's own view"),
        "14": ("Praktiske opplysninger", "practical information"),
        "88": ("Annet", "other"),
    },
)
MEDICAL_HEADING = CodeSystem(
    9142,
    "headings of medical texts",
    {
        "AAI": ("Årsak til innleggelse", "reason for admission"),
        "FA": ("Familie/sosialt", "family and social"),
        "FO": ("Forløp og behandling", "course and treatment"),
        "FU": ("Funn og undersøkelsesresultat", "findings"),
        "HJ": ("Funksjonsnivå/hjelpetiltak", "function and help"),
        "IP": ("Informasjon til pasient/pårørende", "information to patient and next of kin"),
        "OP": ("Planer for videre oppfølging", "plan for follow-up"),
        "PROB": ("Aktuell problemstilling", "the problem at hand"),
        "TS": ("Tidligere sykdommer", "earlier diseases"),
        "UTRED": ("Forventet/ønsket undersøkelser/behandling", "wished examinations or treatment"),
        "VU": ("Vurdering", "assessment"),
    },
)
STATUS_HEADING = CodeSystem(
    9145,
    "headings of the early notice",
    {"1": ("Pasientens status", "the patient's status"), "2": ("Antatt forløp", "expected course")},
)
REQUEST_FROM_PLO = CodeSystem(
    9152,
    "what a municipality asks for",
    {
        "1": ("Helseopplysninger", "health information"),
        "4": ("Legemiddelopplysninger", "medication"),
        "6": ("Fornye resept(er).", "renewal of prescriptions"),
        "7": ("Time til undersøkelse/behandling", "an appointment"),
        "8": ("Status/plan for utskrivning", "status and plan for discharge"),
        "99": ("Annen henvendelse", "other"),
    },
)
REQUEST_FROM_DOCTOR = CodeSystem(
    9153,
    "what a GP asks for",
    {
        "3": ("Tjenestetilbud", "services granted"),
        "5": ("Tilstandsvurdering", "assessment of the condition"),
        "99": ("Annen henvendelse", "other"),
    },
)
REQUEST_FROM_HOSPITAL = CodeSystem(
    9154,
    "what a hospital asks for",
    {
        "1": ("Helseopplysninger", "health information"),
        "4": ("Legemiddelopplysninger", "medication"),
        "8": ("Status/plan om utskrivning", "status and plan for discharge"),
        "99": ("Annen henvendelse", "other"),
    },
)
ANSWER = CodeSystem(9069, "what kind of answer", {"5": ("Svar på forespørsel", "answer to a request")})
DEVIATION = CodeSystem(
    8117,
    "what is wrong with a received message",
    {
        "1": ("Feil adressat", "wrong addressee"),
        "2": ("Mangelfulle opplysninger", "insufficient information"),
        "9": ("Annet", "other"),
    },
)
CLINICAL_DIALOGUE = CodeSystem(
    7322,
    "what a clinical dialogue is about",
    {
        "6": ("Henvendelse om pasient", "about a patient"),
        "7": ("Tilbakemelding på mottak av utskrivningsklar pasient", "answer about receiving a ready patient"),
        "8": ("Forespørsel om helseopplysninger", "request for health information"),
        "9": ("Forespørsel om legemiddelopplysninger", "request about medication"),
    },
)
DISCHARGED_TO = CodeSystem(
    8408,
    "where a patient went",
    {
        "1": ("Bosted/arbeidssted", "home or place of work"),
        "2": ("Skade- eller funnsted", "place of injury"),
        "3": ("Annen helseinstitusjon innen spesialisthelsetjenesten", "another hospital"),
        "5": ("Institusjon i utlandet", "an institution abroad"),
        "7": ("Annen (somatisk) enhet ved egen helseinstitusjon", "another somatic unit of the hospital"),
        "8": ("Annen enhet (ikke somatikk) ved egen helseinstitusjon", "another unit of the hospital, not somatic"),
        "10": ("Pasienthotell", "patient hotel"),
        "11": ("Sykehjem/aldershjem/helsehus", "nursing home"),
        "21": ("Kommunal akutt døgnenhet (KAD)", "municipal acute unit"),
        "88": ("Annet", "other"),
        "98": ("Ukjent", "unknown"),
        "99": ("Sted identifisert ved rapportering av attributt Til/Fra institusjon", "identified elsewhere"),
    },
)
OUTCOME = CodeSystem(
    8431,
    "in what state a patient left",
    {"1": ("Som levende", "alive"), "2": ("Som død", "dead"), "3": ("Suicid", "dead by suicide")},
)
RECEIPT_STATUS = CodeSystem(
    8258,
    "what became of a message",
    {
        "1": ("OK", "taken"),
        "2": ("Avvist", "rejected"),
        "3": ("OK, feil i delmelding", "taken, with faults in a part"),
    },
)
RECEIPT_ERROR = CodeSystem(
    8221,
    "why a message was rejected",
    {
        "T01": ("Ikke XML / ikke 'well formed' / uleselig", "not readable as XML"),
        "T02": ("XML validerer ikke", "not valid against the schema"),
        "T10": ("Støtter ikke meldingsformatet", "format or version not taken"),
        "T99": ("Annen feil på format", "another fault of format"),
        "E10": ("Ugyldig meldingsidentifikator", "the message's id is no UUID"),
        "E20": ("Lege finnes ikke", "doctor unknown"),
        "E21": ("Mottaker finnes ikke", "recipient unknown"),
        "E30": ("Pasientens fødselsnummer mangler", "the patient's number is missing"),
        "E31": ("Pasientens fødselsnummer er feil", "the patient's number is wrong"),
        "E32": ("Pasientens navn mangler", "the patient's name is missing"),
        "E35": ("Pasienten finnes ikke i mottakersystemet", "patient unknown here"),
        "E36": ("Pasientopplysninger er utilstrekkelige", "the patient is not sufficiently identified"),
        "X99": ("Annen feil", "another fault"),
    },
)
RECIPIENT_ROLE = CodeSystem(
    8112, "as what somebody gets a message", {"PRIM": ("Primærmottaker", "primary"), "COP": ("Kopimottaker", "copy")}
)
PERSON_ID = CodeSystem(
    8116,
    "what kind of identifier of a person",
    {
        "FNR": ("Fødselsnummer", "birth number"),
        "DNR": ("D-nummer", "D-number"),
        "FHN": ("Felles hjelpenummer", "common help number"),
        "HNR": ("H-nummer", "local help number"),
        "DUF": ("DUF-nummer", "DUF number"),
        "HPR": ("HPR-nummer", "health personnel number"),
        "HER": ("HER-id", "HER-id"),
        "PNR": ("Passnummer", "passport number"),
        "UID": ("Utenlandsk identifikasjon", "foreign identifier"),
        "XXX": ("Annet", "other"),
    },
)
ORGANISATION_ID = CodeSystem(
    9051,
    "what kind of identifier of an organisation",
    {
        "HER": ("HER-id", "HER-id"),
        "ENH": ("Organisasjonsnummeret i Enhetsregister", "organisation number"),
        "RSH": ("Nasjonalt register over enheter i spesialisthelsetjenesten (RESH-ID)", "RESH id"),
        "LAV": ("Lokal identifikator for avdelinger", "local id of a department"),
        "LIN": ("Lokal identifikator for institusjoner", "local id of an institution"),
        "LOK": ("Lokal identifikator uten nærmere angivelse", "local id"),
    },
)
SEX = CodeSystem(
    3101,
    "sex",
    {
        "0": ("Ikke kjent", "not known"),
        "1": ("Mann", "male"),
        "2": ("Kvinne", "female"),
        "9": ("Ikke spesifisert", "not specified"),
    },
)
ROLE_TO_PATIENT = CodeSystem(
    9034,
    "a health professional's role to the patient",
    {
        "6": ("Fastlege", "GP"),
        "9": ("Primærkontakt", "primary contact"),
        "10": ("Utskrivende lege", "discharging doctor"),
        "11": ("Utskrivende sykepleier", "discharging nurse"),
        "21": ("Helsefaglig kontakt", "clinical contact"),
        "24": ("Kontakt hos mottaker", "contact at the receiver"),
    },
)
DOCUMENT = CodeSystem(
    8114, "how a document is held", {"XML": ("XML-instans", "as XML"), "A": ("Vedlegg", "as an attached file")}
)
ACKNOWLEDGEMENT = CodeSystem(
    7304, "whether a receipt is wished", {"J": ("Ja", "yes"), "N": ("Nei", "no"), "F": ("Kun ved feil", "when wrong")}
)

SYSTEMS = {each.number: each for each in list(globals().values()) if isinstance(each, CodeSystem)}


def known(code: Code) -> bool:
    """Whether *code* is one of those above, by its OID and its value."""
    number = code.system.removeprefix(ROOT)
    system = SYSTEMS.get(int(number)) if number.isascii() and number.isdigit() and len(number) < 6 else None
    return system is not None and code.value in system.names
