"""StructureDefinition and SearchParameter: our own profiles, extensions and search parameters."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from adapters.fhir.knowledge import computer_name
from adapters.fhir.outcome import Json
from adapters.fhir.systems import OURS
from pathway_engine.fhir.exchange import Exchange, Found, Served
from pathway_engine.fhir.library import kept, one_of
from pathway_engine.fhir.parameters import Kind, Parameter
from pathway_engine.fhir.profiles import profiles
from pathway_engine.fhir.standard_parameters import published, standard


def every_profile(exchange: Exchange) -> Iterator[Found]:
    """The profiles and extensions that ship."""
    del exchange
    return (kept(each, dated(each)) for each in profiles())


def dated(resource: Json) -> datetime:
    """Return the day that a shipped definition says that it is of."""
    return datetime.fromisoformat(str(resource["date"])).replace(tzinfo=UTC)


# -- search parameters

PUBLISHED_ON = "2026-11-22"
"""When our own search parameters were last changed."""


def every_parameter(exchange: Exchange) -> Iterator[Found]:
    """The search parameters that are our own, of every type that is served."""
    for served in exchange.served.values():
        for each in served.parameters:
            if each.definition.startswith(OURS):
                made = search_parameter_resource(served.type, each)
                yield kept(made, dated(made))


def search_parameter_resource(type: str, each: Parameter) -> Json:
    """Return the SearchParameter of a parameter of our own."""
    told: Json = {
        "resourceType": "SearchParameter", "id": each.definition.rpartition("/")[2], "url": each.definition,
        "version": PUBLISHED_ON, "name": computer_name(f"{type}_{each.name}"), "status": "active",
        "experimental": False, "date": PUBLISHED_ON, "description": each.about or f"{type} by {each.name}",
        "code": each.name, "base": [type], "type": each.kind.value, "expression": f"{type}.{each.path}",
    }  # fmt: skip
    return {**told, "target": list(each.targets)} if each.targets else told


STRUCTURE_DEFINITION = Served(
    type="StructureDefinition", read=one_of(every_profile), every=every_profile,
    parameters=(
        *published("conformance"), standard("type", Kind.URI, "type", "StructureDefinition-type"),
        standard("base", Kind.REFERENCE, "baseDefinition", "StructureDefinition-base", ("StructureDefinition",)),
        standard("kind", Kind.TOKEN, "kind", "StructureDefinition-kind"),
    ),
    about="Our own profiles and extensions.",
)  # fmt: skip
SEARCH_PARAMETER = Served(
    type="SearchParameter", read=one_of(every_parameter), every=every_parameter,
    parameters=(
        *published("conformance", "url", "version", "name", "status"),
        standard("code", Kind.TOKEN, "code", "SearchParameter-code"),
        standard("base", Kind.TOKEN, "base", "SearchParameter-base"),
    ),
    about="Search parameters that the standard has not.",
)  # fmt: skip
