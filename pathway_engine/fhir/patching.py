"""PATCH in the two ways in which clients send it: a JSON Patch, and a merge patch."""

from __future__ import annotations

from collections.abc import Mapping

import jsonpatch
import msgspec

from adapters.fhir.outcome import Json, refusal
from pathway_engine.fhir.bodies import JSON_TYPES, json_in, require_type
from pathway_engine.fhir.exchange import Exchange

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
FIXED = ("id", "meta", "resourceType")
"""Elements of any resource that no patch touches."""
MOST_OPERATIONS = 100
LARGEST = 1024 * 1024
RIGHT = f"would be right: {JSON_PATCH}, or a merge patch as {MERGE_PATCH} or application/json"


def patched(exchange: Exchange, current: Json) -> Json:
    """Return *current* with the request's patch applied. Raises FhirRefusal (400, 409, 415 or 422)."""
    type = require_type(exchange.headers, (JSON_PATCH, MERGE_PATCH, *JSON_TYPES))
    told = json_in(exchange.body)
    if type == JSON_PATCH:
        return _by_operations(exchange.type, current, told)
    if isinstance(told, dict) and told.get("resourceType") == "Parameters":
        raise refusal(415, "not-supported", f"A FHIRPath patch is not taken here; {RIGHT}.")
    if isinstance(told, list):
        raise refusal(415, "not-supported", f"A list of operations is sent as {JSON_PATCH}.")
    return _merged_resource(exchange.type, current, told)


def _by_operations(type: str, current: Json, told: object) -> Json:
    operations = _operations(told)
    for number, operation in enumerate(operations):
        for pointer in (operation.get("path"), operation.get("from") if operation.get("op") == "move" else None):
            _require_free(type, operation, pointer, number)
    try:
        result: object = current
        for operation in operations:
            result = jsonpatch.JsonPatch([operation]).apply(result)
            _require_small(operation, result)
    except jsonpatch.JsonPatchTestFailed:
        raise refusal(409, "conflict", "A test in the patch failed: the resource is not what it expects.") from None
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError, KeyError, ValueError):
        raise refusal(422, "processing", "The patch does not fit the resource: a path leads nowhere.") from None
    return _as_object(result)


def _require_small(operation: Json, result: object) -> None:
    """Copies of copies double a resource each time."""
    if operation.get("op") == "copy" and len(msgspec.json.encode(result)) > LARGEST:
        raise refusal(422, "too-long", f"A patched resource is at most {LARGEST} bytes long.")


def _operations(told: object) -> list[Json]:
    if not isinstance(told, list) or not told or not all(isinstance(each, dict) for each in told):
        raise refusal(400, "structure", "A JSON Patch is a list of operations, at least one.")
    if len(told) > MOST_OPERATIONS:
        raise refusal(400, "too-long", f"A patch has at most {MOST_OPERATIONS} operations.")
    return told


def _require_free(type: str, operation: Json, pointer: object, number: int) -> None:
    if pointer is None and operation.get("op") != "move":
        return
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise refusal(400, "structure", f"Operation {number + 1} names no path; would be right: /status.")
    first = pointer.split("/")[1] if pointer else ""
    if operation.get("op") != "test" and (first in FIXED or not first):
        raise refusal(422, "business-rule", "A patch does not touch this element.", f"{type}.{first}".rstrip("."))


def _merged_resource(type: str, current: Json, told: object) -> Json:
    if not isinstance(told, dict) or not told:
        raise refusal(400, "structure", "A merge patch is an object with what changes.")
    for name in FIXED:
        if name in told and name != "meta" and told[name] != current.get(name):
            raise refusal(422, "business-rule", "A patch does not touch this element.", f"{type}.{name}")
    return _as_object(_merged(current, {name: value for name, value in told.items() if name not in FIXED}))


def _merged(current: object, told: object) -> object:
    """RFC 7396: null takes away, an object goes into an object, everything else replaces."""
    if not isinstance(told, Mapping):
        return told
    result = dict(current) if isinstance(current, Mapping) else {}
    for name, value in told.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value)
    return result


def _as_object(result: object) -> Json:
    if not isinstance(result, dict):
        raise refusal(422, "processing", "The patch leaves no resource.")
    return result
