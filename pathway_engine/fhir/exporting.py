"""Task/$export and CarePlan/$export: what the caller may see of a type, as NDJSON, in the answer itself."""

from __future__ import annotations

from urllib.parse import parse_qsl

import msgspec

from adapters.fhir.outcome import refusal
from pathway_engine.fhir.exchange import Answer, Exchange, Operation, Pairs
from pathway_engine.fhir.gathering import found_of
from pathway_engine.fhir.negotiating import NDJSON_TYPES
from pathway_engine.fhir.operation_input import body_of, text, texts

NDJSON = "application/fhir+ndjson"
UNDERSTOOD = frozenset({"_since", "_typeFilter", "_outputFormat", "_format"})
LINES = msgspec.json.Encoder(decimal_format="number")


def export(exchange: Exchange) -> Answer:
    """Answer with one resource a line, all of one transaction. Raises FhirRefusal 400 for what is not understood."""
    body = body_of(exchange) if exchange.method == "POST" else None
    unknown = sorted({name for name, _ in exchange.query} - UNDERSTOOD)
    if unknown:
        raise refusal(400, "not-supported", f"Understood are {', '.join(sorted(UNDERSTOOD))}.")
    wanted = text(exchange, body, "_outputFormat").replace(" ", "+")
    if wanted and wanted not in NDJSON_TYPES:
        raise refusal(400, "not-supported", f"{NDJSON} would be right.", "_outputFormat")
    since = text(exchange, body, "_since")
    query = (
        *((("_lastUpdated", f"ge{since}"),) if since else ()),
        *_filters(exchange, texts(exchange, body, "_typeFilter")),
    )
    lines = [LINES.encode(each) + b"\n" for each in found_of(exchange, exchange.type, query)]
    return Answer(status=200, body=b"".join(lines), headers={"Content-Type": NDJSON})


def _filters(exchange: Exchange, asked: list[str]) -> Pairs:
    """The search that a ``_typeFilter`` is, as ``Task?status=requested``; several would have to be joined by or."""
    if not asked:
        return ()
    type, _, query = asked[0].partition("?")
    if len(asked) > 1 or type != exchange.type or not query:
        raise refusal(400, "not-supported", f"One _typeFilter={exchange.type}?[parameters] would be right.")
    return tuple(parse_qsl(query, keep_blank_values=True))


EXPORT = Operation(
    name="$export", handler=export, definition="http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export",
    methods=("GET", "POST"), on_type=True, on_instance=False,
)  # fmt: skip
