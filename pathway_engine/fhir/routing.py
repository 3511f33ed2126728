"""From a request to its handler: which interaction it is, may the caller, and every refusal as an OperationOutcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime

from adapters.fhir.outcome import FhirRefusal, Issue, refusal
from pathway_engine.domain.errors import TaskError
from pathway_engine.fhir.capability import capability
from pathway_engine.fhir.exchange import Answer, Exchange, Found, Handler, etag
from pathway_engine.fhir.resources import SERVED
from pathway_engine.fhir.served import Operation, Served


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
        return Answer(status=200, body=capability(exchange.base))
    served = _served(exchange.type)
    return _handler(served, exchange)(exchange)


def _served(type: str) -> Served:
    if type not in SERVED:
        raise refusal(404, "not-supported", f"This type is not served; served are {', '.join(sorted(SERVED))}.")
    return SERVED[type]


def _handler(served: Served, exchange: Exchange) -> Handler:
    if exchange.operation.startswith("$"):
        return _operation(served, exchange).handler
    name = _interaction(exchange)
    offered: Mapping[str, Handler | None] = {
        "read": _read if served.read else None, "search-type": served.find or (_not_yet if served.every else None),
        "create": served.create, "update": served.update, "patch": served.patch, "delete": served.delete,
    }  # fmt: skip
    handler = offered.get(name)
    if handler is None:
        right = served.instead.get(name, f"{served.type} does not offer {name or exchange.method}.")
        raise refusal(405, "not-supported", right)
    return handler


def _interaction(exchange: Exchange) -> str:
    if exchange.id:
        return {"GET": "read", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}.get(exchange.method, "")
    if exchange.operation == "_search":
        return "search-type" if exchange.method in ("GET", "POST") else ""
    return {"GET": "search-type", "POST": "create"}.get(exchange.method, "")


def _operation(served: Served, exchange: Exchange) -> Operation:
    for each in served.operations:
        fits = each.on_instance if exchange.id else each.on_type
        if each.name == exchange.operation and fits and exchange.method in each.methods:
            return each
    raise refusal(404, "not-supported", f"{served.type} has no such operation here.")


def _read(exchange: Exchange) -> Answer:
    served = SERVED[exchange.type]
    assert served.read is not None
    found = served.read(exchange, exchange.id)
    if found is None:
        raise refusal(404, "not-found", "There is no such resource for you.")
    return shown(found)


def _not_yet(exchange: Exchange) -> Answer:
    raise refusal(501, "not-supported", "Searching comes with pathway_engine/fhir/searching.py.")


def shown(found: Found, status: int = 200) -> Answer:
    """The resource with its ETag and instant."""
    modified = format_datetime(found.updated, usegmt=True)
    return Answer(
        status=status, body=found.resource, headers={"ETag": etag(found.version), "Last-Modified": modified}
    )  # fmt: skip


STATUS = {
    "UnknownTask": (404, "not-found"), "UnknownPatient": (404, "not-found"), "NotPermitted": (403, "forbidden"),
    "VersionConflict": (412, "conflict"),
}  # fmt: skip


def refused(error: TaskError) -> FhirRefusal:
    """A refusal of the engine's as one of FHIR's: business rules are 422."""
    names = [kind.__name__ for kind in type(error).__mro__]
    status, code = next((STATUS[name] for name in names if name in STATUS), (422, "business-rule"))
    return FhirRefusal(status, Issue(code, str(error)))
