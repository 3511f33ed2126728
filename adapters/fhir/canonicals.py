"""Logical ids and canonical addresses of what we publish: the same wherever a resource names another one."""

from __future__ import annotations

import hashlib
import re

from adapters.fhir.systems import OURS

LONGEST_ID = 64
PLAN, ACTIVITY, QUESTIONNAIRE = "PlanDefinition", "ActivityDefinition", "Questionnaire"


def logical_id(*names: str) -> str:
    """Return the FHIR id of our own *names*, joined by hyphens.

    FHIR knows letters, digits, hyphens and dots: an underscore becomes a dot, which no name of ours has. What is
    too long, or has any other letter, ends in a hash of itself.
    """
    joined = "-".join(names)
    told = re.sub(r"[^A-Za-z0-9.-]", "-", joined.replace("_", "."))
    if len(told) <= LONGEST_ID and re.fullmatch(r"[A-Za-z0-9_-]+", joined):
        return told
    return f"{told[: LONGEST_ID - 9]}-{hashlib.sha256(joined.encode()).hexdigest()[:8]}"


def canonical(type: str, *names: str, version: str = "") -> str:
    """Return the canonical of our own definition, with ``|version`` when one is named."""
    address = f"{OURS}/{type}/{logical_id(*names)}"
    return f"{address}|{version}" if version else address


def plan_canonical(pathway: str, version: str = "") -> str:
    """Return the canonical of a pathway's PlanDefinition."""
    return canonical(PLAN, pathway, version=version)


def activity_canonical(pathway: str, step: str, version: str = "") -> str:
    """Return the canonical of a step's ActivityDefinition."""
    return canonical(ACTIVITY, pathway, step, version=version)


def questionnaire_canonical(pathway: str, checklist: str, version: str = "") -> str:
    """Return the canonical of a checklist's Questionnaire."""
    return canonical(QUESTIONNAIRE, pathway, checklist, version=version)


def value_set(name: str) -> str:
    """Return the canonical of our own ValueSet *name*."""
    return f"{OURS}/ValueSet/{name}"


def search_parameter(type: str, name: str) -> str:
    """Return the canonical of our own search parameter."""
    return f"{OURS}/SearchParameter/{type}-{name}"
