"""Our own codes as CodeSystems, and a ValueSet for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from adapters.fhir.canonicals import value_set
from adapters.fhir.knowledge import computer_name
from adapters.fhir.outcome import Json
from adapters.fhir.questionnaires import YES_NO
from adapters.fhir.systems import code_system
from adapters.fhir.wording import LANGUAGE
from pathway_engine.domain.definition import Pathway, Text
from pathway_engine.domain.tasks import DEFER_REASONS, NOT_APPLICABLE_REASONS

Codes = Mapping[str, Text]
TITLES: Codes = {
    "step": Text("Steg i forløp", "Steps of pathways"), "role": Text("Roller", "Roles"),
    "task-business-status": Text("Hvordan det gikk med oppgaven", "What became of a task"),
    "phase": Text("Faser i forløp", "Phases of pathways"),
    "reason": Text("Grunner til å utsette eller avslutte", "Reasons to defer a task or set it aside"),
    "discharge-destination": Text("Hvor pasienten reiste", "Where the patient went"),
    "answer": Text("Svar på ja/nei-spørsmål", "Answers to yes/no questions"),
    "organisation-kind": Text("Slags virksomhet", "Kinds of organisations"),
    "service-request": Text("Hva sykehuset ber kommunen om", "What a hospital asks a municipality for"),
}  # fmt: skip
BUSINESS_STATUSES: Codes = {
    "in-time": Text("Utført i tide", "Done in time"), "late": Text("Utført for sent", "Done late"),
    "missed": Text("Ikke utført", "Missed"), "not-needed": Text("Ikke lenger nødvendig", "No longer needed"),
    "cancelled-by": Text("Avlyst av en hendelse", "Cancelled by an event"),
    "not-applicable": Text("Ikke aktuelt", "Not applicable"), "deferred": Text("Utsatt", "Deferred"),
    "paused": Text("Satt på vent", "Paused"), "corrected": Text("Rettet bort", "Corrected away"),
    "settled": Text("Avklart", "Settled"), "resolved": Text("Løst", "Resolved"),
}  # fmt: skip
"""What `business_status` of a task may be."""
SERVICE_REQUESTS: Codes = {
    "need_reported": Text("Tidligmelding om behov for kommunale tjenester", "Early notice of need for services"),
    "discharge_ready": Text("Utskrivningsklar, kommunen bes ta imot", "Ready for discharge, to be received"),
}
"""The events that ask a municipality for something."""
ORGANISATION_KINDS: Codes = {
    "hospital": Text("Sykehus", "Hospital"), "ward": Text("Sengepost", "Ward"),
    "municipality": Text("Kommune", "Municipality"), "unit": Text("Enhet", "Unit"),
    "institution": Text("Institusjon", "Institution"), "doctor": Text("Lege", "Doctor"),
    "other": Text("Annet", "Other"),
}  # fmt: skip


def code_lists(pathways: Iterable[Pathway], roles: Codes) -> dict[str, Codes]:
    """Return every code system of ours by name; steps, phases and destinations are those of *pathways*.

    A code that several pathways use is shown as the first of them has it.
    """
    known = list(pathways)
    steps = {step.id: step.title for each in reversed(known) for step in each.steps.values()}
    phases = {code: text for each in reversed(known) for code, text in each.phases.items()}
    found: dict[str, Codes] = {
        "step": BUILT_IN | steps, "role": roles, "task-business-status": BUSINESS_STATUSES, "phase": phases,
        "reason": {**DEFER_REASONS, **NOT_APPLICABLE_REASONS}, "discharge-destination": _destinations(known),
        "answer": YES_NO, "organisation-kind": ORGANISATION_KINDS, "service-request": SERVICE_REQUESTS,
    }  # fmt: skip
    return {name: dict(sorted(codes.items())) for name, codes in found.items()}


BUILT_IN: dict[str, Text] = {
    "CLARIFY": Text("Avklar opplysning som mangler", "Clarify missing information"),
    "FOLLOW_UP": Text("Følg opp avvik", "Follow up a deviation"),
    "STOPPED": Text("Klokken har stanset", "The clock has stopped"),
}
"""Steps that no pathway file names."""


def _destinations(pathways: Iterable[Pathway]) -> Codes:
    found: dict[str, Text] = {}
    for pathway in pathways:
        fact = pathway.facts.get("destination")
        found |= {code: pathway.word(code) for code in (fact.choices if fact else ()) if code not in found}
    return found


def code_system_resource(name: str, codes: Codes, version: str) -> Json:
    """Return the CodeSystem *name*."""
    return {
        "resourceType": "CodeSystem", "id": name, "language": LANGUAGE, "url": code_system(name), "version": version,
        "name": computer_name(f"Pathway_{name}"), "title": TITLES[name].nb, "status": "active", "experimental": False,
        "description": TITLES[name].en, "caseSensitive": True, "content": "complete",
        "valueSet": value_set(name), "count": len(codes),
        "concept": [_concept(code, text) for code, text in codes.items()],
    }  # fmt: skip


def _concept(code: str, text: Text) -> Json:
    return {"code": code, "display": text.nb, "designation": [{"language": "en", "value": text.en}]}


def value_set_resource(name: str, version: str) -> Json:
    """Return the ValueSet of all codes of the CodeSystem *name*."""
    return {
        "resourceType": "ValueSet", "id": name, "language": LANGUAGE, "url": value_set(name), "version": version,
        "name": computer_name(f"Pathway_{name}"), "title": TITLES[name].nb, "status": "active", "experimental": False,
        "description": TITLES[name].en, "compose": {"include": [{"system": code_system(name)}]},
    }  # fmt: skip
