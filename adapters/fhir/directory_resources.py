"""The directory as Organization, HealthcareService, Practitioner and PractitionerRole."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.fhir.canonicals import logical_id
from adapters.fhir.outcome import Json
from adapters.fhir.systems import code_system
from adapters.fhir.terminology import ORGANISATION_KINDS
from adapters.fhir.wording import coding, concept, without_empty
from pathway_engine.domain.definition import Text
from pathway_engine.domain.directory import Organisation, Person
from pathway_engine.domain.identifier_systems import HER, TYPES

NORWEGIAN_CODES = "urn:oid:2.16.578.1.12.4.1.1."
"""Before the number of a Norwegian code system (Volven)."""
STANDARD_KINDS = "http://terminology.hl7.org/CodeSystem/organization-type"
KINDS = {
    "hospital": "prov", "ward": "dept", "municipality": "govt", "unit": "dept", "institution": "prov",
    "doctor": "prov", "other": "other",
}  # fmt: skip


def organization(each: Organisation) -> Json:
    """Return the Organization."""
    kind = coding(each.kind, code_system("organisation-kind"), ORGANISATION_KINDS.get(each.kind))
    standard = coding(KINDS.get(each.kind, "other"), STANDARD_KINDS)
    return without_empty({
        "resourceType": "Organization", "id": logical_id(each.id), "identifier": _her(each), "active": True,
        "type": [concept(kind), concept(standard)], "name": each.name, "partOf": reference("Organization", each.parent),
    })  # fmt: skip


def _her(each: Organisation) -> list[Json]:
    """The HER-id; the directory knows no organisation numbers."""
    if not each.her_id:
        return []
    named = TYPES[HER]
    kind = coding(named.code, f"urn:oid:{named.code_system}")
    return [{"use": "official", "type": concept(kind), "system": HER, "value": each.her_id}]


def is_service(each: Organisation) -> bool:
    """Whether an organisation is a service: it takes messages of a service type, or work of a role."""
    return bool(each.services or each.roles)


def healthcare_service(each: Organisation, roles: Mapping[str, Text]) -> Json:
    """Return the HealthcareService that an organisation offers: its service types, and the roles whose work it does."""
    types = [concept(coding(code, NORWEGIAN_CODES + system)) for system, _, code in map(_split, each.services)]
    types += [concept(coding(role, code_system("role"), roles.get(role))) for role in each.roles]
    return without_empty({
        "resourceType": "HealthcareService", "id": logical_id(each.id), "identifier": _her(each), "active": True,
        "providedBy": reference("Organization", each.id), "type": types, "name": each.name,
        "comment": ", ".join([*each.districts, *each.wards]),
    })  # fmt: skip


def _split(service: str) -> tuple[str, str, str]:
    return service.partition("/")


def practitioner(person: Person) -> Json:
    """Return the Practitioner."""
    given, _, family = person.name.rpartition(" ")
    name = without_empty({"text": person.name, "family": family, "given": [given] if given else []})
    return {"resourceType": "Practitioner", "id": logical_id(person.id), "active": True, "name": [name]}


def practitioner_role(person: Person, unit: str, role: str, roles: Mapping[str, Text]) -> Json:
    """Return the PractitionerRole of one seat."""
    return {
        "resourceType": "PractitionerRole", "id": logical_id(person.id, unit, role), "active": True,
        "practitioner": {"reference": f"Practitioner/{logical_id(person.id)}", "display": person.name},
        "organization": reference("Organization", unit),
        "code": [concept(coding(role, code_system("role"), roles.get(role)))],
    }  # fmt: skip


def reference(type: str, id: str | None) -> Json | None:
    """Return a reference to something of ours by our own id, or None."""
    return {"reference": f"{type}/{logical_id(id)}"} if id else None
