"""What the audit's codes mean to the patient whose record it is: what was done, and why, in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from pathway_engine.domain.definition import Text
from pathway_engine.domain.events import Act


@dataclass(frozen=True, slots=True)
class Words:
    """What was done, and why; `{0}` of the words is the rest of the code."""

    what: Text
    why: Text


CARE = Text("For å gi deg helsehjelp", "To give you health care")
OPERATION = Text("For å drifte løsningen", "To run the system")
ECONOMY = Text("For å gjøre opp med sykehuset for døgn du ventet", "To settle with the hospital for days you waited")
EXCHANGE = Text("For at de som hjelper deg, skal vite det samme", "So that those who help you know the same")
INSIGHT = Text("For å gi innsyn eller ettersyn", "To give insight, or for control")

ACTS = {
    Act.CLAIM: Text("Tok ansvar for en oppgave", "Took a task"),
    Act.GIVE_BACK: Text("Ga tilbake en oppgave", "Gave a task back"),
    Act.ASSIGN: Text("Ga en oppgave til en kollega", "Gave a task to a colleague"),
    Act.ANSWER: Text("Skrev i en sjekkliste", "Wrote in a checklist"),
    Act.COMPLETE: Text("Fullførte en oppgave", "Completed a task"),
    Act.DEFER: Text("Utsatte en oppgave", "Deferred a task"),
    Act.NOT_APPLICABLE: Text("Markerte en oppgave som ikke aktuell", "Marked a task as not applicable"),
    Act.COMMENT: Text("Skrev en kommentar", "Wrote a comment"),
    Act.FOLLOW_UP: Text("Laget en oppgave om oppfølging", "Made a task to follow up"),
    Act.UNDO: Text("Angret noe som nettopp var gjort", "Took back what was just done"),
}
KNOWN = {
    "task read": Words(Text("Åpnet en oppgave om deg", "Opened a task about you"), CARE),
    "list read": Words(Text("Så deg på en arbeidsliste", "Saw you on a worklist"), CARE),
    "list refreshed": Words(Text("Så deg på en arbeidsliste", "Saw you on a worklist"), CARE),
    "day downloaded": Words(Text("Tok med arbeidslisten på telefonen", "Took the worklist along on a telephone"), CARE),
    "visit read": Words(Text("Åpnet besøket hos deg", "Opened the visit to you"), CARE),
    "board read": Words(Text("Så deg på en tavle", "Saw you on a board"), CARE),
    "patient read": Words(Text("Åpnet pasientforløpet ditt", "Opened your course"), CARE),
    "answer read": Words(
        Text("Åpnet svaret til sykehuset om deg", "Opened the answer to the hospital about you"), CARE
    ),
    "registration read": Words(Text("Åpnet en registrering om deg", "Opened a registration about you"), CARE),
    "places told": Words(Text("Skrev hvor mange plasser som er ledige", "Wrote how many places are free"), OPERATION),
    "quality read": Words(Text("Så tall der du er talt med", "Saw figures in which you are counted"), INSIGHT),
    "message placed": Words(Text("Plasserte en melding om deg", "Put a message about you in its place"), EXCHANGE),
    "message moved away": Words(
        Text("Fjernet en melding som ikke gjaldt deg", "Took away a message that was not about you"), EXCHANGE
    ),
    "message moved here": Words(Text("Flyttet hit en melding om deg", "Moved a message about you here"), EXCHANGE),
    "patient sought": Words(Text("Søkte etter hvem en melding gjaldt", "Looked for whom a message is about"), EXCHANGE),
    "notice read": Words(Text("Åpnet et varsel om deg", "Opened a notice about you"), CARE),
    "episode read": Words(Text("Så forløpet ditt", "Saw your pathway"), OPERATION),
    "message read": Words(Text("Leste en melding om deg", "Read a message about you"), OPERATION),
    "inbox read": Words(Text("Så at en melding om deg var mottatt", "Saw that a message about you came in"), OPERATION),
    "outbox read": Words(
        Text("Så at en melding om deg skulle sendes", "Saw that a message about you was to be sent"), OPERATION
    ),
    "parked read": Words(Text("Så at forløpet ditt hadde stoppet", "Saw that your pathway had stopped"), OPERATION),
    "account read": Words(Text("Så oppgjøret for sykehusoppholdet ditt", "Saw the account of your stay"), ECONOMY),
    "audit read": Words(Text("Hentet denne oversikten", "Took out this list"), INSIGHT),
    "log exported": Words(Text("Tok ut forløpet ditt som fil", "Took your pathway out as a file"), OPERATION),
    "log imported": Words(Text("La inn forløpet ditt fra fil", "Put your pathway in from a file"), OPERATION),
    "fhir read": Words(
        Text("Hentet opplysninger om deg til et annet system", "Read about you for another system"), CARE
    ),
    "fhir search": Words(
        Text("Søkte og fant opplysninger om deg fra et annet system", "Searched from another system, and found you"),
        CARE,
    ),
    "fhir create": Words(Text("Meldte noe om deg fra et annet system", "Told of you from another system"), EXCHANGE),
    "fhir update": Words(
        Text("Endret opplysninger om deg fra et annet system", "Changed what is known of you from another system"), CARE
    ),
    "fhir patch": Words(
        Text("Endret opplysninger om deg fra et annet system", "Changed what is known of you from another system"), CARE
    ),
    "fhir delete": Words(
        Text("Fjernet opplysninger om deg fra et annet system", "Removed what is known of you from another system"),
        CARE,
    ),
    "fhir operation": Words(
        Text(
            "Hentet samlede opplysninger om deg til et annet system", "Gathered what is known of you for another system"
        ),
        CARE,
    ),
    "events read": Words(Text("Hentet varsler om deg til et annet system", "Read notifications about you"), CARE),
    "notification sent": Words(
        Text("Varslet et annet system om at noe er endret", "Told another system that something changed"), EXCHANGE
    ),
    "event told": Words(Text("Meldte fra om noe som hendte deg", "Told of something that happened to you"), CARE),
    "patient enrolled": Words(Text("Tok deg inn i et pasientforløp", "Took you into a pathway"), CARE),
    "enrolment shown": Words(
        Text("Så hva et pasientforløp ville bety for deg", "Saw what a pathway would mean for you"), CARE
    ),
    "token given": Words(Text("Slapp inn et annet system", "Let another system in"), OPERATION),
    "token refused": Words(Text("Avviste et annet system", "Kept another system out"), OPERATION),
    "run-again": Words(Text("Kjørte en melding på nytt", "Ran a message again"), OPERATION),
    "send-again": Words(Text("Sendte en melding om deg på nytt", "Sent a message about you again"), OPERATION),
    "try-again": Words(Text("Satte i gang forløpet igjen", "Started the pathway again"), OPERATION),
}
EMERGENCY = "emergency access"
FAMILIES = {
    "message": Words(Text("Mottok melding ({0}) om deg", "Received a message ({0}) about you"), EXCHANGE),
    "receipt": Words(Text("Mottok kvittering ({0})", "Received a receipt ({0})"), EXCHANGE),
    "sent": Words(Text("Sendte melding ({0}) om deg", "Sent a message ({0}) about you"), EXCHANGE),
    "notice": Words(Text("Behandlet et varsel om deg ({0})", "Dealt with a notice about you ({0})"), CARE),
}


ROLES = {
    "home_care_nurse": Text("sykepleier i hjemmetjenesten", "nurse in home care"),
    "home_care_assistant": Text("assistent i hjemmetjenesten", "assistant in home care"),
    "home_care_leader": Text("leder i hjemmetjenesten", "leader in home care"),
    "primary_contact": Text("primærkontakt", "primary contact"),
    "assistant": Text("assistent", "assistant"),
    "allocation_office": Text("tildelingskontor", "allocation office"),
    "ward_nurse": Text("sykepleier på sengepost", "nurse on a ward"),
    "ward": Text("sengepost", "ward"),
    "gp": Text("fastlege", "general practitioner"),
    "gp_reader": Text("fastlege", "general practitioner"),
    "message_responsible": Text("meldingsansvarlig", "responsible for messages"),
    "operator": Text("drift", "operation"),
    "auditor": Text("revisor", "auditor"),
    "admin": Text("administrator", "administrator"),
    "designer": Text("forløpsdesigner", "pathway designer"),
    "integrator": Text("system som sender meldinger", "system that sends messages"),
    "system": Text("løsningen selv", "the system itself"),
}


def role_words(role: str) -> Text:
    """The words for a role; one without words is told as it is."""
    return ROLES.get(role, Text(role, role))


def words_of(action: str) -> Words:
    """The words for the code of an action; one that nobody has found words for is told as it is."""
    if action in KNOWN:
        return KNOWN[action]
    family, _, rest = action.partition(" ")
    if family == "task" and rest in set(Act):
        return Words(ACTS[Act(rest)], CARE)
    if action.startswith(EMERGENCY):
        return Words(
            Text("Brukte nødtilgang til opplysninger om deg", "Used emergency access to what is known of you"), CARE
        )
    if family in FAMILIES and rest:
        found = FAMILIES[family]
        return Words(Text(found.what.nb.format(rest), found.what.en.format(rest)), found.why)
    return Words(Text(action, action), CARE)
