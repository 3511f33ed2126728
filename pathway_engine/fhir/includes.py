"""What a search brings along: what its matches lead to, and what leads to them; each only as the caller may see it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from adapters.fhir.outcome import Issue, Json
from pathway_engine.fhir.bundles import included, remark
from pathway_engine.fhir.exchange import Exchange, Found
from pathway_engine.fhir.matching import values_at
from pathway_engine.fhir.search_language import LARGEST_COUNT, Include, Search, parameters_of

AT_ONCE = 100
"""How many matches are asked about in one search for what leads to them."""
NOT_ALL = Issue(
    "incomplete", "Not all that leads to these was brought along; search for it by itself.", severity="warning"
)
Address = tuple[str, str]


def brought_along(exchange: Exchange, search: Search, matches: Sequence[Found]) -> list[Json]:
    """Return the entries of what `_include` and `_revinclude` ask for, each resource once."""
    known = {_address(found.resource) for found in matches}
    entries: list[Json] = []
    for entry in [*_led_to(exchange, search, matches, known), *_leading(exchange, search, matches)]:
        resource = entry["resource"]
        assert isinstance(resource, dict)
        if resource["resourceType"] == "OperationOutcome":
            entries.append(entry)
        elif _address(resource) not in known:
            known.add(_address(resource))
            entries.append(entry)
    return entries


def _address(resource: Json) -> Address:
    return str(resource["resourceType"]), str(resource["id"])


def _led_to(exchange: Exchange, search: Search, matches: Sequence[Found], known: set[Address]) -> Iterator[Json]:
    wanted = dict.fromkeys(
        address for include in search.includes for found in matches for address in _references(exchange, found, include)
    )
    for type, id in wanted:
        served = exchange.served.get(type)
        if (type, id) in known or served is None or served.read is None:
            continue
        found = served.read(exchange, id)
        if found is not None:
            yield included(exchange, found)


def _references(exchange: Exchange, found: Found, include: Include) -> Iterator[Address]:
    """Where a match leads by the parameter, as type and id."""
    if found.resource["resourceType"] != include.type or include.type not in exchange.served:
        return
    path = parameters_of(exchange.served[include.type])[include.parameter].path
    for value in values_at(found.resource, path):
        told = value.get("reference") if isinstance(value, dict) else None
        type, slash, id = str(told or "").rpartition("/")
        if slash and include.target in ("", type):
            yield type, id


def _leading(exchange: Exchange, search: Search, matches: Sequence[Found]) -> Iterator[Json]:
    """What leads here is searched for as the caller could do it, so it is cut and put on record like that."""
    for include in search.revincludes:
        served = exchange.served.get(include.type)
        if served is None or served.find is None:
            continue
        for first in range(0, len(matches), AT_ONCE):
            some = [_address(found.resource) for found in matches[first : first + AT_ONCE]]
            query = ((include.parameter, ",".join("/".join(each) for each in some)), ("_count", str(LARGEST_COUNT)))
            asked = replace(
                exchange, type=include.type, method="GET", operation="", body=b"", query=query, headers={}
            )  # fmt: skip
            yield from _as_included(served.find(asked).body)


def _as_included(bundle: Json | bytes | None) -> Iterable[Json]:
    assert isinstance(bundle, dict)
    entries, links = bundle.get("entry", []), bundle["link"]
    assert isinstance(entries, list)
    assert isinstance(links, list)
    more = [remark(NOT_ALL)] if len(links) > 1 else []
    return [*({**entry, "search": {"mode": "include"}} for entry in entries), *more]
