"""[type]/$validate: is this resource R4, and one of our profiles? The answer is always an OperationOutcome."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.fhir.checks import check
from adapters.fhir.json_text import read_json
from adapters.fhir.outcome import FhirRefusal, Issue, Json, outcome
from adapters.fhir.profile_rules import deviations
from pathway_engine.fhir.exchange import Answer, Exchange, Operation
from pathway_engine.fhir.operation_input import PARAMETERS, parts, texts
from pathway_engine.fhir.profiles import profiles

MODES = ("", "create", "update", "delete", "profile")


def validate(exchange: Exchange) -> Answer:
    """Return what is wrong with the resource; 404 only for an address at which the caller sees nothing."""
    try:
        issues = _issues(exchange)
    except FhirRefusal as error:
        if error.status == 404:
            raise
        issues = list(error.issues)
    return Answer(status=200, body=outcome(issues))


def _issues(exchange: Exchange) -> list[Issue]:
    told = read_json(exchange.body) if exchange.body.strip() else None
    body = told if told is not None and told.get("resourceType") == PARAMETERS else None
    mode = "".join(texts(exchange, body, "mode")[:1])
    if mode not in MODES:
        return [Issue("value", f"mode is one of {', '.join(MODES[1:])}.")]
    if mode == "delete":
        return _deletable(exchange)
    resource = _given(body) if body is not None else told
    resource = resource if resource is not None else _stored(exchange)
    if resource.get("resourceType") != exchange.type:
        return [Issue("invalid", f"This is not of the address's type; would be right: {exchange.type}.")]
    issues = _by_id(exchange, resource, mode) + check(resource, types={exchange.type})
    return issues + [issue for url in texts(exchange, body, "profile") for issue in _by_profile(resource, url)]


def _given(body: Json) -> Json | None:
    found = [each["resource"] for each in parts(body) if each.get("name") == "resource" and "resource" in each]
    return found[0] if found and isinstance(found[0], dict) else None


def _stored(exchange: Exchange) -> Json:
    if not exchange.id:
        raise FhirRefusal(
            400, Issue("required", "There is nothing to validate; a resource in the body would be right.")
        )
    read = exchange.served[exchange.type].read
    found = read(exchange, exchange.id) if read else None
    if found is None:
        raise FhirRefusal(404, Issue("not-found", "There is no such resource for you."))
    return found.resource


def _deletable(exchange: Exchange) -> list[Issue]:
    served = exchange.served[exchange.type]
    right = served.instead.get("delete", f"{exchange.type} is not deleted here.")
    return [] if served.delete else [Issue("not-supported", right)]


def _by_id(exchange: Exchange, resource: Mapping[str, object], mode: str) -> list[Issue]:
    """What an address and a way of writing ask of the id."""
    id, path = resource.get("id"), f"{exchange.type}.id"
    if mode == "create" and id is not None:
        return [Issue("value", "Whoever is created gets an id here; the one given is not kept.", path, "warning")]
    if mode == "update" and exchange.id and id != exchange.id:
        return [Issue("value", "The id in the body is not the address's.", path)]
    return []


def _by_profile(resource: Json, url: str) -> list[Issue]:
    """How the resource deviates from a profile of ours; one that is not known is told of, and no more."""
    known = {str(each["url"]): each for each in profiles()}
    profile = known.get(url.partition("|")[0])
    if profile is None:
        return [Issue("not-found", "This profile is not known here; it was not looked at.", severity="warning")]
    return deviations(resource, profile, known)


VALIDATE = Operation(
    name="$validate", handler=validate, definition="http://hl7.org/fhir/OperationDefinition/Resource-validate",
    methods=("GET", "POST"), on_type=True, on_instance=True,
)  # fmt: skip
