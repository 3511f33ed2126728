"""The pathway versions that are known, as FHIR's knowledge resources: rendered once, read by everybody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from adapters.fhir.activity_definitions import activity_definition
from adapters.fhir.canonicals import ACTIVITY, PLAN, QUESTIONNAIRE
from adapters.fhir.knowledge import Edition
from adapters.fhir.outcome import Json
from adapters.fhir.plan_definitions import plan_definition
from adapters.fhir.questionnaires import questionnaire
from pathway_engine.domain.definition import Pathway, Step, Text
from pathway_engine.domain.errors import DefinitionError
from pathway_engine.fhir.exchange import Exchange, Found, with_meta
from pathway_engine.language.words import ROLES, capital, deadline_nb, start_nb
from pathway_engine.storage.errors import IncompatibleLog

ROLE_NAMES: Mapping[str, Text] = {role: Text(name, role.replace("_", " ")) for role, name in ROLES.items()}
"""The roles that every directory may use, in words."""
VERSIONS_KEPT = 256
"""So many rendered pathway versions are kept in memory."""


def editions(exchange: Exchange) -> Iterator[Edition]:
    """Every pathway version that is kept and can be read, those in force and those that episodes began with."""
    catalogue = exchange.context.catalogue
    in_force = {rules.pathway.hash for rules in catalogue.current.values()}
    for hash, since in exchange.records.definitions_kept():
        try:
            pathway = catalogue.rules(hash, exchange.records).pathway
        except (DefinitionError, IncompatibleLog):  # written for a program of another time
            continue
        yield Edition(pathway=pathway, hash=hash, is_current=hash in in_force, kept_since=since, roles=ROLE_NAMES)


@lru_cache(maxsize=VERSIONS_KEPT)
def rendered(edition: Edition) -> Mapping[str, tuple[Found, ...]]:
    """Return the resources of one version by type."""
    pathway = edition.pathway
    edition = replace(edition, said={step.id: _said(step, pathway) for step in pathway.steps.values()})
    made = {
        PLAN: [plan_definition(edition)],
        ACTIVITY: [activity_definition(edition, step) for step in pathway.steps.values()],
        QUESTIONNAIRE: [questionnaire(edition, checklist) for checklist in pathway.checklists.values()],
    }
    return {type: tuple(kept(each, edition.kept_since) for each in all) for type, all in made.items()}


def _said(step: Step, pathway: Pathway) -> str:
    """What raises a step and by when, in words."""
    return f"{capital(start_nb(step, pathway))}. Frist: {deadline_nb(step, pathway)}."


def of_versions(type: str) -> Callable[[Exchange], Iterable[Found]]:
    """Return what gives all resources of a type, of every version."""

    def every(exchange: Exchange) -> Iterator[Found]:
        for each in editions(exchange):
            yield from rendered(each)[type]

    return every


def kept(resource: Json, updated: datetime) -> Found:
    """Return *resource* with the hash of its content as its version."""
    text = json.dumps(resource, sort_keys=True, ensure_ascii=False)
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    return Found(resource=with_meta(resource, version, updated), version=version, updated=updated)


def one_of(every: Callable[[Exchange], Iterable[Found]]) -> Callable[[Exchange, str], Found | None]:
    """Return what reads one by its id out of *every*."""

    def read(exchange: Exchange, id: str) -> Found | None:
        return next((each for each in every(exchange) if each.resource["id"] == id), None)

    return read
