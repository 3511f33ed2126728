"""Many resources at once, by searches of ours as the caller may make them: $everything and $export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from adapters.fhir.outcome import FhirRefusal, Json
from pathway_engine.fhir.exchange import Exchange, Pairs
from pathway_engine.fhir.routing import handle

AT_ONCE = "200"
FORBIDDEN = 403


def found_of(exchange: Exchange, type: str, query: Pairs) -> Iterator[Json]:
    """Yield every match of a search, page after page; each page is put on record by the search itself."""
    asked: Pairs | None = (*query, ("_count", AT_ONCE))
    while asked is not None:
        page = replace(exchange, method="GET", type=type, id="", operation="", query=asked, body=b"", headers={})
        bundle: Any = handle(page).body
        for entry in bundle.get("entry", ()):
            if entry.get("search", {}).get("mode", "match") == "match":
                yield entry["resource"]
        asked = _onwards(bundle)


def permitted(exchange: Exchange, type: str, query: Pairs) -> list[Json]:
    """Return every match; nothing of a type for which the caller has no scope."""
    try:
        return list(found_of(exchange, type, query))
    except FhirRefusal as error:
        if error.status == FORBIDDEN:
            return []
        raise


def _onwards(bundle: Any) -> Pairs | None:
    links = (link["url"] for link in bundle.get("link", ()) if link.get("relation") == "next")
    return next((tuple(parse_qsl(urlsplit(url).query, keep_blank_values=True)) for url in links), None)
