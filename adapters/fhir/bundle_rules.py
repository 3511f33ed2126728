"""What must hold of a Bundle beyond its elements: the rules ``bdl-1`` to ``bdl-12`` and those of its REST pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from adapters.fhir.outcome import Json
from adapters.fhir.references import UUID

Rule = tuple[str, str]
"""Where in the Bundle, from it on, and what would be right."""

ASKED = frozenset({"batch", "transaction"})
ANSWERED = frozenset({"batch-response", "transaction-response"})
WITH_RESOURCE = frozenset({"POST", "PUT", "PATCH"})


def broken(bundle: Json) -> Iterator[Rule]:
    """Each rule that *bundle* breaks; its elements are known to be right."""
    type = str(bundle["type"])
    entries = bundle.get("entry")
    listed = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    yield from _of_the_whole(bundle, type, listed)
    for place, entry in enumerate(listed):
        yield from ((f".entry[{place}]{where}", right) for where, right in _of_entry(entry, type))


def _of_the_whole(bundle: Json, type: str, entries: list[Json]) -> Iterator[Rule]:
    if "total" in bundle and type not in ("searchset", "history"):
        yield ".total", "bdl-1: only a searchset or a history has a total"
    if type in ("document", "message"):
        first = entries[0].get("resource") if entries else None
        right = "Composition" if type == "document" else "MessageHeader"
        if not isinstance(first, dict) or first.get("resourceType") != right:
            yield ".entry", f"bdl-11, bdl-12: a {type} begins with a {right}"
    if type == "document" and not {"identifier", "timestamp"} <= bundle.keys():
        yield "", "bdl-9, bdl-10: a document has an identifier and a timestamp"
    if type != "history" and _twice([_key(each) for each in entries if "fullUrl" in each]):
        yield ".entry", "bdl-7: each fullUrl once would be right"


def _twice(keys: list[tuple[str, str]]) -> bool:
    return len(set(keys)) < len(keys)


def _key(entry: Json) -> tuple[str, str]:
    resource = entry.get("resource")
    meta = resource.get("meta") if isinstance(resource, dict) else None
    return str(entry["fullUrl"]), str(meta.get("versionId", "")) if isinstance(meta, dict) else ""


def _of_entry(entry: Json, type: str) -> Iterator[Rule]:
    if not {"resource", "request", "response"} & entry.keys():
        yield "", "bdl-5: an entry has a resource, a request or a response"
    if "search" in entry and type != "searchset":
        yield ".search", "bdl-2: only an entry of a searchset has a search"
    if ("request" in entry) != (type in ASKED) and type != "history":
        yield ".request", f"bdl-3: an entry of a {type} has {'a' if type in ASKED else 'no'} request"
    if ("response" in entry) != (type in ANSWERED) and type != "history":
        yield ".response", f"bdl-4: an entry of a {type} has {'a' if type in ANSWERED else 'no'} response"
    yield from _of_address(entry)
    if type in ASKED:
        yield from _of_request(entry)


def _of_address(entry: Json) -> Iterator[Rule]:
    address, resource = entry.get("fullUrl"), entry.get("resource")
    if not isinstance(address, str):
        return
    if "/_history/" in address:
        yield ".fullUrl", "bdl-8: an address without a version would be right"
    elif not (UUID.fullmatch(address) or re.fullmatch(r"urn:oid:[0-9.]+|[a-z][a-z0-9+.-]*://\S+", address)):
        yield ".fullUrl", "an absolute address, or urn:uuid: with a UUID, would be right"
    elif isinstance(resource, dict) and not _ends_with(address, resource):
        yield ".fullUrl", "an address that ends with the type and the id of the resource would be right"


def _ends_with(address: str, resource: Json) -> bool:
    ended = address.endswith(f"/{resource['resourceType']}/{resource.get('id')}")
    return ended or "id" not in resource or not address.startswith("http")


def _of_request(entry: Json) -> Iterator[Rule]:
    request, resource = entry.get("request"), entry.get("resource")
    if not isinstance(request, dict):
        return
    method, address = str(request["method"]), str(request["url"])
    if (method in WITH_RESOURCE) != isinstance(resource, dict):
        yield ".resource", f"{'a' if method in WITH_RESOURCE else 'no'} resource beside a {method} would be right"
    elif isinstance(resource, dict) and method != "PATCH":
        yield from _of_target(method, re.split(r"[/?]", address.lstrip("/")), resource)


def _of_target(method: str, parts: list[str], resource: Json) -> Iterator[Rule]:
    if parts[0] != resource["resourceType"]:
        yield ".request.url", "the type of the resource would be right"
    elif method == "PUT" and "id" in resource and parts[1:2] != [resource["id"]]:
        yield ".request.url", "the id of the resource would be right"
