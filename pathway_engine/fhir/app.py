"""The face as an application of its own, mounted under ``/fhir``: bytes in, JSON out, every refusal an outcome."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_bytes
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.fhir.json_text import write_json
from adapters.fhir.outcome import FhirRefusal, outcome, refusal
from pathway_engine.domain.errors import MessageError, StorageError, TaskError
from pathway_engine.fhir import smart
from pathway_engine.fhir.callers import TooManyTries
from pathway_engine.fhir.exchange import Answer, Caller, Exchange
from pathway_engine.fhir.granting import Granting
from pathway_engine.fhir.negotiating import require_json
from pathway_engine.fhir.numbers import names_a_person
from pathway_engine.fhir.resources import SERVED
from pathway_engine.fhir.road import committed
from pathway_engine.fhir.routing import Place, handle, place_of, refused
from pathway_engine.fhir.transactions import answered_bundle, bundle_in, is_bundle
from pathway_engine.service.context import Context
from pathway_engine.service.views import Principal
from pathway_engine.storage.unit_of_work import UnitOfWork

log = logging.getLogger(__name__)
CONTENT_TYPE = "application/fhir+json; charset=utf-8"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
LARGEST_BODY = 2 * 1024 * 1024
Callers = Callable[[str, datetime, str], Caller | None]
"""Who comes with an ``Authorization`` header from an address; None is nobody."""
OPEN = frozenset({"metadata"})
"""What anybody may ask for."""
TOLD_BESIDE = {401: {"WWW-Authenticate": 'Bearer realm="fhir"'}, 429: {"Retry-After": "30"}, 503: {"Retry-After": "10"}}
"""The headers that go with a status."""
NOBODY = Caller(client="", who=Principal(person="", name="", role="", seats=()))


def peer(request: Request) -> str:
    """Where the request came from, as the connection says."""
    return request.client.host if request.client else ""


def create_fhir_app(
    context: Context, callers: Callers, clock: Callable[[], datetime], base: str, secret: str = "",
    granting: Granting | None = None, address: smart.Address = peer,
) -> Starlette:  # fmt: skip
    """Return the face of *context*; *base* is its address as clients know it, without a slash at its end.

    *secret* is the installation's; processes that answer for each other have the same. Without one a process makes
    its own. *granting* gives tokens; *address* tells where a request came from, for those who guess.
    """
    own = secret.encode() or token_bytes(32)

    async def answer(request: Request) -> Response:
        now, authorization = clock(), request.headers.get("authorization", "")
        place = _Here(context, base, own, now, lambda: callers(authorization, now, address(request)))
        return await _answered(request, place)

    beside = smart.routes(base, SERVED.values(), granting, clock, address)
    every = Route("/{path:path}", answer, methods=METHODS)
    return Starlette(routes=[*beside, every], exception_handlers={HTTPException: _no_route})


@dataclass(frozen=True, slots=True)
class _Here:
    """What a request is answered with: `who` finds its caller."""

    context: Context
    base: str
    secret: bytes = field(repr=False)
    now: datetime
    who: Callable[[], Caller | None] = field(repr=False)


async def _no_route(request: Request, error: Exception) -> Response:
    """Say so of what no route answers: a method that nobody offers, a path with a line's end in it."""
    assert isinstance(error, HTTPException)
    try:
        _refuse_numbers(request)
    except FhirRefusal as refused_number:
        return _response(told(refused_number))
    return _response(told(refusal(error.status_code, "not-supported", "There is nothing at this address.")))


async def _answered(request: Request, here: _Here) -> Response:
    try:
        _refuse_numbers(request)
        require_json(request.query_params.getlist("_format"), request.headers.get("accept", ""))
        place = place_of(request.path_params["path"])
        body = await _body(request)
        answer = await run_in_threadpool(_in_one_commit, request, place, body, here)
    except (FhirRefusal, TaskError, MessageError, StorageError) as error:
        answer = told(error)
    except Exception as error:
        log.error("a FHIR request failed: %s", type(error).__name__)
        answer = told(refusal(500, "exception", "The request could not be answered. Please report it."))
    return _response(answer)


def _refuse_numbers(request: Request) -> None:
    """Raise 400 for an address, or a condition of a header, that names a person: both stand in others' logs."""
    query = request.scope["query_string"].decode("latin-1")
    if any(map(names_a_person, (request.url.path, query, request.headers.get("if-none-exist", "")))):
        raise refusal(
            400, "security", "An identity number never stands in an address or a header; POST [base]/[type]/_search "
            "with the parameters in the body would be right.",
        )  # fmt: skip


def _in_one_commit(request: Request, place: Place, body: bytes, here: _Here) -> Answer:
    caller = _caller(here, place)
    asked: dict[str, Any] = {
        "method": request.method, "type": place.type, "id": place.id, "operation": place.operation,
        "query": tuple(request.query_params.multi_items()), "body": body, "secret": here.secret, "served": SERVED,
        "headers": {name.lower(): value for name, value in request.headers.items() if name.lower() != "authorization"},
    }  # fmt: skip

    def begin(records: UnitOfWork) -> Exchange:
        return Exchange(context=here.context, records=records, caller=caller, now=here.now, base=here.base, **asked)

    if is_bundle(place, request.method):
        return answered_bundle(begin, here.context, here.base, bundle_in(asked["headers"], body), told)
    return committed(here.context, lambda records: handle(begin(records)))


def _caller(here: _Here, place: Place) -> Caller:
    """Who asks; nobody may ask for what is open. Raises 401 and 429."""
    if place.type in OPEN:
        return NOBODY
    try:
        caller = here.who()
    except TooManyTries as error:
        raise refusal(429, "throttled", str(error)) from None
    if caller is None:
        raise refusal(401, "login", "A bearer token would be right; see [base]/.well-known/smart-configuration.")
    return caller


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise refusal(413, "too-long", f"The body is too large; at most {LARGEST_BODY} bytes are taken.")
        parts.append(part)
    return b"".join(parts)


def told(error: Exception) -> Answer:
    """Any refusal as an answer with its OperationOutcome."""
    if isinstance(error, TaskError):
        error = refused(error)
    if isinstance(error, StorageError):
        error = refusal(503, "transient", "The database is away; nothing was saved. Ask again soon.")
    if not isinstance(error, FhirRefusal):
        error = refusal(422, "processing", str(error))
    return Answer(status=error.status, body=outcome(error.issues), headers=TOLD_BESIDE.get(error.status, {}))


def _response(answer: Answer) -> Response:
    if answer.body is None or isinstance(answer.body, bytes):
        return Response(answer.body or b"", answer.status, dict(answer.headers))
    return Response(write_json(answer.body), answer.status, dict(answer.headers), CONTENT_TYPE)
