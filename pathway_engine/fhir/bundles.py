"""What a search answers: a Bundle that says what was really asked, how many there are, and where it goes on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from adapters.fhir.outcome import Issue, Json, outcome
from pathway_engine.fhir.exchange import Answer, Exchange, Found, Pairs
from pathway_engine.fhir.search_language import Search

SUBSETTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED",
}  # fmt: skip
ALWAYS = ("resourceType", "id", "meta")
MANDATORY: Mapping[str, tuple[str, ...]] = {
    "ActivityDefinition": ("status",), "CarePlan": ("status", "intent", "subject"), "Communication": ("status",),
    "Encounter": ("status", "class"), "EpisodeOfCare": ("status", "patient"), "PlanDefinition": ("status",),
    "Questionnaire": ("status",), "QuestionnaireResponse": ("status",),
    "ServiceRequest": ("status", "intent", "subject"), "Subscription": ("status", "reason", "criteria", "channel"),
    "Task": ("status", "intent"), "AuditEvent": ("type", "recorded", "agent", "source"),
    "Provenance": ("target", "recorded", "agent"),
}  # fmt: skip
"""What a resource must have, whatever elements were asked for."""
SUMMARY: Mapping[str, tuple[str, ...]] = {
    "CarePlan": (
        "identifier", "instantiatesCanonical", "instantiatesUri", "basedOn", "replaces", "partOf", "status", "intent",
        "category", "title", "description", "subject", "encounter", "period", "created", "author",
    ),
    "Encounter": (
        "identifier", "status", "class", "type", "subject", "episodeOfCare", "participant", "appointment",
        "reasonCode", "reasonReference", "diagnosis",
    ),
    "EpisodeOfCare": (
        "identifier", "status", "type", "diagnosis", "patient", "managingOrganization", "period",
    ),
    "Patient": (
        "identifier", "active", "name", "telecom", "gender", "birthDate", "deceasedBoolean", "deceasedDateTime",
        "address", "managingOrganization", "link",
    ),
    "Task": (
        "identifier", "instantiatesCanonical", "instantiatesUri", "basedOn", "groupIdentifier", "partOf", "status",
        "statusReason", "businessStatus", "intent", "code", "description", "focus", "for", "encounter",
        "executionPeriod", "lastModified", "requester", "owner", "location", "reasonCode",
    ),
}  # fmt: skip
"""The elements that the standard marks as summary; of other types all are given, which it allows."""


def searchset(
    exchange: Exchange, search: Search, entries: list[Json], *, total: int | None = None, onwards: str | None = None,
    own: str | None = None,
) -> Answer:  # fmt: skip
    """Return the Bundle of *entries*; *onwards* is the next page's address, *own* this one's if it is sealed."""
    links = [{"relation": "self", "url": own or self_address(exchange, search.used)}]
    links += [{"relation": "next", "url": onwards}] if onwards else []
    body: Json = {"resourceType": "Bundle", "type": "searchset", "link": links}
    body |= {} if total is None else {"total": total}
    return Answer(status=200, body={**body, "entry": entries} if entries else body)


def self_address(exchange: Exchange, used: Pairs) -> str:
    """The address that asks for what was really used."""
    words = urlencode(used, safe=":/,")
    return f"{exchange.base}/{exchange.type}" + (f"?{words}" if words else "")


def entries_of(exchange: Exchange, search: Search, matches: Iterable[Found]) -> list[Json]:
    """One entry a match."""
    where = f"{exchange.base}/{exchange.type}/"
    whole = not search.elements and search.summary == "false"
    return [
        {
            "fullUrl": where + str(found.resource["id"]), "search": {"mode": "match"},
            "resource": found.resource if whole else cut(found.resource, search),
        }
        for found in matches
    ]  # fmt: skip


def included(exchange: Exchange, found: Found) -> Json:
    """The entry of a resource that was brought along."""
    resource = found.resource
    address = exchange.address(str(resource["resourceType"]), str(resource["id"]))
    return {"fullUrl": address, "resource": resource, "search": {"mode": "include"}}


def remark(issue: Issue) -> Json:
    """The entry that says what the caller should know of the answer itself."""
    return {"resource": outcome([issue]), "search": {"mode": "outcome"}}


def cut(resource: Json, search: Search) -> Json:
    """The resource without what was not asked for, marked so."""
    kept = _kept(str(resource["resourceType"]), search)
    if kept is None and search.summary != "data":
        return resource
    left_out = {"text"} if search.summary == "data" else set()
    shown = {
        name: value for name, value in resource.items() if name not in left_out and (kept is None or name in kept)
    }  # fmt: skip
    if len(shown) == len(resource):
        return resource
    meta = shown.get("meta")
    return {**shown, "meta": {**(meta if isinstance(meta, dict) else {}), "tag": [SUBSETTED]}}


def _kept(type: str, search: Search) -> frozenset[str] | None:
    """The names of the elements that are shown; None is all."""
    mandatory = (*ALWAYS, *MANDATORY.get(type, ()))
    if search.elements:
        return frozenset((*mandatory, *search.elements))
    if search.summary == "text":
        return frozenset((*mandatory, "text"))
    if search.summary == "true" and type in SUMMARY:
        return frozenset((*mandatory, *SUMMARY[type]))
    return None
