"""From a request to its handler: which interaction it is, may the caller, and every refusal as an OperationOutcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.fhir.outcome import FhirRefusal, Issue, refusal
from pathway_engine.domain.errors import MessageError, TaskError
from pathway_engine.fhir import auditing, scopes
from pathway_engine.fhir.capability import TERMINOLOGY, capability
from pathway_engine.fhir.exchange import Answer, Exchange, Found, Handler, Operation, Served
from pathway_engine.fhir.preconditions import existing, is_known, unchanged, version_headers
from pathway_engine.fhir.preferences import written
from pathway_engine.fhir.searching import small


@dataclass(frozen=True, slots=True)
class Place:
    """What an address below the base names; each part empty where it names none."""

    type: str = ""
    id: str = ""
    operation: str = ""


def place_of(path: str) -> Place:
    """Read ``/Task/1/$op`` below the base. Raises FhirRefusal for what is no address of ours."""
    parts = [part for part in path.split("/") if part]
    operation = parts.pop() if parts and (parts[-1].startswith("$") or parts[-1] == "_search") else ""
    if len(parts) > 2:
        raise refusal(404, "not-found", "There is nothing at this address; would be right: [base]/[type]/[id].")
    type, id = [*parts, "", ""][:2]
    return Place(type, id, operation)


def handle(exchange: Exchange) -> Answer:
    """Answer one interaction. Raises FhirRefusal, TaskError or MessageError; what it wrote is then to be undone."""
    if exchange.type == "metadata":
        return _metadata(exchange)
    handler = _handler(_served(exchange), exchange)
    asked = _interaction(exchange)
    try:
        scopes.require(exchange, asked)
        answer = handler(exchange)
        scopes.require_shown(exchange, answer)
    except (TaskError, MessageError) as error:
        auditing.mark(error, exchange, asked, status_of(error))
        raise
    auditing.note(exchange, asked, answer)
    return answer


def _metadata(exchange: Exchange) -> Answer:
    if exchange.method != "GET" or exchange.id or exchange.operation:
        raise refusal(405, "not-supported", "GET [base]/metadata would be right.")
    if dict(exchange.query).get("mode", "full") == "terminology":
        raise refusal(404, "not-supported", TERMINOLOGY)
    return Answer(status=200, body=capability(exchange.base, exchange.served, exchange.now.date()))


def _served(exchange: Exchange) -> Served:
    if exchange.type not in exchange.served:
        types = ", ".join(sorted(exchange.served))
        raise refusal(404, "not-supported", f"This type is not served; served are {types}.")
    return exchange.served[exchange.type]


def _handler(served: Served, exchange: Exchange) -> Handler:
    if exchange.operation.startswith("$"):
        return _operation(served, exchange).handler
    name = _interaction(exchange)
    offered: Mapping[str, Handler | None] = {
        "read": _read if served.read else None, "search-type": _search_of(served),
        "create": _created if served.create else None, "update": served.update, "patch": served.patch,
        "delete": served.delete,
    }  # fmt: skip
    handler = offered.get(name)
    if handler is None:
        right = served.instead.get(name, f"{served.type} does not offer {name or exchange.method}.")
        raise refusal(405, "not-supported", right)
    return handler


def _interaction(exchange: Exchange) -> str:
    return interaction(Place(exchange.type, exchange.id, exchange.operation), exchange.method)


def interaction(place: Place, method: str) -> str:
    """Return what *method* asks of a place, in FHIR's words; empty for what there is no word for."""
    if place.operation.startswith("$"):
        return "operation"
    if place.id:
        return {"GET": "read", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}.get(method, "")
    if place.operation == "_search":
        return "search-type" if method in ("GET", "POST") else ""
    return {"GET": "search-type", "POST": "create"}.get(method, "")


def _operation(served: Served, exchange: Exchange) -> Operation:
    for each in served.operations:
        fits = each.on_instance if exchange.id else each.on_type
        if each.name == exchange.operation and fits and exchange.method in each.methods:
            return each
    raise refusal(404, "not-supported", f"{served.type} has no such operation here.")


def _read(exchange: Exchange) -> Answer:
    served = exchange.served[exchange.type]
    assert served.read is not None
    found = served.read(exchange, exchange.id)
    if found is None:
        raise refusal(404, "not-found", "There is no such resource for you.")
    return unchanged(found) if is_known(exchange, found) else shown(found)


def _created(exchange: Exchange) -> Answer:
    """Create it, unless the request says that one that is there will do."""
    served = exchange.served[exchange.type]
    assert served.create is not None and served.read is not None, exchange.type
    known = existing(exchange, _search_of(served))
    found = served.read(exchange, str(known["id"])) if known else None
    return written(exchange, found) if found else served.create(exchange)


def _search_of(served: Served) -> Handler | None:
    return served.find or (small(served.every) if served.every else None)


def shown(found: Found, status: int = 200) -> Answer:
    """The resource with its ETag and instant."""
    return Answer(
        status=status, body=found.resource, headers=version_headers(found),
        patients=(found.patient_id,) if found.patient_id else (),
    )  # fmt: skip


STATUS = {
    "UnknownTask": (404, "not-found"), "UnknownPatient": (404, "not-found"), "NotPermitted": (403, "forbidden"),
    "VersionConflict": (409, "conflict"),
}  # fmt: skip


def status_of(error: TaskError | MessageError) -> int:
    """The HTTP status of a refusal."""
    told = refused(error) if isinstance(error, TaskError) else error
    return told.status if isinstance(told, FhirRefusal) else 422


def refused(error: TaskError) -> FhirRefusal:
    """A refusal of the engine's as one of FHIR's: business rules are 422."""
    names = [kind.__name__ for kind in type(error).__mro__]
    status, code = next((STATUS[name] for name in names if name in STATUS), (422, "business-rule"))
    return FhirRefusal(status, Issue(code, str(error)))
