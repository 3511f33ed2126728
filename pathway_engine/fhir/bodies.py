"""The body of a write: of a type that is taken, JSON, and the resource that the address names."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from adapters.fhir.checks import check
from adapters.fhir.json_text import read_json
from adapters.fhir.outcome import FhirRefusal, Json, refusal
from pathway_engine.fhir.exchange import Exchange

JSON_TYPES = ("application/fhir+json", "application/json")


def require_type(headers: Mapping[str, str], taken: Collection[str] = JSON_TYPES) -> str:
    """Return the body's type, without its parameters; none at all means JSON. Raises 415 for one not taken here."""
    told = headers.get("content-type", "").partition(";")[0].strip().lower() or JSON_TYPES[0]
    if told not in taken:
        raise refusal(415, "not-supported", f"This content type is not taken here; taken are {', '.join(taken)}.")
    return told


def json_in(body: bytes) -> object:
    """Return what the body holds, also a list. Raises 400 where it is empty or no JSON."""
    if not body.strip():
        raise refusal(400, "required", "The body is empty; would be right: JSON.")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise refusal(400, "structure", "The body is no JSON.") from None


def object_in(body: bytes) -> Json:
    """Return the object that the body holds, as strictly as FHIR's JSON is. Raises 400 where it is empty or no JSON."""
    if not body.strip():
        raise refusal(400, "required", "The body is empty; would be right: JSON.")
    return read_json(body)


def resource_in(exchange: Exchange, unless: Collection[str] = ()) -> Json:
    """Return the R4 resource that the body holds, of the type and with the id of the address. Raises FhirRefusal.

    What is wrong with the elements *unless* is left to the caller to tell.
    """
    require_type(exchange.headers)
    return as_resource(exchange, object_in(exchange.body), unless)


def as_resource(exchange: Exchange, told: Json, unless: Collection[str] = ()) -> Json:
    """Return *told* as the R4 resource that the address names. Raises 400 when it is another, 422 when it is not R4."""
    if told.get("resourceType") != exchange.type:
        raise refusal(
            400, "invalid", f"The body is not of the address's type; would be right: {exchange.type}.", "resourceType"
        )
    if exchange.id and told.get("id") != exchange.id:
        raise refusal(400, "invalid", "The id in the body is not the address's.", f"{exchange.type}.id")
    wrong = [issue for issue in check(told, types={exchange.type}) if not issue.expression.startswith(tuple(unless))]
    if wrong:
        raise FhirRefusal(422, *wrong)
    return told
