"""Patient/[id]/$everything: all of a patient that the caller may see, a type after the other."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from adapters.fhir.outcome import Json, refusal
from pathway_engine.fhir.exchange import Answer, Exchange, Operation, Pairs, Served
from pathway_engine.fhir.gathering import permitted
from pathway_engine.fhir.operation_input import body_of, text, texts

PATIENT = "Patient"
TYPES = (
    "EpisodeOfCare", "Encounter", "CarePlan", "Task", "QuestionnaireResponse", "ServiceRequest", "Communication",
)  # fmt: skip
"""What belongs to a patient, in the order of the Bundle, after the patient."""
BY = ("patient", "subject")
MOST = 1000
AFTER = "_after"
"""Behind which resource a later page begins, as ``Task/[id]``."""


def everything(exchange: Exchange) -> Answer:
    """Answer with a Bundle. Raises FhirRefusal, 404 for a foreign patient and for a missing one alike."""
    body = body_of(exchange) if exchange.method == "POST" else None
    since = text(exchange, body, "_since")
    chosen = _chosen(texts(exchange, body, "_type"))
    count = _count(text(exchange, body, "_count"))
    found = sorted(_gathered(exchange, chosen, since), key=_place)
    after = text(exchange, body, AFTER)
    left = [each for each in found if not after or _place(each) > _place_of(after)]
    shown = left[:count] if count else left
    kept = [("_since", since), ("_type", ",".join(chosen)), ("_count", str(count) if count else "")]
    used = tuple((name, value) for name, value in kept if value)
    return Answer(status=200, body=_bundle(exchange, shown, len(found), used, more=len(left) > len(shown)))


def _chosen(asked: list[str]) -> tuple[str, ...]:
    """The types that are wanted, all of them when none is named. Raises FhirRefusal 400."""
    names = {name for each in asked for name in each.split(",") if name}
    unknown = sorted(names - {PATIENT, *TYPES})
    if unknown:
        right = ", ".join((PATIENT, *TYPES))
        raise refusal(400, "value", f"_type names what does not belong to a patient here; would be right: {right}.")
    return tuple(type for type in (PATIENT, *TYPES) if type in names)


def _count(said: str) -> int:
    """How many a page holds; 0 for all."""
    if not said:
        return 0
    if not (said.isascii() and said.isdigit() and 1 <= int(said[:6]) <= MOST):
        raise refusal(400, "value", f"_count is a number from 1 to {MOST}.")
    return int(said)


def _gathered(exchange: Exchange, chosen: tuple[str, ...], since: str) -> Iterator[Json]:
    read = exchange.served[PATIENT].read
    patient = read(exchange, exchange.id) if read else None
    if patient is None:
        raise refusal(404, "not-found", "There is no such patient for you.")
    narrowed: Pairs = (("_lastUpdated", f"ge{since}"),) if since else ()
    wanted = chosen or (PATIENT, *TYPES)
    if PATIENT in wanted:
        yield from permitted(exchange, PATIENT, (("_id", exchange.id), *narrowed))
    for type in TYPES:
        if type in wanted and type in exchange.served and (name := _by(exchange.served[type])):
            yield from permitted(exchange, type, ((name, f"{PATIENT}/{exchange.id}"), *narrowed))


def _by(served: Served) -> str:
    names = {each.name for each in served.parameters}
    return next((name for name in BY if name in names), "")


def _place(resource: Json) -> tuple[int, str]:
    return _place_of(f"{resource['resourceType']}/{resource['id']}")


def _place_of(named: str) -> tuple[int, str]:
    type, _, id = named.partition("/")
    return (PATIENT, *TYPES).index(type) if type in (PATIENT, *TYPES) else 0, id


def _bundle(exchange: Exchange, shown: list[Json], total: int, used: Pairs, *, more: bool) -> Json:
    address = f"{exchange.address(PATIENT, exchange.id)}/$everything"
    links = [{"relation": "self", "url": _with(address, used)}]
    if more:
        last = f"{shown[-1]['resourceType']}/{shown[-1]['id']}"
        links.append({"relation": "next", "url": _with(address, (*used, (AFTER, last)))})
    entries = [
        {"fullUrl": exchange.address(str(each["resourceType"]), str(each["id"])), "resource": each,
         "search": {"mode": "match"}}
        for each in shown
    ]  # fmt: skip
    told: Json = {"resourceType": "Bundle", "type": "searchset", "total": total, "link": links}
    return {**told, "entry": entries} if entries else told


def _with(address: str, query: Pairs) -> str:
    return f"{address}?{urlencode(query, safe=':/,')}" if query else address


EVERYTHING = Operation(
    name="$everything", handler=everything, definition="http://hl7.org/fhir/OperationDefinition/Patient-everything",
    methods=("GET", "POST"),
)  # fmt: skip
