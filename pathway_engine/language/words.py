"""What events, roles and codes are called in bokmål, where a pathway is drawn or tabled for people."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pathway_engine.domain.conditions import Condition
from pathway_engine.domain.deadlines_text import format_duration
from pathway_engine.domain.definition import Duration, Move, Pathway, Severity, Step

EVENTS: Mapping[str, str] = {
    "admitted": "Innlagt",
    "ambulance_called": "AMK eller ambulanse tilkalt",
    "came_home": "Kom hjem",
    "died": "Død",
    "discharge_ready": "Meldt utskrivningsklar",
    "discharge_ready_withdrawn": "Utskrivningsklar avmeldt",
    "discharge_report_received": "Utskrivningsrapport mottatt",
    "discharged": "Utskrevet",
    "enrolled": "Tatt inn for hånd",
    "fall_reported": "Fall meldt",
    "function_declined": "Funksjonssvikt",
    "gp_report_received": "Rapport fra fastlegen mottatt",
    "leave_ended": "Tilbake fra permisjon",
    "leave_started": "Permisjon begynt",
    "measurement_alarm": "Måling utenfor grensene",
    "medication_list_received": "Legemiddelliste mottatt",
    "need_reported": "Tidligmelding om behov",
    "out_of_hours_contacted": "Legevakt kontaktet",
    "services_ended": "Tjenestene avsluttet",
}
ROLES: Mapping[str, str] = {
    "allocation_office": "tildelingskontoret",
    "gp": "fastlegen",
    "home_care_leader": "leder i hjemmetjenesten",
    "home_care_nurse": "sykepleier i hjemmetjenesten",
    "message_responsible": "meldingsansvarlig",
    "primary_contact": "primærkontakten",
    "ward_nurse": "sykepleier på posten",
}
SEVERITIES: Mapping[Severity, str] = {
    Severity.LAW: "lov",
    Severity.AGREEMENT: "avtale",
    Severity.GUIDELINE: "faglig råd",
    Severity.LOCAL: "lokal rutine",
    Severity.GOAL: "mål",
}
TERMS: Mapping[str, str] = {
    "abroad": "utlandet",
    "acute_unit": "KAD",
    "can_receive": "svaret",
    "cannot": "kan ikke",
    "dead": "død",
    "destination": "til",
    "expected_discharge": "ventet utskrivelse",
    "from_date": "fra en dato",
    "heart_failure": "hjertesvikt",
    "home": "hjem",
    "nursing_home": "sykehjem",
    "offer_ready_on": "dagen tilbudet er klart",
    "other": "annet sted",
    "other_hospital": "annet sykehus",
    "receives_services": "har tjenester",
    "rehabilitation": "rehabilitering",
    "short_term": "korttidsplass",
}
_IS = re.compile(r"(\w+) == (\w+)")
_IN = re.compile(r"(\w+) in \[([^\]]*)\]")


def event_nb(event: str) -> str:
    """Return the event in bokmål, or its own name with spaces."""
    return EVENTS.get(event, event.replace("_", " "))


def role_nb(role: str) -> str:
    """Return the role in bokmål, or its own name with spaces."""
    return ROLES.get(role, role.replace("_", " "))


def term_nb(term: str) -> str:
    """Return a fact's or a choice's name in bokmål, or its own name with spaces."""
    return TERMS.get(term, term.replace("_", " "))


def condition_nb(condition: Condition) -> str:
    """Return a simple condition in words; a composed one keeps its operators."""
    words = _IS.sub(lambda found: f"{term_nb(found[1])} {term_nb(found[2])}", condition.source)
    words = _IN.sub(_one_of_nb, words)
    return TERMS.get(words, words)


def _one_of_nb(found: re.Match[str]) -> str:
    choices = [term_nb(choice.strip()) for choice in found[2].split(",")]
    return f"{term_nb(found[1])} {', '.join(choices[:-1])} eller {choices[-1]}" if choices[1:] else found[0]


def move_nb(move: Move) -> str:
    """Return what brings the patient along, e.g. ``Utskrevet (til hjem)``."""
    condition = f" ({condition_nb(move.condition)})" if move.condition else ""
    return event_nb(move.event) + condition


def duration_nb(duration: Duration) -> str:
    """Return the duration in bokmål."""
    return format_duration(duration).nb


def deadline_nb(step: Step, pathway: Pathway) -> str:
    """Return the step's deadline in bokmål, with what it is counted from and what caps it."""
    if step.due is None:
        return "ingen frist"
    words = duration_nb(step.due)
    if step.due_from:
        words += f" fra {name_nb(step.due_from, pathway)}"
    return words + (f", senest {term_nb(step.no_later_than)}" if step.no_later_than else "")


def name_nb(name: str, pathway: Pathway) -> str:
    """Return a phase's or an event's name in bokmål, in the middle of a sentence."""
    words = pathway.phases[name].nb if name in pathway.phases else event_nb(name)
    return words[:1].lower() + words[1:]
