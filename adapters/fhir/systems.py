"""The canonical addresses that our resources name: our own, HL7's and Norway's."""

from __future__ import annotations

OURS = "https://pathway-engine.example/fhir"
"""The base of our own profiles, code systems and search parameters; an installation does not change it."""


def profile(name: str) -> str:
    """Return the canonical of our own StructureDefinition *name*."""
    return f"{OURS}/StructureDefinition/{name}"


def code_system(name: str) -> str:
    """Return the canonical of our own CodeSystem *name*."""
    return f"{OURS}/CodeSystem/{name}"
