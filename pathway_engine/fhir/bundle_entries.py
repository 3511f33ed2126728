"""The entries of a transaction or batch: each a request of its own, each with a response of its own."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import parse_qsl

from adapters.fhir.json_text import write_json
from adapters.fhir.outcome import FhirRefusal, Json, refusal
from pathway_engine.fhir.bodies import JSON_TYPES
from pathway_engine.fhir.exchange import Answer, Exchange, Pairs, instant
from pathway_engine.fhir.routing import place_of

MOST_ENTRIES = 200
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CONDITIONS = {
    "ifMatch": "if-match", "ifNoneMatch": "if-none-match", "ifModifiedSince": "if-modified-since",
    "ifNoneExist": "if-none-exist",
}  # fmt: skip
"""Elements of an entry's request, and the headers that they stand for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What one entry asks; `number` is its place, `resource` None where it has none."""

    number: int
    method: str
    type: str
    id: str
    operation: str
    query: Pairs
    headers: Mapping[str, str]
    full_url: str = ""
    resource: Json | None = field(default=None, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def path(self) -> str:
        """A FHIRPath to the entry."""
        return f"Bundle.entry[{self.number}]"

    @property
    def reference(self) -> str:
        """Where the entry's resource is, as far as its request says."""
        return f"{self.type}/{self.id}" if self.id and self.method != "POST" else ""

    def request(self, exchange: Exchange) -> Exchange:
        """The Bundle's exchange with the entry's request in place of its own."""
        kept = {name: value for name, value in exchange.headers.items() if name not in CONDITIONS.values()}
        return replace(
            exchange, method=self.method, type=self.type, id=self.id, operation=self.operation, query=self.query,
            headers={**kept, "content-type": JSON_TYPES[0], **self.headers}, body=self.body,
        )  # fmt: skip


def entries_in(base: str, bundle: Json, *, refuse: bool = True) -> Iterator[Entry | FhirRefusal]:
    """Read the entries; one that cannot be read is raised, or without *refuse* given back in its place."""
    told = bundle.get("entry", [])
    if not isinstance(told, list):
        raise refusal(400, "structure", "Entries are a list.", "Bundle.entry")
    if len(told) > MOST_ENTRIES:
        raise refusal(413, "too-costly", f"A Bundle has at most {MOST_ENTRIES} entries here.", "Bundle.entry")
    for number, each in enumerate(told):
        try:
            yield _entry(base, each, number)
        except FhirRefusal as error:
            if refuse:
                raise
            yield error


def _entry(base: str, told: object, number: int) -> Entry:
    path = f"Bundle.entry[{number}]"
    request = told.get("request") if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(request, dict):
        raise refusal(400, "required", "An entry has a request with method and url.", f"{path}.request")
    method, url = request.get("method"), request.get("url")
    if method not in METHODS or not isinstance(url, str):
        raise refusal(400, "value", f"Would be right: a url, and one of {', '.join(METHODS)}.", f"{path}.request")
    address, _, search = url.removeprefix(f"{base}/").lstrip("/").partition("?")
    if "://" in address or not address:
        raise refusal(400, "value", "Would be right: an address below this base, Task/1.", f"{path}.request.url")
    place = place_of(address)
    resource = _resource(told, method, path)
    type, body = _body(resource, method, path)
    return Entry(
        number=number, method=method, type=place.type, id=place.id, operation=place.operation,
        query=tuple(parse_qsl(search, keep_blank_values=True)), headers={**_conditions(request), "content-type": type},
        full_url=str(told.get("fullUrl", "")), resource=resource, body=body,
    )  # fmt: skip


def _conditions(request: Json) -> dict[str, str]:
    return {CONDITIONS[name]: str(request[name]) for name in CONDITIONS if name in request}


def _resource(told: Json, method: str, path: str) -> Json | None:
    resource = told.get("resource")
    if method in ("POST", "PUT", "PATCH") and not isinstance(resource, dict):
        raise refusal(400, "required", f"{method} comes with a resource.", f"{path}.resource")
    return resource if isinstance(resource, dict) else None


def _body(resource: Json | None, method: str, path: str) -> tuple[str, bytes]:
    """The type and the bytes that the request would have alone; a patch travels in a Binary."""
    if resource is None or method != "PATCH" or resource.get("resourceType") != "Binary":
        return JSON_TYPES[0], write_json(resource) if resource is not None else b""
    try:
        return str(resource.get("contentType", "")), base64.b64decode(str(resource.get("data", "")), validate=True)
    except (binascii.Error, ValueError):
        raise refusal(400, "value", "A Binary's data are base64.", f"{path}.resource.data") from None


def identity_of(entry: Entry) -> Iterator[str]:
    """The names under which an entry changes something: none of these may come twice in a transaction."""
    if entry.method != "GET" and entry.reference and not entry.operation:
        yield entry.reference
    if entry.method == "POST" and entry.full_url:
        yield entry.full_url


def response(answer: Answer) -> Json:
    """The entry of a response Bundle: status, where and which version, and what came."""
    status = HTTPStatus(answer.status)
    told: Json = {"status": f"{status.value} {status.phrase}"}
    told |= {name: answer.headers[header] for name, header in PLACES.items() if header in answer.headers}
    if "Last-Modified" in answer.headers:
        told["lastModified"] = _modified(answer)
    body = answer.body
    if not isinstance(body, dict):
        return {"response": told}
    if body.get("resourceType") == "OperationOutcome":
        return {"response": {**told, "outcome": body}}
    return {"resource": body, "response": told}


PLACES = {"location": "Location", "etag": "ETag"}
"""Elements of an entry's response, and the headers that they stand for."""


def _modified(answer: Answer) -> str:
    meta = answer.body.get("meta") if isinstance(answer.body, dict) else None
    told = meta.get("lastUpdated") if isinstance(meta, dict) else None
    return str(told) if told else instant(parsedate_to_datetime(answer.headers["Last-Modified"]).astimezone(UTC))
