"""What people call each type of message, by the code of 8279 with the kind of content or by the ADT event; and what
they call the facts that messages tell, where no pathway has a word of its own."""

from __future__ import annotations

from collections.abc import Mapping

from pathway_engine.domain.definition import Text

TITLES: Mapping[str, Text] = {
    "LOG_INNLAGT": Text("Melding om innlagt pasient", "Notice of admission"),
    "HELSEOPPL_SOKNAD/1": Text("Tidligmelding om behov", "Early notice of need"),
    "HELSEOPPL_SOKNAD/2": Text("Oppdaterte helseopplysninger", "Updated health information"),
    "HELSEOPPL_SOKNAD": Text("Helseopplysninger", "Health information"),
    "LOG_UTSKRIVNINGSKLAR": Text("Melding om utskrivningsklar pasient", "Notice of readiness"),
    "LOG_AVMELDING": Text("Avmelding av utskrivningsklar pasient", "Withdrawal of readiness"),
    "LOG_UTSKREVET": Text("Melding om utskrevet pasient", "Notice of discharge"),
    "LOG_DOD": Text("Orientering om dødsfall", "Notice of death"),
    "UTSKRIVNINGSRAPPORT": Text("Utskrivningsrapport", "Discharge report"),
    "INNLEGGELSESRAPPORT": Text("Innleggelsesrapport", "Admission report"),
    "HELSEOPPLYSNINGER_LEGE": Text("Helseopplysninger til lege", "Health information to the doctor"),
    "ORIENTERING_TJENESTETILBUD": Text("Orientering om tjenestetilbud", "Notice of services"),
    "DIALOG_HELSEFAGLIG/7": Text("Svar til sykehuset om mottak", "Answer to the hospital"),
    "DIALOG_HELSEFAGLIG/6": Text("Helsefaglig dialog", "Clinical dialogue"),
    "DIALOG_HELSEFAGLIG": Text("Helsefaglig dialog", "Clinical dialogue"),
    "MEDISINSKE_OPPLYSNINGER": Text("Medisinske opplysninger fra lege", "Medical information from the doctor"),
    "DIALOG_FORESPORSEL": Text("Forespørsel", "Request"),
    "DIALOG_SVAR": Text("Svar på forespørsel", "Answer to a request"),
    "DIALOG_NOTAT": Text("Dialogmelding", "Dialogue note"),
    "DIALOG_AVVIK": Text("Melding om avvik", "Report of a fault"),
    "APPREC": Text("Kvittering", "Receipt"),
    "EPIKRISE": Text("Epikrise", "Discharge letter"),
    "ADT^A01": Text("Innlagt (ADT)", "Admitted (ADT)"),
    "ADT^A03": Text("Utskrevet (ADT)", "Discharged (ADT)"),
    "ADT^A08": Text("Oppdaterte opplysninger (ADT)", "Updated information (ADT)"),
    "ADT^A11": Text("Innleggelse avlyst (ADT)", "Admission cancelled (ADT)"),
    "ADT^A13": Text("Utskrivning avlyst (ADT)", "Discharge cancelled (ADT)"),
    "ADT^A16": Text("Utskrivningsklar (ADT)", "Ready for discharge (ADT)"),
    "ADT^A21": Text("Permisjon begynt (ADT)", "Leave started (ADT)"),
    "ADT^A22": Text("Tilbake fra permisjon (ADT)", "Back from leave (ADT)"),
    "ADT^A25": Text("Utskrivningsklar avmeldt (ADT)", "Readiness withdrawn (ADT)"),
    "Encounter": Text("Sykehusopphold (FHIR)", "Hospital stay (FHIR)"),
    "Patient": Text("Personopplysninger (FHIR)", "Personal details (FHIR)"),
    "MANUAL": Text("Registrert for hånd", "Registered by hand"),
}

FACTS: Mapping[str, Text] = {
    "about": Text("gjelder", "about"),
    "admitted_at": Text("innlagt", "admitted"),
    "birth_date": Text("fødselsdato", "date of birth"),
    "deceased": Text("død", "died"),
    "destination": Text("utskrevet til", "discharged to"),
    "district": Text("bydel", "district"),
    "expected_discharge": Text("ventet utskrivning", "expected discharge"),
    "municipality": Text("kommune", "municipality"),
    "receives_services": Text("har kommunale tjenester", "receives municipal services"),
    "topic": Text("tema", "topic"),
    "ward": Text("post", "ward"),
}
NO_TYPE = Text("Melding uten lesbar type", "Message without a readable type")


def title_of(message: str) -> Text:
    """What people call it; the code itself where nobody has said."""
    if not message:
        return NO_TYPE
    return TITLES.get(message) or TITLES.get(message.partition("/")[0]) or Text(message, message)
