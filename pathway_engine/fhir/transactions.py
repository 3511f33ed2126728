"""A Bundle that is posted to the base: a transaction, all of it or nothing, or a batch, each entry for itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from adapters.fhir.outcome import FhirRefusal, Issue, Json, refusal
from pathway_engine.domain.errors import MessageError, StorageError, TaskError
from pathway_engine.fhir.bodies import object_in, require_type
from pathway_engine.fhir.bundle_entries import Entry, entries_in, identity_of, response
from pathway_engine.fhir.bundle_references import Known, conditional, resolved, waits_for
from pathway_engine.fhir.exchange import Answer, Exchange
from pathway_engine.fhir.preconditions import matches
from pathway_engine.fhir.road import committed
from pathway_engine.fhir.routing import Place, handle, refused
from pathway_engine.service.context import Context
from pathway_engine.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)
Begin = Callable[[UnitOfWork], Exchange]
"""Makes the exchange of the Bundle itself in a transaction."""
Told = Callable[[Exception], Answer]
ORDER = {"DELETE": 0, "POST": 1, "PUT": 2, "PATCH": 2, "GET": 3}
"""In which order a transaction's methods are done."""


def is_bundle(place: Place, method: str) -> bool:
    """Whether a Bundle is posted to the base."""
    return place == Place() and method == "POST"


def bundle_in(headers: Mapping[str, str], body: bytes) -> Json:
    """Return the Bundle in a body. Raises FhirRefusal for anything but a transaction or a batch."""
    require_type(headers)
    told = object_in(body)
    if told.get("resourceType") != "Bundle":
        raise refusal(400, "invalid", "Would be right at this address: a Bundle.", "resourceType")
    if told.get("type") not in ("transaction", "batch"):
        raise refusal(422, "value", "Would be right: a Bundle of type transaction or batch.", "Bundle.type")
    return told


def answered_bundle(begin: Begin, context: Context, base: str, bundle: Json, told: Told) -> Answer:
    """Answer the Bundle: a transaction in one commit, a batch in one for each entry, refused or not."""
    if bundle["type"] == "transaction":
        return committed(context, lambda records: transaction(begin(records), bundle))
    answers = [
        told(entry) if isinstance(entry, Exception) else _one(begin, context, entry, told)
        for entry in entries_in(base, bundle, refuse=False)
    ]
    return _answer("batch-response", answers)


def _one(begin: Begin, context: Context, entry: Entry, told: Told) -> Answer:
    try:
        return committed(context, lambda records: _done(begin(records), entry, {}))
    except (FhirRefusal, TaskError, MessageError, StorageError) as error:
        return told(error)
    except Exception as error:
        log.error("an entry of a batch failed: %s", type(error).__name__)
        return told(refusal(500, "exception", "The entry could not be answered. Please report it."))


def transaction(exchange: Exchange, bundle: Json) -> Answer:
    """Do every entry in the exchange's transaction. Raises at the first that is refused, by its place."""
    entries = [entry for entry in entries_in(exchange.base, bundle) if isinstance(entry, Entry)]
    _require_each_once(entries)
    known: Known = {entry.full_url: entry.reference for entry in entries if entry.full_url and entry.reference}
    done: dict[int, Answer] = {}
    for entry in _in_order(entries):
        try:
            done[entry.number] = _done(exchange, entry, known)
        except (FhirRefusal, TaskError, MessageError) as error:
            raise _placed(entry, error) from None
        if entry.method == "POST" and entry.full_url:
            known[entry.full_url] = _made(exchange, done[entry.number])
    return _answer("transaction-response", [done[entry.number] for entry in entries])


def _require_each_once(entries: Sequence[Entry]) -> None:
    names = [name for entry in entries for name in identity_of(entry)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise refusal(
            400, "invalid", f"A transaction names each resource once; {twice} is there twice.", "Bundle.entry"
        )


def _in_order(entries: Sequence[Entry]) -> list[Entry]:
    """By method; of what is made, first what others refer to. Raises FhirRefusal when they go round in a ring."""
    made = [entry for entry in entries if entry.method == "POST"]
    ordered: list[Entry] = []
    while made:
        urls = {entry.full_url for entry in made if entry.full_url}
        free = next((entry for entry in made if not waits_for(entry.resource, urls - {entry.full_url})), None)
        if free is None:
            raise refusal(
                422, "business-rule", "Resources that are made refer to each other in a ring.", "Bundle.entry"
            )
        made.remove(free)
        ordered.append(free)
    others = sorted((entry for entry in entries if entry.method != "POST"), key=lambda entry: ORDER[entry.method])
    before = [entry for entry in others if ORDER[entry.method] < ORDER["POST"]]
    return [*before, *ordered, *others[len(before) :]]


def _done(exchange: Exchange, entry: Entry, known: Known) -> Answer:
    """One entry answered in the Bundle's transaction, as if it had come alone."""
    own = entry.request(exchange)
    if entry.resource is not None and entry.method in ("POST", "PUT"):
        asked = {each: _found(own, each) for each in conditional(entry.resource)}
        own = replace(own, body=resolved(entry.resource, {**known, **asked}))
    return handle(own)


def _found(exchange: Exchange, reference: str) -> str:
    """The resource that a conditional reference finds: exactly one."""
    type, _, search = reference.partition("?")
    found = matches(exchange, type, search, handle)
    if len(found) != 1:
        code, what = ("multiple-matches", "several resources") if found else ("not-found", "no resource")
        raise refusal(412, code, f"A conditional reference finds {what} of type {type}; would be right: one.")
    return f"{type}/{found[0]['id']}"


def _made(exchange: Exchange, answer: Answer) -> str:
    """The relative address of what was made, or was there already."""
    return str(answer.headers.get("Location", "")).removeprefix(f"{exchange.base}/").partition("/_history")[0]


def _placed(entry: Entry, error: Exception) -> FhirRefusal:
    """The refusal with the entry's place in each expression."""
    refusal_ = refused(error) if isinstance(error, TaskError) else error
    if not isinstance(refusal_, FhirRefusal):
        refusal_ = refusal(422, "processing", str(error))
    return FhirRefusal(refusal_.status, *(replace(each, expression=_place(entry, each)) for each in refusal_.issues))


def _place(entry: Entry, issue: Issue) -> str:
    type, _, rest = issue.expression.partition(".")
    return f"{entry.path}.resource.{rest}" if rest and type == entry.type else entry.path


def _answer(type: str, answers: Sequence[Answer]) -> Answer:
    told: Json = {"resourceType": "Bundle", "type": type}
    return Answer(status=200, body=told | ({"entry": [response(each) for each in answers]} if answers else {}))
