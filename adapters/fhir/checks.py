"""Is a resource R4? What fhir.resources checks, and what it leaves unchecked, told as issues of an OperationOutcome.

First the walk: types that are taken, elements, values, codes, references, invariants. What passes it is parsed by the
R4B model of fhir.resources, which may find more; nothing that it raises comes out but as an issue.
"""

from __future__ import annotations

from collections.abc import Collection

from pydantic import ValidationError

from adapters.fhir.codes import words
from adapters.fhir.json_text import LARGEST_BYTES, read_json
from adapters.fhir.outcome import FhirRefusal, Issue, Json
from adapters.fhir.shapes import model
from adapters.fhir.telling import Findings, element_name
from adapters.fhir.walking import Walk, allowed_type, walk_resource

READABLE = words("""
    ActivityDefinition AuditEvent Bundle CarePlan Communication Encounter EpisodeOfCare HealthcareService
    OperationOutcome Organization Parameters Patient PlanDefinition Practitioner PractitionerRole Provenance
    Questionnaire QuestionnaireResponse ServiceRequest Subscription Task
""")
"""The types whose codes are known here."""

CONTAINABLE = (READABLE - {"Bundle", "Parameters", "OperationOutcome"}) | words("""
    CareTeam Condition Device Goal Group Library Location Medication Observation RelatedPerson Specimen Substance
    ValueSet
""")
"""What may be contained in them."""

UNREADABLE = frozenset({"structure", "invalid", "too-long"})
"""Codes of what is no resource at all: 400. Whatever else is wrong with one is 422."""


def read_resource(
    raw: bytes, type: str, *, types: Collection[str] = READABLE, understood: Collection[str] = (),
    largest: int = LARGEST_BYTES,
) -> Json:  # fmt: skip
    """Return the resource of *type* that *raw* is; the entries of a Bundle may be of *types*.

    Raises FhirRefusal with all that is wrong: 400 when it cannot be read, 413 when it is too large, 422 when it can be
    read and is not right.
    """
    resource = read_json(raw, largest)
    findings = Findings()
    if allowed_type(resource, type, {type}, findings) is not None:
        findings.issues = check(resource, types={type, *types}, understood=understood)
    if findings.issues:
        raise FhirRefusal(_status(findings.issues), *findings.issues)
    return resource


def check(resource: Json, *, types: Collection[str] = READABLE, understood: Collection[str] = ()) -> list[Issue]:
    """Return all that is wrong with *resource*, as `read_json` returned it or as it was made; nothing when it is R4.

    It and the entries of a Bundle may be of *types*. *understood* are the modifier extensions that are understood; any
    other is an issue, as it might turn the meaning of what holds it.
    """
    findings = Findings()
    walk = Walk(
        findings=findings, types=READABLE.intersection(types), containable=CONTAINABLE, understood=frozenset(understood)
    )
    walk_resource(resource, _name(resource), walk)
    return findings.issues or _by_model(resource)


def _name(resource: Json) -> str:
    type = resource.get("resourceType")
    return type if isinstance(type, str) and type in READABLE else "Resource"


def _status(issues: Collection[Issue]) -> int:
    return 400 if any(issue.code in UNREADABLE for issue in issues) else 422


def _by_model(resource: Json) -> list[Issue]:
    """What fhir.resources finds wrong; it raises KeyError and TypeError too, not only its own errors."""
    type = str(resource["resourceType"])
    try:
        model(type).model_validate(resource)
    except ValidationError as error:
        return [_issue(type, each["loc"]) for each in error.errors(include_url=False, include_input=False)[:50]]
    except Exception:
        return [_issue(type, ())]
    return []


def _issue(type: str, place: tuple[int | str, ...]) -> Issue:
    path = type
    for part in place:
        path += f"[{part}]" if isinstance(part, int) else f".{element_name(part)}"
    return Issue("value", f"This is not as R4 has it: {path}.", path)
