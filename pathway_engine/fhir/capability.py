"""The CapabilityStatement, made of the same table as the routes."""

from __future__ import annotations

from adapters.fhir.outcome import Json
from pathway_engine.fhir.resources import SERVED
from pathway_engine.fhir.served import Served

FHIR_VERSION = "4.0.1"
FORMATS = ("application/fhir+json", "application/json", "json")


def capability(base: str) -> Json:
    """What is served at *base*."""
    resources = [_resource(each) for each in SERVED.values()]
    return {
        "resourceType": "CapabilityStatement", "status": "active", "date": "2026-11-22", "kind": "instance",
        "implementation": {"description": "Pathway Engine", "url": base}, "fhirVersion": FHIR_VERSION,
        "format": list(FORMATS), "rest": [{"mode": "server", "resource": resources}],
    }  # fmt: skip


def _resource(served: Served) -> Json:
    offered = {
        "read": served.read, "search-type": served.find or served.every, "create": served.create,
        "update": served.update, "patch": served.patch, "delete": served.delete,
    }  # fmt: skip
    return {
        "type": served.type, "profile": served.profile or f"http://hl7.org/fhir/StructureDefinition/{served.type}",
        "interaction": [{"code": name} for name, handler in offered.items() if handler is not None],
    }  # fmt: skip
