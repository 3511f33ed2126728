"""The CapabilityStatement, made of the same table as the routes: what it says is what is served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from adapters.fhir.outcome import Json
from adapters.fhir.wording import without_empty
from pathway_engine import __version__
from pathway_engine.fhir.exchange import Operation, Served
from pathway_engine.fhir.parameters import Parameter
from pathway_engine.fhir.smart import security

FHIR_VERSION = "4.0.1"
FORMATS = ("application/fhir+json", "application/json", "json")
PATCHES = ("application/json-patch+json", "application/merge-patch+json")
EVERYWHERE = (
    ("_id", "token", "Resource-id"), ("_lastUpdated", "date", "Resource-lastUpdated"),
)  # fmt: skip
"""What every type that is searched is searched by."""
TERMINOLOGY = "This server answers no questions about terminologies; leave out mode, or ask for mode=full."


def capability(base: str, served: Mapping[str, Served], on: date) -> Json:
    """Return what *served* says, by type, is served at *base*, as it is on the day *on*."""
    return {
        "resourceType": "CapabilityStatement", "language": "en", "status": "active", "date": on.isoformat(),
        "kind": "instance", "publisher": "Pathway Engine",
        "software": {"name": "Pathway Engine", "version": __version__},
        "implementation": {"description": "Pathways of patients who are ready for discharge", "url": base},
        "fhirVersion": FHIR_VERSION, "format": list(FORMATS), "patchFormat": list(PATCHES),
        "rest": [_rest(base, served)],
    }  # fmt: skip


def _rest(base: str, served: Mapping[str, Served]) -> Json:
    return without_empty({
        "mode": "server", "security": security(base), "resource": [_resource(served[type]) for type in sorted(served)],
        "interaction": [{"code": "transaction"}, {"code": "batch"}],
        "searchParam": [_standard(*each) for each in EVERYWHERE],
    })  # fmt: skip


TOPIC = (
    "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/capabilitystatement-subscriptiontopic-canonical"
)
"""Which topics a server tells of (Subscriptions R5 Backport)."""


def _resource(served: Served) -> Json:
    offered = list(_interactions(served))
    writes = bool(served.update or served.patch)
    return without_empty({
        "extension": [{"url": TOPIC, "valueCanonical": topic} for topic in served.topics],
        "type": served.type, "profile": f"http://hl7.org/fhir/StructureDefinition/{served.type}",
        "supportedProfile": [served.profile] if served.profile else [],
        "documentation": served.about,
        "interaction": [{"code": code} for code in offered],
        "versioning": "versioned",
        "readHistory": False, "updateCreate": served.update_creates, "conditionalCreate": served.create is not None,
        "conditionalRead": "full-support" if served.read else "", "conditionalUpdate": False,
        "conditionalDelete": "not-supported", "referencePolicy": ["literal", "local"] if writes else ["literal"],
        "searchInclude": list(served.includes), "searchRevInclude": list(served.revincludes),
        "searchParam": [_parameter(each) for each in served.parameters] if "search-type" in offered else [],
        "operation": [_operation(each) for each in _each_once(served.operations)],
    })  # fmt: skip


def _interactions(served: Served) -> Iterator[str]:
    offered: Mapping[str, object] = {
        "read": served.read, "search-type": served.find or served.every, "create": served.create,
        "update": served.update, "patch": served.patch, "delete": served.delete,
    }  # fmt: skip
    return (code for code, handler in offered.items() if handler is not None)


def _parameter(each: Parameter) -> Json:
    return without_empty(
        {"name": each.name, "definition": each.definition, "type": each.kind.value, "documentation": each.about}
    )


def _standard(name: str, kind: str, definition: str) -> Json:
    return {"name": name, "definition": f"http://hl7.org/fhir/SearchParameter/{definition}", "type": kind}


def _each_once(operations: Iterable[Operation]) -> list[Operation]:
    """An operation that is offered on the type and on its instances, in two rows, is told of once."""
    return list({each.name: each for each in operations}.values())


def _operation(each: Operation) -> Json:
    return {"name": each.name.removeprefix("$"), "definition": each.definition}
