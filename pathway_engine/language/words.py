"""A pathway in bokmål: its own words for events, facts and choices, the language's words for the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pathway_engine.domain.conditions import Condition
from pathway_engine.domain.deadlines_text import format_duration
from pathway_engine.domain.definition import Duration, Escalation, Move, Pathway, Severity, Step

ROLES: Mapping[str, str] = {
    "allocation_office": "tildelingskontoret",
    "analysis_group": "analysegruppen",
    "care_coordinator": "koordinator",
    "children_coordinator": "barnekoordinator",
    "clinic": "poliklinikken",
    "coach": "veileder",
    "discharge_coordinator": "utskrivningskoordinator",
    "district_psychiatric_centre": "distriktspsykiatrisk senter",
    "doctor": "lege",
    "finance": "økonomi",
    "follow_up_team": "oppfølgingsteamet",
    "gp": "fastlegen",
    "home_care": "hjemmetjenesten",
    "home_care_assistant": "assistent i hjemmetjenesten",
    "home_care_leader": "leder i hjemmetjenesten",
    "home_care_nurse": "sykepleier i hjemmetjenesten",
    "hospital": "sykehuset",
    "message_responsible": "meldingsansvarlig",
    "nurse": "sykepleier",
    "nursing_assistant": "helsefagarbeider",
    "nursing_home": "sykehjemmet",
    "out_of_hours": "legevakten",
    "pathway_coordinator": "forløpskoordinator",
    "pharmacist": "farmasøyt",
    "primary_contact": "primærkontakten",
    "rehabilitation": "rehabiliteringen",
    "short_term_ward": "korttidsavdelingen",
    "specialist": "spesialist",
    "ward": "sengeposten",
    "ward_doctor": "lege på posten",
    "ward_nurse": "sykepleier på posten",
}
SEVERITIES: Mapping[Severity, str] = {
    Severity.LAW: "lov",
    Severity.AGREEMENT: "avtale",
    Severity.GUIDELINE: "faglig råd",
    Severity.LOCAL: "lokal rutine",
    Severity.GOAL: "mål",
}
OF_CONDITIONS: Mapping[str, str] = {
    "age": "alder",
    "and": "og",
    "birth_date": "fødselsdato",
    "days_since": "dager siden",
    "false": "nei",
    "in": "blant",
    "known": "kjent",
    "municipality": "kommune",
    "not": "ikke",
    "or": "eller",
    "true": "ja",
    "ward": "post",
}
"""Words that every condition may use: operators, functions, and the facts that every pathway has."""

_COMPARED = re.compile(r"(\w+) == (\w+)")
_LISTED = re.compile(r"(\w+) in \[([^\]]*)\]")
_KNOWN = re.compile(r"known\((\w+)\)")
_NAME = re.compile(r"[^\W\d]\w*")


def capital(words: str) -> str:
    """Return *words* as a sentence or a label begins."""
    return words[:1].upper() + words[1:]


def either_nb(choices: Sequence[str]) -> str:
    """Return *choices* as ``a, b eller c``."""
    return " eller ".join(part for part in (", ".join(choices[:-1]), *choices[-1:]) if part)


def role_nb(role: str) -> str:
    """Return the role in bokmål; a role of the municipality's own is its name with spaces."""
    return ROLES.get(role, role.replace("_", " "))


def condition_nb(condition: Condition, pathway: Pathway) -> str:
    """Return the condition in words, e.g. ``hvor pasienten reiste: hjem eller sykehjem``."""
    said = _LISTED.sub(lambda found: f"{found[1]}: {_choices(found[2])}", condition.source)
    said = _COMPARED.sub(r"\1: \2", _KNOWN.sub(r"known: \1", said.replace("()", "")))
    return _NAME.sub(lambda found: _name_nb(found[0], pathway), said)


def move_nb(move: Move, pathway: Pathway) -> str:
    """Return what brings the patient along, in brackets on what condition: ``Utskrevet (hjem)``."""
    event = capital(pathway.word(move.event).nb) + (", nytt opphold" if move.new_stay else "")
    if move.condition is None:
        return event
    only_choices = _short(move.condition.source)
    said = _NAME.sub(lambda found: _name_nb(found[0], pathway), only_choices) if only_choices else ""
    return f"{event} ({said or condition_nb(move.condition, pathway)})"


def _short(source: str) -> str:
    """Return the choices alone where *source* is one comparison: the fact goes without saying."""
    if listed := _LISTED.fullmatch(source):
        return _choices(listed[2])
    compared = _COMPARED.fullmatch(source)
    return compared[2] if compared else ""


def _choices(listed: str) -> str:
    return " or ".join(listed.rsplit(", ", 1))


def _name_nb(name: str, pathway: Pathway) -> str:
    return OF_CONDITIONS.get(name) or pathway.word(name).nb


def every_nb(period: Duration) -> str:
    """Return the period of a recurrence, e.g. ``hver dag`` or ``hver 26. uke``."""
    one = format_duration(Duration(1, period.unit)).nb.removeprefix("1 ")
    return f"hver {one}" if period.amount == 1 else f"hver {period.amount}. {one}"


def start_nb(step: Step, pathway: Pathway) -> str:
    """Return what raises the step's task."""
    place = f" i {_quoted(step.in_phases, pathway)}" if step.in_phases else ""
    starts = []
    if step.when_entering:
        starts.append(f"når fasen {_quoted(step.when_entering, pathway)} begynner")
    if step.when_event:
        starts.append(f"ved: {either_nb([pathway.word(event).nb for event in step.when_event])}{place and f',{place}'}")
    if step.when_completed:
        starts.append(f"når {either_nb(step.when_completed)} er fullført")
    if step.every:
        starts.append(f"{every_nb(step.every)}{place}")
    condition = f", hvis {condition_nb(step.condition, pathway)}" if step.condition else ""
    return "; ".join(starts) + condition


def deadline_nb(step: Step, pathway: Pathway) -> str:
    """Return the step's deadline, with what it is counted from and what caps it."""
    if step.due is None:
        return "ingen frist"
    words = format_duration(step.due).nb
    if step.due_from:
        joint = "som" if words.startswith("samme dag") else "fra"
        words += f" {joint} {_quoted([step.due_from], pathway)}"
    return words + (f", senest {pathway.word(step.no_later_than).nb}" if step.no_later_than else "")


def owner_nb(step: Step) -> str:
    """Return who does it, and whose list it comes on when the deadline has passed."""
    told = [_escalation_nb(each) for each in step.escalate]
    return role_nb(step.owner) + (f"; etter fristen også {', '.join(told)}" if told else "")


def severity_nb(severity: Severity, hard: bool = False) -> str:
    """Return how binding a rule is."""
    return SEVERITIES[severity] + (", brudd stopper eller koster" if hard else "")


def _escalation_nb(escalation: Escalation) -> str:
    when = f" etter {format_duration(escalation.after).nb}" if escalation.after.amount else ""
    return role_nb(escalation.to) + when


def _quoted(names: Sequence[str], pathway: Pathway) -> str:
    """Return the names as phases where there is such a phase; `discharge_ready` is also an event."""
    return either_nb([f"«{(pathway.phases.get(name) or pathway.word(name)).nb}»" for name in names])
