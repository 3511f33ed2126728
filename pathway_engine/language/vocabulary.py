"""Words that every pathway may use: events, roles, messages, facts, and the nearest word to a wrong one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from pathway_engine.domain.facts import FactType

RESERVED_FACTS: Mapping[str, FactType] = {
    "birth_date": FactType("date"),
    "municipality": FactType("text"),
    "ward": FactType("text"),
}
"""Facts that every pathway has without declaring them."""

EVENTS = frozenset(
    {
        "admitted",
        "admission_cancelled",
        "ambulance_called",
        "came_home",
        "deviation_received",
        "dialogue_received",
        "died",
        "discharge_cancelled",
        "discharge_ready",
        "discharge_ready_withdrawn",
        "discharge_report_received",
        "discharged",
        "enrolled",
        "fall_reported",
        "function_declined",
        "gp_report_received",
        "leave_ended",
        "leave_started",
        "measurement_alarm",
        "medication_list_received",
        "need_reported",
        "note_received",
        "out_of_hours_contacted",
        "request_received",
        "services_ended",
    }
)
"""Events that adapters and pages tell of; a pathway may name others."""

ROLES = frozenset(
    {
        "allocation_office",
        "analysis_group",
        "care_coordinator",
        "clinic",
        "coach",
        "children_coordinator",
        "discharge_coordinator",
        "district_psychiatric_centre",
        "doctor",
        "finance",
        "follow_up_team",
        "gp",
        "home_care",
        "home_care_assistant",
        "home_care_leader",
        "home_care_nurse",
        "hospital",
        "message_responsible",
        "nurse",
        "nursing_assistant",
        "nursing_home",
        "out_of_hours",
        "pathway_coordinator",
        "pharmacist",
        "primary_contact",
        "rehabilitation",
        "short_term_ward",
        "specialist",
        "ward",
        "ward_doctor",
        "ward_nurse",
    }
)
"""Roles that the directory knows as shipped; a municipality may add its own."""

MESSAGES = frozenset(
    {
        "ADRESSE_REQUEST",
        "APPREC",
        "AVVIKSMELDING",
        "DIALOG_AVVIK",
        "DIALOG_FORESPORSEL",
        "DIALOG_HELSEFAGLIG",
        "DIALOG_HELSEFAGLIG/6",
        "DIALOG_HELSEFAGLIG/7",
        "DIALOG_SVAR",
        "EPIKRISE",
        "HELSEOPPLYSNINGER",
        "HELSEOPPLYSNINGER_LEGE",
        "HELSEOPPLYSNINGER_SOKNAD",
        "INNLEGGELSESRAPPORT",
        "HELSEOPPL_SOKNAD/1",
        "HELSEOPPL_SOKNAD/2",
        "LOG_AVMELDING",
        "LOG_DOD",
        "LOG_INNLAGT",
        "LOG_TIDLIGMELDING",
        "LOG_UTSKREVET",
        "LOG_UTSKRIVNINGSKLAR",
        "MEDISINSKE_OPPLYSNINGER",
        "ORIENTERING_OM_DODSFALL",
        "ORIENTERING_TJENESTETILBUD",
        "TVERRFAGLIG_EPIKRISE",
        "UTSKRIVNINGSRAPPORT",
    }
)
"""Messages that a step may send. Those of `domain/message_slots.py` are written; others go out as plain JSON."""

NEAR = 0.72
VERY_NEAR = 0.9


def nearest(name: str, known: Iterable[str], cutoff: float = NEAR) -> str | None:
    """Return the known word most like *name*, or None when none is like it."""
    close = difflib.get_close_matches(name[:64], sorted(set(known) - {name}), n=1, cutoff=cutoff)
    return close[0] if close else None


def one_of(known: Iterable[str], name: str = "") -> str:
    """Say which words would be right, the nearest one first when there is one."""
    words = list(dict.fromkeys(known))
    near = nearest(name, words) if name else None
    if near:
        return f"'{near}'" if len(words) > 12 else f"'{near}' (known: {', '.join(words)})"
    if not words:
        return "nothing here: none is declared"
    return "one of " + ", ".join(words[:12]) + (", …" if len(words) > 12 else "")
