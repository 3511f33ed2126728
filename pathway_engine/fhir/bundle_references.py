"""References between the entries of a transaction, and references that are searches."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from adapters.fhir.json_text import write_json
from adapters.fhir.outcome import Json, refusal

Known = dict[str, str]
"""Where a resource is, by the address that the Bundle gives it."""
_SEARCH = re.compile(r"[A-Z][A-Za-z]+\?.+")


def waits_for(resource: Json | None, urls: Collection[str]) -> bool:
    """Whether the resource refers to any of *urls*."""
    return any(text in urls for text in _strings(resource))


def conditional(resource: Json) -> list[str]:
    """The references of the resource that are searches, each once."""
    return list(dict.fromkeys(text for text in _references(resource) if _SEARCH.fullmatch(text)))


def resolved(resource: Json, known: Mapping[str, str]) -> bytes:
    """The resource as JSON with every known address replaced. Raises FhirRefusal for one that leads nowhere."""
    result = _replaced(resource, known)
    if any(text.startswith("urn:uuid:") for text in _references(result)):
        raise refusal(422, "not-found", "A reference to urn:uuid: leads to no entry that is written before this one.")
    return write_json(result)


def _replaced(part: object, known: Mapping[str, str]) -> object:
    if isinstance(part, dict):
        return {name: _replaced(value, known) for name, value in part.items()}
    if isinstance(part, list):
        return [_replaced(value, known) for value in part]
    return known.get(part, part) if isinstance(part, str) else part


def _strings(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    for value in _parts(part):
        yield from _strings(value)


def _references(part: object) -> Iterator[str]:
    if isinstance(part, dict) and isinstance(part.get("reference"), str):
        yield part["reference"]
    for value in _parts(part):
        yield from _references(value)


def _parts(part: object) -> Iterator[object]:
    if isinstance(part, dict):
        yield from part.values()
    elif isinstance(part, list):
        yield from part
