"""What an operation is asked with: parameters of the address, or a Parameters resource in the body."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.fhir.json_text import read_json
from adapters.fhir.outcome import Json, refusal
from pathway_engine.fhir.exchange import Exchange

PARAMETERS = "Parameters"


def body_of(exchange: Exchange) -> Json | None:
    """Return the body as JSON; None when there is none. Raises FhirRefusal."""
    return read_json(exchange.body) if exchange.body.strip() else None


def texts(exchange: Exchange, body: Json | None, name: str) -> list[str]:
    """Return every value that *name* has, in the address and then in the body; a reference as its address."""
    told = [value for key, value in exchange.query if key == name]
    return told + [text for part in parts(body) if part.get("name") == name for text in _values(part)]


def text(exchange: Exchange, body: Json | None, name: str) -> str:
    """Return the one value of *name*, empty when it is not said. Raises FhirRefusal 400 where it is said twice."""
    found = texts(exchange, body, name)
    if len(found) > 1:
        raise refusal(400, "invalid", f"{name} is said {len(found)} times; once would be right.")
    return found[0] if found else ""


def parts(body: Json | None) -> Iterator[Json]:
    """Yield the parameters of a Parameters resource. Raises FhirRefusal 400 for a body that is anything else."""
    if body is None:
        return
    told = body.get("parameter", [])
    if body.get("resourceType") != PARAMETERS or not isinstance(told, list):
        raise refusal(400, "structure", "The body would be right as a Parameters resource.")
    for each in told:
        if not isinstance(each, dict):
            raise refusal(400, "structure", "Each parameter is an object.", "Parameters.parameter")
        yield each


def _values(part: Json) -> Iterator[str]:
    for key, value in part.items():
        if key.startswith("value"):
            reference = value.get("reference") if isinstance(value, dict) else value
            if isinstance(reference, str):
                yield reference


def referred(exchange: Exchange, reference: str, type: str) -> str:
    """Return the id that *reference* leads to. Raises FhirRefusal 400 where it leads to no *type* of ours."""
    found, _, id = reference.removeprefix(f"{exchange.base}/").partition("/")
    if found != type or not id or "/" in id:
        raise refusal(400, "value", f"Found no reference to a {type} of ours; {type}/[id] would be right.")
    return id
