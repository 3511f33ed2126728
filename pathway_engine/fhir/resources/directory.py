"""Organization, HealthcareService, Practitioner and PractitionerRole: the directory, readable to every caller."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from adapters.fhir.directory_resources import (
    healthcare_service,
    is_service,
    organization,
    practitioner,
    practitioner_role,
)
from adapters.fhir.outcome import Json
from pathway_engine.domain.directory import Directory
from pathway_engine.fhir.exchange import Exchange, Found, Served, never_written
from pathway_engine.fhir.library import ROLE_NAMES, kept, one_of
from pathway_engine.fhir.parameters import Kind
from pathway_engine.fhir.standard_parameters import standard


def _every(made: Callable[[Directory], Iterator[Json]]) -> Callable[[Exchange], Iterator[Found]]:
    def every(exchange: Exchange) -> Iterator[Found]:
        imports = exchange.context.directories.imports
        since = imports[-1][0] if imports else exchange.now
        return (kept(each, since) for each in made(exchange.context.directory))

    return every


def _organizations(directory: Directory) -> Iterator[Json]:
    return (organization(each) for each in directory.organisations.values())


def _services(directory: Directory) -> Iterator[Json]:
    return (healthcare_service(each, ROLE_NAMES) for each in directory.organisations.values() if is_service(each))


def _practitioners(directory: Directory) -> Iterator[Json]:
    return (practitioner(each) for each in directory.people.values())


def _roles(directory: Directory) -> Iterator[Json]:
    for person in directory.people.values():
        for unit, role in person.seats:
            yield practitioner_role(person, unit, role, ROLE_NAMES)


every_organization, every_service = _every(_organizations), _every(_services)
every_practitioner, every_role = _every(_practitioners), _every(_roles)
INSTEAD = never_written("The directory is a file that the administrator imports.")

ORGANIZATION = Served(
    type="Organization", read=one_of(every_organization), every=every_organization,
    parameters=(
        standard("name", Kind.STRING, "name", "Organization-name"),
        standard("identifier", Kind.TOKEN, "identifier", "Organization-identifier"),
        standard("active", Kind.TOKEN, "active", "Organization-active"),
        standard("type", Kind.TOKEN, "type", "Organization-type"),
        standard("partof", Kind.REFERENCE, "partOf", "Organization-partof", ("Organization",)),
    ),
    includes=("Organization:partof",), instead=INSTEAD,
    about="Hospitals, wards, municipalities and units, by HER-id.",
)  # fmt: skip
HEALTHCARE_SERVICE = Served(
    type="HealthcareService", read=one_of(every_service), every=every_service,
    parameters=(
        standard("name", Kind.STRING, "name", "HealthcareService-name"),
        standard("identifier", Kind.TOKEN, "identifier", "HealthcareService-identifier"),
        standard("active", Kind.TOKEN, "active", "HealthcareService-active"),
        standard("service-type", Kind.TOKEN, "type", "HealthcareService-service-type"),
        standard("organization", Kind.REFERENCE, "providedBy", "HealthcareService-organization", ("Organization",)),
    ),
    includes=("HealthcareService:organization",), instead=INSTEAD,
    about="What an organisation takes messages for, and which roles' work it does.",
)  # fmt: skip
PRACTITIONER = Served(
    type="Practitioner", read=one_of(every_practitioner), every=every_practitioner,
    parameters=(
        standard("name", Kind.STRING, "name", "Practitioner-name"),
        standard("family", Kind.STRING, "name.family", "individual-family"),
        standard("given", Kind.STRING, "name.given", "individual-given"),
        standard("active", Kind.TOKEN, "active", "Practitioner-active"),
    ),
    revincludes=("PractitionerRole:practitioner",), instead=INSTEAD, about="The people who work.",
)  # fmt: skip
PRACTITIONER_ROLE = Served(
    type="PractitionerRole", read=one_of(every_role), every=every_role,
    parameters=(
        standard("practitioner", Kind.REFERENCE, "practitioner", "PractitionerRole-practitioner", ("Practitioner",)),
        standard("organization", Kind.REFERENCE, "organization", "PractitionerRole-organization", ("Organization",)),
        standard("role", Kind.TOKEN, "code", "PractitionerRole-role"),
        standard("active", Kind.TOKEN, "active", "PractitionerRole-active"),
    ),
    includes=("PractitionerRole:practitioner", "PractitionerRole:organization"), instead=INSTEAD,
    about="A role that somebody has in a unit.",
)  # fmt: skip
