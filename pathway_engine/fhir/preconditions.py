"""What a request makes its answer depend on: the version that was read, and what is there already."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import parse_qsl, urlencode

from adapters.fhir.outcome import Json, refusal
from pathway_engine.fhir.exchange import Answer, Exchange, Found, Handler, Pairs, etag
from pathway_engine.fhir.numbers import names_a_person

_TAG = re.compile(r'\s*(?:(?:W/)?"([^"]*)"|([^",\s]+))\s*(?:,|$)')
_CONDITIONAL = ("if-match", "if-none-match", "if-none-exist", "if-modified-since")
STRICT = "handling=strict"


@dataclass(frozen=True, slots=True)
class Tags:
    """The versions that a header names; `is_any` is ``*``."""

    versions: frozenset[str]
    is_any: bool = False

    def names(self, found: Found | None) -> bool:
        """Whether *found* is what the header speaks of; a resource that is not there never is."""
        return found is not None and (self.is_any or found.version in self.versions)


def tags(header: str) -> Tags:
    """Read ``W/"3", "4"``, a bare ``3`` as some clients send it, or ``*``. Raises FhirRefusal."""
    if header.strip() == "*":
        return Tags(frozenset(), is_any=True)
    found, place = [], 0
    while place < len(header):
        tag = _TAG.match(header, place)
        if tag is None:
            raise refusal(400, "value", 'A precondition names versions; would be right: W/"3".')
        found.append(tag[1] if tag[2] is None else tag[2])
        place = tag.end()
    if not found:
        raise refusal(400, "value", 'A precondition names versions; would be right: W/"3".')
    return Tags(frozenset(found))


def has_match(exchange: Exchange) -> bool:
    """Whether the request says which version it goes on from."""
    return "if-match" in exchange.headers


def require_match(exchange: Exchange, found: Found | None) -> None:
    """Raise 412 unless what is there is what the request goes on from, or nothing where it wants nothing there."""
    match, none_match = exchange.headers.get("if-match"), exchange.headers.get("if-none-match")
    if match is not None and not tags(match).names(found):
        raise refusal(412, "conflict", f"If-Match names another version; {_now(found)} Read it again, then decide.")
    if none_match is not None and tags(none_match).names(found):
        raise refusal(412, "conflict", f"If-None-Match wants this not to be there; {_now(found)}")


def _now(found: Found | None) -> str:
    return "there is no such resource." if found is None else f"it is {etag(found.version)} now."


def is_known(exchange: Exchange, found: Found) -> bool:
    """Whether the reader has it as it is: then the answer is 304. A tag counts before an instant."""
    none_match, since = exchange.headers.get("if-none-match"), exchange.headers.get("if-modified-since")
    if none_match is not None:
        return tags(none_match).names(found)
    at = _instant(since or "")
    return at is not None and found.updated.replace(microsecond=0) <= at


def _instant(header: str) -> datetime | None:
    """The header's instant; None of anything else, which HTTP says to ignore."""
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def unchanged(found: Found) -> Answer:
    """The answer to who has it as it is."""
    return Answer(status=304, headers=version_headers(found))


def version_headers(found: Found) -> dict[str, str]:
    """The headers that name a version."""
    modified = format_datetime(found.updated.astimezone(UTC), usegmt=True)
    return {"ETag": etag(found.version), "Last-Modified": modified}


# -- what is there already


def condition(exchange: Exchange) -> Pairs | None:
    """The search by which a create asks whether it is needed: If-None-Exist, or the address; None without one.

    Raises FhirRefusal when the search names a person by number, or names nothing.
    """
    header = exchange.headers.get("if-none-exist")
    asked = exchange.query if header is None else tuple(parse_qsl(header.lstrip("?"), keep_blank_values=True))
    asked = tuple((name, value) for name, value in asked if name not in ("_format", "_pretty"))
    if header is None and not asked:
        return None
    if not asked:
        raise refusal(400, "value", "If-None-Exist is empty; would be right: identifier=system|value.")
    if any(names_a_person(value) for pair in asked for value in pair):
        raise refusal(400, "security", "An identity number is never part of an address or a header.")
    return asked


def existing(exchange: Exchange, search: Handler | None) -> Json | None:
    """The one resource that a conditional create asks for; None when there is none, or no condition.

    Raises 412 when several fit, and 400 for a search that is not understood: it would find too much.
    """
    asked = condition(exchange)
    if asked is None:
        return None
    if search is None:
        raise refusal(412, "not-supported", f"{exchange.type} cannot be searched, so its creation has no condition.")
    found = _matches(search(_searching(exchange, asked)).body)
    if len(found) > 1:
        raise refusal(412, "multiple-matches", "Several resources fit the condition; would be right: one identifier.")
    return found[0] if found else None


def _searching(exchange: Exchange, asked: Pairs) -> Exchange:
    headers: Mapping[str, str] = {
        name: value for name, value in exchange.headers.items() if name not in (*_CONDITIONAL, "prefer", "content-type")
    }
    return replace(
        exchange, method="GET", operation="", id="", body=b"", query=(*asked, ("_count", "2")),
        headers={**headers, "prefer": STRICT},
    )  # fmt: skip


def matches(exchange: Exchange, type: str, query: str, search: Handler) -> list[Json]:
    """The resources of *type* that a search posted as a form finds, at most two; so it may name a person."""
    form = urlencode([*parse_qsl(query, keep_blank_values=True), ("_count", "2")]).encode()
    asked = _searching(exchange, ())
    headers = {**asked.headers, "content-type": "application/x-www-form-urlencoded"}
    posted = replace(asked, type=type, method="POST", operation="_search", query=(), body=form, headers=headers)
    return _matches(search(posted).body)


def _matches(bundle: object) -> list[Json]:
    entries = bundle.get("entry", []) if isinstance(bundle, dict) else []
    return [entry["resource"] for entry in _dicts(entries) if entry.get("search", {}).get("mode", "match") == "match"]


def _dicts(entries: object) -> Iterable[dict[str, Json]]:
    return entries if isinstance(entries, list) else []
