"""The face as an application of its own, mounted under ``/fhir``: bytes in, JSON out, every refusal an outcome."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from secrets import token_bytes
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.fhir.json_text import write_json
from adapters.fhir.outcome import FhirRefusal, outcome, refusal
from pathway_engine.domain.errors import MessageError, StorageError, TaskError
from pathway_engine.fhir.exchange import Answer, Caller, Exchange
from pathway_engine.fhir.negotiating import require_json
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
Callers = Callable[[str, datetime], Caller | None]
"""Who comes with an ``Authorization`` header; None is nobody."""
OPEN = frozenset({"metadata"})
"""What anybody may ask for."""
NOBODY = Caller(client="", who=Principal(person="", name="", role="", seats=()))


def create_fhir_app(
    context: Context, callers: Callers, clock: Callable[[], datetime], base: str, secret: str = ""
) -> Starlette:  # fmt: skip
    """Return the face of *context*; *base* is its address as clients know it, without a slash at its end.

    *secret* is the installation's; processes that answer for each other have the same. Without one a process makes
    its own.
    """
    own = secret.encode() or token_bytes(32)

    async def answer(request: Request) -> Response:
        return await _answered(request, context, callers, clock(), base, own)

    return Starlette(routes=[Route("/{path:path}", answer, methods=METHODS)])


async def _answered(
    request: Request, context: Context, callers: Callers, now: datetime, base: str, secret: bytes
) -> Response:  # fmt: skip
    try:
        require_json(request.query_params.getlist("_format"), request.headers.get("accept", ""))
        place = place_of(request.path_params["path"])
        body = await _body(request)
        answer = await run_in_threadpool(_in_one_commit, request, place, body, context, callers, now, base, secret)
    except (FhirRefusal, TaskError, MessageError, StorageError) as error:
        answer = told(error)
    except Exception as error:
        log.error("a FHIR request failed: %s", type(error).__name__)
        answer = told(refusal(500, "exception", "The request could not be answered. Please report it."))
    return _response(answer)


def _in_one_commit(
    request: Request, place: Place, body: bytes, context: Context, callers: Callers, now: datetime, base: str,
    secret: bytes,
) -> Answer:  # fmt: skip
    caller = callers(request.headers.get("authorization", ""), now)
    if caller is None and place.type not in OPEN:
        raise refusal(401, "login", "A bearer token would be right; see [base]/.well-known/smart-configuration.")
    asked: dict[str, Any] = {
        "method": request.method, "type": place.type, "id": place.id, "operation": place.operation,
        "query": tuple(request.query_params.multi_items()), "body": body, "secret": secret,
        "headers": {name.lower(): value for name, value in request.headers.items()},
    }  # fmt: skip
    who = caller or NOBODY

    def begin(records: UnitOfWork) -> Exchange:
        return Exchange(context=context, records=records, caller=who, now=now, base=base, **asked)

    if is_bundle(place, request.method):
        return answered_bundle(begin, context, base, bundle_in(asked["headers"], body), told)
    return committed(context, lambda records: handle(begin(records)))


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
    return Answer(status=error.status, body=outcome(error.issues))


def _response(answer: Answer) -> Response:
    if answer.body is None or isinstance(answer.body, bytes):
        return Response(answer.body or b"", answer.status, dict(answer.headers))
    return Response(write_json(answer.body), answer.status, dict(answer.headers), CONTENT_TYPE)
